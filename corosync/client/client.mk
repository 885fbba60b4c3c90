# The client libraries: sonames and symbol versions are part of the interface (libX.map).

corosyncincludedir = $(includedir)/corosync
corosyncinclude_HEADERS = include/corosync/cfg.h include/corosync/cmap.h include/corosync/corodefs.h \
	include/corosync/corotypes.h include/corosync/cpg.h include/corosync/hdb.h include/corosync/quorum.h \
	include/corosync/sam.h include/corosync/votequorum.h

# What all of them share; not visible outside.
noinst_LTLIBRARIES += corosync/client/libclient.la
corosync_client_libclient_la_SOURCES = corosync/client/client.c corosync/client/client.h \
	corosync/client/handle.c corosync/client/handle.h corosync/client/proto.h corosync/client/proto_cfg.h \
	corosync/client/proto_cmap.h corosync/client/proto_cpg.h corosync/client/proto_quorum.h \
	corosync/client/proto_votequorum.h
corosync_client_libclient_la_CPPFLAGS = $(AM_CPPFLAGS) $(QB_CFLAGS)
corosync_client_libclient_la_CFLAGS = $(AM_CFLAGS) -fvisibility=hidden

client_version = -no-undefined -Wl,--version-script=$(top_srcdir)/corosync/client

lib_LTLIBRARIES += corosync/client/libcorosync_common.la
corosync_client_libcorosync_common_la_SOURCES = corosync/client/common.c
corosync_client_libcorosync_common_la_LDFLAGS = $(AM_LDFLAGS) -no-undefined -version-info 4:0:0

client_libs_private = corosync/client/libclient.la corosync/client/libcorosync_common.la $(QB_LIBS)

lib_LTLIBRARIES += corosync/client/libcpg.la
corosync_client_libcpg_la_SOURCES = corosync/client/libcpg.c corosync/client/libcpg.h \
	corosync/client/libcpg_fragment.c corosync/client/libcpg_zero_copy.c
corosync_client_libcpg_la_CPPFLAGS = $(AM_CPPFLAGS) $(QB_CFLAGS)
corosync_client_libcpg_la_LDFLAGS = $(AM_LDFLAGS) $(client_version)/libcpg.map -version-info 5:0:1
corosync_client_libcpg_la_LIBADD = $(client_libs_private)

lib_LTLIBRARIES += corosync/client/libcmap.la
corosync_client_libcmap_la_SOURCES = corosync/client/libcmap.c
corosync_client_libcmap_la_CPPFLAGS = $(AM_CPPFLAGS) $(QB_CFLAGS)
corosync_client_libcmap_la_LDFLAGS = $(AM_LDFLAGS) $(client_version)/libcmap.map -version-info 5:0:1
corosync_client_libcmap_la_LIBADD = $(client_libs_private)

lib_LTLIBRARIES += corosync/client/libcfg.la
corosync_client_libcfg_la_SOURCES = corosync/client/libcfg.c
corosync_client_libcfg_la_CPPFLAGS = $(AM_CPPFLAGS) $(QB_CFLAGS)
corosync_client_libcfg_la_LDFLAGS = $(AM_LDFLAGS) $(client_version)/libcfg.map -version-info 10:0:3
corosync_client_libcfg_la_LIBADD = $(client_libs_private)

lib_LTLIBRARIES += corosync/client/libquorum.la
corosync_client_libquorum_la_SOURCES = corosync/client/libquorum.c
corosync_client_libquorum_la_CPPFLAGS = $(AM_CPPFLAGS) $(QB_CFLAGS)
corosync_client_libquorum_la_LDFLAGS = $(AM_LDFLAGS) $(client_version)/libquorum.map -version-info 6:0:1
corosync_client_libquorum_la_LIBADD = $(client_libs_private)

lib_LTLIBRARIES += corosync/client/libvotequorum.la
corosync_client_libvotequorum_la_SOURCES = corosync/client/libvotequorum.c
corosync_client_libvotequorum_la_CPPFLAGS = $(AM_CPPFLAGS) $(QB_CFLAGS)
corosync_client_libvotequorum_la_LDFLAGS = $(AM_LDFLAGS) $(client_version)/libvotequorum.map -version-info 8:0:0
corosync_client_libvotequorum_la_LIBADD = $(client_libs_private)

lib_LTLIBRARIES += corosync/client/libsam.la
corosync_client_libsam_la_SOURCES = corosync/client/libsam.c corosync/client/libsam.h \
	corosync/client/libsam_supervisor.c
corosync_client_libsam_la_LDFLAGS = $(AM_LDFLAGS) $(client_version)/libsam.map -version-info 8:0:4
corosync_client_libsam_la_LIBADD = corosync/client/libquorum.la corosync/client/libcmap.la

EXTRA_DIST += corosync/client/libsam.map corosync/client/libsam.pc.in
EXTRA_DIST += corosync/client/libcpg.map corosync/client/libcmap.map corosync/client/libcfg.map \
	corosync/client/libquorum.map corosync/client/libvotequorum.map

nodist_pkgconfig_DATA += corosync/client/corosync.pc corosync/client/libcorosync_common.pc \
	corosync/client/libcpg.pc corosync/client/libcmap.pc corosync/client/libcfg.pc \
	corosync/client/libquorum.pc corosync/client/libsam.pc corosync/client/libvotequorum.pc
EXTRA_DIST += corosync/client/corosync.pc.in corosync/client/libcorosync_common.pc.in \
	corosync/client/libcpg.pc.in corosync/client/libcmap.pc.in corosync/client/libcfg.pc.in \
	corosync/client/libquorum.pc.in corosync/client/libvotequorum.pc.in
CLEANFILES += corosync/client/corosync.pc corosync/client/libcorosync_common.pc \
	corosync/client/libcpg.pc corosync/client/libcmap.pc corosync/client/libcfg.pc \
	corosync/client/libquorum.pc corosync/client/libsam.pc corosync/client/libvotequorum.pc

# Exported symbols, versions and sonames are those recorded.
dist_check_SCRIPTS += corosync/client/check-abi.sh
TESTS += corosync/client/check-abi.sh
EXTRA_DIST += corosync/client/abi.list

# Programs of the interoperability tests and measurements
noinst_PROGRAMS += tests/interop/api_calls tests/interop/cpg_traffic tests/interop/cpg_slow tests/bench/cpg_speed \
	tests/interop/client_signals
tests_interop_client_signals_SOURCES = tests/interop/client_signals.c
tests_interop_client_signals_LDADD = corosync/client/libcpg.la corosync/client/libcmap.la corosync/client/libcfg.la \
	corosync/client/libquorum.la corosync/client/libvotequorum.la corosync/client/libcorosync_common.la
tests_interop_api_calls_SOURCES = tests/interop/api_calls.c
tests_interop_api_calls_LDADD = corosync/client/libcpg.la corosync/client/libcmap.la corosync/client/libcfg.la \
	corosync/client/libquorum.la corosync/client/libvotequorum.la corosync/client/libcorosync_common.la
tests_interop_cpg_traffic_SOURCES = tests/interop/cpg_traffic.c
tests_interop_cpg_traffic_LDADD = corosync/client/libcpg.la corosync/client/libcorosync_common.la
tests_interop_cpg_slow_SOURCES = tests/interop/cpg_slow.c
tests_interop_cpg_slow_LDADD = corosync/client/libcpg.la corosync/client/libcorosync_common.la
tests_bench_cpg_speed_SOURCES = tests/bench/cpg_speed.c
tests_bench_cpg_speed_LDADD = corosync/client/libcpg.la corosync/client/libcorosync_common.la

if HAVE_CMOCKA
check_PROGRAMS += tests/unit/test_client_abi
TESTS += tests/unit/test_client_abi
tests_unit_test_client_abi_SOURCES = tests/unit/test_client_abi.c
tests_unit_test_client_abi_CPPFLAGS = $(AM_CPPFLAGS) $(QB_CFLAGS)
tests_unit_test_client_abi_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_client_abi_LDADD = corosync/client/libcorosync_common.la $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_sam tests/unit/test_client_handle
TESTS += tests/unit/test_sam tests/unit/test_client_handle
tests_unit_test_sam_SOURCES = tests/unit/test_sam.c
tests_unit_test_sam_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_sam_LDADD = corosync/client/libsam.la corosync/client/libcorosync_common.la $(CMOCKA_LIBS)
tests_unit_test_client_handle_SOURCES = tests/unit/test_client_handle.c
tests_unit_test_client_handle_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_client_handle_LDADD = corosync/client/libclient.la corosync/client/libcorosync_common.la \
	$(QB_LIBS) $(CMOCKA_LIBS)
endif
