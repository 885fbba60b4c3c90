/* Operation history, fail counts, failed actions, tickets and bans. */
#include "config.h"
#include "tools/status_internal.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "pacemaker/common/table_order.h"
#include "pacemaker/common/time_format.h"

/* ---- texts ---- */

static long long number(const xmlNode *op, const char *name)
{
    long long value;

    return xml_get_int(op, name, &value) == 0 ? value : 0;
}

static int rc_of(const xmlNode *op)
{
    long long rc = number(op, "rc-code");

    return rc < 0 ? 0 : (int)rc;       /* pending operations of old versions have -1 */
}

static const char *history_key(const xmlNode *op)
{
    const char *key = xml_get(op, "operation_key");

    return key != NULL ? key : xml_id(op);
}

static bool status_is_error(int status)
{
    return status != EXEC_DONE && status != EXEC_PENDING && status != EXEC_UNKNOWN;
}

/* ---- failed actions ---- */

struct failure {
    const xmlNode *op;
    const char *node, *key, *rsc, *task, *reason;
    uint32_t interval;
    int rc, status;
    long long changed;             /* epoch seconds, 0 unknown */
};

static void failure_friendly(const struct status_view *v, const struct failure *f)
{
    struct text t = {NULL};
    char when[32], span[INTERVAL_TEXT_SIZE];
    long long exec = number(f->op, "exec-time");

    text_add(&t, "%s ", f->rsc);
    if (f->interval != 0) {
        text_add(&t, "%s-interval ", interval_text(f->interval, span, sizeof(span)));
    }
    text_add(&t, "%s on %s", f->interval == 0 && strcmp(f->task, "monitor") == 0 ? "probe" : f->task,
             f->node);
    if (status_is_error(f->status)) {
        text_add(&t, " could not be executed (%s%s%s)", exec_status_str(f->status),
                 f->reason != NULL ? ": " : "", f->reason != NULL ? f->reason : "");
    } else {
        text_add(&t, " returned '%s'", ocf_exit_str(f->rc));
        if (f->reason != NULL) {
            text_add(&t, " (%s)", f->reason);
        }
    }
    if (f->changed > 0) {
        text_add(&t, " at %s", status_time_text(f->changed, when));
    }
    if (exec > 0) {
        text_add(&t, " after %s", interval_text((unsigned long long)exec, span, sizeof(span)));
    }
    out_list_item(v->out, NULL, "%s", t.s);
    free(t.s);
}

static void add_span(struct text *t, const char *name, const char *ms)
{
    if (ms != NULL) {
        text_add(t, ", %s=%sms", name, ms);
    }
}

static void failure_technical(const struct status_view *v, const struct failure *f)
{
    struct text t = {NULL};
    char when[32];

    text_add(&t, "%s on %s '%s' (%d): call=%s, status='%s'", f->key, f->node, ocf_exit_str(f->rc), f->rc,
             xml_get(f->op, "call-id") != NULL ? xml_get(f->op, "call-id") : "0", exec_status_str(f->status));
    if (f->reason != NULL) {
        text_add(&t, ", exitreason='%s'", f->reason);
    }
    if (f->changed > 0) {
        text_add(&t, ", last-rc-change='%s'", status_time_text(f->changed, when));
        add_span(&t, "queued", xml_get(f->op, "queue-time"));
        add_span(&t, "exec", xml_get(f->op, "exec-time"));
    }
    out_list_item(v->out, NULL, "%s", t.s);
    free(t.s);
}

static void failure_xml(const struct status_view *v, const struct failure *f)
{
    char code[16], interval[16], when[48];
    bool keyed = xml_get(f->op, "operation_key") != NULL;
    struct iso_time t;
    const char *call = xml_get(f->op, "call-id");
    xmlNode *e;
    xmlNode *escaped = xml_new("t");
    char *reason = NULL;

    snprintf(code, sizeof(code), "%d", f->rc);
    snprintf(interval, sizeof(interval), "%u", f->interval);
    /* the reason is escaped by the CIB's rules first, then by the document's */
    xml_set(escaped, "r", xml_get(f->op, "exit-reason") != NULL ? xml_get(f->op, "exit-reason") : "none");
    reason = xml_text(escaped);
    reason[strlen(reason) - 3] = '\0';
    e = out_xml(v->out, "failure", keyed ? "op_key" : "id", keyed ? f->key : xml_id(f->op), "node", f->node,
                "exitstatus", ocf_exit_str(f->rc), "exitreason", reason + strlen("<t r=\""), "exitcode", code,
                "call", call != NULL ? call : "", "status", exec_status_str(f->status), NULL);
    if (e != NULL && f->changed > 0) {
        t = iso_from_epoch(f->changed, v->s->now.offset);
        xml_set(e, "last-rc-change", iso_text(&t, when));
        xml_set(e, "queued", xml_get(f->op, "queue-time"));
        xml_set(e, "exec", xml_get(f->op, "exec-time"));
        xml_set(e, "interval", interval);
        xml_set(e, "task", f->task);
    }
    free(reason);
    xml_free(escaped);
}

static bool failure_of(const struct status_view *v, const struct pe_failed_op *entry, struct failure *f)
{
    *f = (struct failure){.op = entry->xml, .node = entry->node, .key = history_key(entry->xml)};
    if (pe_maskable_probe(entry->xml) || !status_node_wanted(v, entry->node) ||
        !pe_parse_op_key(v->s, f->key, &f->rsc, &f->task, &f->interval)) {
        return false;
    }
    if (v->only.resources != NULL) {
        const pe_rsc *r = pe_rsc_by_id(v->s, f->rsc);

        if (r == NULL || !status_rsc_wanted(v, r)) {
            return false;
        }
    }
    f->rc = (int)number(entry->xml, "rc-code");
    f->status = (int)number(entry->xml, "op-status");
    f->changed = number(entry->xml, "last-rc-change");
    f->reason = xml_get(entry->xml, "exit-reason");
    if (f->reason != NULL && *f->reason == '\0') {
        f->reason = NULL;
    }
    return true;
}

bool status_failures(const struct status_view *v)
{
    bool open = false;

    for (uint32_t i = 0; i < v->s->n_failed; i++) {
        struct failure f;

        if (!failure_of(v, &v->s->failed[i], &f)) {
            continue;
        }
        if (!open) {
            out_list_begin(v->out, NULL, NULL, "Failed Resource Actions");
            open = true;
        }
        if (v->out->kind == OUTPUT_XML) {
            failure_xml(v, &f);
        } else if ((v->show & SHOW_DETAIL) != 0) {
            failure_technical(v, &f);
        } else {
            failure_friendly(v, &f);
        }
    }
    if (open) {
        out_list_end(v->out);
    }
    return open;
}

/* ---- operation history ---- */

static void history_op(const struct status_view *v, const xmlNode *op, const char *task, uint32_t interval)
{
    const char *call = xml_get(op, "call-id"), *exec = xml_get(op, "exec-time"),
               *queued = xml_get(op, "queue-time");
    long long changed = number(op, "last-rc-change");
    int rc = rc_of(op);
    char when[32];

    call = call != NULL ? call : "0";
    if (v->out->kind == OUTPUT_XML) {
        char rc_text[16];
        xmlNode *e;

        snprintf(rc_text, sizeof(rc_text), "%d", rc);
        e = out_xml(v->out, "operation_history", "call", call, "task", task, "rc", rc_text,
                    "rc_text", ocf_exit_str(rc), NULL);
        if (e != NULL && interval != 0) {
            xml_setf(e, "interval", "%ums", interval);
        }
        if (e != NULL && changed > 0) {
            xml_set(e, "last-rc-change", status_time_text(changed, when));
        }
        if (e != NULL && exec != NULL) {
            xml_setf(e, "exec-time", "%sms", exec);
        }
        if (e != NULL && queued != NULL) {
            xml_setf(e, "queue-time", "%sms", queued);
        }
        return;
    }
    {
        struct text t = {NULL};

        bool timing = (v->show & SHOW_TIMING) != 0;

        text_add(&t, "(%s) %s%s", call, task, interval != 0 || timing ? ":" : "");
        if (interval != 0) {
            text_add(&t, " interval=\"%ums\"", interval);
        }
        if (timing) {
            if (changed > 0) {
                text_add(&t, " last-rc-change=\"%s\"", status_time_text(changed, when));
            }
            if (exec != NULL) {
                text_add(&t, " exec-time=\"%sms\"", exec);
            }
            if (queued != NULL) {
                text_add(&t, " queue-time=\"%sms\"", queued);
            }
            text_add(&t, " rc=%d (%s)", rc, ocf_exit_str(rc));
        }
        out_list_item(v->out, NULL, "%s", t.s);
        free(t.s);
    }
}

/* Heading of one resource's history; closed with resource_end(). */
static void resource_begin(const struct status_view *v, pe_rsc *r, const char *id, bool all, int failcount,
                           time_t last)
{
    struct text t = {NULL};
    char when[32];
    if (v->out->kind == OUTPUT_XML) {
        xmlNode *e = out_xml_push(v->out, "resource_history", "id", id,
                                  "orphan", r == NULL ? "true" : "false", NULL);

        if (r != NULL && e != NULL) {
            xml_set_int(e, "migration-threshold", r->threshold);
            if (failcount > 0) {
                xml_set_int(e, "fail-count", failcount);
            }
            if (failcount > 0 && last > 0) {
                xml_set(e, "last-failure", status_time_text(last, when));
            }
        }
        return;
    }
    if (r == NULL) {
        text_add(&t, "%s: orphan", id);
    } else if (all || failcount > 0) {
        text_add(&t, "%s: migration-threshold=%d", id, r->threshold);
        if (failcount > 0) {
            text_add(&t, " fail-count=%d", failcount);
        }
        if (failcount > 0 && last > 0) {
            text_add(&t, " last-failure='%s'", status_time_text(last, when));
        }
    } else {
        text_add(&t, "%s:", id);
    }
    if (all) {
        out_list_begin(v->out, NULL, NULL, "%s", t.s);
    } else {
        out_list_item(v->out, NULL, "%s", t.s);
    }
    free(t.s);
}

/* What an entry is about: the entry's own words, whatever its key says. */
static bool history_shown(const xmlNode *op, const char **task, uint32_t *interval)
{
    *task = xml_get(op, "operation");
    *interval = pe_op_interval(op);
    if (*task == NULL) {
        return false;
    }
    if (*interval == 0 && strcmp(*task, "monitor") == 0) {
        *task = "probe";
        return number(op, "rc-code") != OCF_NOT_RUNNING;
    }
    return strcmp(*task, "notify") != 0;        /* notifications are not of interest */
}

struct node_section {
    const struct status_view *v;
    bool node_open;
    const char *heading;
    pe_node *node;
};

static void node_begin(struct node_section *n)
{
    if (!n->node_open) {
        n->node_open = true;
        if (n->v->out->kind == OUTPUT_XML) {
            out_xml_push(n->v->out, "node", "name", n->node->name, NULL);
        } else {
            char *name = status_node_name(n->v, n->node);

            out_list_begin(n->v->out, NULL, NULL, "Node: %s", name);
            free(name);
        }
    }
}

static void resource_history(struct node_section *section, const xmlNode *lrm_rsc, bool operations)
{
    const struct status_view *v = section->v;
    const char *id = xml_id(lrm_rsc);
    pe_rsc *r = id != NULL ? pe_rsc_by_id(v->s, id) : NULL;
    xmlNode **ops;
    time_t last = 0;
    int n, failcount = 0;
    bool open = false;

    if (id == NULL || (v->only.resources != NULL && (r == NULL || !status_rsc_wanted(v, r)))) {
        return;
    }
    if (r != NULL) {
        failcount = pe_fail_count(v->s, r, section->node, &last, 0, NULL);
    }
    if (!operations) {
        if (r != NULL && failcount > 0) {
            node_begin(section);
            resource_begin(v, r, id, false, failcount, last);
            if (v->out->kind == OUTPUT_XML) {
                out_xml_pop(v->out);
            }
        }
        return;
    }
    n = pe_sorted_history(v->s, (xmlNode *)lrm_rsc, &ops);
    for (int i = 0; i < n; i++) {
        const char *task;
        uint32_t interval;

        if (!history_shown(ops[i], &task, &interval)) {
            continue;
        }
        if (!open) {
            node_begin(section);
            resource_begin(v, r, r != NULL ? rsc_shown_name(r) : id, true, failcount, last);
            open = true;
        }
        history_op(v, ops[i], task, interval);
    }
    if (open) {
        if (v->out->kind == OUTPUT_XML) {
            out_xml_pop(v->out);
        } else {
            out_list_end(v->out);
        }
    }
}

bool status_history(const struct status_view *v, bool operations)
{
    bool open = false;

    xml_foreach(state, xml_first(v->s->cib, "status"), "node_state") {
        const char *name = xml_get(state, "uname");
        pe_node *node = pe_node_by_id(v->s, xml_id(state) != NULL ? xml_id(state) : "");
        struct node_section section = {v, false, operations ? "Operations" : "Migration Summary", node};

        if (node == NULL || name == NULL || !node->online || !status_node_wanted(v, node->name)) {
            continue;
        }
        if (!open) {
            out_list_begin(v->out, NULL, NULL, "%s", section.heading);
            open = true;
        }
        xml_foreach(rsc, xml_first(xml_first(state, "lrm"), "lrm_resources"), "lrm_resource") {
            resource_history(&section, rsc, operations);
        }
        if (section.node_open) {
            if (v->out->kind == OUTPUT_XML) {
                out_xml_pop(v->out);
            } else {
                out_list_end(v->out);
            }
        }
    }
    if (open) {
        out_list_end(v->out);
    }
    return open;
}

/* ---- tickets ---- */

static void ticket_item(const struct status_view *v, const pe_ticket *ticket)
{
    const char *state = ticket->granted ? "granted" : "revoked",
               *standby = ticket->standby ? " [standby]" : "";
    bool known = ticket->last_granted > -1;
    char when[32];

    if (known) {
        status_time_text(ticket->last_granted, when);
    }
    if (v->out->kind == OUTPUT_XML) {
        out_xml(v->out, "ticket", "id", ticket->id, "status", state,
                "standby", ticket->standby ? "true" : "false", "last-granted", known ? when : NULL, NULL);
    } else if (known) {
        out_list_item(v->out, ticket->id, "%s%s last-granted=\"%s\"", state, standby, when);
    } else {
        out_list_item(v->out, ticket->id, "%s%s", state, standby);
    }
}

bool status_tickets(const struct status_view *v)
{
    GHashTable *shown = g_hash_table_new(table_order_hash, g_str_equal);
    GHashTableIter iter;
    gpointer ticket;

    for (uint32_t i = 0; i < v->s->n_tickets; i++) {
        g_hash_table_insert(shown, (gpointer)v->s->tickets[i]->id, v->s->tickets[i]);
    }
    if (v->s->n_tickets > 0) {
        out_list_begin(v->out, NULL, NULL, "Tickets");
        g_hash_table_iter_init(&iter, shown);
        while (g_hash_table_iter_next(&iter, NULL, &ticket)) {
            ticket_item(v, ticket);
        }
        out_list_end(v->out);
    }
    g_hash_table_destroy(shown);
    return v->s->n_tickets > 0;
}

/* ---- bans ---- */

struct ban {
    const char *id, *rsc, *node;
    int score;
    bool promoted;
};

static bool ban_node(const struct status_view *v, const struct ban *b, bool *open)
{
    if (!status_node_wanted(v, b->node)) {
        return false;
    }
    if (!*open) {
        out_list_begin(v->out, NULL, NULL, "Negative Location Constraints");
        *open = true;
    }
    if (v->out->kind == OUTPUT_XML) {
        char weight[16];
        const char *only = b->promoted ? "true" : "false";

        snprintf(weight, sizeof(weight), "%d", b->score);
        out_xml(v->out, "ban", "id", b->id, "resource", b->rsc, "node", b->node, "weight", weight,
                "promoted-only", only, "master_only", only, NULL);
    } else {
        const pe_node *n = pe_node_by_name(v->s, b->node);
        char *name = n != NULL ? status_node_name(v, n) : strdup(b->node);

        out_list_item(v->out, NULL, "%s\tprevents %s from running %son %s", b->id, b->rsc,
                      b->promoted ? "in Promoted role " : "", name);
        free(name);
    }
    return true;
}

bool status_bans(const struct status_view *v, const char *prefix)
{
    bool open = false;

    for (uint32_t i = v->s->locations.n; i-- > 0;) {
        const pe_location *l = v->s->locations.v[i];

        if (prefix != NULL && strncmp(l->id, prefix, strlen(prefix)) != 0) {
            continue;
        }
        if (!status_rsc_wanted(v, l->rsc)) {
            continue;
        }
        for (uint32_t i_node = 0; i_node < l->n_nodes; i_node++) {
            uint32_t k = l->any_order ? i_node : l->n_nodes - 1 - i_node;
            struct ban b = {l->id, l->rsc->id, l->nodes[k].node->name, l->nodes[k].score,
                            l->role == ROLE_PROMOTED};

            if (b.score < 0) {
                ban_node(v, &b, &open);
            }
        }
    }
    if (open) {
        out_list_end(v->out);
    }
    return open;
}
