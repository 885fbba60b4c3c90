# Targets of tools/ (corosync-tools)
