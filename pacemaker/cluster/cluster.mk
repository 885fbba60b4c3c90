# Targets of pacemaker/cluster/ (cluster)
