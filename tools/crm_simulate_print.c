/* What crm_simulate prints: status, scores, summary, events (scheduler decisions §16, §17). */
#include "config.h"
#include "tools/crm_simulate.h"

#include <stdlib.h>
#include <string.h>

#include "pacemaker/common/daemon.h"
#include "pacemaker/common/xml.h"
#include "pengine/simulate.h"
#include "pengine/summary.h"
#include "tools/status.h"

/* ---- status ---- */

void sim_print_status(output_t *out, pe_sched *s, unsigned show, const char *heading, bool attributes,
                      bool failcounts)
{
    struct status_view v = {.out = out, .s = s, .show = show | SHOW_INACTIVE | SHOW_NO_FEATURES};
    bool any;

    out_list_begin(out, NULL, NULL, "%s", heading);
    any = status_nodes(&v);
    if (any) {
        out_spacer(out);
    }
    any = status_resources(&v, true);
    if (attributes) {
        any = status_attributes(&v, any) || any;
    }
    if (failcounts) {
        if (any) {
            out_spacer(out);
        }
        any = status_history(&v, false);
        if (s->n_failed > 0) {
            if (any) {
                out_spacer(out);
            }
            v.show |= SHOW_DETAIL;          /* failures in the technical form */
            status_failures(&v);
        }
    }
    out_list_end(out);
}

bool sim_print_banner(output_t *out, const pe_sched *s)
{
    if (s->maintenance_mode) {
        out_spacer(out);
        out_info(out, "              *** Resource management is DISABLED ***");
        out_info(out, "  The cluster will not attempt to start, stop or recover services");
    }
    if (s->n_disabled == 0 && s->n_blocked == 0) {
        return s->maintenance_mode;
    }
    out_info(out, "%d of %d resource instances DISABLED and %d BLOCKED from further action due to failure",
             s->n_disabled, s->n_instances, s->n_blocked);
    return true;
}

/* ---- scores ---- */

static void print_score(void *arg, const char *function, const pe_rsc *r, const pe_node *n, int score)
{
    struct sim_print *p = arg;
    char text[16];

    if (!p->scores) {
        return;
    }
    score_text(score, text);
    if (p->out->kind == OUTPUT_XML) {
        out_xml(p->out, "node_weight", "function", function, "node", n->name,
                "score", text, "id", r->id, NULL);
    } else {
        out_list_item(p->out, NULL, "%s: %s allocation score on %s: %s", function, r->id, n->name, text);
    }
}

static void print_promotion(void *arg, const pe_rsc *r, const pe_node *n, int score)
{
    struct sim_print *p = arg;
    char text[16];

    if (!p->scores) {
        return;
    }
    score_text(score, text);
    if (p->out->kind == OUTPUT_XML) {
        out_xml(p->out, "promotion_score", "id", r->id, "score", text,
                "node", n != NULL ? n->name : NULL, NULL);
    } else {
        out_list_item(p->out, NULL, "%s promotion score on %s: %s",
                      r->id, n != NULL ? n->name : "none", text);
    }
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct pe_pair *)a)->name, ((const struct pe_pair *)b)->name);
}

/* name=value pairs, each with a leading blank; malloc'ed. xml: as elements of it instead. */
static char *values(const struct pe_table *t, xmlNode *xml)
{
    struct pe_pair *sorted = calloc(t->n + 1, sizeof(*sorted));
    size_t size = 1;
    char *text;

    if (t->n > 0) {
        memcpy(sorted, t->pairs, t->n * sizeof(*sorted));
    }
    qsort(sorted, t->n, sizeof(*sorted), by_name);
    for (uint32_t i = 0; i < t->n; i++) {
        size += sorted[i].value == NULL ? 0 : strlen(sorted[i].name) + strlen(sorted[i].value) + 2;
    }
    text = calloc(1, size);
    for (uint32_t i = 0; i < t->n; i++) {
        if (sorted[i].value == NULL) {
            continue;
        }
        if (xml != NULL) {
            xmlNodeAddContent(xml_add(xml, sorted[i].name), (const xmlChar *)sorted[i].value);
        }
        strcat(strcat(strcat(strcat(text, " "), sorted[i].name), "="), sorted[i].value);
    }
    free(sorted);
    return text;
}

static void print_capacity(void *arg, const char *comment, const pe_node *n)
{
    struct sim_print *p = arg;
    char *text;

    if (!p->utilization) {
        return;
    }
    if (p->out->kind == OUTPUT_XML) {
        text = values(&n->utilization,
                      out_xml(p->out, "capacity", "node", n->name, "comment", comment, NULL));
    } else {
        text = values(&n->utilization, NULL);
        out_list_item(p->out, NULL, "%s: %s capacity:%s", comment, n->name, text);
    }
    free(text);
}

static void print_utilization(void *arg, const char *function, const pe_rsc *r, const pe_node *n)
{
    struct sim_print *p = arg;
    char *text;

    if (!p->utilization) {
        sim_explain_assigned(p, r, n);
        return;
    }
    if (p->out->kind == OUTPUT_XML) {
        text = values(&r->utilization, out_xml(p->out, "utilization", "resource", r->id, "node", n->name,
                                               "function", function, NULL));
    } else {
        text = values(&r->utilization, NULL);
        out_list_item(p->out, NULL, "%s: %s utilization on %s:%s", function, r->id, n->name, text);
    }
    free(text);
    sim_explain_assigned(p, r, n);
}

static void print_message(void *arg, enum pe_severity severity, const char *function, const char *text)
{
    struct sim_print *p = arg;

    if (severity != PE_TOLD) {
        pe_log(severity, function, text);
    } else if (!p->quiet && (!p->deciding || p->scores || p->utilization)) {
        out_info(p->out, "%s", text);
    }
}

static void note(void *arg, const pe_rsc *r, const pe_node *n, int before, int added, int after,
                 const char *why)
{
    sim_explain_note(arg, r, n, before, added, after, why);
}

struct pe_hooks sim_hooks(struct sim_print *p)
{
    return (struct pe_hooks){
        .message = print_message, .least = pe_least_of(daemon_log_level()), .arg = p,
        .score = p->scores ? print_score : NULL, .promotion_score = p->scores ? print_promotion : NULL,
        .capacity = p->utilization ? print_capacity : NULL,
        .utilization = p->utilization || p->explain != NULL ? print_utilization : NULL,
        .explain = p->explain != NULL ? note : NULL,
    };
}

/* ---- transition summary ---- */

struct summary_context {
    struct sim_print *p;
    pe_sched *s;
};

static void lower(char *text)
{
    for (; *text != '\0'; text++) {
        *text = *text >= 'A' && *text <= 'Z' ? (char)(*text - 'A' + 'a') : *text;
    }
}

static void summary_xml(output_t *out, const struct pe_summary_line *l)
{
    char change[32];
    const char *origin = l->origin != NULL ? l->origin->name : NULL;
    const char *dest = l->destination != NULL ? l->destination->name : NULL;
    bool same_node = l->origin == l->destination, same_role = l->role == l->next;
    xmlNode *xml;

    if (l->rsc == NULL) {
        out_xml(out, "node_action", "task", l->change, "node", l->node, "reason", l->reason, NULL);
        return;
    }
    snprintf(change, sizeof(change), "%s", l->change);
    lower(change);
    xml = out_xml(out, "rsc_action", "action", change, "resource", l->rsc->id, NULL);
    if (l->with_roles && origin == NULL) {
        xml_set(xml, "role", role_text(l->role));
        xml_set(xml, "next-role", role_text(l->next));
        xml_set(xml, "dest", dest);
    } else if (origin == NULL) {
        xml_set(xml, "node", dest);
    } else if (dest == NULL || (same_role && same_node)) {
        if (l->with_roles) {
            xml_set(xml, "role", role_text(l->role));
        }
        xml_set(xml, dest != NULL ? "source" : "node", origin);
    } else if (same_role) {
        xml_set(xml, "source", origin);
        xml_set(xml, "dest", dest);
        if (l->with_roles) {
            xml_set(xml, "role", role_text(l->role));
        }
    } else if (same_node) {
        xml_set(xml, "role", role_text(l->role));
        xml_set(xml, "next-role", role_text(l->next));
        xml_set(xml, "source", origin);
    } else {
        xml_set(xml, "role", role_text(l->role));
        xml_set(xml, "source", origin);
        xml_set(xml, "next-role", role_text(l->next));
        xml_set(xml, "dest", dest);
    }
    if (l->reason != NULL) {
        xml_set(xml, "reason", l->reason);
    }
    if (l->blocked) {
        xml_set(xml, "blocked", "true");
    }
}

static void summary_line(void *arg, const struct pe_summary_line *l)
{
    struct summary_context *c = arg;
    output_t *out = c->p->out;

    if (out->kind == OUTPUT_XML) {
        summary_xml(out, l);
    } else {
        char *text = pe_summary_text(c->s, l);

        out_list_item(out, NULL, "%s", text);
        g_free(text);
    }
}

void sim_print_summary(struct sim_print *p, pe_sched *s)
{
    struct summary_context c = {p, s};

    out_list_begin(p->out, NULL, NULL, "Transition Summary");
    pe_summary(s, summary_line, &c);
    out_list_end(p->out);
}

/* ---- execution ---- */

static void event_xml(output_t *out, const struct pe_event *e)
{
    char interval[16];

    snprintf(interval, sizeof(interval), "%u", e->interval);
    switch (e->kind) {
        case PE_EVENT_PSEUDO:
            out_xml(out, "pseudo_action", "task", e->task, "node", e->node, NULL);
            break;
        case PE_EVENT_RESOURCE:
            out_xml(out, "rsc_action", "resource", e->rsc, "op", e->task, "node", e->node,
                    "interval", e->interval > 0 ? interval : NULL, NULL);
            break;
        case PE_EVENT_CLUSTER:
            out_xml(out, "cluster_action", "task", e->task, "node", e->node, "id", e->rsc, NULL);
            break;
        case PE_EVENT_FAILURE:
            break;
        case PE_EVENT_FENCING:
            out_xml(out, "fencing_action", "target", e->node, "op", e->task, NULL);
            break;
    }
}

void sim_print_event(void *arg, const void *event)
{
    output_t *out = arg;
    const struct pe_event *e = event;

    if (out->kind == OUTPUT_XML) {
        event_xml(out, e);
        return;
    }
    switch (e->kind) {
        case PE_EVENT_PSEUDO:
            out_list_item(out, NULL, "Pseudo action:   %s%s%s", e->task, e->node != NULL ? " on " : "",
                          e->node != NULL ? e->node : "");
            break;
        case PE_EVENT_RESOURCE:
            if (e->interval > 0) {
                out_list_item(out, NULL, "Resource action: %-15s %s=%u on %s",
                              e->rsc, e->task, e->interval, e->node);
            } else {
                out_list_item(out, NULL, "Resource action: %-15s %s on %s", e->rsc, e->task, e->node);
            }
            break;
        case PE_EVENT_CLUSTER:
            if (e->rsc != NULL) {
                out_list_item(out, NULL, "Cluster action:  %s for %s on %s", e->task, e->rsc, e->node);
            } else {
                out_list_item(out, NULL, "Cluster action:  %s on %s", e->task, e->node);
            }
            break;
        case PE_EVENT_FAILURE:
            out_info(out, "Pretending action %d failed with rc=%d", e->action, e->rc);
            break;
        case PE_EVENT_FENCING:
            out_list_item(out, NULL, "Fencing %s (%s)", e->node, e->task);
            break;
    }
}
