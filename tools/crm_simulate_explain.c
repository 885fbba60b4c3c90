/* crm_simulate --explain RSC: where each score comes from, why the node was chosen,
 * what made each action and what it waits for. */
#include "config.h"
#include "tools/crm_simulate.h"

#include <stdlib.h>
#include <string.h>
#include <glib.h>

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

void sim_explain_note(struct sim_print *p, const pe_rsc *r, const pe_node *n, int before, int added,
                      int after, const char *why)
{
    struct explanation *e = p->notes;

    if (e == NULL || !concerns(p->explain, r)) {
        return;
    }
    if (e->n == e->cap) {
        e->cap = e->cap == 0 ? 64 : e->cap * 2;
        e->v = realloc(e->v, e->cap * sizeof(*e->v));
    }
    e->v[e->n++] = (struct explained){r, n, before, added, after, strdup(why != NULL ? why : "constraint")};
}

void sim_explain_assigned(struct sim_print *p, const pe_rsc *r, const pe_node *n)
{
    (void)p;
    (void)r;
    (void)n;
}

/* What the text noted with a score stands for: ids of constraints get their kind. */
static char *reason_text(const pe_sched *s, const char *why)
{
    static const struct {
        const char *element, *text;
    } kinds[] = {{"rsc_location", "location constraint"}, {"rsc_colocation", "colocation constraint"},
                 {"rsc_ticket", "ticket constraint"}, {"rule", "rule"}, {"resource_set", "resource set"}};
    xmlNode *constraints = xml_first(xml_first(s->cib, "configuration"), "constraints");

    xml_foreach(c, constraints, NULL) {
        for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
            xmlNode *inner = xml_find(c, kinds[i].element, "id", why);

            if (xml_is(c, kinds[i].element) && xml_id(c) != NULL && strcmp(xml_id(c), why) == 0) {
                return g_strdup_printf("%s %s", kinds[i].text, why);
            }
            if (inner != NULL) {
                return g_strdup_printf("%s %s of constraint %s", kinds[i].text, why, xml_id(c));
            }
        }
    }
    if (strcmp(why, "group:internal_colocation") == 0) {
        return g_strdup("members of a group run on one node");
    }
    if (strcmp(why, "resource-with-container") == 0) {
        return g_strdup("it runs where its container runs");
    }
    if (strcmp(why, s->health_strategy) == 0) {
        return g_strdup_printf("node health, strategy %s", why);
    }
    return g_strdup(why);
}

/* Why a node cannot run resources; NULL when it can. */
static const char *unavailable(const pe_node *n)
{
    const struct {
        bool applies;
        const char *text;
    } reasons[] = {
        {n->unclean, "unclean"},
        {!n->online, "offline"},
        {n->shutdown, "shutting down"},
        {n->standby, "in standby"},
        {n->maintenance, "in maintenance"},
        {n->pending, "not yet a member"},
    };

    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
        if (reasons[i].applies) {
            return reasons[i].text;
        }
    }
    return NULL;
}

static const struct pe_entry *entry_of(const pe_rsc *r, const pe_node *n)
{
    return n->index < r->allowed.n && r->allowed.e[n->index].present ? &r->allowed.e[n->index] : NULL;
}

/* One line a contribution: SCORE BEFORE -> AFTER: why.
 * Between two of them a step may have been taken back. */
static void print_contributions(struct sim_print *p, const pe_sched *s, const pe_rsc *r, const pe_node *n,
                                int final)
{
    const struct explanation *e = p->notes;
    char from[16], to[16];
    int score = 0;

    for (size_t k = 0; k < e->n; k++) {
        char *why;

        if (e->v[k].rsc != r || e->v[k].node != n) {
            continue;
        }
        if (e->v[k].before != score) {
            out_list_item(p->out, NULL, "%s -> %s: as it was before the last attempts to place it",
                          score_text(score, from), score_text(e->v[k].before, to));
        }
        why = reason_text(s, e->v[k].why);
        out_list_item(p->out, NULL, "%s -> %s: %s", score_text(e->v[k].before, from),
                      score_text(e->v[k].after, to), why);
        g_free(why);
        score = e->v[k].after;
    }
    if (score != final) {
        out_list_item(p->out, NULL, "%s -> %s: as it was before the last attempts to place it",
                      score_text(score, from), score_text(final, to));
    }
}

static void print_scores(struct sim_print *p, const pe_sched *s, const pe_rsc *r)
{
    char text[16];

    for (uint32_t i = 0; i < s->nodes.n; i++) {
        const pe_node *n = s->nodes.v[i];
        const struct pe_entry *entry = entry_of(r, n);
        const char *state = unavailable(n);

        out_list_begin(p->out, NULL, NULL, "Score of %s on %s: %s%s%s%s", r->id, n->name,
                       entry == NULL ? "not considered" : score_text(entry->score, text),
                       state != NULL ? " (node is " : "", state != NULL ? state : "",
                       state != NULL ? ")" : "");
        if (entry != NULL) {
            print_contributions(p, s, r, n, entry->score);
        }
        out_list_end(p->out);
    }
}

/* Why the node that was chosen was preferred to another one. */
static void print_rival(struct sim_print *p, const pe_rsc *r, const pe_node *n, int score)
{
    const pe_node *chosen = r->assigned;
    char text[16];

    if (score < r->assigned_score) {
        out_list_item(p->out, NULL, "rather than on %s, where its score is lower: %s",
                      n->name, score_text(score, text));
    } else if (score > r->assigned_score) {
        out_list_item(p->out, NULL, "not on %s, whose score changed afterwards: %s",
                      n->name, score_text(score, text));
    } else if (r->running.n > 0 && r->running.v[0] == chosen) {
        out_list_item(p->out, NULL, "rather than on %s, with the same score, because it runs here now",
                      n->name);
    } else {
        out_list_item(p->out, NULL,
                      "rather than on %s, with the same score: as many or more resources were placed there "
                      "before, or its name comes later",
                      n->name);
    }
}

static const char *why_nowhere(const pe_rsc *r)
{
    if (!r->managed) {
        return "it is not managed and not active";
    }
    if (r->orphan) {
        return "it is no longer configured";
    }
    return "it is to be stopped, or no available node has a score of 0 or more";
}

static void print_choice(struct sim_print *p, const pe_sched *s, const pe_rsc *r)
{
    char text[16];

    if (r->assigned == NULL) {
        out_list_item(p->out, NULL, "%s runs nowhere: %s", r->id, why_nowhere(r));
        return;
    }
    out_list_begin(p->out, NULL, NULL, "%s is placed on %s with score %s, role %s%s", r->id,
                   r->assigned->name, score_text(r->assigned_score, text), role_text(r->next),
                   r->managed ? "" : "; it is not managed, so it stays where it is");
    for (uint32_t i = 0; i < s->nodes.n && r->managed; i++) {
        const struct pe_entry *entry = entry_of(r, s->nodes.v[i]);

        if (s->nodes.v[i] != r->assigned && entry != NULL && entry->score >= 0 &&
            unavailable(s->nodes.v[i]) == NULL) {
            print_rival(p, r, s->nodes.v[i], entry->score);
        }
    }
    out_list_end(p->out);
}

/* Of a promotable instance: the score that decided its role. */
static void print_role(struct sim_print *p, const pe_rsc *r)
{
    char text[16];

    if (r->parent != NULL && r->parent->variant == PE_CLONE && r->parent->promotable) {
        out_list_item(p->out, NULL,
                      "%s has promotion score %s; at most %d of its clone are promoted, so it is to be %s",
                      r->id, score_text(r->sort_index, text), r->parent->clone->promoted_max,
                      role_text(r->next));
    }
}

static void print_actions(struct sim_print *p, const pe_rsc *r)
{
    for (uint32_t i = 0; i < r->actions.n; i++) {
        const pe_action *a = r->actions.v[i];
        const char *reason = a->reason != NULL ? a->reason : a->created_by;

        if (a->flags & AF_OPTIONAL) {
            continue;
        }
        out_list_begin(p->out, NULL, NULL, "Action %s%s%s: %s%s", a->key, a->node != NULL ? " on " : "",
                       a->node != NULL ? a->node->name : "", reason != NULL ? reason : "needed by others",
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
        print_choice(p, s, r);
    }
    print_role(p, r);
    print_actions(p, r);
    for (uint32_t i = 0; i < r->children.n; i++) {
        print_rsc(p, s, r->children.v[i]);
    }
}

static void find_and_print(struct sim_print *p, const pe_sched *s, const struct pe_rsc_vec *v, bool *found)
{
    for (uint32_t i = 0; i < v->n; i++) {
        const pe_rsc *r = v->v[i];

        if (strcmp(r->id, p->explain) == 0 ||
            (xml_id(r->xml) != NULL && strcmp(xml_id(r->xml), p->explain) == 0)) {
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
