# Targets of pacemaker/crmd/ (crmd)
noinst_LTLIBRARIES += pacemaker/crmd/libcrmdcore.la
PURE_LIBS += pacemaker/crmd/libcrmdcore.la
pacemaker_crmd_libcrmdcore_la_SOURCES = \
	pacemaker/crmd/core.h pacemaker/crmd/fsa.h pacemaker/crmd/private.h pacemaker/crmd/options.h \
	pacemaker/crmd/alerts.c \
	pacemaker/crmd/cibcalls.c \
	pacemaker/crmd/control.c \
	pacemaker/crmd/elect.c \
	pacemaker/crmd/fencing.c \
	pacemaker/crmd/fsa.c \
	pacemaker/crmd/fsa_tables.c \
	pacemaker/crmd/join_client.c \
	pacemaker/crmd/join_dc.c \
	pacemaker/crmd/lrm.c \
	pacemaker/crmd/lrm_delete.c \
	pacemaker/crmd/lrm_history.c \
	pacemaker/crmd/lrm_metadata.c \
	pacemaker/crmd/lrm_result.c \
	pacemaker/crmd/membership.c \
	pacemaker/crmd/messages.c \
	pacemaker/crmd/options.c \
	pacemaker/crmd/pe.c \
	pacemaker/crmd/remote.c \
	pacemaker/crmd/remote_proxy.c \
	pacemaker/crmd/te_diff.c \
	pacemaker/crmd/te_graph.c \
	pacemaker/crmd/te_results.c \
	pacemaker/crmd/te_run.c \
	pacemaker/crmd/throttle.c \
	pacemaker/crmd/timers.c
pacemaker_crmd_libcrmdcore_la_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(GLIB_CFLAGS)
pacemaker_crmd_libcrmdcore_la_LIBADD = \
	pacemaker/cluster/libpcmkpeers.la pacemaker/common/libpcmkrules.la pacemaker/common/libpcmkpure.la $(GLIB_LIBS)

pcmkdaemon_PROGRAMS += pacemaker/crmd/pacemaker-controld
legacy_links += pacemaker-controld:crmd
pacemaker_crmd_pacemaker_controld_SOURCES = \
	pacemaker/crmd/main.c pacemaker/crmd/shell.h \
	pacemaker/crmd/shell_cib.c \
	pacemaker/crmd/shell_cluster.c \
	pacemaker/crmd/shell_exec.c \
	pacemaker/crmd/shell_fencer.c \
	pacemaker/crmd/shell_host.c \
	pacemaker/crmd/shell_ipc.c \
	pacemaker/crmd/shell_remote.c
pacemaker_crmd_pacemaker_controld_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(GLIB_CFLAGS)
pacemaker_crmd_pacemaker_controld_LDADD = \
	pacemaker/crmd/libcrmdcore.la pacemaker/cluster/libpcmkcluster.la pacemaker/attrd/libattrdclient.la \
	cib/libcibclient.la stonithd/libstonithclient.la lrmd/liblrmdclient.la pacemaker/common/libpcmkcommon.la \
	$(BZ2_LIBS)

if HAVE_CMOCKA
check_LTLIBRARIES += tests/unit/libcrmdcluster.la
tests_unit_libcrmdcluster_la_SOURCES = tests/unit/crmd_cluster.c tests/unit/crmd_cluster.h
tests_unit_libcrmdcluster_la_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(GLIB_CFLAGS)
tests_unit_libcrmdcluster_la_LIBADD = pacemaker/crmd/libcrmdcore.la cib/libcibcore.la

check_PROGRAMS += tests/unit/test_crmd
TESTS += tests/unit/test_crmd
tests_unit_test_crmd_SOURCES = tests/unit/test_crmd.c
tests_unit_test_crmd_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(GLIB_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_crmd_LDADD = tests/unit/libcrmdcluster.la $(CMOCKA_LIBS) $(GLIB_LIBS)

check_PROGRAMS += tests/unit/test_crmd_random
TESTS += tests/unit/test_crmd_random
tests_unit_test_crmd_random_SOURCES = tests/unit/test_crmd_random.c
tests_unit_test_crmd_random_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(GLIB_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_crmd_random_LDADD = tests/unit/libcrmdcluster.la $(CMOCKA_LIBS) $(GLIB_LIBS)
endif
EXTRA_DIST += pacemaker/crmd/README.md tests/fuzz/fuzz_crmd.c
