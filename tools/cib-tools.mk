# Targets of tools/ (cib-tools)
sbin_PROGRAMS += tools/cibadmin
tools_cibadmin_SOURCES = tools/cibadmin.c
tools_cibadmin_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(GLIB_CFLAGS)
tools_cibadmin_LDADD = cib/libcibclient.la $(XML_LIBS) $(GLIB_LIBS)
