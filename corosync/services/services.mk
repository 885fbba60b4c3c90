# Targets of corosync/services/ (services)
