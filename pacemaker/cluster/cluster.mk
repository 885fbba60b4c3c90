# Targets of pacemaker/cluster/ (cluster)
noinst_LTLIBRARIES += pacemaker/cluster/libpcmkpeers.la
PURE_LIBS += pacemaker/cluster/libpcmkpeers.la
pacemaker_cluster_libpcmkpeers_la_SOURCES = \
	pacemaker/cluster/election.c pacemaker/cluster/election.h \
	pacemaker/cluster/peers.c pacemaker/cluster/peers.h
pacemaker_cluster_libpcmkpeers_la_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS)
pacemaker_cluster_libpcmkpeers_la_LIBADD = pacemaker/common/libpcmkpure.la
