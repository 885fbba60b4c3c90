# Users and folders, for systemd-sysusers and systemd-tmpfiles
sysusersdir = $(prefix)/lib/sysusers.d
tmpfilesdir = $(prefix)/lib/tmpfiles.d
nodist_sysusers_DATA = packaging/sysusers.d/quorate.conf
nodist_tmpfiles_DATA = packaging/tmpfiles.d/quorate.conf
EXTRA_DIST += packaging/sysusers.conf.in packaging/tmpfiles.conf.in
CLEANFILES += $(nodist_sysusers_DATA) $(nodist_tmpfiles_DATA)

packaging/sysusers.d/quorate.conf: packaging/sysusers.conf.in Makefile
	$(AM_V_GEN)$(MKDIR_P) $(@D) && $(do_subst) < $< > $@.tmp && mv $@.tmp $@
packaging/tmpfiles.d/quorate.conf: packaging/tmpfiles.conf.in Makefile
	$(AM_V_GEN)$(MKDIR_P) $(@D) && $(do_subst) < $< > $@.tmp && mv $@.tmp $@

TESTS += tests/interop/test_files.sh
dist_check_SCRIPTS += tests/interop/test_files.sh
EXTRA_DIST += tests/interop/debian_files
