# The command-line tools of corosync
sbin_PROGRAMS += tools/corosync-cfgtool tools/corosync-cmapctl tools/corosync-cpgtool tools/corosync-keygen \
	tools/corosync-quorumtool

tools_corosync_cfgtool_SOURCES = tools/corosync-cfgtool.c tools/corosync_number.h
tools_corosync_cfgtool_LDADD = corosync/client/libcfg.la corosync/client/libcmap.la \
	corosync/client/libcorosync_common.la

tools_corosync_cmapctl_SOURCES = tools/corosync-cmapctl.c
tools_corosync_cmapctl_LDADD = corosync/client/libcmap.la corosync/client/libcorosync_common.la

tools_corosync_cpgtool_SOURCES = tools/corosync-cpgtool.c
tools_corosync_cpgtool_LDADD = corosync/client/libcpg.la corosync/client/libcfg.la \
	corosync/client/libcorosync_common.la

tools_corosync_keygen_SOURCES = tools/corosync-keygen.c tools/corosync_number.h

tools_corosync_quorumtool_SOURCES = tools/corosync-quorumtool.c tools/corosync_number.h
tools_corosync_quorumtool_LDADD = corosync/client/libquorum.la corosync/client/libvotequorum.la \
	corosync/client/libcfg.la corosync/client/libcmap.la corosync/client/libcorosync_common.la

sbin_PROGRAMS += tools/corosync-notifyd
tools_corosync_notifyd_SOURCES = tools/corosync-notifyd.c tools/notifyd.h tools/notifyd_dbus.c tools/notifyd_snmp.c
tools_corosync_notifyd_CFLAGS = $(AM_CFLAGS) $(SYSTEMD_CFLAGS)
tools_corosync_notifyd_LDADD = corosync/client/libcfg.la corosync/client/libcmap.la \
	corosync/client/libquorum.la corosync/client/libcorosync_common.la $(SYSTEMD_LIBS)

# Debian puts it in /usr/bin
nodist_bin_SCRIPTS = tools/corosync-blackbox
EXTRA_DIST += tools/corosync-blackbox.in
CLEANFILES += tools/corosync-blackbox

# Our tools and libraries beside Debian's, on both daemons
TESTS += tests/interop/test_corosync_api.sh tests/interop/test_corosync_tools.sh tests/interop/test_qdevice.sh tests/interop/test_notifyd.sh
dist_check_SCRIPTS += tests/interop/test_corosync_api.sh tests/interop/test_corosync_tools.sh tests/interop/test_qdevice.sh tests/interop/test_notifyd.sh tests/interop/snmp_traps.py \
	tests/interop/corosync_node.sh
EXTRA_DIST += tests/interop/one_node.conf tests/interop/qdevice.conf

dist_man_MANS += doc/man/corosync.8 doc/man/corosync.conf.5 doc/man/corosync-blackbox.8 doc/man/corosync-cfgtool.8 doc/man/corosync-cmapctl.8 \
	doc/man/corosync-cpgtool.8 doc/man/corosync-keygen.8 doc/man/corosync-notifyd.8 \
	doc/man/corosync-quorumtool.8 doc/man/cmap_keys.7 doc/man/votequorum.5

nodist_systemdsystemunit_DATA += tools/corosync-notifyd.service
EXTRA_DIST += tools/corosync-notifyd.service.in
CLEANFILES += tools/corosync-notifyd.service

# rights of the notifier's D-Bus signals, and its options
dbuspolicydir = $(sysconfdir)/dbus-1/system.d
dist_dbuspolicy_DATA = tools/corosync-signals.conf
EXTRA_DIST += tools/corosync-notifyd.default
install-data-hook: install-notifyd-data
install-notifyd-data:
	$(MKDIR_P) $(DESTDIR)$(sysconfdir)/default
	test -e $(DESTDIR)$(sysconfdir)/default/corosync-notifyd || $(INSTALL_DATA) \
		$(srcdir)/tools/corosync-notifyd.default $(DESTDIR)$(sysconfdir)/default/corosync-notifyd
.PHONY: install-notifyd-data
