# crm_mon and crm_resource, and the display of a cluster's status they share with crm_simulate
noinst_LTLIBRARIES += tools/libstatus.la
tools_libstatus_la_SOURCES = tools/status.h tools/status_internal.h tools/status_resources.c \
	tools/status_resources_xml.c tools/status_cluster.c tools/status_history.c
tools_libstatus_la_CFLAGS = $(AM_CFLAGS) $(GLIB_CFLAGS) $(XML_CFLAGS)
