# Targets of cib/ (cib)
