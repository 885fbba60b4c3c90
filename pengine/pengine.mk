# The scheduler: a pure library from CIB to transition graph
noinst_LTLIBRARIES += pengine/libpengine.la
PURE_LIBS += pengine/libpengine.la
pengine_libpengine_la_SOURCES = \
	pengine/pengine.h pengine/pe.h \
	pengine/stages.c pengine/memory.c pengine/tables.c pengine/keys.c pengine/lookup.c pengine/messages.c \
	pengine/options.c pengine/nodes.c pengine/remote_nodes.c \
	pengine/resources.c pengine/group.c pengine/clone.c pengine/bundle.c pengine/state.c \
	pengine/status.c pengine/history.c pengine/history.h pengine/history_order.c pengine/history_find.c \
	pengine/history_migration.c pengine/history_apply.c pengine/failures.c pengine/digests.c \
	pengine/tags.c pengine/location.c pengine/colocation.c pengine/ordering.c pengine/tickets.c \
	pengine/op_config.c pengine/actions.c \
	pengine/criteria.c pengine/internal.c pengine/changes.c \
	pengine/colocated_scores.c pengine/assign.c pengine/assign_instances.c pengine/promotable.c \
	pengine/utilization.c \
	pengine/probes.c pengine/create_actions.c pengine/recurring.c pengine/remote.c pengine/fencing.c \
	pengine/links.c pengine/propagate.c pengine/probe_order.c \
	pengine/notify.c pengine/graph.c pengine/graph_xml.c pengine/graph_xml.h \
	pengine/summary.c pengine/summary.h pengine/dot.c pengine/dot.h \
	pengine/simulate.c pengine/simulate.h pengine/sim_history.c pengine/sim_history.h \
	pengine/sim_index.c pengine/sim_index.h pengine/inject.c
pengine_libpengine_la_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(GLIB_CFLAGS)
pengine_libpengine_la_LIBADD = pacemaker/common/libpcmkrules.la $(GLIB_LIBS) $(XML_LIBS)

# The daemon
pcmkdaemon_PROGRAMS += pacemaker-schedulerd
legacy_links += pacemaker-schedulerd:pengine
pacemaker_schedulerd_SOURCES = pengine/schedulerd.c pengine/schedulerd_options.c pengine/schedulerd_options.h \
	pengine/saved_inputs.c pengine/saved_inputs.h
pacemaker_schedulerd_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(GLIB_CFLAGS)
pacemaker_schedulerd_LDADD = pengine/libpengine.la cib/libcibstore.la pacemaker/common/libpcmkcommon.la $(BZ2_LIBS) \
	$(XML_LIBS) $(GLIB_LIBS)

check_PROGRAMS += tests/interop/sched_probe
tests_interop_sched_probe_SOURCES = tests/interop/sched_probe.c
tests_interop_sched_probe_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(GLIB_CFLAGS)
tests_interop_sched_probe_LDADD = pacemaker/common/libpcmkcommon.la $(XML_LIBS) $(GLIB_LIBS)

if HAVE_CMOCKA
check_PROGRAMS += tests/unit/test_rules tests/unit/test_scheduler tests/unit/test_scheduler_cases \
	tests/unit/test_scheduler_hostile tests/unit/test_scheduler_messages
TESTS += tests/unit/test_rules tests/unit/test_scheduler tests/unit/test_scheduler_cases \
	tests/unit/test_scheduler_hostile tests/unit/test_scheduler_messages
tests_unit_test_rules_SOURCES = tests/unit/test_rules.c
tests_unit_test_rules_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_rules_LDADD = pacemaker/common/libpcmkrules.la $(XML_LIBS) $(CMOCKA_LIBS)
tests_unit_test_scheduler_SOURCES = tests/unit/test_scheduler.c
tests_unit_test_scheduler_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_scheduler_LDADD = pengine/libpengine.la $(XML_LIBS) $(CMOCKA_LIBS)
tests_unit_test_scheduler_messages_SOURCES = tests/unit/test_scheduler_messages.c
tests_unit_test_scheduler_messages_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(GLIB_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_scheduler_messages_LDADD = pengine/libpengine.la $(XML_LIBS) $(GLIB_LIBS) $(CMOCKA_LIBS)
tests_unit_test_scheduler_hostile_SOURCES = tests/unit/test_scheduler_hostile.c
tests_unit_test_scheduler_hostile_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(GLIB_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_scheduler_hostile_LDADD = pengine/libpengine.la $(XML_LIBS) $(GLIB_LIBS) $(CMOCKA_LIBS)
tests_unit_test_scheduler_cases_SOURCES = tests/unit/test_scheduler_cases.c
tests_unit_test_scheduler_cases_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(GLIB_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_scheduler_cases_LDADD = pengine/libpengine.la cib/libcibstore.la $(XML_LIBS) $(GLIB_LIBS) \
	$(CMOCKA_LIBS) -lpthread
endif
