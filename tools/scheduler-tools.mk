# Targets of tools/ (scheduler-tools)
