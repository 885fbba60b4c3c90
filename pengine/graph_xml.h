/* One action of the transition graph as XML (decisions §14.4). */
#ifndef PE_GRAPH_XML_H
#define PE_GRAPH_XML_H

#include "pengine/pengine.h"

/* Appends the element of a to parent: whole (full) or as much as a trigger shows. */
void pe_action_xml(pe_sched *s, xmlNode *parent, pe_action *a, bool full);

#endif
