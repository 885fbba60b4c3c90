/* Index of resource histories by list and id (sim_index.h). */
#include "pengine/sim_index.h"

#include <glib.h>

#include "pacemaker/common/xml.h"

struct list {
    GHashTable *ids;                /* id -> struct sim_found */
    bool duplicates;
};

struct sim_index {
    GHashTable *lists;              /* lrm_resources -> struct list */
};

static void free_list(void *arg)
{
    struct list *l = arg;

    g_hash_table_destroy(l->ids);
    g_free(l);
}

struct sim_index *sim_index_new(void)
{
    struct sim_index *index = g_new(struct sim_index, 1);

    index->lists = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, free_list);
    return index;
}

void sim_index_free(struct sim_index *index)
{
    g_hash_table_destroy(index->lists);
    g_free(index);
}

static void add(struct list *l, xmlNode *rsc)
{
    const char *id = xml_id(rsc);
    struct sim_found *found;

    if (id == NULL) {
        return;
    }
    found = g_hash_table_lookup(l->ids, id);
    if (found == NULL) {
        found = g_new0(struct sim_found, 1);
        found->first = rsc;
        g_hash_table_insert(l->ids, g_strdup(id), found);
    }
    found->n++;
    l->duplicates = l->duplicates || found->n > 1;
}

static struct list *read_list(struct sim_index *index, xmlNode *list)
{
    struct list *l = g_hash_table_lookup(index->lists, list);

    if (l == NULL) {
        l = g_new0(struct list, 1);
        l->ids = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
        xml_foreach(rsc, list, "lrm_resource") {
            add(l, rsc);
        }
        g_hash_table_insert(index->lists, list, l);
    }
    return l;
}

const struct sim_found *sim_index_find(struct sim_index *index, xmlNode *list, const char *id)
{
    return g_hash_table_lookup(read_list(index, list)->ids, id);
}

bool sim_index_has_duplicates(struct sim_index *index, xmlNode *list)
{
    return read_list(index, list)->duplicates;
}

void sim_index_added(struct sim_index *index, xmlNode *list, xmlNode *rsc)
{
    struct list *l = g_hash_table_lookup(index->lists, list);

    if (l != NULL) {
        add(l, rsc);
    }
}

void sim_index_forget(struct sim_index *index)
{
    g_hash_table_remove_all(index->lists);
}
