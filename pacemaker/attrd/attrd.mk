# Targets of pacemaker/attrd/ (attrd)
noinst_LTLIBRARIES += pacemaker/attrd/libattrdclient.la
pacemaker_attrd_libattrdclient_la_SOURCES = pacemaker/attrd/attrd_client.c pacemaker/attrd/attrd_client.h
pacemaker_attrd_libattrdclient_la_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(GLIB_CFLAGS)
pacemaker_attrd_libattrdclient_la_LIBADD = pacemaker/common/libpcmkcommon.la

noinst_LTLIBRARIES += pacemaker/attrd/libattrdcore.la
PURE_LIBS += pacemaker/attrd/libattrdcore.la
pacemaker_attrd_libattrdcore_la_SOURCES = \
	pacemaker/attrd/attrd_core.h pacemaker/attrd/attrd_private.h \
	pacemaker/attrd/attrd_peer.c \
	pacemaker/attrd/attrd_request.c \
	pacemaker/attrd/attrd_update.c \
	pacemaker/attrd/attrd_values.c \
	pacemaker/attrd/attrd_write.c
pacemaker_attrd_libattrdcore_la_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(GLIB_CFLAGS)
pacemaker_attrd_libattrdcore_la_LIBADD = pacemaker/cluster/libpcmkpeers.la $(GLIB_LIBS)

pcmkdaemon_PROGRAMS += pacemaker-attrd
legacy_links += pacemaker-attrd:attrd
pacemaker_attrd_SOURCES = pacemaker/attrd/attrd.c pacemaker/attrd/attrd_alerts.c pacemaker/attrd/attrd_alerts.h
pacemaker_attrd_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(GLIB_CFLAGS)
pacemaker_attrd_LDADD = pacemaker/attrd/libattrdcore.la cib/libcibclient.la pacemaker/cluster/libpcmkcluster.la \
	pacemaker/common/libpcmkrules.la $(GLIB_LIBS)

if HAVE_CMOCKA
check_PROGRAMS += tests/unit/test_attrd
TESTS += tests/unit/test_attrd
tests_unit_test_attrd_SOURCES = tests/unit/test_attrd.c tests/unit/story.h
tests_unit_test_attrd_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(GLIB_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_attrd_LDADD = pacemaker/attrd/libattrdcore.la pacemaker/common/libpcmkrules.la $(GLIB_LIBS) $(CMOCKA_LIBS)
endif

TESTS += tests/interop/test_pacemaker_tools.sh tests/interop/test_mixed_attributes.sh
dist_check_SCRIPTS += tests/interop/test_pacemaker_tools.sh tests/interop/test_mixed_attributes.sh tests/interop/pcmk_host.sh
EXTRA_DIST += tests/fuzz/fuzz_attrd.c
