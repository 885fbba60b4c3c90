# Targets of pengine/ (pengine)
