# Targets of tools/ (cluster-tools)
