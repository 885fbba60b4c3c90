# Targets of tools/ (cib-tools)
sbin_PROGRAMS += tools/cibadmin
tools_cibadmin_SOURCES = tools/cibadmin.c tools/access_view.c tools/access_view.h
tools_cibadmin_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(GLIB_CFLAGS)
tools_cibadmin_LDADD = cib/libcibclient.la $(XML_LIBS) $(GLIB_LIBS)

sbin_PROGRAMS += tools/crm_attribute
tools_crm_attribute_SOURCES = tools/crm_attribute.c
tools_crm_attribute_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(GLIB_CFLAGS)
tools_crm_attribute_LDADD = tools/libcontrollerclient.la cib/libcibclient.la pacemaker/attrd/libattrdclient.la \
	pacemaker/cluster/libpcmkcluster.la $(XML_LIBS) $(GLIB_LIBS)

sbin_PROGRAMS += tools/crm_diff
tools_crm_diff_SOURCES = tools/crm_diff.c
tools_crm_diff_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(GLIB_CFLAGS)
tools_crm_diff_LDADD = cib/libcibcore.la pacemaker/common/libpcmkcommon.la $(XML_LIBS) $(GLIB_LIBS)

sbin_PROGRAMS += tools/crm_shadow
tools_crm_shadow_SOURCES = tools/crm_shadow.c tools/patch_text.c tools/patch_text.h
tools_crm_shadow_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(GLIB_CFLAGS)
tools_crm_shadow_LDADD = cib/libcibclient.la $(XML_LIBS) $(GLIB_LIBS)

dist_sbin_SCRIPTS += tools/crm_standby tools/crm_master tools/crm_failcount tools/cibsecret tools/crm_report

sbin_PROGRAMS += tools/iso8601
tools_iso8601_SOURCES = tools/iso8601.c
tools_iso8601_CFLAGS = $(AM_CFLAGS) $(GLIB_CFLAGS) $(XML_CFLAGS)
tools_iso8601_LDADD = pacemaker/common/libpcmkrules.la pacemaker/common/libpcmkcommon.la $(GLIB_LIBS)

sbin_PROGRAMS += tools/crm_ticket
tools_crm_ticket_SOURCES = tools/crm_ticket.c
tools_crm_ticket_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(GLIB_CFLAGS)
tools_crm_ticket_LDADD = cib/libcibclient.la pacemaker/common/libpcmkrules.la $(XML_LIBS) $(GLIB_LIBS)

TESTS += tests/interop/test_tool_output.py tests/interop/test_tool_options.py tests/interop/test_user_tools.py tests/interop/test_damaged_files.py tests/interop/test_scripts.sh
dist_check_SCRIPTS += tests/interop/test_tool_output.py tests/interop/test_tool_options.py tests/interop/test_user_tools.py tests/interop/test_damaged_files.py tests/interop/test_scripts.sh
