# Targets of pacemaker/pacemakerd/ (pacemakerd)
