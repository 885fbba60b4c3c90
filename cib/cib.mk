# Targets of cib/ (cib)
noinst_LTLIBRARIES += cib/libcibcore.la
PURE_LIBS += cib/libcibcore.la
cib_libcibcore_la_SOURCES = \
	cib/acl.c cib/acl.h \
	cib/cib_core.c cib/cib_core.h cib/core_private.h cib/core_sync.c \
	cib/compare.c cib/compare.h \
	cib/merge.c cib/ops.c cib/ops.h cib/sections.c \
	cib/patch.c cib/patch.h cib/patch1.c cib/patch_apply.c \
	cib/perform.c cib/perform.h \
	cib/track.c cib/track.h \
	cib/version.c cib/version.h
cib_libcibcore_la_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(GLIB_CFLAGS)
cib_libcibcore_la_LIBADD = pacemaker/common/libpcmkpure.la $(XML_LIBS) $(GLIB_LIBS)

# Schemas, files and the real world
noinst_LTLIBRARIES += cib/libcibstore.la
cib_libcibstore_la_SOURCES = \
	cib/env.c cib/env.h \
	cib/schema.c cib/schema.h \
	cib/schema_transform.c cib/schema_transform.h \
	cib/store.c cib/store.h
cib_libcibstore_la_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(GLIB_CFLAGS)
cib_libcibstore_la_LIBADD = cib/libcibcore.la pacemaker/common/libpcmkcommon.la $(XML_LIBS) $(GLIB_LIBS)

# What daemons and tools use to talk to the CIB
noinst_LTLIBRARIES += cib/libcibclient.la
cib_libcibclient_la_SOURCES = \
	cib/cib_client.h cib/client.c cib/client_daemon.c cib/client_file.c cib/client_private.h
cib_libcibclient_la_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(GLIB_CFLAGS)
cib_libcibclient_la_LIBADD = cib/libcibstore.la pacemaker/common/libpcmkcommon.la $(BZ2_LIBS) $(XML_LIBS) $(GLIB_LIBS)

# The daemon
pcmkdaemon_PROGRAMS += cib/pacemaker-based
legacy_links += pacemaker-based:cib
cib_pacemaker_based_SOURCES = \
	cib/based.c cib/based.h cib/based_disk.c cib/based_ipc.c cib/based_peers.c
cib_pacemaker_based_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(GLIB_CFLAGS)
cib_pacemaker_based_LDADD = \
	cib/libcibstore.la pacemaker/cluster/libpcmkcluster.la pacemaker/common/libpcmkcommon.la $(XML_LIBS) $(GLIB_LIBS)
