/* The status section: tickets, state of nodes,
 * order in which histories are read (scheduler input §8 - §10). */
#include "pengine/pe.h"

#include <ctype.h>

/* ---- fencing requests ---- */

static bool dangling_guest(const pe_node *n)
{
    return n->conn != NULL && n->conn->container == NULL && n->conn->filler_orphan;
}

static const char *fate(pe_sched *s, pe_node *n)
{
    return pe_can_fence(s, n) ? "will be fenced" : "is unclean";
}

void pe_fence_request(pe_sched *s, pe_node *n, const char *reason, bool priority)
{
    if (pe_is_guest(n)) {
        pe_rsc *container = n->conn->container;

        if (!container->failed && !container->managed) {
            pe_message(s, PE_NOTICE, "pe_fence_node", "Not fencing guest node %s (otherwise would because "
                       "%s): its guest resource %s is unmanaged", n->name, reason, container->id);
        } else if (!container->failed) {
            pe_message(s, PE_WARNING, "pe_fence_node", "Guest node %s will be fenced (by recovering its "
                       "guest resource %s): %s", n->name, container->id, reason);
            n->reset_needed = true;
            container->failed = container->stop_wanted = true;
        }
    } else if (dangling_guest(n)) {
        n->conn->failed = n->conn->stop_wanted = true;
    } else if (pe_is_remote(n)) {
        if (n->conn != NULL && !n->conn->managed) {
            pe_message(s, PE_NOTICE, "pe_fence_node", "Not fencing remote node %s (otherwise would because "
                       "%s): connection is unmanaged", n->name, reason);
        } else if (n->conn != NULL ? !n->reset_needed : !n->unclean) {
            n->reset_needed = n->conn != NULL;
            pe_message(s, PE_WARNING, "pe_fence_node", "Remote node %s %s: %s", n->name, fate(s, n), reason);
        }
        n->unclean = true;
        pe_fence_action(s, n, NULL, true, reason, false);
    } else if (!n->unclean) {
        pe_message(s, PE_WARNING, "pe_fence_node", "Cluster node %s %s: %s", n->name, fate(s, n), reason);
        n->unclean = true;
        pe_fence_action(s, n, NULL, true, reason, priority);
    }
}

/* ---- tickets ---- */

pe_ticket *pe_ticket_get(pe_sched *s, const char *id, bool create)
{
    pe_ticket *t;

    for (uint32_t i = 0; i < s->n_tickets; i++) {
        if (strcmp(s->tickets[i]->id, id) == 0) {
            return s->tickets[i];
        }
    }
    if (!create) {
        return NULL;
    }
    t = pe_alloc(s, sizeof(*t));
    t->id = id;
    t->last_granted = -1;
    if (s->n_tickets == s->cap_tickets) {
        s->tickets = pe_grow(s, s->tickets, &s->cap_tickets, s->n_tickets, sizeof(*s->tickets));
    }
    s->tickets[s->n_tickets++] = t;
    return t;
}

static void unpack_tickets(pe_sched *s, xmlNode *section)
{
    xml_foreach(xml, section, "ticket_state") {
        const char *id = xml_id(xml);
        pe_ticket *t;

        if (id == NULL || *id == '\0') {
            continue;
        }
        t = pe_ticket_get(s, id, true);
        t->xml = xml;
        for (const xmlAttr *a = xml->properties; a != NULL; a = a->next) {
            const char *name = (const char *)a->name;

            if (strcmp(name, "id") != 0) {
                pe_table_set(s, &t->state, name, xml_get(xml, name));
            }
        }
        t->granted = bool_true(xml_get(xml, "granted"));
        t->standby = bool_true(xml_get(xml, "standby"));
        t->last_granted = int_parse(xml_get(xml, "last-granted"), -1);
    }
}

/* ---- online status of cluster nodes ---- */

bool pe_shutdown_requested(const pe_node *n)
{
    const char *value = pe_attr(n, "shutdown");

    return value != NULL && strcmp(value, "0") != 0;
}

static bool text_is(const char *a, const char *b)
{
    return a != NULL && strcasecmp(a, b) == 0;
}

static bool online_without_fencing(pe_sched *s, pe_node *n, xmlNode *state)
{
    const char *join = xml_get(state, "join");
    bool in_ccm = bool_true(xml_get(state, "in_ccm"));

    if (!in_ccm) {
        return false;
    }
    if (text_is(xml_get(state, "crmd"), "online")) {
        return text_is(join, "member");
    }
    if (n->expected_up) {
        pe_fence_request(s, n, "peer is unexpectedly down", false);
    }
    return false;
}

static bool online_with_fencing(pe_sched *s, pe_node *n, xmlNode *state)
{
    const char *in_ccm = xml_get(state, "in_ccm"), *join = xml_get(state, "join");
    const char *expected = xml_get(state, "expected"), *terminate = pe_attr(n, "terminate");
    bool online = bool_true(in_ccm), member = online, crmd = text_is(xml_get(state, "crmd"), "online");
    bool do_terminate = bool_true(terminate);

    if (terminate != NULL && !do_terminate && isdigit((unsigned char)terminate[0]) && terminate[0] != '0') {
        do_terminate = true;
    }
    if (n->shutdown) {
        return crmd;
    }
    if (in_ccm == NULL) {
        pe_fence_request(s, n, "peer has not been seen by the cluster", false);
    } else if (text_is(join, "banned")) {
        pe_fence_request(s, n, "peer failed Pacemaker membership criteria", false);
    } else if (!do_terminate && (expected == NULL || text_is(expected, "down"))) {
        if (member || crmd) {
            n->standby = n->pending = true;
        }
    } else if (do_terminate && text_is(join, "down") && !member && !crmd) {
        online = false;
    } else if (!member) {
        pe_fence_request(s, n, "peer is no longer part of the cluster", true);
    } else if (!crmd) {
        pe_fence_request(s, n, "peer process is no longer available", false);
    } else if (do_terminate) {
        pe_fence_request(s, n, "termination was requested", false);
    } else if (text_is(join, "member")) {
        return online;
    } else if (text_is(join, "pending") || text_is(join, "down")) {
        n->standby = n->pending = true;
    } else {
        pe_fence_request(s, n, "peer was in an unknown state", false);
    }
    return online;
}

static void cluster_node_state(pe_sched *s, pe_node *n, xmlNode *state)
{
    pe_node_attributes(s, n, xml_first(state, "transient_attributes"), true);
    if (bool_true(pe_attr(n, "standby"))) {
        n->standby = true;
    }
    if (bool_true(pe_attr(n, "maintenance"))) {
        n->maintenance = true;
    }
    if (bool_parse(pe_attr(n, "resource-discovery-enabled")) == 0) {
        pe_message(s, PE_WARNING, "unpack_transient_attributes", "Ignoring resource-discovery-enabled "
                   "attribute for %s because disabling resource discovery is not allowed for cluster nodes",
                   n->name);
    }
    n->unclean = n->unseen = false;
    if (pe_shutdown_requested(n)) {
        n->shutdown = true;
    } else if (text_is(xml_get(state, "expected"), "member")) {
        n->expected_up = true;
    }
    if (n->type == PE_PING) {
        n->online = false;
    } else if (s->stonith_enabled ? online_with_fencing(s, n, state) : online_without_fencing(s, n, state)) {
        n->online = true;       /* and stays it, when another node_state of this node says no */
    }
    if (!n->online || n->shutdown) {
        n->score = -SCORE_INF;
        n->fixed = true;
    }
    if (n->type == PE_PING) {
        n->unclean = false;
    } else if (n->unclean) {
        pe_warn(s, "determine_online_status", "%s is unclean", n->name);
    }
    if (!s->quorum && s->no_quorum_policy == QUORUM_SUICIDE && n->online) {
        pe_fence_request(s, n, "cluster does not have quorum", false);
    }
}

static pe_node *state_node(pe_sched *s, xmlNode *state)
{
    const char *id = xml_id(state), *name = xml_get(state, "uname");
    pe_node *n;

    if (id == NULL || name == NULL) {
        return NULL;
    }
    n = pe_node_by_id(s, id);
    return n != NULL ? n : pe_node_by_name(s, name);
}

static void report_unused_state(pe_sched *s, const xmlNode *state)
{
    const char *name = xml_get(state, "uname");

    if (name == NULL || xml_id(state) == NULL) {
        pe_message(s, PE_WARNING, "unpack_node_state", "Ignoring malformed node_state entry without %s",
                       xml_id(state) == NULL ? "id" : "uname");
    } else {
        pe_config_warn(s, "unpack_node_state", "Ignoring recorded node state for '%s' because it is no "
                       "longer in the configuration", name);
    }
}

static void first_pass(pe_sched *s, xmlNode *state)
{
    pe_node *n = state_node(s, state);

    if (n == NULL) {
        report_unused_state(s, state);
        return;
    }
    n->state = state;
    if (n->type == PE_REMOTE) {
        n->was_fenced = int_parse_min(xml_get(state, "node_fenced"), 0);
        return;
    }
    cluster_node_state(s, n, state);
}

/* ---- remote and guest nodes ---- */

static void remote_online(pe_node *n)
{
    pe_rsc *conn = n->conn, *container = conn != NULL ? conn->container : NULL;
    pe_node *host = NULL;

    if (conn == NULL) {
        n->online = false;
        return;
    }
    if (container != NULL && conn->running.n == 1) {
        host = conn->running.v[0];
    }
    if (conn->role == ROLE_STARTED) {
        n->online = true;
    }
    if (conn->role == ROLE_STARTED && conn->next == ROLE_STOPPED) {
        n->shutdown = true;
    }
    if (container != NULL && container->failed) {
        n->online = false;
        n->reset_needed = true;
    } else if (conn->failed) {
        n->online = false;
    } else if (conn->role == ROLE_STOPPED || (container != NULL && container->role == ROLE_STOPPED)) {
        n->online = false;
        n->reset_needed = false;
    } else if (host != NULL && !host->online && host->unclean) {
        n->online = false;
        n->reset_needed = true;
    }
}

static void remote_attributes(pe_sched *s, pe_node *n, xmlNode *state)
{
    const char *discovery;

    n->remote_maintenance = int_parse_min(xml_get(state, "node_in_maintenance"), 0);
    if (!n->reset_needed) {
        n->unclean = n->unseen = false;
    }
    pe_node_attributes(s, n, xml_first(state, "transient_attributes"), true);
    if (pe_shutdown_requested(n)) {
        n->shutdown = true;
    }
    if (bool_true(pe_attr(n, "standby"))) {
        n->standby = true;
    }
    if (bool_true(pe_attr(n, "maintenance")) || (n->conn != NULL && !n->conn->managed)) {
        n->maintenance = true;
    }
    discovery = pe_attr(n, "resource-discovery-enabled");
    if (discovery != NULL && !bool_true(discovery)) {
        if (pe_is_remote(n) && !s->stonith_enabled) {
            pe_config_warn(s, __func__, "Ignoring resource-discovery-enabled of remote node %s: fencing is "
                           "disabled", n->name);
        } else {
            n->discovery_enabled = false;
        }
    }
}

/* ---- histories ---- */

static bool ready(pe_sched *s, pe_node *n, bool all)
{
    if (n->unpacked) {
        return false;
    }
    if (all) {
        return true;
    }
    if (pe_is_guest(n)) {
        return n->conn->role == ROLE_STARTED && n->conn->container->role == ROLE_STARTED;
    }
    if (pe_is_remote(n)) {
        return n->conn != NULL && (s->shutdown_lock || n->conn->role == ROLE_STARTED);
    }
    return n->online || s->stonith_enabled || s->shutdown_lock;
}

static bool history_pass(pe_sched *s, bool all)
{
    bool any = false;

    xml_foreach(state, s->priv->status, "node_state") {
        pe_node *n = state_node(s, state);

        if (n == NULL || !ready(s, n, all)) {
            continue;
        }
        if (n->type == PE_REMOTE) {
            remote_online(n);
            remote_attributes(s, n, state);
        }
        n->state = state;       /* the node of an orphaned connection is new */
        n->unpacked = true;
        any = true;
        pe_unpack_history(s, n, state);
    }
    return any;
}

static void stop_failed_containers(pe_sched *s)
{
    for (uint32_t i = s->bundle_restarts.n; i > 0; i--) {
        pe_rsc *container = s->bundle_restarts.v[i - 1];
        pe_node *n = pe_current(container, NULL, NULL);

        if (n != NULL) {
            pe_act(s, container, TASK_STOP, n, false, "its bundle connection failed");
        }
    }
}

void pe_unpack_status(pe_sched *s)
{
    xml_foreach(child, s->priv->status, NULL) {
        if (xml_is(child, "tickets")) {
            unpack_tickets(s, child);
        } else if (xml_is(child, "node_state")) {
            first_pass(s, child);
        }
    }
    while (history_pass(s, false)) {
    }
    history_pass(s, s->stonith_enabled);
    stop_failed_containers(s);
    for (uint32_t i = 0; i < s->nodes.n; i++) {
        pe_node *n = s->nodes.v[i];

        if (n->type != PE_REMOTE) {
            continue;
        }
        if (n->shutdown && n->conn != NULL) {
            n->conn->next = ROLE_STOPPED;
        }
        if (!n->unpacked) {
            remote_online(n);
        }
    }
}
