/* crm_simulate --explain RSC: where each score comes from, why the node was chosen, what made each action and what it
 * waits for. */
#include "config.h"
#include "tools/crm_simulate.h"

#include <stdlib.h>
#include <string.h>

#include "pacemaker/common/xml.h"

struct explained {
    const pe_rsc *rsc;
    const pe_node *node;
    int before, added, after;
    char *why;
};

struct explanation {
    struct explained *v;
    size_t n, cap;
};

static bool concerns(const char *wanted, const pe_rsc *r)
{
    for (; r != NULL; r = r->parent) {
        if (strcmp(r->id, wanted) == 0 || strcmp(xml_id(r->xml) != NULL ? xml_id(r->xml) : "", wanted) == 0) {
            return true;
        }
    }
    return false;
}

static void forget(struct sim_print *p)
{
    for (size_t i = 0; p->notes != NULL && i < p->notes->n; i++) {
        free(p->notes->v[i].why);
    }
    if (p->notes != NULL) {
        free(p->notes->v);
        free(p->notes);
        p->notes = NULL;
    }
}

void sim_explain_start(struct sim_print *p)
{
    forget(p);
    if (p->explain != NULL) {
        p->notes = calloc(1, sizeof(*p->notes));
    }
}

void sim_explain_note(struct sim_print *p, const pe_rsc *r, const pe_node *n, int before, int added, int after,
                      const char *why)
{
    struct explanation *e = p->notes;

    if (e == NULL || !concerns(p->explain, r)) {
        return;
    }
    if (e->n == e->cap) {
        e->cap = e->cap == 0 ? 64 : e->cap * 2;
        e->v = realloc(e->v, e->cap * sizeof(*e->v));
    }
    e->v[e->n++] = (struct explained){r, n, before, added, after, why != NULL ? strdup(why) : strdup("constraint")};
}

void sim_explain_assigned(struct sim_print *p, const pe_rsc *r, const pe_node *n)
{
    (void)p;
    (void)r;
    (void)n;
}

static void print_scores(struct sim_print *p, const pe_sched *s, const pe_rsc *r)
{
    const struct explanation *e = p->notes;
    char a[16], b[16], c[16];

    for (uint32_t i = 0; i < s->nodes.n; i++) {
        const pe_node *n = s->nodes.v[i];
        const struct pe_entry *entry = n->index < r->allowed.n && r->allowed.e[n->index].present ?
            &r->allowed.e[n->index] : NULL;

        out_list_begin(p->out, NULL, NULL, "%s on %s: %s%s", r->id, n->name,
                       entry == NULL ? "not considered" : score_text(entry->score, a),
                       n->online && !n->standby && !n->unclean && !n->shutdown && !n->maintenance ? "" :
                       " (node not available)");
        for (size_t k = 0; k < e->n; k++) {
            if (e->v[k].rsc == r && e->v[k].node == n) {
                out_list_item(p->out, NULL, "%s %s gives %s: %s", score_text(e->v[k].before, a),
                              e->v[k].added >= 0 ? "plus" : "with", score_text(e->v[k].after, b), e->v[k].why);
                (void)c;
            }
        }
        out_list_end(p->out);
    }
}

static void print_choice(struct sim_print *p, const pe_rsc *r)
{
    char text[16];

    if (r->assigned == NULL) {
        out_list_item(p->out, NULL, "%s runs nowhere: %s", r->id, !r->managed ? "it is not managed" :
                      r->next == ROLE_STOPPED ? "it is to be stopped or no available node has a score of 0 or more" :
                      "no available node has a score of 0 or more");
        return;
    }
    out_list_item(p->out, NULL, "%s goes to %s with score %s, role %s%s", r->id, r->assigned->name,
                  score_text(r->assigned_score, text), role_text(r->next),
                  r->managed ? ": best score among the available nodes, then fewest resources, then where it runs, "
                  "then by name" : ": it is not managed, so it stays");
}

static void print_actions(struct sim_print *p, const pe_rsc *r)
{
    for (uint32_t i = 0; i < r->actions.n; i++) {
        const pe_action *a = r->actions.v[i];

        if (a->flags & AF_OPTIONAL) {
            continue;
        }
        out_list_begin(p->out, NULL, NULL, "%s%s%s: %s%s", a->key, a->node != NULL ? " on " : "",
                       a->node != NULL ? a->node->name : "",
                       a->reason != NULL ? a->reason : a->created_by != NULL ? a->created_by : "needed by others",
                       a->flags & AF_RUNNABLE ? "" : " (cannot run)");
        for (uint32_t k = 0; k < a->n_inputs; k++) {
            const pe_action *first = a->inputs[k].action;

            if (a->inputs[k].accepted) {
                out_list_item(p->out, NULL, "waits for %s%s%s", first->key, first->node != NULL ? " on " : "",
                              first->node != NULL ? first->node->name : "");
            }
        }
        out_list_end(p->out);
    }
}

static void print_rsc(struct sim_print *p, const pe_sched *s, const pe_rsc *r)
{
    print_scores(p, s, r);
    if (r->variant == PE_PRIMITIVE) {
        print_choice(p, r);
    }
    print_actions(p, r);
    for (uint32_t i = 0; i < r->children.n; i++) {
        print_rsc(p, s, r->children.v[i]);
    }
}

static void find_and_print(struct sim_print *p, const pe_sched *s, const struct pe_rsc_vec *v, bool *found)
{
    for (uint32_t i = 0; i < v->n; i++) {
        const pe_rsc *r = v->v[i];

        if (strcmp(r->id, p->explain) == 0 || (xml_id(r->xml) != NULL && strcmp(xml_id(r->xml), p->explain) == 0)) {
            *found = true;
            print_rsc(p, s, r);
        } else {
            find_and_print(p, s, &r->children, found);
        }
    }
}

void sim_explain_print(struct sim_print *p, pe_sched *s)
{
    bool found = false;

    out_list_begin(p->out, NULL, NULL, "Explanation of %s", p->explain);
    find_and_print(p, s, &s->resources, &found);
    if (!found) {
        out_list_item(p->out, NULL, "No resource is named %s", p->explain);
    }
    out_list_end(p->out);
    forget(p);
}
