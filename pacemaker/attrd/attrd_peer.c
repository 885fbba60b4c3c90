/* Messages of the other managers, the writer's election, nodes that come and go (messaging.md §5.6, §5.9). */
#include "config.h"

#include <string.h>
#include <strings.h>
#include "pacemaker/attrd/attrd_private.h"
#include "pacemaker/common/log.h"
#include "pacemaker/common/xml.h"

#define ELECTION_PERIOD_MS 120000

void send_message(attrd_t *a, const char *to, xmlNode *msg)
{
    xml_set(msg, "t", "attrd");
    xml_set(msg, "attr_version", ATTRD_PROTOCOL_VERSION);
    xml_set_int(msg, "attr_writer", election_state(a->election));
    a->ops->send(a->arg, to, msg, false);
}

bool attrd_is_writer(const attrd_t *a)
{
    return election_state(a->election) == ELECTION_WON;
}

const char *attrd_writer(const attrd_t *a)
{
    return a->writer;
}

static void set_writer(attrd_t *a, const char *name)
{
    char *copy = g_strdup(name);

    g_free(a->writer);
    a->writer = copy;
}

void elect_if_needed(attrd_t *a)
{
    if (a->writer == NULL && election_state(a->election) != ELECTION_IN_PROGRESS && !a->shutting_down) {
        log_info("Starting an election to determine the writer");
        election_vote(a->election);
    }
}

/* ---- synchronisation ---- */

struct sync {
    attrd_t *a;
    xmlNode *msg;
    bool only_unseen;           /* our own node's values that the writer does not know */
    GPtrArray *gone;            /* char *: nodes of values to drop */
    struct attribute *attribute;
};

static gboolean sync_value(gpointer key, gpointer data, gpointer arg)
{
    struct value *value = data;
    struct sync *sync = arg;

    if (!sync->only_unseen) {
        value_to_xml(sync->msg, sync->attribute, value, false);
    } else if (!value->seen && strcasecmp(value->node, sync->a->own_name) == 0) {
        value_to_xml(sync->msg, sync->attribute, value, sync->attribute->dampening > 0);
    }
    return FALSE;
}

static gboolean sync_attribute(gpointer key, gpointer data, gpointer arg)
{
    struct sync *sync = arg;

    sync->attribute = data;
    g_tree_foreach(sync->attribute->values, sync_value, sync);
    return FALSE;
}

void sync_values(attrd_t *a, const char *to)
{
    struct sync sync = {.a = a, .msg = xml_new("attrd_peer_sync")};

    xml_set(sync.msg, "task", "sync-response");
    g_tree_foreach(a->attributes, sync_attribute, &sync);
    log_debug("Syncing values to %s", to != NULL ? to : "everyone");
    send_message(a, to, sync.msg);
    xml_free(sync.msg);
}

static gboolean clear_seen_value(gpointer key, gpointer data, gpointer arg)
{
    ((struct value *)data)->seen = false;
    return FALSE;
}

static gboolean clear_seen(gpointer key, gpointer data, gpointer arg)
{
    g_tree_foreach(((struct attribute *)data)->values, clear_seen_value, NULL);
    return FALSE;
}

static void tell_unseen(attrd_t *a)
{
    struct sync sync = {.a = a, .msg = xml_new("attrd_peer_sync"), .only_unseen = true};

    xml_set(sync.msg, "task", "sync-response");
    g_tree_foreach(a->attributes, sync_attribute, &sync);
    if (xml_first(sync.msg, NULL) != NULL) {
        log_debug("Telling all nodes local values that the writer does not know");
        send_message(a, NULL, sync.msg);
    }
    xml_free(sync.msg);
}

static gboolean note_unseen(gpointer key, gpointer data, gpointer arg)
{
    const struct value *value = data;
    struct sync *sync = arg;

    if (!value->seen && !value->remote && strcasecmp(value->node, sync->a->own_name) != 0) {
        g_ptr_array_add(sync->gone, value->node);
    }
    return FALSE;
}

static gboolean drop_unseen_values(gpointer key, gpointer data, gpointer arg)
{
    struct attribute *attribute = data;
    struct sync *sync = arg;

    g_ptr_array_set_size(sync->gone, 0);
    g_tree_foreach(attribute->values, note_unseen, sync);
    for (guint i = 0; i < sync->gone->len; i++) {
        log_info("Dropping %s[%s], which the writer does not know", attribute->name,
                 (const char *)sync->gone->pdata[i]);
        g_tree_remove(attribute->values, sync->gone->pdata[i]);
    }
    return FALSE;
}

/* A value of another node that the writer does not know is a left-over, such as from a message that was under
 * way when that node left. Were it true, its node would tell everybody now, as we do with ours. */
static void drop_unseen(attrd_t *a)
{
    struct sync sync = {.a = a, .gone = g_ptr_array_new()};

    g_tree_foreach(a->attributes, drop_unseen_values, &sync);
    g_ptr_array_unref(sync.gone);
}

static bool is_us(const attrd_t *a, const peer_t *from)
{
    return from->name != NULL ? strcasecmp(from->name, a->own_name) == 0 : from->id == a->own_id;
}

static void handle_sync(attrd_t *a, const peer_t *from, xmlNode *msg)
{
    long long state = 0;
    bool writer = xml_get_int(msg, "attr_writer", &state) == 0 && state == ELECTION_WON;

    if (writer && attrd_is_writer(a) && !is_us(a, from)) {
        log_notice("Detected another attribute writer (%s), starting new election", from->name);
        election_vote(a->election);
    } else if (writer && from->name != NULL &&
               (a->writer == NULL || strcasecmp(a->writer, from->name) != 0)) {
        log_notice("Recorded new attribute writer: %s (was %s)", from->name,
                   a->writer != NULL ? a->writer : "unset");
        set_writer(a, from->name);
    }
    if (is_us(a, from)) {
        return;
    }
    if (writer) {
        g_tree_foreach(a->attributes, clear_seen, NULL);
    }
    apply_message(a, from, msg, true);
    if (writer) {
        tell_unseen(a);
        drop_unseen(a);
    }
}

/* ---- nodes ---- */

static gboolean drop_value(gpointer key, gpointer data, gpointer arg)
{
    struct attribute *attribute = data;

    if (g_tree_remove(attribute->values, arg)) {
        log_debug("Removed %s[%s]", attribute->name, (const char *)arg);
    }
    return FALSE;
}

void forget_node(attrd_t *a, const char *node, bool uncache)
{
    char *name = g_strdup(node);

    log_notice("Removing all %s attributes for node %s", name, name);
    g_tree_foreach(a->attributes, drop_value, name);
    if (uncache) {
        peers_forget_remote(a->peers, name);
        peers_reap(a->peers, 0, name);
    }
    g_free(name);
}

static void lost_voter(attrd_t *a, const peer_t *peer)
{
    bool was_writer = a->writer != NULL && peer->name != NULL && strcasecmp(a->writer, peer->name) == 0;

    if (peer->id == a->own_id) {
        return;
    }
    election_peer_lost(a->election, peer->name, was_writer);
    if (was_writer) {
        log_notice("Lost attribute writer %s", peer->name);
        set_writer(a, NULL);
        elect_if_needed(a);
    } else if (election_state(a->election) == ELECTION_IN_PROGRESS) {
        /* it may have been the last whose answer is missing */
        election_check(a->election);
    }
}

void attrd_peer_changed(peers_t *peers, enum peer_change what, peer_t *peer, enum peer_state old_state,
                  uint32_t old_processes, void *arg)
{
    attrd_t *a = arg;

    if (peer->remote) {
        return;
    }
    if (what == PEER_STATE && peer->state == PEER_MEMBER && attrd_is_writer(a) && peer->id != a->own_id) {
        sync_values(a, peer->name);
    } else if (what == PEER_STATE && peer->state == PEER_LOST) {
        if (peer->name != NULL) {
            forget_node(a, peer->name, false);
        }
        lost_voter(a, peer);
    } else if (what == PEER_PROCESSES && (peer->processes & PEER_PROC_CPG) == 0) {
        lost_voter(a, peer);
    }
}

/* ---- messages ---- */

static void handle_election(attrd_t *a, const peer_t *from, xmlNode *msg)
{
    enum election_state before = election_state(a->election);

    switch (election_count(a->election, msg)) {
        case ELECTION_START:
            set_writer(a, NULL);
            log_debug("Unsetting writer and starting a new election");
            if (!a->shutting_down) {
                election_vote(a->election);
            }
            break;
        case ELECTION_LOST:
            /* the sender is ahead of us: the best guess until the winner speaks */
            if (a->writer == NULL || before != ELECTION_LOST) {
                log_info("Election lost, presuming %s is writer for now", from->name);
                set_writer(a, from->name);
            }
            break;
        case ELECTION_IN_PROGRESS:
            election_check(a->election);
            break;
        default:
            break;
    }
}

static void handle_clear_failure(attrd_t *a, const peer_t *from, xmlNode *msg)
{
    const char *operation = xml_get(msg, "attr_clear_operation");
    char *pattern =
        failure_pattern(xml_get(msg, "attr_resource"), operation, xml_get(msg, "attr_clear_interval"));
    GPtrArray *names = attributes_matching(a, pattern);

    if (names == NULL) {
        log_warn("Ignoring invalid failure-clearing request | pattern=%s", pattern);
        g_free(pattern);
        return;
    }
    xml_set(msg, "task", "update");
    xml_unset(msg, "attr_value");
    for (guint i = 0; i < names->len; i++) {
        xml_set(msg, "attr_name", names->pdata[i]);
        apply_message(a, from, msg, false);
    }
    g_ptr_array_free(names, TRUE);
    g_free(pattern);
}

void attrd_peer_message(attrd_t *a, const peer_t *from, xmlNode *msg)
{
    const char *task = xml_get(msg, "task"), *node = xml_get(msg, "attr_host");

    if (xml_get(msg, "crm_task") != NULL) {
        handle_election(a, from, msg);
        return;
    }
    if (a->shutting_down) {
        return;
    }
    if (task == NULL) {
        log_warn("Ignoring a message without task from %s", from->name != NULL ? from->name : "unknown peer");
    } else if (strcmp(task, "update") == 0 || strcmp(task, "update-both") == 0 ||
               strcmp(task, "update-delay") == 0) {
        apply_message(a, from, msg, false);
    } else if (strcmp(task, "sync-response") == 0) {
        handle_sync(a, from, msg);
    } else if (strcmp(task, "sync") == 0) {
        sync_values(a, from->name);
    } else if (strcmp(task, "clear-failure") == 0) {
        handle_clear_failure(a, from, msg);
    } else if (strcmp(task, "peer-remove") == 0 && node != NULL) {
        forget_node(a, node, true);
    } else if (strcmp(task, "flush") != 0) {
        log_err("Processing peer message from %s: unknown task %s",
                from->name != NULL ? from->name : "unknown peer", task);
    }
}

/* ---- election effects ---- */

static void send_vote(void *arg, const char *to, xmlNode *msg)
{
    attrd_t *a = arg;

    a->ops->send(a->arg, to, msg, true);
    xml_free(msg);
}

static void arm_election(void *arg, unsigned ms)
{
    attrd_t *a = arg;

    a->ops->arm_election(a->arg, ms);
}

static void cancel_election(void *arg)
{
    attrd_t *a = arg;

    a->ops->cancel_election(a->arg);
}

static void won(void *arg)
{
    attrd_t *a = arg;

    log_notice("Recorded local node as attribute writer (was %s)", a->writer != NULL ? a->writer : "unset");
    set_writer(a, a->own_name);
    sync_values(a, NULL);
    write_attributes(a, true, false);
}

static bool may_win(void *arg)
{
    return !((attrd_t *)arg)->shutting_down;
}

static void cpu_time(void *arg, long long *sec, long long *usec)
{
    attrd_t *a = arg;

    a->ops->cpu_time(a->arg, sec, usec);
}

static long long now(void *arg)
{
    attrd_t *a = arg;

    return a->ops->now(a->arg);
}

void attrd_election_timer_expired(attrd_t *a)
{
    election_timer_expired(a->election);
}

attrd_t *attrd_new(peers_t *peers, uint32_t own_id, const char *own_name, const attrd_ops_t *ops, void *arg)
{
    static const election_ops_t election_ops = {
        .send = send_vote,
        .arm = arm_election,
        .cancel = cancel_election,
        .won = won,
        .may_win = may_win,
        .cpu_time = cpu_time,
        .now = now,
    };
    attrd_t *a = g_new0(attrd_t, 1);

    a->peers = peers;
    a->own_id = own_id;
    a->own_name = g_strdup(own_name);
    a->ops = ops;
    a->arg = arg;
    a->minimum_protocol = -1;
    a->attributes = attributes_new();
    a->election =
        election_new("election-attrd", peers, own_id, own_name, ELECTION_PERIOD_MS, &election_ops, a);
    peers_on_change(peers, attrd_peer_changed, a);
    return a;
}

void attrd_free(attrd_t *a)
{
    if (a == NULL) {
        return;
    }
    peers_on_change(a->peers, NULL, NULL);
    election_free(a->election);
    g_tree_destroy(a->attributes);
    g_free(a->own_name);
    g_free(a->writer);
    g_free(a);
}

void attrd_start(attrd_t *a)
{
    XML_AUTO xmlNode *msg = xml_new("attrd_broadcast_protocol");

    xml_set(msg, "t", "attrd");
    xml_set(msg, "src", "pacemaker-attrd");
    xml_set(msg, "task", "update");
    xml_set(msg, "attr_name", "#attrd-protocol");
    xml_set(msg, "attr_value", ATTRD_PROTOCOL_VERSION);
    xml_set_int(msg, "attr_is_private", 1);
    xml_set(msg, "attr_host", a->own_name);
    xml_set_int(msg, "attr_host_id", a->own_id);
    send_message(a, NULL, msg);
}

void attrd_shut_down(attrd_t *a)
{
    a->shutting_down = true;
    election_reset(a->election);
}
