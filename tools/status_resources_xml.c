/* Resources in XML, and the brief lines that count primitives per agent. */
#include "config.h"
#include "tools/status_internal.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *yes(bool b)
{
    return b ? "true" : "false";
}

static bool wanted_child(const struct status_view *v, pe_rsc *r)
{
    return status_rsc_wanted(v, r) && ((v->show & SHOW_INACTIVE) != 0 || pe_active(r, false)) &&
           (r->running.n == 0 || rsc_runs_where_wanted(v, r));
}

static void primitive_xml(const struct status_view *v, pe_rsc *r)
{
    char count[16];
    char *agent = agent_text(r);

    snprintf(count, sizeof(count), "%u", r->running.n);
    out_xml_push(v->out, "resource", "id", rsc_shown_name(r), "resource_agent", agent,
                 "role", displayed_state(v, r), "target_role", pe_meta(r, "target-role"),
                 "active", yes(pe_active(r, true)), "orphaned", yes(r->orphan), "blocked", yes(r->blocked),
                 "managed", yes(r->managed), "failed", yes(r->failed),
                 "failure_ignored", yes(r->fail_ignored), "nodes_running_on", count,
                 "pending", (v->show & SHOW_PENDING) != 0 && monitor_pending(r) ? "Monitoring" : NULL,
                 "locked_to", r->lock_node != NULL ? r->lock_node->name : NULL, NULL);
    for (uint32_t i = 0; i < r->running.n; i++) {
        const pe_node *n = r->running.v[i];

        out_xml(v->out, "node", "name", n->name, "id", n->id, "cached", yes(n->online), NULL);
    }
    out_xml_pop(v->out);
    free(agent);
}

static bool disabled(const pe_rsc *r)
{
    return role_parse(pe_meta(r, "target-role")) == ROLE_STOPPED;
}

static void children_xml(const struct status_view *v, pe_rsc *r)
{
    struct status_view inside = *v;

    if (v->only.resources != NULL) {
        for (const char *const *id = v->only.resources; *id != NULL; id++) {
            if (strcasecmp(*id, r->id) == 0) {
                inside.only.resources = NULL;      /* all of what was asked for by name */
            }
        }
    }
    for (uint32_t i = 0; i < r->children.n; i++) {
        if (wanted_child(&inside, r->children.v[i])) {
            resource_xml(&inside, r->children.v[i]);
        }
    }
}

static void group_xml(const struct status_view *v, pe_rsc *r)
{
    char count[16];

    snprintf(count, sizeof(count), "%u", r->children.n);
    out_xml_push(v->out, "group", "id", r->id, "number_resources", count, "managed", yes(r->managed),
                 "disabled", yes(disabled(r)), NULL);
    children_xml(v, r);
    out_xml_pop(v->out);
}

/* A clone without a target-role of its own shows that of its first instance. */
static const char *clone_target_role(const pe_rsc *r)
{
    const char *own = pe_meta(r, "target-role");

    return own != NULL || r->children.n == 0 ? own : pe_meta(r->children.v[0], "target-role");
}

static void clone_xml(const struct status_view *v, pe_rsc *r)
{
    out_xml_push(v->out, "clone", "id", r->id, "multi_state", yes(r->promotable), "unique", yes(r->unique),
                 "managed", yes(r->managed), "disabled", yes(disabled(r)), "failed", yes(r->failed),
                 "failure_ignored", yes(r->fail_ignored), "target_role", clone_target_role(r), NULL);
    children_xml(v, r);
    out_xml_pop(v->out);
}

static void bundle_xml(const struct status_view *v, pe_rsc *r)
{
    const struct pe_bundle_data *b = r->bundle;

    out_xml_push(v->out, "bundle", "id", r->id, "type", b->agent, "image", b->image, "unique", yes(r->unique),
                 "managed", yes(r->managed), "failed", yes(r->failed), NULL);
    for (uint32_t i = 0; i < b->n; i++) {
        const struct pe_replica *p = &b->replicas[i];
        pe_rsc *const parts[] = {p->ip, p->child, p->container, p->remote};
        char id[16];

        if (p->container->running.n > 0 && !rsc_runs_where_wanted(v, p->container)) {
            continue;
        }
        snprintf(id, sizeof(id), "%d", p->offset);
        out_xml_push(v->out, "replica", "id", id, NULL);
        for (int k = 0; k < 4; k++) {
            if (parts[k] != NULL) {
                resource_xml(v, parts[k]);
            }
        }
        out_xml_pop(v->out);
    }
    out_xml_pop(v->out);
}

void resource_xml(const struct status_view *v, pe_rsc *r)
{
    switch (r->variant) {
    case PE_PRIMITIVE:
        primitive_xml(v, r);
        break;
    case PE_GROUP:
        group_xml(v, r);
        break;
    case PE_CLONE:
        clone_xml(v, r);
        break;
    case PE_BUNDLE:
        bundle_xml(v, r);
        break;
    }
}

/* ---- brief ---- */

struct brief_row {
    char *agent;
    const char *node;              /* NULL: not active */
    unsigned active;
};
struct brief {
    struct brief_row *rows;
    uint32_t n;
};

static struct brief_row *brief_row(struct brief *b, const char *agent, const char *node)
{
    for (uint32_t i = 0; i < b->n; i++) {
        if (strcmp(b->rows[i].agent, agent) == 0 && b->rows[i].node == node) {
            return &b->rows[i];
        }
    }
    b->rows = realloc(b->rows, (b->n + 1) * sizeof(*b->rows));
    if (b->rows == NULL) {
        abort();
    }
    b->rows[b->n] = (struct brief_row){strdup(agent), node, 0};
    return &b->rows[b->n++];
}

static unsigned brief_total(pe_rsc **list, uint32_t n, const char *agent)
{
    unsigned total = 0;

    for (uint32_t i = 0; i < n; i++) {
        if (list[i]->variant == PE_PRIMITIVE) {
            char *this_agent = agent_text(list[i]);

            total += strcmp(this_agent, agent) == 0;
            free(this_agent);
        }
    }
    return total;
}

static int brief_order(const void *a, const void *b)
{
    const struct brief_row *x = a, *y = b;
    int rc = strcmp(x->agent, y->agent);

    return rc != 0 ? rc :
                     pe_compare_node_names(x->node != NULL ? x->node : "", y->node != NULL ? y->node : "");
}

/* What is on a node that is gone for good does not count. */
static bool node_counts(const pe_rsc *r, const pe_node *n)
{
    return n->online || n->unclean || !r->managed;
}

bool status_brief(const struct status_view *v, pe_rsc **list, uint32_t n)
{
    struct brief b = {NULL, 0};
    bool any = false;

    for (uint32_t i = 0; i < n; i++) {
        pe_rsc *r = list[i];
        char *agent;

        if (r->variant != PE_PRIMITIVE || (r->orphan && r->role == ROLE_STOPPED) ||
            !status_rsc_wanted(v, r)) {
            continue;
        }
        agent = agent_text(r);
        for (uint32_t k = 0; k < r->running.n; k++) {
            if (status_node_wanted(v, r->running.v[k]->name) && node_counts(r, r->running.v[k])) {
                brief_row(&b, agent, r->running.v[k]->name)->active++;
            }
        }
        if (r->running.n == 0) {
            brief_row(&b, agent, NULL);
        }
        free(agent);
    }
    if (b.n > 0) {
        qsort(b.rows, b.n, sizeof(b.rows[0]), brief_order);
    }
    for (uint32_t i = 0; i < b.n; i++) {
        const struct brief_row *row = &b.rows[i];
        bool alone = row->node != NULL || (i + 1 < b.n ? strcmp(b.rows[i + 1].agent, row->agent) != 0 : true);
        struct text t = {NULL};

        if ((v->show & SHOW_INACTIVE) != 0) {
            text_add(&t, "%u/%u", row->active, brief_total(list, n, row->agent));
        } else {
            text_add(&t, "%u", row->active);
        }
        text_add(&t, "\t(%s):\tActive%s%s", row->agent, row->node != NULL ? " " : "",
                 row->node != NULL && (v->show & SHOW_RSC_ONLY) == 0 ? row->node : "");
        if (row->node != NULL || (alone && (v->show & SHOW_INACTIVE) != 0)) {
            out_list_item(v->out, NULL, "%s", t.s);
            any = true;
        }
        free(t.s);
    }
    for (uint32_t i = 0; i < b.n; i++) {
        free(b.rows[i].agent);
    }
    free(b.rows);
    return any;
}
