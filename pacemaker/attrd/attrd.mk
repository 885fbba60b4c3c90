# Targets of pacemaker/attrd/ (attrd)
