# Targets of corosync/engine/ (engine)
