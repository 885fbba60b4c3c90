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
	corosync/totem/congestion.c \
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
	tests/sim/device.c \
	tests/sim/events.c \
	tests/sim/groups.c \
	tests/sim/layers.c \
	tests/sim/main.c \
	tests/sim/network.c \
	tests/sim/node.c \
	tests/sim/pains.c \
	tests/sim/quorum.c \
	tests/sim/scenario.c \
	tests/sim/trace.c
tests_sim_totem_sim_CPPFLAGS = $(AM_CPPFLAGS) $(QB_CFLAGS)
tests_sim_totem_sim_LDADD = \
	corosync/engine/libsynccore.la \
	corosync/services/libcpgcore.la \
	corosync/services/libvotequorumcore.la \
	corosync/totem/libtotemcore.la

if HAVE_CMOCKA
check_LTLIBRARIES += tests/unit/libtotemcluster.la
tests_unit_libtotemcluster_la_SOURCES = tests/unit/totem_cluster.h tests/unit/totem_cluster.c
tests_unit_libtotemcluster_la_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
totem_test_libs = tests/unit/libtotemcluster.la corosync/totem/libtotemcore.la $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_totem_config tests/unit/test_totem_pg tests/unit/test_totem_queue \
	tests/unit/test_totem_story tests/unit/test_totem_wire
TESTS += tests/unit/test_totem_config tests/unit/test_totem_pg tests/unit/test_totem_queue \
	tests/unit/test_totem_story tests/unit/test_totem_wire
tests_unit_test_totem_config_SOURCES = tests/unit/test_totem_config.c
tests_unit_test_totem_config_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_totem_config_LDADD = $(totem_test_libs)
tests_unit_test_totem_pg_SOURCES = tests/unit/test_totem_pg.c
tests_unit_test_totem_pg_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_totem_pg_LDADD = $(totem_test_libs)
tests_unit_test_totem_queue_SOURCES = tests/unit/test_totem_queue.c
tests_unit_test_totem_queue_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_totem_queue_LDADD = $(totem_test_libs)
tests_unit_test_totem_story_SOURCES = tests/unit/test_totem_story.c
tests_unit_test_totem_story_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_totem_story_LDADD = $(totem_test_libs)
tests_unit_test_totem_wire_SOURCES = tests/unit/test_totem_wire.c
tests_unit_test_totem_wire_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_totem_wire_LDADD = $(totem_test_libs)
endif

# Speed of the core alone
EXTRA_PROGRAMS = tests/bench/bench_totem_core
tests_bench_bench_totem_core_SOURCES = tests/bench/bench_totem_core.c
tests_bench_bench_totem_core_LDADD = corosync/totem/libtotemcore.la

# Fuzz targets are built by their script, with clang; a short run is part of the tests
TESTS += tests/fuzz/run.sh
dist_check_SCRIPTS += tests/fuzz/run.sh
EXTRA_DIST += tests/fuzz/fuzz_totem_frame.c tests/fuzz/corpus corosync/totem/README.md
