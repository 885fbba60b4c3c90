# Targets of pacemaker/crmd/ (crmd)
