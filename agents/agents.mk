# Targets of agents/ (agents)
