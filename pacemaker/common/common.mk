# Targets of pacemaker/common/ (common)
noinst_LTLIBRARIES += pacemaker/common/libpcmkpure.la
PURE_LIBS += pacemaker/common/libpcmkpure.la
pacemaker_common_libpcmkpure_la_SOURCES = \
	pacemaker/common/bz.c pacemaker/common/bz.h \
	pacemaker/common/ipc_wire.c pacemaker/common/ipc_wire.h \
	pacemaker/common/log.c pacemaker/common/log.h \
	pacemaker/common/md5.c pacemaker/common/md5.h \
	pacemaker/common/message.c pacemaker/common/message.h \
	pacemaker/common/results.c pacemaker/common/results.h \
	pacemaker/common/table_order.h \
	pacemaker/common/time_format.c pacemaker/common/time_format.h \
	pacemaker/common/xml.c pacemaker/common/xml.h \
	pacemaker/common/xml_parse.c \
	pacemaker/common/xml_plain.c pacemaker/common/xml_plain.h \
	pacemaker/common/xml_text.c
pacemaker_common_libpcmkpure_la_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS)
pacemaker_common_libpcmkpure_la_LIBADD = $(XML_LIBS) $(BZ2_LIBS)

noinst_LTLIBRARIES += pacemaker/common/libpcmkcommon.la
pacemaker_common_libpcmkcommon_la_SOURCES = \
	pacemaker/common/daemon.c pacemaker/common/daemon.h \
	pacemaker/common/daemon_log.c \
	pacemaker/common/input.c pacemaker/common/input.h \
	pacemaker/common/ipc_client.c pacemaker/common/ipc.h \
	pacemaker/common/ipc_internal.h \
	pacemaker/common/ipc_server.c \
	pacemaker/common/mainloop.c pacemaker/common/mainloop.h \
	pacemaker/common/options.c \
	pacemaker/common/output.c pacemaker/common/output.h pacemaker/common/output_private.h \
	pacemaker/common/output_list.c \
	pacemaker/common/tool.c pacemaker/common/tool.h \
	pacemaker/common/watchdog.c pacemaker/common/watchdog.h
pacemaker_common_libpcmkcommon_la_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(GLIB_CFLAGS) $(QB_CFLAGS) $(UUID_CFLAGS)
pacemaker_common_libpcmkcommon_la_LIBADD = pacemaker/common/libpcmkpure.la $(BZ2_LIBS) $(GLIB_LIBS) $(QB_LIBS) $(UUID_LIBS)

# Scores, times, rules and name/value blocks of the CIB
noinst_LTLIBRARIES += pacemaker/common/libpcmkrules.la
PURE_LIBS += pacemaker/common/libpcmkrules.la
pacemaker_common_libpcmkrules_la_SOURCES = \
	pacemaker/common/iso8601.c pacemaker/common/iso8601.h \
	pacemaker/common/nvsets.c pacemaker/common/nvsets.h \
	pacemaker/common/rules.c pacemaker/common/rules.h \
	pacemaker/common/score.c pacemaker/common/score.h
pacemaker_common_libpcmkrules_la_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(GLIB_CFLAGS)
pacemaker_common_libpcmkrules_la_LIBADD = pacemaker/common/libpcmkpure.la

if HAVE_CMOCKA
check_PROGRAMS += tests/unit/test_xml tests/unit/test_xml_plain tests/unit/test_pcmk_wire tests/unit/test_results
TESTS += tests/unit/test_xml tests/unit/test_xml_plain tests/unit/test_pcmk_wire tests/unit/test_results
tests_unit_test_xml_SOURCES = tests/unit/test_xml.c
tests_unit_test_xml_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_xml_LDADD = pacemaker/common/libpcmkpure.la $(XML_LIBS) $(CMOCKA_LIBS)
tests_unit_test_xml_plain_SOURCES = tests/unit/test_xml_plain.c
tests_unit_test_xml_plain_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_xml_plain_LDADD = pacemaker/common/libpcmkpure.la $(XML_LIBS) $(CMOCKA_LIBS)
tests_unit_test_pcmk_wire_SOURCES = tests/unit/test_pcmk_wire.c
tests_unit_test_pcmk_wire_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_pcmk_wire_LDADD = pacemaker/cluster/libpcmkpeers.la $(CMOCKA_LIBS)
tests_unit_test_results_SOURCES = tests/unit/test_results.c
tests_unit_test_results_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_results_LDADD = pacemaker/common/libpcmkpure.la $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/test_ipc tests/unit/test_output tests/unit/test_mainloop
TESTS += tests/unit/test_ipc tests/unit/test_output tests/unit/test_mainloop
tests_unit_test_mainloop_SOURCES = tests/unit/test_mainloop.c
tests_unit_test_mainloop_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(GLIB_CFLAGS) $(QB_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_mainloop_LDADD = pacemaker/common/libpcmkcommon.la $(GLIB_LIBS) $(QB_LIBS) $(CMOCKA_LIBS)
tests_unit_test_ipc_SOURCES = tests/unit/test_ipc.c
tests_unit_test_ipc_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(GLIB_CFLAGS) $(QB_CFLAGS) $(CMOCKA_CFLAGS) -pthread
tests_unit_test_ipc_LDADD = pacemaker/common/libpcmkcommon.la $(GLIB_LIBS) $(QB_LIBS) $(CMOCKA_LIBS)
tests_unit_test_output_SOURCES = tests/unit/test_output.c
tests_unit_test_output_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(GLIB_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_output_LDADD = pacemaker/common/libpcmkcommon.la $(GLIB_LIBS) $(CMOCKA_LIBS)
endif

EXTRA_DIST += tests/fuzz/fuzz_xml.c
