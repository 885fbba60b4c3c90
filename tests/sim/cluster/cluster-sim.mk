# The whole stack in one process, doc/simulation.md
check_PROGRAMS += tests/sim/cluster/cluster-sim
TESTS += tests/sim/cluster/cluster-sim
tests_sim_cluster_cluster_sim_SOURCES = \
	tests/sim/sim.h \
	tests/sim/app.c \
	tests/sim/check.c \
	tests/sim/device.c \
	tests/sim/events.c \
	tests/sim/layers.c \
	tests/sim/network.c \
	tests/sim/node.c \
	tests/sim/quorum.c \
	tests/sim/trace.c \
	tests/sim/cluster/cluster.h tests/sim/cluster/controld.h \
	tests/sim/cluster/admin.c \
	tests/sim/cluster/agents.c \
	tests/sim/cluster/attrd.c \
	tests/sim/cluster/based.c \
	tests/sim/cluster/config.c \
	tests/sim/cluster/controld.c \
	tests/sim/cluster/controld_parts.c \
	tests/sim/cluster/execd.c \
	tests/sim/cluster/faults.c \
	tests/sim/cluster/fenced.c \
	tests/sim/cluster/groups.c \
	tests/sim/cluster/host.c \
	tests/sim/cluster/invariants.c \
	tests/sim/cluster/main.c \
	tests/sim/cluster/power.c \
	tests/sim/cluster/scenario.c \
	tests/sim/cluster/schedulerd.c \
	tests/sim/cluster/stories.c \
	tests/sim/cluster/tasks.c \
	lrmd/params.c \
	stonithd/fenced_local.c \
	stonithd/fenced_peers.c
tests_sim_cluster_cluster_sim_CPPFLAGS = $(AM_CPPFLAGS) $(QB_CFLAGS)
tests_sim_cluster_cluster_sim_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(GLIB_CFLAGS)
tests_sim_cluster_cluster_sim_LDADD = \
	corosync/engine/libsynccore.la \
	corosync/services/libcpgcore.la \
	corosync/services/libvotequorumcore.la \
	corosync/totem/libtotemcore.la \
	pacemaker/crmd/libcrmdcore.la \
	pacemaker/attrd/libattrdcore.la \
	pacemaker/pacemakerd/liblauncher.la \
	cib/libcibcore.la \
	lrmd/libexecutorcore.la \
	stonithd/libfencingcore.la \
	stonithd/libfencedevice.la \
	pengine/libpengine.la \
	$(XML_LIBS) $(GLIB_LIBS)
EXTRA_DIST += doc/simulation.md
