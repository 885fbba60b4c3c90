# Targets of pacemaker/attrd/ (attrd)
noinst_LTLIBRARIES += pacemaker/attrd/libattrdclient.la
pacemaker_attrd_libattrdclient_la_SOURCES = pacemaker/attrd/attrd_client.c pacemaker/attrd/attrd_client.h
pacemaker_attrd_libattrdclient_la_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(GLIB_CFLAGS)
pacemaker_attrd_libattrdclient_la_LIBADD = pacemaker/common/libpcmkcommon.la
