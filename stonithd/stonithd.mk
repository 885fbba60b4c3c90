# Targets of stonithd/ (stonithd)
