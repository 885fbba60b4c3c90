# Targets of stonithd/ (stonithd)

# What a fencing command's result is; used by the fencer and its clients
noinst_LTLIBRARIES += stonithd/libfenceresult.la
PURE_LIBS += stonithd/libfenceresult.la
stonithd_libfenceresult_la_SOURCES = stonithd/fence_result.c stonithd/stonith_client.h
stonithd_libfenceresult_la_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(GLIB_CFLAGS)
stonithd_libfenceresult_la_LIBADD = pacemaker/common/libpcmkpure.la

noinst_LTLIBRARIES += stonithd/libstonithclient.la
stonithd_libstonithclient_la_SOURCES = \
	stonithd/stonith_calls.c \
	stonithd/stonith_client.c stonithd/stonith_client.h \
	stonithd/stonith_internal.h
stonithd_libstonithclient_la_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(GLIB_CFLAGS) $(GNUTLS_CFLAGS)
stonithd_libstonithclient_la_LIBADD = stonithd/libfenceresult.la lrmd/liblrmdclient.la

# Fencing operations and topology
noinst_LTLIBRARIES += stonithd/libfencingcore.la
PURE_LIBS += stonithd/libfencingcore.la
stonithd_libfencingcore_la_SOURCES = \
	stonithd/fencing_core.c stonithd/fencing_core.h \
	stonithd/fencing_history.c \
	stonithd/fencing_internal.h \
	stonithd/fencing_messages.c \
	stonithd/fencing_op.c \
	stonithd/fencing_peers.c \
	stonithd/topology.c stonithd/topology.h
stonithd_libfencingcore_la_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(GLIB_CFLAGS)
stonithd_libfencingcore_la_LIBADD = stonithd/libfenceresult.la

# Devices: configuration and decisions
noinst_LTLIBRARIES += stonithd/libfencedevice.la
PURE_LIBS += stonithd/libfencedevice.la
stonithd_libfencedevice_la_SOURCES = \
	stonithd/cib_devices.c stonithd/cib_devices.h \
	stonithd/device.c stonithd/device.h
stonithd_libfencedevice_la_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(GLIB_CFLAGS)
stonithd_libfencedevice_la_LIBADD = pacemaker/common/libpcmkrules.la $(GLIB_LIBS)

pcmkdaemon_PROGRAMS += stonithd/pacemaker-fenced
legacy_links += pacemaker-fenced:stonithd
stonithd_pacemaker_fenced_SOURCES = \
	stonithd/fenced.c stonithd/fenced.h \
	stonithd/fenced_cib.c \
	stonithd/fenced_devices.c \
	stonithd/fenced_exec.c \
	stonithd/fenced_local.c \
	stonithd/fenced_options.c stonithd/fenced_options.h \
	stonithd/fenced_peers.c
stonithd_pacemaker_fenced_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(GLIB_CFLAGS)
stonithd_pacemaker_fenced_LDADD = \
	stonithd/libfencingcore.la stonithd/libfencedevice.la stonithd/libstonithclient.la \
	lrmd/liblrmdclient.la cib/libcibclient.la pacemaker/cluster/libpcmkcluster.la

sbin_PROGRAMS += stonith_admin
stonith_admin_SOURCES = tools/stonith_admin.c
stonith_admin_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(GLIB_CFLAGS)
stonith_admin_LDADD = stonithd/libstonithclient.la lrmd/liblrmdclient.la pacemaker/common/libpcmkrules.la

if HAVE_CMOCKA
check_PROGRAMS += tests/unit/test_fencing
TESTS += tests/unit/test_fencing
tests_unit_test_fencing_SOURCES = tests/unit/test_fencing.c
tests_unit_test_fencing_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(GLIB_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_fencing_LDADD = stonithd/libfencingcore.la stonithd/libfencedevice.la $(CMOCKA_LIBS)
endif

TESTS += tests/interop/test_fencer.sh tests/interop/test_fencer_peers.sh
dist_check_SCRIPTS += tests/interop/test_fencer.sh tests/interop/test_fencer_peers.sh
EXTRA_DIST += tests/interop/fencer_commands.sh tests/interop/fencer_peers_commands.sh

dist_man_MANS += doc/man/stonith_admin.8
