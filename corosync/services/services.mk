# The services of the engine, one file each, and the two cores that decide.

noinst_LTLIBRARIES += corosync/services/libcpgcore.la
PURE_LIBS += corosync/services/libcpgcore.la
corosync_services_libcpgcore_la_SOURCES = corosync/services/cpg_conn.c corosync/services/cpg_core.c \
	corosync/services/cpg_core.h corosync/services/cpg_internal.h corosync/services/cpg_table.c \
	corosync/services/cpg_wire.h
corosync_services_libcpgcore_la_CPPFLAGS = $(AM_CPPFLAGS) $(QB_CFLAGS)

noinst_LTLIBRARIES += corosync/services/libvotequorumcore.la
PURE_LIBS += corosync/services/libvotequorumcore.la
corosync_services_libvotequorumcore_la_SOURCES = corosync/services/votequorum_config.c \
	corosync/services/votequorum_core.c corosync/services/votequorum_core.h \
	corosync/services/votequorum_device.c corosync/services/votequorum_internal.h \
	corosync/services/votequorum_message.c corosync/services/votequorum_wire.h
corosync_services_libvotequorumcore_la_CPPFLAGS = $(AM_CPPFLAGS) $(QB_CFLAGS)

noinst_LTLIBRARIES += corosync/services/libservices.la
corosync_services_libservices_la_SOURCES = corosync/services/cfg.c corosync/services/cfg.h \
	corosync/services/cfg_shutdown.c corosync/services/cmap.c corosync/services/cmap.h \
	corosync/services/cmap_version.c corosync/services/cpg.c corosync/services/cpg.h \
	corosync/services/cpg_zero_copy.c corosync/services/mon.c corosync/services/pload.c \
	corosync/services/quorum.c corosync/services/service_table.c corosync/services/services.h \
	corosync/services/votequorum.c corosync/services/votequorum.h corosync/services/votequorum_read.c \
	corosync/services/wd.c
corosync_services_libservices_la_CPPFLAGS = $(AM_CPPFLAGS) $(QB_CFLAGS)
corosync_services_libservices_la_LIBADD = corosync/services/libcpgcore.la \
	corosync/services/libvotequorumcore.la

if HAVE_CMOCKA
check_PROGRAMS += tests/unit/test_votequorum tests/unit/test_cpg
TESTS += tests/unit/test_votequorum tests/unit/test_cpg
tests_unit_test_votequorum_SOURCES = tests/unit/test_votequorum.c
tests_unit_test_votequorum_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_votequorum_LDADD = corosync/services/libvotequorumcore.la $(CMOCKA_LIBS)
tests_unit_test_cpg_SOURCES = tests/unit/test_cpg.c
tests_unit_test_cpg_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_cpg_LDADD = corosync/services/libcpgcore.la $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_services
TESTS += tests/unit/test_services
tests_unit_test_services_SOURCES = tests/unit/test_services.c tests/unit/engine_mock.c tests/unit/engine_mock.h
tests_unit_test_services_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(QB_CFLAGS)
tests_unit_test_services_LDADD = corosync/services/libservices.la corosync/engine/libengineconf.la \
	corosync/client/libcorosync_common.la $(QB_LIBS) $(CMOCKA_LIBS)
endif

EXTRA_DIST += tests/fuzz/fuzz_services.c corosync/services/README corosync/client/README
