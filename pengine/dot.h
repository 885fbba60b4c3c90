/* The graph in GraphViz's language (decisions §16.6). */
#ifndef PE_DOT_H
#define PE_DOT_H

#include "pengine/pengine.h"

/* Text the caller releases with g_free(). all: also what is optional or unmanaged;
 * ids: action ids in the names. */
char *pe_dot(pe_sched *s, bool all, bool ids);

#endif
