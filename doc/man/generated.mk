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

# Section 7: agents and options of daemons, made from their metadata
EXTRA_DIST += doc/man/man-from-metadata.sh doc/man/ocf-functions.sh
MAN_FROM_METADATA = $(srcdir)/doc/man/man-from-metadata.sh
AGENT_METADATA = OCF_ROOT=/usr/lib/ocf OCF_FUNCTIONS=$(abs_srcdir)/doc/man/ocf-functions.sh
generated_metadata_mans = doc/man/fence_watchdog.8 \
	doc/man/ocf_pacemaker_ClusterMon.7 \
	doc/man/ocf_pacemaker_Dummy.7 \
	doc/man/ocf_pacemaker_HealthCPU.7 \
	doc/man/ocf_pacemaker_HealthIOWait.7 \
	doc/man/ocf_pacemaker_HealthSMART.7 \
	doc/man/ocf_pacemaker_Stateful.7 \
	doc/man/ocf_pacemaker_SysInfo.7 \
	doc/man/ocf_pacemaker_attribute.7 \
	doc/man/ocf_pacemaker_controld.7 \
	doc/man/ocf_pacemaker_ifspeed.7 \
	doc/man/ocf_pacemaker_ping.7 \
	doc/man/ocf_pacemaker_remote.7 \
	doc/man/pacemaker-controld.7 \
	doc/man/pacemaker-fenced.7 \
	doc/man/pacemaker-schedulerd.7
nodist_man_MANS += $(generated_metadata_mans)
CLEANFILES += $(generated_metadata_mans)
doc/man/fence_watchdog.8: $(srcdir)/agents/fence/fence_watchdog $(MAN_FROM_METADATA)
	$(AM_V_GEN)$(MKDIR_P) doc/man && $(srcdir)/agents/fence/fence_watchdog -o metadata | \
		$(MAN_FROM_METADATA) fence_watchdog 8 >$@.new && mv $@.new $@
doc/man/ocf_pacemaker_ClusterMon.7: $(srcdir)/agents/ocf/ClusterMon $(MAN_FROM_METADATA)
	$(AM_V_GEN)$(MKDIR_P) doc/man && $(AGENT_METADATA) $(srcdir)/agents/ocf/ClusterMon meta-data | \
		$(MAN_FROM_METADATA) ocf_pacemaker_ClusterMon 7 >$@.new && mv $@.new $@
doc/man/ocf_pacemaker_Dummy.7: $(srcdir)/agents/ocf/Dummy $(MAN_FROM_METADATA)
	$(AM_V_GEN)$(MKDIR_P) doc/man && $(AGENT_METADATA) $(srcdir)/agents/ocf/Dummy meta-data | \
		$(MAN_FROM_METADATA) ocf_pacemaker_Dummy 7 >$@.new && mv $@.new $@
doc/man/ocf_pacemaker_HealthCPU.7: $(srcdir)/agents/ocf/HealthCPU $(MAN_FROM_METADATA)
	$(AM_V_GEN)$(MKDIR_P) doc/man && $(AGENT_METADATA) $(srcdir)/agents/ocf/HealthCPU meta-data | \
		$(MAN_FROM_METADATA) ocf_pacemaker_HealthCPU 7 >$@.new && mv $@.new $@
doc/man/ocf_pacemaker_HealthIOWait.7: $(srcdir)/agents/ocf/HealthIOWait $(MAN_FROM_METADATA)
	$(AM_V_GEN)$(MKDIR_P) doc/man && $(AGENT_METADATA) $(srcdir)/agents/ocf/HealthIOWait meta-data | \
		$(MAN_FROM_METADATA) ocf_pacemaker_HealthIOWait 7 >$@.new && mv $@.new $@
doc/man/ocf_pacemaker_HealthSMART.7: $(srcdir)/agents/ocf/HealthSMART $(MAN_FROM_METADATA)
	$(AM_V_GEN)$(MKDIR_P) doc/man && $(AGENT_METADATA) $(srcdir)/agents/ocf/HealthSMART meta-data | \
		$(MAN_FROM_METADATA) ocf_pacemaker_HealthSMART 7 >$@.new && mv $@.new $@
doc/man/ocf_pacemaker_Stateful.7: $(srcdir)/agents/ocf/Stateful $(MAN_FROM_METADATA)
	$(AM_V_GEN)$(MKDIR_P) doc/man && $(AGENT_METADATA) $(srcdir)/agents/ocf/Stateful meta-data | \
		$(MAN_FROM_METADATA) ocf_pacemaker_Stateful 7 >$@.new && mv $@.new $@
doc/man/ocf_pacemaker_SysInfo.7: $(srcdir)/agents/ocf/SysInfo $(MAN_FROM_METADATA)
	$(AM_V_GEN)$(MKDIR_P) doc/man && $(AGENT_METADATA) $(srcdir)/agents/ocf/SysInfo meta-data | \
		$(MAN_FROM_METADATA) ocf_pacemaker_SysInfo 7 >$@.new && mv $@.new $@
doc/man/ocf_pacemaker_attribute.7: $(srcdir)/agents/ocf/attribute $(MAN_FROM_METADATA)
	$(AM_V_GEN)$(MKDIR_P) doc/man && $(AGENT_METADATA) $(srcdir)/agents/ocf/attribute meta-data | \
		$(MAN_FROM_METADATA) ocf_pacemaker_attribute 7 >$@.new && mv $@.new $@
doc/man/ocf_pacemaker_controld.7: $(srcdir)/agents/ocf/controld $(MAN_FROM_METADATA)
	$(AM_V_GEN)$(MKDIR_P) doc/man && $(AGENT_METADATA) $(srcdir)/agents/ocf/controld meta-data | \
		$(MAN_FROM_METADATA) ocf_pacemaker_controld 7 >$@.new && mv $@.new $@
doc/man/ocf_pacemaker_ifspeed.7: $(srcdir)/agents/ocf/ifspeed $(MAN_FROM_METADATA)
	$(AM_V_GEN)$(MKDIR_P) doc/man && $(AGENT_METADATA) $(srcdir)/agents/ocf/ifspeed meta-data | \
		$(MAN_FROM_METADATA) ocf_pacemaker_ifspeed 7 >$@.new && mv $@.new $@
doc/man/ocf_pacemaker_ping.7: $(srcdir)/agents/ocf/ping $(MAN_FROM_METADATA)
	$(AM_V_GEN)$(MKDIR_P) doc/man && $(AGENT_METADATA) $(srcdir)/agents/ocf/ping meta-data | \
		$(MAN_FROM_METADATA) ocf_pacemaker_ping 7 >$@.new && mv $@.new $@
doc/man/ocf_pacemaker_remote.7: $(srcdir)/agents/ocf/remote $(MAN_FROM_METADATA)
	$(AM_V_GEN)$(MKDIR_P) doc/man && $(AGENT_METADATA) $(srcdir)/agents/ocf/remote meta-data | \
		$(MAN_FROM_METADATA) ocf_pacemaker_remote 7 >$@.new && mv $@.new $@
doc/man/pacemaker-controld.7: pacemaker/crmd/pacemaker-controld$(EXEEXT) $(MAN_FROM_METADATA)
	$(AM_V_GEN)$(MKDIR_P) doc/man && ./pacemaker/crmd/pacemaker-controld$(EXEEXT) metadata | \
		$(MAN_FROM_METADATA) pacemaker-controld 7 >$@.new && mv $@.new $@
doc/man/pacemaker-fenced.7: stonithd/pacemaker-fenced$(EXEEXT) $(MAN_FROM_METADATA)
	$(AM_V_GEN)$(MKDIR_P) doc/man && ./stonithd/pacemaker-fenced$(EXEEXT) metadata | \
		$(MAN_FROM_METADATA) pacemaker-fenced 7 >$@.new && mv $@.new $@
doc/man/pacemaker-schedulerd.7: pacemaker-schedulerd$(EXEEXT) $(MAN_FROM_METADATA)
	$(AM_V_GEN)$(MKDIR_P) doc/man && ./pacemaker-schedulerd$(EXEEXT) metadata | \
		$(MAN_FROM_METADATA) pacemaker-schedulerd 7 >$@.new && mv $@.new $@

mibsdir = $(datadir)/snmp/mibs
dist_mibs_DATA = doc/mibs/COROSYNC-MIB.txt doc/mibs/PCMK-MIB.txt
