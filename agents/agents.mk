# Targets of agents/ (agents)
dist_ocfpcmk_SCRIPTS += \
	agents/ocf/ClusterMon \
	agents/ocf/Dummy \
	agents/ocf/HealthCPU \
	agents/ocf/HealthIOWait \
	agents/ocf/HealthSMART \
	agents/ocf/Stateful \
	agents/ocf/SysInfo \
	agents/ocf/attribute \
	agents/ocf/controld \
	agents/ocf/ifspeed \
	agents/ocf/ping \
	agents/ocf/remote

dist_sbin_SCRIPTS += agents/fence/fence_dummy agents/fence/fence_watchdog

dist_alerts_DATA += \
	agents/alerts/alert_file.sh.sample \
	agents/alerts/alert_smtp.sh.sample \
	agents/alerts/alert_snmp.sh.sample

TESTS += tests/unit/test_agents.sh
dist_check_SCRIPTS += tests/unit/test_agents.sh
