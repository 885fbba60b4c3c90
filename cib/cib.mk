# Targets of cib/ (cib)
noinst_LTLIBRARIES += cib/libcibcore.la
PURE_LIBS += cib/libcibcore.la
cib_libcibcore_la_SOURCES = \
	cib/acl.c cib/acl.h \
	cib/cib_core.c cib/cib_core.h cib/core_private.h cib/core_sync.c \
	cib/compare.c cib/compare.h \
	cib/merge.c cib/ops.c cib/ops.h cib/sections.c \
	cib/patch.c cib/patch.h cib/patch1.c cib/patch_apply.c \
	cib/perform.c cib/perform.h \
	cib/track.c cib/track.h \
	cib/version.c cib/version.h
cib_libcibcore_la_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(GLIB_CFLAGS)
cib_libcibcore_la_LIBADD = pacemaker/common/libpcmkpure.la $(XML_LIBS) $(GLIB_LIBS)

# A quick check against the schemas
noinst_LTLIBRARIES += cib/librng.la
PURE_LIBS += cib/librng.la
cib_librng_la_SOURCES = \
	cib/rng.c cib/rng.h cib/rng_private.h \
	cib/rng_data.c cib/rng_derive.c cib/rng_load.c cib/rng_pattern.c
cib_librng_la_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(GLIB_CFLAGS)
cib_librng_la_LIBADD = pacemaker/common/libpcmkpure.la $(XML_LIBS) $(GLIB_LIBS)

# Schemas, files and the real world
noinst_LTLIBRARIES += cib/libcibstore.la
cib_libcibstore_la_SOURCES = \
	cib/env.c cib/env.h \
	cib/schema.c cib/schema.h \
	cib/schema_transform.c cib/schema_transform.h cib/schema_to_3_0.c \
	cib/store.c cib/store.h
cib_libcibstore_la_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(GLIB_CFLAGS)
cib_libcibstore_la_LIBADD = cib/libcibcore.la cib/librng.la pacemaker/common/libpcmkcommon.la $(XML_LIBS) $(GLIB_LIBS)

# What daemons and tools use to talk to the CIB
noinst_LTLIBRARIES += cib/libcibclient.la
cib_libcibclient_la_SOURCES = \
	cib/cib_client.h cib/client.c cib/client_daemon.c cib/client_file.c cib/client_private.h
cib_libcibclient_la_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(GLIB_CFLAGS)
cib_libcibclient_la_LIBADD = cib/libcibstore.la pacemaker/common/libpcmkcommon.la $(BZ2_LIBS) $(XML_LIBS) $(GLIB_LIBS)

# The daemon
pcmkdaemon_PROGRAMS += cib/pacemaker-based
legacy_links += pacemaker-based:cib
cib_pacemaker_based_SOURCES = \
	cib/based.c cib/based.h cib/based_disk.c cib/based_ipc.c cib/based_peers.c
cib_pacemaker_based_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(GLIB_CFLAGS)
cib_pacemaker_based_LDADD = \
	cib/libcibstore.la pacemaker/cluster/libpcmkcluster.la pacemaker/common/libpcmkcommon.la $(XML_LIBS) $(GLIB_LIBS)

# Schemas: written by a script, one file a version and component
schema_files = \
	xml/acls-1.2.rng xml/acls-2.0.rng xml/acls-3.8.rng xml/alerts-2.10.rng \
	xml/alerts-2.5.rng xml/alerts-2.9.rng xml/alerts-3.5.rng xml/alerts-3.9.rng \
	xml/cib-1.0.rng xml/cib-1.2.rng xml/constraints-1.0.rng xml/constraints-1.2.rng \
	xml/constraints-2.1.rng xml/constraints-2.2.rng xml/constraints-2.3.rng xml/constraints-2.6.rng \
	xml/constraints-2.9.rng xml/constraints-3.0.rng xml/constraints-3.5.rng xml/constraints-3.6.rng \
	xml/constraints-3.7.rng xml/constraints-3.9.rng xml/constraints-next.rng xml/fencing-1.2.rng \
	xml/fencing-2.4.rng xml/nodes-1.0.rng xml/nodes-1.2.rng xml/nodes-1.3.rng \
	xml/nodes-2.9.rng xml/nodes-3.0.rng xml/nodes-3.4.rng xml/nodes-3.5.rng \
	xml/nodes-3.9.rng xml/nvset-1.3.rng xml/nvset-2.9.rng xml/nvset-3.0.rng \
	xml/nvset-3.4.rng xml/nvset-3.5.rng xml/nvset-3.9.rng xml/nvset.rng \
	xml/options-1.0.rng xml/options-3.0.rng xml/options-3.4.rng xml/options-3.5.rng \
	xml/options-3.9.rng xml/pacemaker-1.0.rng xml/pacemaker-1.2.rng xml/pacemaker-1.3.rng \
	xml/pacemaker-2.0.rng xml/pacemaker-2.1.rng xml/pacemaker-2.10.rng xml/pacemaker-2.2.rng \
	xml/pacemaker-2.3.rng xml/pacemaker-2.4.rng xml/pacemaker-2.5.rng xml/pacemaker-2.6.rng \
	xml/pacemaker-2.7.rng xml/pacemaker-2.8.rng xml/pacemaker-2.9.rng xml/pacemaker-3.0.rng \
	xml/pacemaker-3.1.rng xml/pacemaker-3.2.rng xml/pacemaker-3.3.rng xml/pacemaker-3.4.rng \
	xml/pacemaker-3.5.rng xml/pacemaker-3.6.rng xml/pacemaker-3.7.rng xml/pacemaker-3.8.rng \
	xml/pacemaker-3.9.rng xml/pacemaker-next.rng xml/resources-1.0.rng xml/resources-1.2.rng \
	xml/resources-1.3.rng xml/resources-2.10.rng xml/resources-2.7.rng xml/resources-2.8.rng \
	xml/resources-2.9.rng xml/resources-3.0.rng xml/resources-3.1.rng xml/resources-3.2.rng \
	xml/resources-3.4.rng xml/resources-3.5.rng xml/resources-3.7.rng xml/resources-3.9.rng \
	xml/rule-2.9.rng xml/rule-3.4.rng xml/rule-3.5.rng xml/rule-3.9.rng \
	xml/rule.rng xml/status-1.0.rng xml/tags-1.3.rng xml/tags-3.3.rng
nodist_pcmkschema_DATA = $(schema_files)
EXTRA_DIST += xml/make-schemas.py
CLEANFILES += $(schema_files) xml/schemas.stamp
xml/schemas.stamp: xml/make-schemas.py
	$(AM_V_GEN)$(MKDIR_P) xml && $(PYTHON) $(top_srcdir)/xml/make-schemas.py xml && touch $@
$(schema_files): xml/schemas.stamp

if HAVE_CMOCKA
check_PROGRAMS += tests/unit/test_cib_core
TESTS += tests/unit/test_cib_core
tests_unit_test_cib_core_SOURCES = tests/unit/test_cib_core.c
tests_unit_test_cib_core_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(GLIB_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_cib_core_LDADD = cib/libcibcore.la $(XML_LIBS) $(GLIB_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_cib_patch
TESTS += tests/unit/test_cib_patch
tests_unit_test_cib_patch_SOURCES = tests/unit/test_cib_patch.c
tests_unit_test_cib_patch_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(GLIB_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_cib_patch_LDADD = cib/libcibcore.la $(XML_LIBS) $(GLIB_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_cib_schema
TESTS += tests/unit/test_cib_schema
tests_unit_test_cib_schema_SOURCES = tests/unit/test_cib_schema.c
tests_unit_test_cib_schema_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(GLIB_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_cib_schema_LDADD = cib/libcibstore.la $(XML_LIBS) $(GLIB_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_rng
TESTS += tests/unit/test_rng
tests_unit_test_rng_SOURCES = tests/unit/test_rng.c
tests_unit_test_rng_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(GLIB_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_rng_LDADD = cib/libcibstore.la $(XML_LIBS) $(GLIB_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_cib_store
TESTS += tests/unit/test_cib_store
tests_unit_test_cib_store_SOURCES = tests/unit/test_cib_store.c
tests_unit_test_cib_store_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(GLIB_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_cib_store_LDADD = cib/libcibstore.la $(XML_LIBS) $(GLIB_LIBS) $(CMOCKA_LIBS)
endif

TESTS += tests/unit/test_cib_file.sh tests/interop/test_cib_tools.py tests/interop/test_cib_daemon.sh \
	tests/interop/test_mixed_cib.py
dist_check_SCRIPTS += tests/unit/test_cib_file.sh tests/interop/test_cib_tools.py tests/interop/test_cib_daemon.sh \
	tests/interop/test_mixed_cib.py
check_PROGRAMS += tests/interop/cib_probe
tests_interop_cib_probe_SOURCES = tests/interop/cib_probe.c
tests_interop_cib_probe_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(GLIB_CFLAGS)
tests_interop_cib_probe_LDADD = cib/libcibclient.la
EXTRA_DIST += tests/interop/cib_random.py tests/fuzz/fuzz_cib_patch.c tests/fuzz/fuzz_rng.c

sharepkgconfigdir = $(datadir)/pkgconfig
nodist_sharepkgconfig_DATA = cib/pacemaker-schemas.pc
EXTRA_DIST += cib/pacemaker-schemas.pc.in
CLEANFILES += cib/pacemaker-schemas.pc
