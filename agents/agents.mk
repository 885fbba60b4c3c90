# Targets of agents/ (agents)
dist_ocfpcmk_SCRIPTS += \
	agents/ocf/Dummy \
	agents/ocf/Stateful \
	agents/ocf/ping
dist_sbin_SCRIPTS += agents/fence/fence_dummy
