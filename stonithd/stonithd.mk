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
	stonithd/fencing_peers.c \
	stonithd/topology.c stonithd/topology.h
stonithd_libfencingcore_la_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(GLIB_CFLAGS)
stonithd_libfencingcore_la_LIBADD = stonithd/libfenceresult.la
