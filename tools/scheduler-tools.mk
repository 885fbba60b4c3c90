# crm_simulate and crm_verify
sbin_PROGRAMS += tools/crm_simulate
tools_crm_simulate_SOURCES = tools/crm_simulate.c tools/crm_simulate.h tools/crm_simulate_print.c \
	tools/crm_simulate_input.c tools/crm_simulate_explain.c
tools_crm_simulate_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(GLIB_CFLAGS)
tools_crm_simulate_LDADD = tools/libstatus.la pengine/libpengine.la cib/libcibclient.la $(XML_LIBS) $(GLIB_LIBS)
