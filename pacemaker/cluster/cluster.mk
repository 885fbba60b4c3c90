# Targets of pacemaker/cluster/ (cluster)
noinst_LTLIBRARIES += pacemaker/cluster/libpcmkpeers.la
PURE_LIBS += pacemaker/cluster/libpcmkpeers.la
pacemaker_cluster_libpcmkpeers_la_SOURCES = \
	pacemaker/cluster/cluster_wire.c pacemaker/cluster/cluster_wire.h \
	pacemaker/cluster/election.c pacemaker/cluster/election.h \
	pacemaker/cluster/group_view.c pacemaker/cluster/group_view.h \
	pacemaker/cluster/peers.c pacemaker/cluster/peers.h
pacemaker_cluster_libpcmkpeers_la_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS)
pacemaker_cluster_libpcmkpeers_la_LIBADD = pacemaker/common/libpcmkpure.la
EXTRA_DIST += tests/fuzz/fuzz_pcmk_messages.c

noinst_LTLIBRARIES += pacemaker/cluster/libpcmkcluster.la
pacemaker_cluster_libpcmkcluster_la_SOURCES = \
	pacemaker/cluster/cluster.c pacemaker/cluster/cluster.h \
	pacemaker/cluster/cluster_internal.h \
	pacemaker/cluster/cluster_names.c \
	pacemaker/cluster/cluster_quorum.c
pacemaker_cluster_libpcmkcluster_la_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(GLIB_CFLAGS) $(QB_CFLAGS)
pacemaker_cluster_libpcmkcluster_la_LIBADD = \
	pacemaker/cluster/libpcmkpeers.la pacemaker/common/libpcmkcommon.la \
	corosync/client/libcpg.la corosync/client/libcmap.la corosync/client/libquorum.la $(GLIB_LIBS)

if HAVE_CMOCKA
check_PROGRAMS += tests/unit/test_peers tests/unit/test_election
TESTS += tests/unit/test_peers tests/unit/test_election
tests_unit_test_peers_SOURCES = tests/unit/test_peers.c tests/unit/story.h
tests_unit_test_peers_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_peers_LDADD = pacemaker/cluster/libpcmkpeers.la $(CMOCKA_LIBS)
tests_unit_test_election_SOURCES = tests/unit/test_election.c tests/unit/story.h
tests_unit_test_election_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_election_LDADD = pacemaker/cluster/libpcmkpeers.la $(CMOCKA_LIBS)
endif
