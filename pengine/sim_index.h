/* Where the simulation finds the history of a resource in a list of thousands. */
#ifndef PE_SIM_INDEX_H
#define PE_SIM_INDEX_H

#include <libxml/tree.h>
#include <stdbool.h>

struct sim_index;

/* The lrm_resource elements of one id in a list. */
struct sim_found {
    xmlNode *first;
    unsigned n;
};

struct sim_index *sim_index_new(void);
void sim_index_free(struct sim_index *index);
/* Borrowed, valid until the list changes; NULL: none. A list is read when it is first asked about. */
const struct sim_found *sim_index_find(struct sim_index *index, xmlNode *list, const char *id);
/* Whether several elements of the list have one id. */
bool sim_index_has_duplicates(struct sim_index *index, xmlNode *list);
/* The list got this element as its last. */
void sim_index_added(struct sim_index *index, xmlNode *list, xmlNode *rsc);
/* Lists were removed: forgets all. */
void sim_index_forget(struct sim_index *index);

#endif
