# Targets of lrmd/ (lrmd)

# Running agents of every resource class, and fence agents
noinst_LTLIBRARIES += lrmd/libservices.la
lrmd_libservices_la_SOURCES = \
	lrmd/params.c \
	lrmd/proc.c lrmd/proc.h \
	lrmd/services.c lrmd/services.h \
	lrmd/services_class.c \
	lrmd/services_list.c \
	lrmd/systemd.c lrmd/systemd.h \
	stonithd/fence_agents.c stonithd/fence_agents.h
lrmd_libservices_la_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(GLIB_CFLAGS) $(SYSTEMD_CFLAGS)
lrmd_libservices_la_LIBADD = pacemaker/common/libpcmkcommon.la $(GLIB_LIBS) $(SYSTEMD_LIBS)

noinst_LTLIBRARIES += lrmd/liblrmdclient.la
lrmd_liblrmdclient_la_SOURCES = \
	lrmd/lrmd_client.c lrmd/lrmd_client.h \
	lrmd/lrmd_remote.c lrmd/lrmd_remote.h \
	lrmd/lrmd_remote_client.c
lrmd_liblrmdclient_la_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(GLIB_CFLAGS) $(GNUTLS_CFLAGS)
lrmd_liblrmdclient_la_LIBADD = lrmd/libservices.la $(GNUTLS_LIBS) $(BZ2_LIBS)

# Queues of operations
noinst_LTLIBRARIES += lrmd/libexecutorcore.la
PURE_LIBS += lrmd/libexecutorcore.la
lrmd_libexecutorcore_la_SOURCES = lrmd/lrmd_core.c lrmd/lrmd_core.h
lrmd_libexecutorcore_la_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(GLIB_CFLAGS)
lrmd_libexecutorcore_la_LIBADD = pacemaker/common/libpcmkpure.la $(GLIB_LIBS)

pcmkdaemon_PROGRAMS += lrmd/pacemaker-execd
legacy_links += pacemaker-execd:lrmd
lrmd_pacemaker_execd_SOURCES = \
	lrmd/execd.c lrmd/execd.h \
	lrmd/execd_fence.c lrmd/execd_fence.h \
	lrmd/execd_local.c \
	lrmd/execd_watchdog.c
lrmd_pacemaker_execd_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(GLIB_CFLAGS)
lrmd_pacemaker_execd_LDADD = lrmd/libexecutorcore.la stonithd/libstonithclient.la lrmd/liblrmdclient.la

# A scriptable client, for tests
check_PROGRAMS += tests/interop/lrmd_probe
tests_interop_lrmd_probe_SOURCES = tests/interop/lrmd_probe.c
tests_interop_lrmd_probe_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(GLIB_CFLAGS)
tests_interop_lrmd_probe_LDADD = lrmd/liblrmdclient.la

if HAVE_CMOCKA
check_PROGRAMS += tests/unit/test_lrmd_core
TESTS += tests/unit/test_lrmd_core
tests_unit_test_lrmd_core_SOURCES = tests/unit/test_lrmd_core.c
tests_unit_test_lrmd_core_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(GLIB_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_lrmd_core_LDADD = lrmd/libexecutorcore.la $(CMOCKA_LIBS)
endif

# Sends requests no client would make, for tests
check_PROGRAMS += tests/interop/ipc_raw
tests_interop_ipc_raw_SOURCES = tests/interop/ipc_raw.c
tests_interop_ipc_raw_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(GLIB_CFLAGS)
tests_interop_ipc_raw_LDADD = pacemaker/common/libpcmkcommon.la

sbin_PROGRAMS += pacemaker-remoted
pacemaker_remoted_SOURCES = \
	lrmd/execd.c lrmd/execd.h \
	lrmd/execd_fence.c lrmd/execd_fence.h \
	lrmd/execd_watchdog.c \
	lrmd/remoted.c lrmd/remoted.h \
	lrmd/remoted_init.c \
	lrmd/remoted_proxy.c
pacemaker_remoted_CPPFLAGS = $(AM_CPPFLAGS) -DEXECD_REMOTE
pacemaker_remoted_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(GLIB_CFLAGS) $(GNUTLS_CFLAGS)
pacemaker_remoted_LDADD = lrmd/libexecutorcore.la stonithd/libstonithclient.la lrmd/liblrmdclient.la $(GNUTLS_LIBS)

TESTS += tests/interop/test_executor.sh
dist_check_SCRIPTS += tests/interop/private.sh tests/interop/test_executor.sh
EXTRA_DIST += tests/interop/executor_agent tests/interop/executor.scenario

nodist_systemdsystemunit_DATA += lrmd/pacemaker_remote.service
EXTRA_DIST += lrmd/pacemaker_remote.service.in
CLEANFILES += lrmd/pacemaker_remote.service
dist_man_MANS += doc/man/pacemaker-remoted.8 doc/man/pacemaker_remoted.8

# its older name
install-exec-hook: install-remoted-name
install-remoted-name:
	cd $(DESTDIR)$(sbindir) && $(LN_S) -f pacemaker-remoted pacemaker_remoted
uninstall-hook: uninstall-remoted-name
uninstall-remoted-name:
	rm -f $(DESTDIR)$(sbindir)/pacemaker_remoted
.PHONY: install-remoted-name uninstall-remoted-name
