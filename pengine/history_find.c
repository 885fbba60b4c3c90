/* The resource a history belongs to: instances,
 * orphans and their containers (scheduler input §11.2, §11.3). */
#include "pengine/history.h"

#include <stdlib.h>

pe_rsc *pe_find_member(pe_sched *s, pe_rsc *root, const char *base)
{
    if (strcmp(pe_config_id(s, root), base) == 0) {
        return root;
    }
    for (uint32_t i = 0; i < root->children.n; i++) {
        pe_rsc *found = pe_find_member(s, root->children.v[i], base);

        if (found != NULL) {
            return found;
        }
    }
    return NULL;
}

/* The first node that an instance is on, or comes to. */
static const pe_node *first_place(const pe_rsc *r)
{
    const pe_node *n = NULL;

    if (r->children.n == 0) {
        return r->running.n > 0 ? r->running.v[0] : r->pending_node;
    }
    for (uint32_t i = 0; n == NULL && i < r->children.n; i++) {
        n = first_place(r->children.v[i]);
    }
    return n;
}

static pe_rsc *orphan_instance(pe_sched *s, pe_rsc *clone, const char *base)
{
    pe_rsc *instance = pe_clone_instance(s, clone);

    return instance == NULL ? NULL : pe_find_member(s, instance, base);
}

static pe_rsc *find_instance(pe_sched *s, pe_node *node, pe_rsc *clone, const char *base)
{
    pe_rsc *found = NULL, *inactive = NULL;
    bool skip_inactive = false;

    for (uint32_t i = 0; found == NULL && i < clone->children.n; i++) {
        pe_rsc *instance = clone->children.v[i];
        const pe_node *place = first_place(instance);

        if (place != NULL) {
            if (place != node) {
                continue;
            }
            found = pe_find_member(s, instance, base);
            if (found != NULL && found->running.n > 0) {
                pe_message(s, PE_NOTICE, "find_anonymous_clone", "Active (now-)anonymous clone %s has "
                           "multiple (orphan) instance histories on %s", clone->id, node->name);
                skip_inactive = true;
                found = NULL;
            }
        } else if (!skip_inactive && inactive == NULL && !instance->blocked) {
            inactive = pe_find_member(s, instance, base);
            if (inactive != NULL && inactive->pending_node != NULL && inactive->pending_node != node) {
                inactive = NULL;
            }
        }
    }
    if (found == NULL && !skip_inactive) {
        found = inactive;
    }
    if (found != NULL && !found->req_fencing && !pe_clean(node) && !pe_is_guest(node) &&
        clone->clone->max != (int)s->nodes.n) {
        found = NULL;
    }
    return found != NULL ? found : orphan_instance(s, clone, base);
}

pe_rsc *history_find_resource(pe_sched *s, pe_node *node, const char *id)
{
    pe_rsc *r = pe_rsc_by_id(s, id), *top = NULL;

    if (r == NULL) {
        char *zero = g_strdup_printf("%s:0", pe_base_name(s, id));

        r = pe_rsc_by_id(s, zero);
        g_free(zero);
        if (r == NULL || r->unique) {
            return NULL;
        }
        top = pe_top(r);
    } else if (r->variant != PE_PRIMITIVE) {
        return NULL;
    } else {
        top = pe_top(r);
    }
    if (pe_is_anonymous_clone(top)) {
        if (pe_bundled(top)) {
            struct pe_replica *p = pe_replica_on_node(top->parent, node);

            r = p != NULL ? p->child : NULL;
        } else {
            r = find_instance(s, node, top, pe_base_name(s, id));
        }
    }
    if (r != NULL && strcmp(r->id, id) != 0 && (r->hname == NULL || strcmp(r->hname, id) != 0)) {
        pe_set_hname(s, r, id);
    }
    return r;
}

pe_rsc *history_orphan(pe_sched *s, const char *id, xmlNode *lrm_rsc)
{
    xmlNode *xml = xml_add(s->priv->scratch, "primitive");
    pe_rsc *r;

    xml_copy_attrs(xml, lrm_rsc);
    xml_set(xml, "id", id);
    r = pe_unpack_rsc(s, xml, NULL, -1);
    if (r == NULL) {
        return NULL;
    }
    if (r->is_conn) {
        pe_node *n = pe_node_by_name(s, id);

        if (n == NULL) {
            n = pe_node_new(s, id, id, PE_REMOTE, NULL);
        }
        pe_link_connection(s, r);
        n->shutdown = true;
    }
    if (pe_meta(r, "container") != NULL) {
        r->filler_orphan = true;
    }
    r->orphan = true;
    PE_PUSH(s, &s->resources, r);
    if (!s->stop_orphans) {
        r->managed = false;
    } else {
        pe_ban(s, r, NULL, "orphaned resources do not run");
    }
    return r;
}

void history_connect_fillers(pe_sched *s, xmlNode *list)
{
    xml_foreach(lrm_rsc, list, "lrm_resource") {
        const char *name = xml_get(lrm_rsc, "container");
        pe_rsc *container, *r;

        if (name == NULL || xml_id(lrm_rsc) == NULL) {
            continue;
        }
        container = pe_rsc_by_id(s, name);
        r = pe_rsc_by_id(s, xml_id(lrm_rsc));
        if (container == NULL || r == NULL || !r->filler_orphan || r->container != NULL) {
            continue;
        }
        r->container = container;
        PE_PUSH(s, &container->fillers, r);
    }
}
