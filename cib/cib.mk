# Targets of cib/ (cib)
noinst_LTLIBRARIES += cib/libcibcore.la
PURE_LIBS += cib/libcibcore.la
cib_libcibcore_la_SOURCES = \
	cib/acl.c cib/acl.h \
	cib/compare.c cib/compare.h \
	cib/merge.c cib/ops.c cib/ops.h cib/sections.c \
	cib/patch.c cib/patch.h cib/patch1.c cib/patch_apply.c \
	cib/perform.c cib/perform.h \
	cib/track.c cib/track.h \
	cib/version.c cib/version.h
cib_libcibcore_la_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS) $(GLIB_CFLAGS)
cib_libcibcore_la_LIBADD = pacemaker/common/libpcmkpure.la $(XML_LIBS) $(GLIB_LIBS)
