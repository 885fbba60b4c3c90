# Targets of lrmd/ (lrmd)
