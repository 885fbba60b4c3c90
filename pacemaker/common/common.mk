# Targets of pacemaker/common/ (common)
