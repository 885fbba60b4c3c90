# crm_simulate and crm_verify
sbin_PROGRAMS += tools/crm_simulate
tools_crm_simulate_SOURCES = tools/crm_simulate.c tools/crm_simulate.h tools/crm_simulate_print.c \
	tools/crm_simulate_input.c tools/crm_simulate_explain.c \
	tools/cib_source.c tools/cib_source.h
tools_crm_simulate_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(GLIB_CFLAGS)
tools_crm_simulate_LDADD = tools/libstatus.la pengine/libpengine.la cib/libcibclient.la $(XML_LIBS) $(GLIB_LIBS)

sbin_PROGRAMS += tools/crm_verify
tools_crm_verify_SOURCES = tools/crm_verify.c tools/cib_source.c tools/cib_source.h
tools_crm_verify_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(GLIB_CFLAGS)
tools_crm_verify_LDADD = pengine/libpengine.la cib/libcibclient.la $(XML_LIBS) $(GLIB_LIBS)

sbin_PROGRAMS += tools/crm_rule
tools_crm_rule_SOURCES = tools/crm_rule.c tools/cib_source.c tools/cib_source.h
tools_crm_rule_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(GLIB_CFLAGS)
tools_crm_rule_LDADD = cib/libcibclient.la pacemaker/common/libpcmkrules.la $(XML_LIBS) $(GLIB_LIBS)

# Recorded decisions; the fuzzer and the benchmark's generator need an oracle and are run by hand
TESTS += tests/conformance/scheduler.py tests/interop/test_crm_simulate.py tests/unit/test_explain.py \
	tests/interop/test_scheduler_messages.py
dist_check_SCRIPTS += tests/conformance/scheduler.py tests/conformance/sched_record.py \
	tests/interop/test_crm_simulate.py tests/unit/test_explain.py tests/interop/test_scheduler_messages.py
EXTRA_DIST += tests/conformance/scheduler.tar.xz tests/conformance/sched_case.py tests/conformance/found
EXTRA_DIST += tests/fuzz/sched_fuzz.py tests/fuzz/sched_states.py tests/fuzz/sched_kinds.py
EXTRA_DIST += tests/fuzz/sched_mutate.py tests/fuzz/sched_mutations.py tests/fuzz/sched_minimise.py
EXTRA_DIST += tests/interop/scheduler_bad_input.py
EXTRA_DIST += tests/bench/sched_cluster.py tests/bench/sched_speed.py
