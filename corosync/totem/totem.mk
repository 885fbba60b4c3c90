# Targets of corosync/totem/: the pure core of the ring protocol
noinst_LTLIBRARIES += corosync/totem/libtotemcore.la
PURE_LIBS += corosync/totem/libtotemcore.la
corosync_totem_libtotemcore_la_SOURCES = \
	corosync/totem/totem.h \
	corosync/totem/internal.h \
	corosync/totem/wire.h \
	corosync/totem/node_list.h corosync/totem/node_list.c \
	corosync/totem/sort_queue.h corosync/totem/sort_queue.c \
	corosync/totem/codec.c \
	corosync/totem/commit.c \
	corosync/totem/config.c \
	corosync/totem/core.c \
	corosync/totem/gather.c \
	corosync/totem/log.c \
	corosync/totem/operational.c \
	corosync/totem/order.c \
	corosync/totem/pg_recv.c \
	corosync/totem/pg_send.c \
	corosync/totem/recovery.c \
	corosync/totem/recv.c \
	corosync/totem/recv_cancel.c \
	corosync/totem/recv_commit.c \
	corosync/totem/recv_join.c \
	corosync/totem/recv_mcast.c \
	corosync/totem/recv_merge.c \
	corosync/totem/recv_token.c \
	corosync/totem/send.c \
	corosync/totem/stats.c \
	corosync/totem/timers.c

# A cluster in one process, tests/sim/sim.h
check_PROGRAMS += tests/sim/totem-sim
TESTS += tests/sim/totem-sim
tests_sim_totem_sim_SOURCES = \
	tests/sim/sim.h \
	tests/sim/app.c \
	tests/sim/check.c \
	tests/sim/events.c \
	tests/sim/groups.c \
	tests/sim/layers.c \
	tests/sim/main.c \
	tests/sim/network.c \
	tests/sim/node.c \
	tests/sim/quorum.c \
	tests/sim/scenario.c
tests_sim_totem_sim_CPPFLAGS = $(AM_CPPFLAGS) $(QB_CFLAGS)
tests_sim_totem_sim_LDADD = \
	corosync/engine/libsynccore.la \
	corosync/services/libcpgcore.la \
	corosync/services/libvotequorumcore.la \
	corosync/totem/libtotemcore.la
