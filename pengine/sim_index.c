/* Index of resource histories by list and id (sim_index.h). */
#include "pengine/sim_index.h"

#include <glib.h>

#include "pacemaker/common/xml.h"

struct sim_index {
    GHashTable *lists;              /* lrm_resources -> (id -> struct sim_found) */
};

struct sim_index *sim_index_new(void)
{
    struct sim_index *index = g_new(struct sim_index, 1);

    index->lists = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, (GDestroyNotify)g_hash_table_destroy);
    return index;
}

void sim_index_free(struct sim_index *index)
{
    g_hash_table_destroy(index->lists);
    g_free(index);
}

static void add(GHashTable *ids, xmlNode *rsc)
{
    const char *id = xml_id(rsc);
    struct sim_found *found;

    if (id == NULL) {
        return;
    }
    found = g_hash_table_lookup(ids, id);
    if (found == NULL) {
        found = g_new0(struct sim_found, 1);
        found->first = rsc;
        g_hash_table_insert(ids, g_strdup(id), found);
    }
    found->last = rsc;
    found->n++;
}

const struct sim_found *sim_index_find(struct sim_index *index, xmlNode *list, const char *id)
{
    GHashTable *ids = g_hash_table_lookup(index->lists, list);

    if (ids == NULL) {
        ids = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
        xml_foreach(rsc, list, "lrm_resource") {
            add(ids, rsc);
        }
        g_hash_table_insert(index->lists, list, ids);
    }
    return g_hash_table_lookup(ids, id);
}

void sim_index_added(struct sim_index *index, xmlNode *list, xmlNode *rsc)
{
    GHashTable *ids = g_hash_table_lookup(index->lists, list);

    if (ids != NULL) {
        add(ids, rsc);
    }
}

void sim_index_forget(struct sim_index *index)
{
    g_hash_table_remove_all(index->lists);
}
