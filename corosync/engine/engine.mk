# Targets of corosync/engine/ and corosync/net/: the daemon

# synchronisation protocol: pure
noinst_LTLIBRARIES += corosync/engine/libsynccore.la
PURE_LIBS += corosync/engine/libsynccore.la
corosync_engine_libsynccore_la_SOURCES = corosync/engine/sync_core.h corosync/engine/sync_core.c

# cmap store and configuration: used by the daemon and by tests
noinst_LTLIBRARIES += corosync/engine/libengineconf.la
corosync_engine_libengineconf_la_SOURCES = \
	corosync/engine/icmap.h corosync/engine/icmap.c \
	corosync/engine/conf_parse.h corosync/engine/conf_parse.c \
	corosync/engine/conf_keys.h corosync/engine/conf_keys.c \
	corosync/engine/local_node.c \
	corosync/engine/totem_conf.h corosync/engine/totem_conf.c corosync/engine/totem_validate.c \
	corosync/net/net_conf.h corosync/net/net_conf.c

noinst_LTLIBRARIES += corosync/net/libnet.la
corosync_net_libnet_la_SOURCES = \
	corosync/net/net.h corosync/net/net.c corosync/net/transport.h \
	corosync/net/knet.h corosync/net/knet.c corosync/net/knet_links.c corosync/net/knet_stats.c \
	corosync/net/nozzle.h corosync/net/nozzle.c \
	corosync/net/udp.c corosync/net/spare_pages.c
corosync_net_libnet_la_CFLAGS = $(AM_CFLAGS) $(QB_CFLAGS) $(KNET_CFLAGS) $(NOZZLE_CFLAGS)

# service.h's users outside the engine take log.h and libqb with it
sbin_PROGRAMS += corosync/engine/corosync
corosync_engine_corosync_SOURCES = \
	corosync/engine/engine.h corosync/engine/service.h corosync/engine/log.h \
	corosync/engine/main.c \
	corosync/engine/backlog.c \
	corosync/engine/clock.h corosync/engine/clock.c \
	corosync/engine/ipc.c \
	corosync/engine/loader.c \
	corosync/engine/logconf.c \
	corosync/engine/members.c \
	corosync/engine/process.c \
	corosync/engine/reload.c \
	corosync/engine/ring.c \
	corosync/engine/stats.c \
	corosync/engine/timer.c
corosync_engine_corosync_CFLAGS = $(AM_CFLAGS) $(QB_CFLAGS) $(KNET_CFLAGS) $(SYSTEMD_CFLAGS) \
	-fmacro-prefix-map=$(srcdir)/corosync/engine/=
corosync_engine_corosync_LDADD = \
	corosync/services/libservices.la corosync/client/libcorosync_common.la \
	corosync/net/libnet.la corosync/engine/libengineconf.la corosync/engine/libsynccore.la \
	corosync/totem/libtotemcore.la $(QB_LIBS) $(KNET_LIBS) $(NOZZLE_LIBS) $(SYSTEMD_LIBS)

# unit, example configuration, defaults, log rotation; directories of state and configuration
nodist_systemdsystemunit_DATA += corosync/engine/dist/corosync.service
EXTRA_DIST += corosync/engine/dist/corosync.service.in
CLEANFILES += corosync/engine/dist/corosync.service
corosyncconfdir = $(sysconfdir)/corosync
dist_corosyncconf_DATA = corosync/engine/dist/corosync.conf.example
EXTRA_DIST += corosync/engine/dist/corosync.default corosync/engine/dist/corosync.logrotate
install-data-hook: install-corosync-data
install-corosync-data:
	$(MKDIR_P) $(DESTDIR)$(sysconfdir)/corosync/uidgid.d $(DESTDIR)$(localstatedir)/lib/corosync \
		$(DESTDIR)$(localstatedir)/log/corosync $(DESTDIR)$(sysconfdir)/default $(DESTDIR)$(sysconfdir)/logrotate.d
	test -e $(DESTDIR)$(sysconfdir)/default/corosync || \
		$(INSTALL_DATA) $(srcdir)/corosync/engine/dist/corosync.default $(DESTDIR)$(sysconfdir)/default/corosync
	$(INSTALL_DATA) $(srcdir)/corosync/engine/dist/corosync.logrotate $(DESTDIR)$(sysconfdir)/logrotate.d/corosync
.PHONY: install-corosync-data

if HAVE_CMOCKA
check_PROGRAMS += tests/unit/test_icmap tests/unit/test_corosync_conf tests/unit/test_sync_core
TESTS += tests/unit/test_icmap tests/unit/test_corosync_conf tests/unit/test_sync_core
tests_unit_test_icmap_SOURCES = tests/unit/test_icmap.c
tests_unit_test_icmap_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_icmap_LDADD = corosync/engine/libengineconf.la corosync/totem/libtotemcore.la $(CMOCKA_LIBS)
tests_unit_test_corosync_conf_SOURCES = tests/unit/test_corosync_conf.c
tests_unit_test_corosync_conf_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_corosync_conf_LDADD = corosync/engine/libengineconf.la corosync/totem/libtotemcore.la $(CMOCKA_LIBS)
tests_unit_test_sync_core_SOURCES = tests/unit/test_sync_core.c
tests_unit_test_sync_core_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_sync_core_LDADD = corosync/engine/libsynccore.la $(CMOCKA_LIBS)
endif

# the daemon as a process, and rings of our daemons and Debian's
noinst_PROGRAMS += tests/interop/ipc_damage
tests_interop_ipc_damage_SOURCES = tests/interop/ipc_damage.c
tests_interop_ipc_damage_CFLAGS = $(AM_CFLAGS) $(QB_CFLAGS)
tests_interop_ipc_damage_LDADD = $(QB_LIBS)
TESTS += tests/interop/test_daemon.sh tests/interop/test_mixed_ring.sh tests/interop/test_nozzle.sh
EXTRA_DIST += tests/interop/test_daemon.sh tests/interop/test_nozzle.sh tests/interop/test_mixed_ring.sh tests/fuzz/fuzz_conf.c tests/fuzz/fuzz_sync.c \
	tests/fuzz/fuzz_reload.c
