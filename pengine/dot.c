/* The graph in GraphViz's language (decisions §16.6). */
#include "pengine/pe.h"

#include "pengine/dot.h"

static const char *history_key(pe_sched *s, const pe_action *a, const char *task)
{
    const char *interval = pe_table_get(&a->meta, "interval");

    if (a->task == TASK_NOTIFY || a->task == TASK_NOTIFIED) {
        return pe_printf(s, "%s_%s_notify_%s_0", a->rsc->hname, pe_table_get(&a->meta, "notify_key_type"),
                         pe_table_get(&a->meta, "notify_key_operation"));
    }
    return pe_printf(s, "%s_%s_%s", a->rsc->hname, task, interval != NULL ? interval : "0");
}

static const char *action_name(pe_sched *s, const pe_action *a, bool ids)
{
    const char *host = a->node != NULL ? a->node->name : a->flags & AF_PSEUDO ? NULL : "<none>";
    const char *task = a->task_text, *prefix = "", *name;

    if (a->task == TASK_CANCEL) {
        prefix = "Cancel ";
        task = a->cancelled_task;
    }
    if (a->rsc != NULL && a->rsc->hname != NULL) {
        const char *key = history_key(s, a, task);

        name = host != NULL ? pe_printf(s, "%s%s %s", prefix, key, host) : pe_printf(s, "%s%s", prefix, key);
    } else if (a->task == TASK_STONITH) {
        name = pe_printf(s, "%s%s '%s' %s", prefix, task, pe_table_get(&a->meta, "stonith_action"),
                         host != NULL ? host : "");
    } else if (a->rsc != NULL && host != NULL) {
        name = pe_printf(s, "%s%s %s", prefix, a->key, host);
    } else if (host != NULL) {
        name = pe_printf(s, "%s%s %s", prefix, task, host);
    } else {
        name = a->key;
    }
    return ids ? pe_printf(s, "%s (%d)", name, a->id) : name;
}

static bool write_node(pe_sched *s, const pe_action *a, GString *out, bool all, bool ids)
{
    const char *style = "dashed", *color = "black", *font = a->flags & AF_PSEUDO ? "orange" : "black";

    if (a->flags & AF_IN_GRAPH) {
        style = "bold";
        color = "green";
    } else if (a->rsc != NULL && !a->rsc->managed) {
        color = "red";
        font = "purple";
        if (!all) {
            return false;
        }
    } else if (a->flags & AF_OPTIONAL) {
        color = "blue";
        if (!all) {
            return false;
        }
    } else {
        color = "red";
    }
    g_string_append_printf(out, "\"%s\" [ style=%s color=\"%s\" fontcolor=\"%s\"]\n",
                           action_name(s, a, ids), style, color, font);
    return true;
}

static void write_edges(pe_sched *s, const pe_action *a, GString *out, const bool *written, bool all,
                        bool ids)
{
    for (uint32_t i = 0; i < a->n_inputs; i++) {
        const struct pe_link *l = &a->inputs[i];
        const char *style = "dashed";

        if (l->accepted) {
            style = "bold";
        } else if (l->flags == LF_NONE) {
            continue;
        } else if (!all && (!written[a->serial] || !written[l->action->serial] || l->flags == LF_LOAD)) {
            continue;
        }
        g_string_append_printf(out, "\"%s\" -> \"%s\" [ style = %s]\n", action_name(s, l->action, ids),
                               action_name(s, a, ids), style);
    }
}

char *pe_dot(pe_sched *s, bool all, bool ids)
{
    GString *out = g_string_new(" digraph \"g\" {\n");
    bool *written = g_new0(bool, s->priv->action_serial + 1);

    for (uint32_t i = s->actions.n; i > 0; i--) {
        written[s->actions.v[i - 1]->serial] = write_node(s, s->actions.v[i - 1], out, all, ids);
    }
    for (uint32_t i = s->actions.n; i > 0; i--) {
        write_edges(s, s->actions.v[i - 1], out, written, all, ids);
    }
    g_string_append(out, "}\n");
    g_free(written);
    return g_string_free(out, FALSE);
}
