/* Fencing history as crm_mon shows it. */
#include "config.h"
#include "tools/status_internal.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "pacemaker/common/iso8601.h"
#include "tools/status_fencing.h"

static bool event_failed(const stonith_history_t *e)
{
    return e->state == FENCING_FAILED;
}

static bool event_pending(const stonith_history_t *e)
{
    return e->state != FENCING_FAILED && e->state != FENCING_DONE;
}

static bool event_in(const stonith_history_t *e, unsigned kinds)
{
    unsigned kind = FENCING_SHOW_SUCCEEDED;

    if (event_failed(e)) {
        kind = FENCING_SHOW_FAILED;
    } else if (event_pending(e)) {
        kind = FENCING_SHOW_PENDING;
    }
    return (kinds & kind) != 0;
}

static const char *completed_text(const struct status_view *v, const stonith_history_t *e, char out[48])
{
    struct iso_time t = iso_from_epoch(e->completed, v->s->now.offset);

    return iso_text(&t, out);
}

static void add_reason(struct text *t, const stonith_history_t *e)
{
    if (event_failed(e) && e->result.exit_reason != NULL) {
        text_add(t, " (%s)", e->result.exit_reason);
    }
}

static void add_details(struct text *t, const struct status_view *v, const stonith_history_t *e, bool full)
{
    char when[48];

    text_add(t, " %s", stonith_state_text(e->state));
    add_reason(t, e);
    text_add(t, ":");
    if (e->delegate != NULL) {
        text_add(t, " delegate=%s,", e->delegate);
    }
    text_add(t, " client=%s, origin=%s", e->client, e->origin);
    if (!event_pending(e)) {
        text_add(t, ", %s='%s'", full ? "completed" : event_failed(e) ? "last-failed" : "last-successful",
                 completed_text(v, e, when));
    }
}

static void add_summary(struct text *t, const struct status_view *v, const stonith_history_t *e, bool full)
{
    char when[48];

    if (!event_pending(e) && e->delegate != NULL) {
        text_add(t, " by %s", e->delegate);
    }
    text_add(t, " for %s@%s%s %s", e->client, e->origin, full ? "" : " last", stonith_state_text(e->state));
    add_reason(t, e);
    if (!event_pending(e)) {
        text_add(t, " at %s", completed_text(v, e, when));
    }
}

static char *event_text(const struct status_view *v, const stonith_history_t *e, const GPtrArray *all,
                        bool full)
{
    struct text t = {NULL};
    const char *later = stonith_later_success(e, all);

    text_add(&t, "%s of %s", stonith_action_text(e->action), e->target);
    if ((v->show & SHOW_DETAIL) != 0) {
        add_details(&t, v, e, full);
    } else {
        add_summary(&t, v, e, full);
    }
    if (event_failed(e) && later != NULL) {
        text_add(&t, " (a later attempt from %s succeeded)", later);
    }
    return t.s;
}

static void event_xml(const struct status_view *v, const stonith_history_t *e)
{
    char when[48], state[16];
    const char *status = event_failed(e) ? "failed" : event_pending(e) ? "pending" : "success";
    xmlNode *x = out_xml(v->out, "fence_event", "action", e->action, "target", e->target,
                         "client", e->client, "origin", e->origin, "status", status, NULL);

    if (x == NULL) {
        return;
    }
    snprintf(state, sizeof(state), "%d", e->state);
    if (event_failed(e)) {
        xml_set(x, "exit-reason", e->result.exit_reason);
    } else if (event_pending(e)) {
        xml_set(x, "extended-status", state);
    }
    xml_set(x, "delegate", e->delegate);
    if (!event_pending(e)) {
        xml_set(x, "completed", completed_text(v, e, when));
    }
}

static const char *fencing_heading(unsigned kinds)
{
    return kinds == FENCING_SHOW_FAILED ? "Failed Fencing Actions" :
           kinds == FENCING_SHOW_PENDING ? "Pending Fencing Actions" : "Fencing History";
}

bool status_fencing(const struct status_view *v, const GPtrArray *history, int rc, unsigned kinds, bool full)
{
    bool open = false, xml = v->out->kind == OUTPUT_XML;

    if (xml && rc != 0) {
        out_xml_push(v->out, "fence_history", NULL);
        xml_set_int(out_xml_parent(v->out), "status", pcmk_rc_to_exit(rc));
        out_xml_pop(v->out);
        return true;
    }
    if (rc != 0) {
        out_list_begin(v->out, NULL, NULL, "%s", fencing_heading(kinds));
        out_list_item(v->out, NULL, "Failed to get fencing history: %s", crm_exit_str(pcmk_rc_to_exit(rc)));
        out_list_end(v->out);
        return true;
    }
    for (guint i = 0; history != NULL && i < history->len; i++) {
        const stonith_history_t *e = g_ptr_array_index(history, i);

        if (!event_in(e, kinds) || !status_node_wanted(v, e->target)) {
            continue;
        }
        if (xml) {
            if (!open) {
                out_xml_push(v->out, "fence_history", NULL);
            }
            open = true;
            event_xml(v, e);
            continue;
        }
        if (!open) {
            out_list_begin(v->out, NULL, NULL, "%s", fencing_heading(kinds));
            open = true;
        }
        char *text = event_text(v, e, history, full);

        out_list_item(v->out, NULL, "%s", text);
        free(text);
    }
    if (xml && open) {
        out_xml_pop(v->out);
    } else if (open) {
        out_list_end(v->out);
    }
    return open;
}
