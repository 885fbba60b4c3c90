# Targets of pacemaker/pacemakerd/ (pacemakerd)
noinst_LTLIBRARIES += pacemaker/pacemakerd/liblauncher.la
PURE_LIBS += pacemaker/pacemakerd/liblauncher.la
pacemaker_pacemakerd_liblauncher_la_SOURCES = \
	pacemaker/pacemakerd/launcher.c pacemaker/pacemakerd/launcher.h
pacemaker_pacemakerd_liblauncher_la_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS)
pacemaker_pacemakerd_liblauncher_la_LIBADD = pacemaker/common/libpcmkpure.la

sbin_PROGRAMS += pacemakerd
pacemakerd_SOURCES = \
	pacemaker/pacemakerd/host.c pacemaker/pacemakerd/host.h \
	pacemaker/pacemakerd/pacemakerd.c \
	pacemaker/pacemakerd/service.c pacemaker/pacemakerd/service.h
pacemakerd_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(GLIB_CFLAGS)
pacemakerd_LDADD = pacemaker/pacemakerd/liblauncher.la pacemaker/common/libpcmkcommon.la \
	corosync/client/libcfg.la corosync/client/libcmap.la corosync/client/libcpg.la $(GLIB_LIBS)

nodist_systemdsystemunit_DATA += pacemaker/pacemakerd/pacemaker.service
EXTRA_DIST += pacemaker/pacemakerd/pacemaker.service.in
CLEANFILES += pacemaker/pacemakerd/pacemaker.service
# settings of an administrator stay
EXTRA_DIST += pacemaker/pacemakerd/default/pacemaker pacemaker/pacemakerd/pacemaker.logrotate
install-data-hook: install-pacemaker-data
install-pacemaker-data:
	$(MKDIR_P) $(DESTDIR)$(sysconfdir)/default $(DESTDIR)$(sysconfdir)/logrotate.d
	test -e $(DESTDIR)$(sysconfdir)/default/pacemaker || \
		$(INSTALL_DATA) $(srcdir)/pacemaker/pacemakerd/default/pacemaker $(DESTDIR)$(sysconfdir)/default/pacemaker
	$(INSTALL_DATA) $(srcdir)/pacemaker/pacemakerd/pacemaker.logrotate $(DESTDIR)$(sysconfdir)/logrotate.d/pacemaker
.PHONY: install-pacemaker-data

dist_man_MANS += doc/man/pacemakerd.8

if HAVE_CMOCKA
check_PROGRAMS += tests/unit/test_launcher
TESTS += tests/unit/test_launcher
tests_unit_test_launcher_SOURCES = tests/unit/test_launcher.c tests/unit/story.h
tests_unit_test_launcher_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_launcher_LDADD = pacemaker/pacemakerd/liblauncher.la $(CMOCKA_LIBS)
endif
