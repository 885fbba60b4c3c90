# Targets of corosync/totem/ (totem)
