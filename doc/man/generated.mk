# Man pages made from the commands' own help, so that they say what the options are
EXTRA_DIST += doc/man/man-from-help.sh
MAN_FROM_HELP = $(srcdir)/doc/man/man-from-help.sh
MAKE_MAN = $(AM_V_GEN)$(MKDIR_P) doc/man && $(MAN_FROM_HELP)
generated_mans =
generated_mans += doc/man/crm_mon.8
generated_mans += doc/man/crm_resource.8
generated_mans += doc/man/crm_attribute.8
generated_mans += doc/man/crm_diff.8
generated_mans += doc/man/crm_rule.8
generated_mans += doc/man/crm_simulate.8
generated_mans += doc/man/crm_ticket.8
generated_mans += doc/man/crm_verify.8
generated_mans += doc/man/iso8601.8
generated_mans += doc/man/cibadmin.8
generated_mans += doc/man/crm_shadow.8
generated_mans += doc/man/cibsecret.8
generated_mans += doc/man/crm_failcount.8
generated_mans += doc/man/crm_master.8
generated_mans += doc/man/crm_report.8
generated_mans += doc/man/crm_standby.8
nodist_man_MANS += $(generated_mans)
CLEANFILES += $(generated_mans)
doc/man/crm_mon.8: crm_mon$(EXEEXT) $(MAN_FROM_HELP)
	$(MAKE_MAN) ./crm_mon$(EXEEXT) crm_mon 8 --help-all >$@.new && mv $@.new $@
doc/man/crm_resource.8: crm_resource$(EXEEXT) $(MAN_FROM_HELP)
	$(MAKE_MAN) ./crm_resource$(EXEEXT) crm_resource 8 --help-all >$@.new && mv $@.new $@
doc/man/crm_attribute.8: tools/crm_attribute$(EXEEXT) $(MAN_FROM_HELP)
	$(MAKE_MAN) ./tools/crm_attribute$(EXEEXT) crm_attribute 8 --help-all >$@.new && mv $@.new $@
doc/man/crm_diff.8: tools/crm_diff$(EXEEXT) $(MAN_FROM_HELP)
	$(MAKE_MAN) ./tools/crm_diff$(EXEEXT) crm_diff 8 --help-all >$@.new && mv $@.new $@
doc/man/crm_rule.8: tools/crm_rule$(EXEEXT) $(MAN_FROM_HELP)
	$(MAKE_MAN) ./tools/crm_rule$(EXEEXT) crm_rule 8 --help-all >$@.new && mv $@.new $@
doc/man/crm_simulate.8: tools/crm_simulate$(EXEEXT) $(MAN_FROM_HELP)
	$(MAKE_MAN) ./tools/crm_simulate$(EXEEXT) crm_simulate 8 --help-all >$@.new && mv $@.new $@
doc/man/crm_ticket.8: tools/crm_ticket$(EXEEXT) $(MAN_FROM_HELP)
	$(MAKE_MAN) ./tools/crm_ticket$(EXEEXT) crm_ticket 8 --help-all >$@.new && mv $@.new $@
doc/man/crm_verify.8: tools/crm_verify$(EXEEXT) $(MAN_FROM_HELP)
	$(MAKE_MAN) ./tools/crm_verify$(EXEEXT) crm_verify 8 --help-all >$@.new && mv $@.new $@
doc/man/iso8601.8: tools/iso8601$(EXEEXT) $(MAN_FROM_HELP)
	$(MAKE_MAN) ./tools/iso8601$(EXEEXT) iso8601 8 --help-all >$@.new && mv $@.new $@
doc/man/cibadmin.8: tools/cibadmin$(EXEEXT) $(MAN_FROM_HELP)
	$(MAKE_MAN) ./tools/cibadmin$(EXEEXT) cibadmin 8 --help >$@.new && mv $@.new $@
doc/man/crm_shadow.8: tools/crm_shadow$(EXEEXT) $(MAN_FROM_HELP)
	$(MAKE_MAN) ./tools/crm_shadow$(EXEEXT) crm_shadow 8 --help >$@.new && mv $@.new $@
doc/man/cibsecret.8: $(srcdir)/tools/cibsecret $(MAN_FROM_HELP)
	$(MAKE_MAN) $(srcdir)/tools/cibsecret cibsecret 8 --help >$@.new && mv $@.new $@
doc/man/crm_failcount.8: $(srcdir)/tools/crm_failcount $(MAN_FROM_HELP)
	$(MAKE_MAN) $(srcdir)/tools/crm_failcount crm_failcount 8 --help >$@.new && mv $@.new $@
doc/man/crm_master.8: $(srcdir)/tools/crm_master $(MAN_FROM_HELP)
	$(MAKE_MAN) $(srcdir)/tools/crm_master crm_master 8 --help >$@.new && mv $@.new $@
doc/man/crm_report.8: $(srcdir)/tools/crm_report $(MAN_FROM_HELP)
	$(MAKE_MAN) $(srcdir)/tools/crm_report crm_report 8 --help >$@.new && mv $@.new $@
doc/man/crm_standby.8: $(srcdir)/tools/crm_standby $(MAN_FROM_HELP)
	$(MAKE_MAN) $(srcdir)/tools/crm_standby crm_standby 8 --help >$@.new && mv $@.new $@
