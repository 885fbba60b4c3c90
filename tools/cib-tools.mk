# Targets of tools/ (cib-tools)
