# Targets of tools/ (status-tools)
