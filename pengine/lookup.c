/* Finding things: elements by id, history by node and resource, resources and nodes by name. */
#include "pengine/pe.h"

#include <ctype.h>

static char ambiguous;

static void index_ids(GHashTable *ids, xmlNode *root)
{
    xmlNode *node = root;

    while (node != NULL) {
        if (node->type == XML_ELEMENT_NODE) {
            const char *id = xml_id(node);

            if (id != NULL) {
                char *key = g_strconcat(xml_name(node), " ", id, NULL);

                g_hash_table_replace(ids, key, g_hash_table_contains(ids, key) ? (void *)&ambiguous : node);
            }
            if (node->children != NULL) {
                node = node->children;
                continue;
            }
        }
        while (node != NULL && node != root && node->next == NULL) {
            node = node->parent;
        }
        node = node == NULL || node == root ? NULL : node->next;
    }
}

xmlNode *pe_resolve(void *arg, const char *tag, const char *id)
{
    pe_sched *s = arg;
    char *key = g_strconcat(tag, " ", id, NULL);
    xmlNode *found;

    if (s->priv->ids == NULL) {
        s->priv->ids = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        if (s->priv->config != NULL) {
            index_ids(s->priv->ids, s->priv->config);
        }
    }
    found = g_hash_table_lookup(s->priv->ids, key);
    if (found == NULL || (void *)found == (void *)&ambiguous) {
        pe_message(s, PE_ERROR, "get_xpath_object", "No match for //%s[@id='%s'] in /cib", tag, id);
        pe_message(s, PE_ERROR, "expand_idref", "No match for //%s[@id='%s'] found in /cib: Invalid "
                   "configuration", tag, id);
        found = NULL;
    }
    g_free(key);
    return found;
}

struct rule_context pe_rule_context(pe_sched *s)
{
    return (struct rule_context){.now = s->now, .resolve = pe_resolve, .resolve_arg = s};
}

void pe_note_recheck(pe_sched *s, int64_t when)
{
    if (when > s->now.epoch && (s->recheck_by == 0 || when < s->recheck_by)) {
        s->recheck_by = when;
    }
}

void pe_unpack_table(pe_sched *s, xmlNode *parent, const char *tag, struct rule_context *ctx, bool overwrite,
                     struct pe_table *table)
{
    struct pe_table_target target = {s, table};
    struct nvset_sink sink = {pe_table_sink, &target};

    ctx->next_change = 0;
    nvsets_unpack(parent, tag, ctx, NULL, overwrite, &sink);
    if (ctx->next_change != 0) {
        pe_note_recheck(s, ctx->next_change);
    }
}

/* Node names are compared in lower case in this index. */
static void history_key(char *out, size_t size, const char *node, const char *rsc)
{
    size_t i = 0;

    for (; node[i] != '\0' && i + 2 < size; i++) {
        out[i] = (char)tolower((unsigned char)node[i]);
    }
    snprintf(out + i, size - i, "\n%s", rsc);
}

static void index_history(pe_sched *s)
{
    s->priv->history = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    xml_foreach(state, s->priv->status, "node_state") {
        const char *name = xml_get(state, "uname");
        xmlNode *list = xml_first(xml_first(state, "lrm"), "lrm_resources");

        if (name == NULL) {
            continue;
        }
        xml_foreach(rsc, list, "lrm_resource") {
            struct pe_history *h, *other;
            const char *id = xml_id(rsc);
            char key[1024];

            if (id == NULL) {
                continue;
            }
            h = pe_alloc(s, sizeof(*h));
            history_key(key, sizeof(key), name, id);
            other = g_hash_table_lookup(s->priv->history, key);
            *h = (struct pe_history){.next_same = other, .node = name, .rsc = id, .xml = rsc};
            g_hash_table_replace(s->priv->history, g_strdup(key), h);
        }
    }
}

xmlNode *pe_history_of(pe_sched *s, const char *node, const char *rsc)
{
    struct pe_history *h;
    char key[1024];

    if (s->priv->history == NULL) {         /* few clusters have something to look up */
        index_history(s);
    }
    history_key(key, sizeof(key), node, rsc);
    h = g_hash_table_lookup(s->priv->history, key);
    return h == NULL || h->next_same != NULL ? NULL : h->xml;
}

pe_node *pe_node_by_id(const pe_sched *s, const char *id)
{
    char *key = id == NULL ? NULL : g_ascii_strdown(id, -1);
    pe_node *n = key == NULL ? NULL : g_hash_table_lookup(s->priv->node_ids, key);

    g_free(key);
    return n;
}

pe_node *pe_node_by_name(const pe_sched *s, const char *name)
{
    char *key = name == NULL ? NULL : g_ascii_strdown(name, -1);
    pe_node *n = key == NULL ? NULL : g_hash_table_lookup(s->priv->node_names, key);

    g_free(key);
    return n;
}

pe_rsc *pe_rsc_by_id(const pe_sched *s, const char *id)
{
    pe_rsc *r = id == NULL ? NULL : g_hash_table_lookup(s->priv->rsc_ids, id), *renamed;

    if (id == NULL || (r != NULL && !r->orphan)) {
        return r;
    }
    renamed = g_hash_table_lookup(s->priv->rsc_hnames, id);
    return r == NULL || (renamed != NULL && !renamed->orphan) ? renamed : r;    /* orphans come last */
}
