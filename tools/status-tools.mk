# crm_mon and crm_resource, and the display of a cluster's status they share with crm_simulate
noinst_LTLIBRARIES += tools/libstatus.la
tools_libstatus_la_SOURCES = tools/status.h tools/status_internal.h tools/status_resources.c \
	tools/status_resources_xml.c tools/status_cluster.c tools/status_history.c tools/status_fencing.c tools/status_fencing.h
tools_libstatus_la_CFLAGS = $(AM_CFLAGS) $(GLIB_CFLAGS) $(XML_CFLAGS)
tools_libstatus_la_LIBADD = pengine/libpengine.la stonithd/libstonithclient.la pacemaker/common/libpcmkcommon.la

sbin_PROGRAMS += crm_mon
crm_mon_SOURCES = tools/crm_mon.c tools/crm_mon.h tools/crm_mon_agent.c tools/crm_mon_agent.h tools/crm_mon_print.c tools/crm_mon_screen.c \
	tools/launcher.c tools/launcher.h
crm_mon_CFLAGS = $(AM_CFLAGS) $(GLIB_CFLAGS) $(XML_CFLAGS) $(NCURSES_CFLAGS)
crm_mon_LDADD = tools/libstatus.la tools/libcontrollerclient.la cib/libcibclient.la $(NCURSES_LIBS)

sbin_PROGRAMS += crm_resource
crm_resource_SOURCES = tools/crm_resource.c tools/crm_resource.h tools/crm_resource_agents.c \
	tools/crm_resource_ban.c tools/crm_resource_config.c tools/crm_resource_print.c \
	tools/crm_resource_digests.c tools/crm_resource_runtime.c tools/controller_rsc.c tools/controller_rsc.h
crm_resource_CFLAGS = $(AM_CFLAGS) $(GLIB_CFLAGS) $(XML_CFLAGS)
crm_resource_LDADD = tools/libstatus.la tools/libcontrollerclient.la lrmd/liblrmdclient.la lrmd/libservices.la cib/libcibclient.la \
	pacemaker/attrd/libattrdclient.la

if HAVE_CMOCKA
check_PROGRAMS += tests/unit/test_mon_agent
TESTS += tests/unit/test_mon_agent
tests_unit_test_mon_agent_SOURCES = tests/unit/test_mon_agent.c tools/crm_mon_agent.c tools/crm_mon_agent.h
tests_unit_test_mon_agent_CFLAGS = $(AM_CFLAGS) $(GLIB_CFLAGS) $(XML_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_mon_agent_LDADD = stonithd/libstonithclient.la pacemaker/common/libpcmkcommon.la $(GLIB_LIBS) $(XML_LIBS) \
	$(CMOCKA_LIBS)
endif

# STATUS_STEP=1 compares all recorded states
TESTS += tests/interop/test_status_output.py
dist_check_SCRIPTS += tests/interop/test_status_output.py
