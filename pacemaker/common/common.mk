# Targets of pacemaker/common/ (common)
noinst_LTLIBRARIES += pacemaker/common/libpcmkpure.la
PURE_LIBS += pacemaker/common/libpcmkpure.la
pacemaker_common_libpcmkpure_la_SOURCES = \
	pacemaker/common/log.c pacemaker/common/log.h \
	pacemaker/common/md5.c pacemaker/common/md5.h \
	pacemaker/common/message.c pacemaker/common/message.h \
	pacemaker/common/results.c pacemaker/common/results.h \
	pacemaker/common/xml.c pacemaker/common/xml.h \
	pacemaker/common/xml_parse.c \
	pacemaker/common/xml_text.c
pacemaker_common_libpcmkpure_la_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS)
pacemaker_common_libpcmkpure_la_LIBADD = $(XML_LIBS)
