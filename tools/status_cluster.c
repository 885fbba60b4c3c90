/* Cluster summary, node list and node attributes. */
#include "config.h"
#include "tools/status_internal.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "pacemaker/common/iso8601.h"

static const char *yes(bool b)
{
    return b ? "true" : "false";
}

const char *status_time_text(int64_t epoch, char out[32])
{
    time_t t = (time_t)epoch;
    struct tm tm;

    if (localtime_r(&t, &tm) == NULL || strftime(out, 32, "%a %b %e %H:%M:%S %Y", &tm) == 0) {
        strcpy(out, "unknown");
    }
    return out;
}

char *status_node_name(const struct status_view *v, const pe_node *n)
{
    struct text t = {NULL};

    text_add(&t, "%s", n->name);
    if (pe_is_guest(n) && (v->show & SHOW_DETAIL) != 0 && n->conn->container != NULL) {
        const pe_node *host = pe_current(n->conn->container, NULL, NULL);

        text_add(&t, "@%s", host != NULL ? host->name : "");
    }
    if ((v->show & SHOW_DETAIL) != 0 && strcmp(n->name, n->id) != 0) {
        text_add(&t, " (%s)", n->id);
    }
    return t.s;
}

/* ---- summary ---- */

static bool mixed_versions(const pe_sched *s)
{
    const char *first = NULL;

    for (uint32_t i = 0; i < s->nodes.n; i++) {
        const pe_node *n = s->nodes.v[i];
        const char *version = pe_attr(n, "#feature-set");

        if (n->type != PE_MEMBER || !n->online) {
            continue;
        }
        version = version != NULL ? version : "<3.15.1";
        if (first != NULL && strcmp(first, version) != 0) {
            return true;
        }
        first = version;
    }
    return false;
}

static void summary_dc(const struct status_view *v)
{
    const pe_sched *s = v->s;
    const char *version = pe_table_get(&s->options, "dc-version");
    bool mixed = mixed_versions(s);

    if (s->dc == NULL) {
        if (v->out->kind == OUTPUT_XML) {
            out_xml(v->out, "current_dc", "present", "false", NULL);
        } else {
            out_list_item(v->out, "Current DC", "NONE");
        }
    } else if (v->out->kind == OUTPUT_XML) {
        out_xml(v->out, "current_dc", "present", "true", "version", version != NULL ? version : "",
                "name", s->dc->name, "id", s->dc->id, "with_quorum", yes(s->quorum),
                "mixed_version", yes(mixed), NULL);
    } else {
        char *name = status_node_name(v, s->dc);

        out_list_item(v->out, "Current DC", "%s (version %s) - %spartition %s quorum", name,
                      version != NULL ? version : "unknown", mixed ? "MIXED-VERSION " : "",
                      s->quorum ? "with" : "WITHOUT");
        free(name);
    }
}

static void summary_times(const struct status_view *v, int64_t now)
{
    const xmlNode *cib = v->s->cib;
    const char *changed = xml_get(cib, "cib-last-written"), *user = xml_get(cib, "update-user");
    const char *client = xml_get(cib, "update-client"), *origin = xml_get(cib, "update-origin");
    char text[32];

    status_time_text(now, text);
    if (v->out->kind == OUTPUT_XML) {
        out_xml(v->out, "last_update", "time", text, NULL);
        out_xml(v->out, "last_change", "time", changed != NULL ? changed : "",
                "user", user != NULL ? user : "", "client", client != NULL ? client : "",
                "origin", origin != NULL ? origin : "", NULL);
        return;
    }
    out_list_item(v->out, "Last updated", "%s", text);
    out_list_item(v->out, "Last change", " %s%s%s%s%s%s%s", changed != NULL ? changed : "",
                  user != NULL ? " by " : "", user != NULL ? user : "", client != NULL ? " via " : "",
                  client != NULL ? client : "", origin != NULL ? " on " : "", origin != NULL ? origin : "");
}

static void summary_counts(const struct status_view *v)
{
    const pe_sched *s = v->s;
    unsigned nodes = s->nodes.n;
    struct text t = {NULL};

    if (v->out->kind == OUTPUT_XML) {
        char n[16], r[16], d[16], b[16];

        snprintf(n, sizeof(n), "%u", nodes);
        snprintf(r, sizeof(r), "%d", s->n_instances);
        snprintf(d, sizeof(d), "%d", s->n_disabled);
        snprintf(b, sizeof(b), "%d", s->n_blocked);
        out_xml(v->out, "nodes_configured", "number", n, NULL);
        out_xml(v->out, "resources_configured", "number", r, "disabled", d, "blocked", b, NULL);
        return;
    }
    out_list_item(v->out, NULL, "%u node%s configured", nodes, nodes == 1 ? "" : "s");
    text_add(&t, "%d resource instance%s configured", s->n_instances, s->n_instances == 1 ? "" : "s");
    if (s->n_disabled > 0 && s->n_blocked > 0) {
        text_add(&t, " (%d DISABLED, %d BLOCKED from further action due to failure)",
                 s->n_disabled, s->n_blocked);
    } else if (s->n_disabled > 0) {
        text_add(&t, " (%d DISABLED)", s->n_disabled);
    } else if (s->n_blocked > 0) {
        text_add(&t, " (%d BLOCKED from further action due to failure)", s->n_blocked);
    }
    out_list_item(v->out, NULL, "%s", t.s);
    free(t.s);
}

static const struct {
    const char *xml, *text;
} quorum_policies[] = {
    [QUORUM_STOP] = {"stop", "Stop ALL resources"},
    [QUORUM_FREEZE] = {"freeze", "Freeze resources"},
    [QUORUM_IGNORE] = {"ignore", "Ignore"},
    [QUORUM_DEMOTE] = {"demote", "Demote promotable resources and stop all other resources"},
    [QUORUM_SUICIDE] = {"suicide", "Suicide"},
};

static void summary_options(const struct status_view *v)
{
    const pe_sched *s = v->s;

    if (v->out->kind == OUTPUT_XML) {
        char timeout[32], delay[32];

        snprintf(timeout, sizeof(timeout), "%lld", (long long)msec_parse(pe_option(s, "stonith-timeout")));
        snprintf(delay, sizeof(delay), "%lld", (long long)s->priority_fencing_delay * 1000);
        out_xml(v->out, "cluster_options", "stonith-enabled", yes(s->stonith_enabled),
                "symmetric-cluster", yes(s->symmetric),
                "no-quorum-policy", quorum_policies[s->no_quorum_policy].xml,
                "maintenance-mode", yes(s->maintenance_mode), "stop-all-resources", yes(s->stop_all),
                "stonith-timeout-ms", timeout, "priority-fencing-delay-ms", delay, NULL);
        return;
    }
    out_list_item(v->out, NULL, "STONITH of failed nodes %s", s->stonith_enabled ? "enabled" : "disabled");
    out_list_item(v->out, NULL, "Cluster is %s", s->symmetric ? "symmetric" : "asymmetric");
    out_list_item(v->out, NULL, "No quorum policy: %s", quorum_policies[s->no_quorum_policy].text);
}

static void summary_maintenance(const struct status_view *v)
{
    if (v->s->maintenance_mode || v->s->stop_all) {
        out_info(v->out, "%s", "");
    }
    if (v->s->maintenance_mode) {
        out_info(v->out, "              *** Resource management is DISABLED ***");
        out_info(v->out, "  The cluster will not attempt to start, stop or recover services");
    } else if (v->s->stop_all) {
        out_info(v->out, "    *** Resource management is DISABLED ***");
        out_info(v->out, "  The cluster will keep all resources stopped");
    }
}

bool status_summary(const struct status_view *v, unsigned parts, int64_t now)
{
    const char *stack = pe_table_get(&v->s->options, "cluster-infrastructure");

    /* that there is no DC is said in any case */
    if (v->s->dc == NULL && v->out->kind != OUTPUT_XML) {
        parts |= PART_DC;
    }
    if (parts == 0) {
        return false;
    }
    out_list_begin(v->out, NULL, NULL, "Cluster Summary");
    if ((parts & PART_STACK) != 0) {
        if (v->out->kind == OUTPUT_XML) {
            out_xml(v->out, "stack", "type", stack != NULL ? stack : "unknown", NULL);
        } else {
            out_list_item(v->out, "Stack", "%s", stack != NULL ? stack : "unknown");
        }
    }
    if ((parts & PART_DC) != 0) {
        summary_dc(v);
    }
    if ((parts & PART_TIMES) != 0) {
        summary_times(v, now);
    }
    if ((parts & PART_COUNTS) != 0) {
        summary_counts(v);
    }
    if ((parts & PART_OPTIONS) != 0) {
        summary_options(v);
    }
    out_list_end(v->out);
    if ((parts & PART_MAINT) != 0 && v->out->kind != OUTPUT_XML) {
        summary_maintenance(v);
    }
    return true;
}

/* ---- nodes ---- */

static bool has_active_resources(const pe_node *n)
{
    return n->running.n > 0;
}

static char *node_state(const struct status_view *v, const pe_node *n)
{
    struct text t = {NULL};
    int health = pe_node_health(v->s, n);

    if (n->unclean) {
        text_add(&t, n->online ? "UNCLEAN (online)" : n->pending ? "UNCLEAN (pending)" : "UNCLEAN (offline)");
    } else if (n->pending) {
        text_add(&t, "pending");
    } else if (n->standby_onfail && n->online) {
        text_add(&t, "standby (on-fail)");
    } else if (n->standby) {
        text_add(&t, !n->online ? "OFFLINE (standby)" :
                     has_active_resources(n) ? "standby (with active resources)" : "standby");
    } else if (n->maintenance) {
        text_add(&t, n->online ? "maintenance" : "OFFLINE (maintenance)");
    } else {
        text_add(&t, n->online ? "online" : "OFFLINE");
    }
    text_add(&t, health < 0 ? " (health is RED)" : health == 0 ? " (health is YELLOW)" : "");
    return t.s;
}

static const char *node_feature_set(const pe_node *n)
{
    const char *version = pe_attr(n, "#feature-set");

    if (n->type != PE_MEMBER) {
        return NULL;
    }
    return version != NULL ? version : n->online ? "<3.15.1" : NULL;
}

static void node_resources(const struct status_view *v, const pe_node *n)
{
    struct status_view inside = *v;

    inside.show |= SHOW_RSC_ONLY;
    for (uint32_t i = 0; i < n->running.n; i++) {
        pe_rsc *r = n->running.v[i];

        if (status_rsc_wanted(v, r) && !status_container_stands_for(v, r)) {
            status_resource(&inside, r);
        }
    }
}

static void node_line(const struct status_view *v, const pe_node *n, bool mixed)
{
    if ((v->show & SHOW_BY_NODE) != 0 && (v->show & SHOW_BRIEF) != 0 && n->running.n == 0) {
        return;                 /* nothing to count */
    }
    char *name = status_node_name(v, n), *state = node_state(v, n);
    const char *kind = pe_is_guest(n) ? "GuestNode" : pe_is_remote(n) ? "RemoteNode" : "Node";
    const char *feature = mixed || (v->show & SHOW_DETAIL) != 0 ? node_feature_set(n) : NULL;
    struct text t = {NULL};

    text_add(&t, "%s %s: %s%s%s", kind, name, state, feature != NULL ? ", feature set " : "",
             feature != NULL ? feature : "");
    if ((v->show & SHOW_BY_NODE) == 0) {
        out_list_item(v->out, NULL, "%s", t.s);
    } else {
        out_list_begin(v->out, NULL, NULL, "%s", t.s);
        out_list_begin(v->out, NULL, NULL, "Resources");
        if ((v->show & SHOW_BRIEF) != 0) {
            struct status_view inside = *v;

            inside.only.nodes = NULL;       /* one that runs on several nodes is counted for each */
            inside.show = (inside.show | SHOW_RSC_ONLY) & ~(unsigned)SHOW_INACTIVE;
            status_brief(&inside, n->running.v, n->running.n);
        } else {
            node_resources(v, n);
        }
        out_list_end(v->out);
        out_list_end(v->out);
    }
    free(t.s);
    free(name);
    free(state);
}

static const char *node_type(const pe_node *n)
{
    return n->type == PE_MEMBER ? "member" : n->type == PE_REMOTE ? "remote" : "ping";
}

static void node_xml(const struct status_view *v, const pe_node *n)
{
    static const char *const health[] = {"red", "yellow", "green"};
    const pe_rsc *guest = pe_is_guest(n) ? n->conn->container : NULL;
    char count[16];

    snprintf(count, sizeof(count), "%u", n->running.n);
    out_xml_push(v->out, "node", "name", n->name, "id", n->id, "online", yes(n->online),
                 "standby", yes(n->standby), "standby_onfail", yes(n->standby_onfail),
                 "maintenance", yes(n->maintenance), "pending", yes(n->pending), "unclean", yes(n->unclean),
                 "health", health[pe_node_health(v->s, n) + 1], "feature_set", node_feature_set(n),
                 "shutdown", yes(n->shutdown), "expected_up", yes(n->expected_up), "is_dc", yes(n->is_dc),
                 "resources_running", count, "type", node_type(n),
                 "id_as_resource", guest != NULL ? guest->id : NULL, NULL);
    if ((v->show & SHOW_BY_NODE) != 0) {
        node_resources(v, n);
    }
    out_xml_pop(v->out);
}

/* A node that needs a line of its own instead of a place in one of the lists. */
static bool node_stands_out(const struct status_view *v, const pe_node *n, bool mixed)
{
    return n->unclean || n->pending || (n->standby_onfail && n->online) || n->standby || n->maintenance ||
           pe_node_health(v->s, n) <= 0 || mixed || (v->show & (SHOW_BY_NODE | SHOW_DETAIL)) != 0;
}

enum node_list {
    LIST_ONLINE,
    LIST_OFFLINE,
    LIST_REMOTE_ONLINE,
    LIST_REMOTE_OFFLINE,
    LIST_GUEST_ONLINE,
    LIST_NONE
};

static enum node_list node_list(const pe_node *n)
{
    if (pe_is_guest(n)) {
        return n->online ? LIST_GUEST_ONLINE : LIST_NONE;
    }
    if (pe_is_remote(n)) {
        return n->online ? LIST_REMOTE_ONLINE : LIST_REMOTE_OFFLINE;
    }
    return n->online ? LIST_ONLINE : LIST_OFFLINE;
}

static void nodes_text(const struct status_view *v)
{
    static const char *const headings[] = {"Online", "OFFLINE", "RemoteOnline", "RemoteOFFLINE",
                                           "GuestOnline"};
    struct text lists[LIST_NONE] = {{NULL}};
    bool mixed = !(v->show & SHOW_NO_FEATURES) && mixed_versions(v->s);

    for (uint32_t i = 0; i < v->s->nodes.n; i++) {
        const pe_node *n = v->s->nodes.v[i];
        enum node_list list = node_list(n);

        if (!status_node_wanted(v, n->name)) {
            continue;
        }
        if (node_stands_out(v, n, mixed && n->type == PE_MEMBER)) {
            node_line(v, n, mixed);
        } else if (list != LIST_NONE) {
            char *name = status_node_name(v, n);

            text_add(&lists[list], "%s%s", lists[list].s != NULL ? " " : "", name);
            free(name);
        }
    }
    for (int i = 0; i < LIST_NONE; i++) {
        if (lists[i].s != NULL) {
            out_list_item(v->out, headings[i], "[ %s ]", lists[i].s);
            free(lists[i].s);
        }
    }
}

bool status_nodes(const struct status_view *v)
{
    bool any = false;

    for (uint32_t i = 0; i < v->s->nodes.n; i++) {
        any = any || status_node_wanted(v, v->s->nodes.v[i]->name);
    }
    if (!any) {
        return false;
    }
    if (v->out->kind == OUTPUT_XML) {
        out_xml_push(v->out, "nodes", NULL);
        for (uint32_t i = 0; i < v->s->nodes.n; i++) {
            if (status_node_wanted(v, v->s->nodes.v[i]->name)) {
                node_xml(v, v->s->nodes.v[i]);
            }
        }
        out_xml_pop(v->out);
        return true;
    }
    out_list_begin(v->out, NULL, NULL, "Node List");
    nodes_text(v);
    out_list_end(v->out);
    return true;
}

/* ---- node attributes ---- */

static bool attribute_hidden(const char *name)
{
    static const char *const hidden[] = {
        "#", "fail-count-", "last-failure-", "shutdown", "terminate", "standby",
    };

    for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++) {
        if (strncmp(name, hidden[i], strlen(hidden[i])) == 0) {
            return true;
        }
    }
    return false;
}

/* The value an attribute set by an active ping resource has when all of its
 * hosts answer; -1: not set by one. */
static int expected_connectivity(const struct status_view *v, pe_rsc **list, uint32_t n, const char *name,
                                 pe_node *node)
{
    for (uint32_t i = 0; i < n; i++) {
        pe_rsc *r = list[i];
        int inner = expected_connectivity(v, r->children.v, r->children.n, name, node);
        const struct pe_table *params;
        const char *attribute, *hosts, *multiplier;
        int count = 0;

        if (inner >= 0) {
            return inner;
        }
        if (r->variant != PE_PRIMITIVE || (strcmp(r->type, "ping") != 0 && strcmp(r->type, "pingd") != 0)) {
            continue;
        }
        params = pe_params(v->s, r, node);
        attribute = pe_table_get(params, "name");
        if (strcmp(attribute != NULL ? attribute : "pingd", name) != 0) {
            continue;
        }
        hosts = pe_table_get(params, "host_list");
        for (const char *p = hosts != NULL ? hosts : ""; *p != '\0';) {
            size_t word = strcspn(p, " ");

            count += word > 0;
            p += word + strspn(p + word, " ");
        }
        multiplier = pe_table_get(params, "multiplier");
        return count * (int)int_parse(multiplier, 1);
    }
    return -1;
}

static int by_pair_name(const void *a, const void *b)
{
    return strcmp(((const struct pe_pair *)a)->name, ((const struct pe_pair *)b)->name);
}

static void attribute(const struct status_view *v, const struct pe_pair *p, pe_node *n)
{
    int expected = expected_connectivity(v, v->s->resources.v, v->s->resources.n, p->name, n);
    long long value = int_parse(p->value, 0);

    if (v->out->kind == OUTPUT_XML) {
        char text[16];

        snprintf(text, sizeof(text), "%d", expected);
        out_xml(v->out, "attribute", "name", p->name, "value", p->value,
                "expected", expected >= 0 ? text : NULL, NULL);
    } else if (expected >= 0 && value <= 0) {
        out_list_item(v->out, NULL, "%-32s\t: %-10s\t: Connectivity is lost", p->name, p->value);
    } else if (expected > 0 && value < expected) {
        out_list_item(v->out, NULL, "%-32s\t: %-10s\t: Connectivity is degraded (Expected=%d)",
                      p->name, p->value, expected);
    } else {
        out_list_item(v->out, NULL, "%-32s\t: %-10s", p->name, p->value);
    }
}

bool status_attributes(const struct status_view *v, bool spacer)
{
    bool open = false;

    for (uint32_t i = 0; i < v->s->nodes.n; i++) {
        pe_node *n = v->s->nodes.v[i];
        struct pe_pair *sorted = calloc(n->attrs.n + 1, sizeof(*sorted));
        uint32_t count = 0;

        if (sorted == NULL) {
            abort();
        }
        for (uint32_t k = 0; k < n->attrs.n; k++) {
            if (!attribute_hidden(n->attrs.pairs[k].name)) {
                sorted[count++] = n->attrs.pairs[k];
            }
        }
        qsort(sorted, count, sizeof(sorted[0]), by_pair_name);
        if (count > 0 && n->online && status_node_wanted(v, n->name)) {
            if (!open && spacer) {
                out_spacer(v->out);
            }
            if (!open) {
                out_list_begin(v->out, NULL, NULL, "Node Attributes");
                open = true;
            }
            if (v->out->kind == OUTPUT_XML) {
                out_xml_push(v->out, "node", "name", n->name, NULL);
            } else {
                char *name = status_node_name(v, n);

                out_list_begin(v->out, NULL, NULL, "Node: %s", name);
                free(name);
            }
            for (uint32_t k = 0; k < count; k++) {
                attribute(v, &sorted[k], n);
            }
            if (v->out->kind == OUTPUT_XML) {
                out_xml_pop(v->out);
            } else {
                out_list_end(v->out);
            }
        }
        free(sorted);
    }
    if (open) {
        out_list_end(v->out);
    }
    return open;
}
