# Targets of tools/ (cluster-tools)
noinst_LTLIBRARIES += tools/libcontrollerclient.la
tools_libcontrollerclient_la_SOURCES = tools/controller_client.c tools/controller_client.h
tools_libcontrollerclient_la_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(GLIB_CFLAGS)
tools_libcontrollerclient_la_LIBADD = pacemaker/common/libpcmkcommon.la

sbin_PROGRAMS += attrd_updater crm_error crm_node crmadmin
attrd_updater_SOURCES = tools/attrd_updater.c
attrd_updater_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(GLIB_CFLAGS)
attrd_updater_LDADD = pacemaker/attrd/libattrdclient.la $(GLIB_LIBS)

crm_error_SOURCES = tools/crm_error.c
crm_error_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(GLIB_CFLAGS)
crm_error_LDADD = pacemaker/common/libpcmkcommon.la $(GLIB_LIBS)

crm_node_SOURCES = tools/crm_node.c
crm_node_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(GLIB_CFLAGS)
crm_node_LDADD = tools/libcontrollerclient.la pacemaker/attrd/libattrdclient.la cib/libcibclient.la $(GLIB_LIBS)

crmadmin_SOURCES = tools/crmadmin.c
crmadmin_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(GLIB_CFLAGS)
crmadmin_LDADD = tools/libcontrollerclient.la cib/libcibclient.la pacemaker/common/libpcmkrules.la $(GLIB_LIBS)

dist_man_MANS += doc/man/attrd_updater.8 doc/man/crm_error.8 doc/man/crm_node.8 doc/man/crmadmin.8
