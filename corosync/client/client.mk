# Targets of corosync/client/ (client)
