/* Taking members in as the DC: offers, requests, synchronisation, acknowledgement (controller.md §3.7,
 * §3.8). */
#include "pacemaker/crmd/private.h"

const char *join_phase_text(int phase)
{
    switch (phase) {
        case JOIN_NACK: return "nack";
        case JOIN_NONE: return "none";
        case JOIN_WELCOMED: return "welcomed";
        case JOIN_INTEGRATED: return "integrated";
        case JOIN_FINALIZED: return "finalized";
        case JOIN_CONFIRMED: return "confirmed";
        default: return "invalid";
    }
}

/* Phases only ever go back to none or one step forward. */
bool join_phase_set(struct crmd *c, peer_t *peer, int phase, const char *why)
{
    int last = peer->join_phase;

    if (phase == last || peer->remote) {
        return true;
    }
    if (phase > JOIN_NONE && phase != last + 1) {
        log_warn("Rejecting join-%d phase update for node %s because can't go from %s to %s (%s)", c->join_id,
                 text_or(peer->name, "unknown"), join_phase_text(last), join_phase_text(phase), why);
        return false;
    }
    peer->join_phase = phase;
    log_trace("Node %s join-%d phase is now %s (was %s) by %s", text_or(peer->name, "unknown"), c->join_id,
              join_phase_text(phase), join_phase_text(last), why);
    return true;
}

struct phase_count {
    int phase;
    unsigned count;
};

static void count_phase(peer_t *peer, void *arg)
{
    struct phase_count *count = arg;

    count->count += peer->join_phase == count->phase;
}

unsigned join_count(struct crmd *c, int phase)
{
    struct phase_count count = {phase, 0};

    peers_foreach(c->peers, count_phase, &count);
    return count.count;
}

bool feature_set_ok(const char *dc, const char *joiner)
{
    int dc_major = (int)int_parse(dc, -1), joiner_major = (int)int_parse(joiner, -1);
    const char *dc_dot = dc ? strchr(dc, '.') : NULL;
    const char *joiner_dot = joiner ? strchr(joiner, '.') : NULL;

    if (dc_major < 0 || dc_major != joiner_major || dc_dot == NULL || joiner_dot == NULL) {
        return false;
    }
    return int_parse(dc_dot + 1, -1) <= int_parse(joiner_dot + 1, -1);
}

void join_log_unfinished(struct crmd *c)
{
    unsigned welcomed = join_count(c, JOIN_WELCOMED);

    if (welcomed) {
        log_warn("%u cluster node%s failed to respond to join offer", welcomed, welcomed == 1 ? "" : "s");
    } else {
        log_info("All %u cluster nodes responded to the join offer", join_count(c, JOIN_INTEGRATED));
    }
}

/* Entering S_POLICY_ENGINE: is everybody in? (§1.6) */
void join_count_check(struct crmd *c)
{
    unsigned finalized = join_count(c, JOIN_FINALIZED);
    unsigned confirmed = join_count(c, JOIN_CONFIRMED);
    unsigned active = peers_active_count(c->peers);

    if (finalized) {
        log_err("%u cluster nodes are still being finalized", finalized);
    } else if (confirmed > active) {
        log_err("The cluster has %u confirmed nodes but only %u active ones", confirmed, active);
        FSA_INTERNAL(c, I_ELECTION);
    } else if (confirmed < active && c->join_seq != c->peer_seq) {
        log_info("New nodes appeared during the join");
        fsa_prepend(c, C_FSA_INTERNAL, I_NODE_JOIN, NULL, __func__);
    } else if (confirmed < active) {
        log_warn("Only %u of %u active cluster nodes are eligible to run resources", confirmed, active);
    }
}

bool join_check(struct crmd *c, const char *source)
{
    if (c->join_seq != c->peer_seq) {
        if (c->peer_seq > c->join_seq_raised) {
            log_debug("%s: membership changed during join-%d: %" PRIu64 " -> %" PRIu64, source, c->join_id,
                      c->join_seq, c->peer_seq);
            c->join_seq_raised = c->peer_seq;
            fsa_prepend(c, C_FSA_INTERNAL, I_NODE_JOIN, NULL, __func__);
        }
        return false;
    }
    if (c->state == S_INTEGRATION) {
        if (join_count(c, JOIN_WELCOMED) == 0) {
            log_debug("join-%d: Integration of %u peers complete (%s)", c->join_id,
                      join_count(c, JOIN_INTEGRATED), source);
            fsa_prepend(c, C_FSA_INTERNAL, I_INTEGRATED, NULL, __func__);
            return true;
        }
    } else if (c->state == S_FINALIZE_JOIN) {
        if (!crmd_has(c, F_HAVE_CIB)) {
            return true;
        }
        if (join_count(c, JOIN_WELCOMED) == 0 && join_count(c, JOIN_INTEGRATED) == 0
            && join_count(c, JOIN_FINALIZED) == 0) {
            log_debug("join-%d: Complete (%s)", c->join_id, source);
            fsa_append(c, C_FSA_INTERNAL, I_FINALIZED, NULL, __func__);
            return true;
        }
    }
    return false;
}

/* ---- offers ---- */

static xmlNode *dc_message(struct crmd *c, const char *task, const char *node)
{
    xmlNode *msg = message_request(task, NULL, node, SYS_CRMD, SYS_DC, NULL);

    xml_set_int(msg, "join_id", c->join_id);
    xml_set_bool(msg, "dc-leaving", crmd_has(c, F_SHUTDOWN));
    return msg;
}

static void make_offer(peer_t *peer, void *arg)
{
    struct crmd *c = arg;

    if (!peer_active(peer)) {
        log_info("Not making join-%d offer to inactive node %s", c->join_id,
                 text_or(peer->name, "with unknown name"));
        if (peer->expected == NULL && peer->state == PEER_LOST) {
            set_expected(c, peer, "down");
        }
        return;
    }
    if (peer->name == NULL) {
        log_info("Not making join-%d offer to node %u with unknown name", c->join_id, peer->id);
        return;
    }
    c->join_seq = c->peer_seq;
    join_phase_set(c, peer, JOIN_NONE, __func__);

    xmlNode *offer XML_AUTO = dc_message(c, "join_offer", peer->name);

    xml_set(offer, "crm_feature_set", CRM_FEATURE_SET);
    log_info("Sending join-%d offer to %s", c->join_id, peer->name);
    c->ops.cluster_send(c->arg, peer->name, CMSG_CRMD, offer);
    join_phase_set(c, peer, JOIN_WELCOMED, __func__);
}

static void make_offer_if_new(peer_t *peer, void *arg)
{
    if (peer->join_phase <= JOIN_NONE) {
        make_offer(peer, arg);
    }
}

static void forget_phase(peer_t *peer, void *arg)
{
    join_phase_set(arg, peer, JOIN_NONE, __func__);
}

static void forget_best(struct crmd *c)
{
    g_clear_pointer(&c->best_node, g_free);
    xml_free(c->best_generation);
    c->best_generation = NULL;
}

void act_join_offer_all(struct crmd *c, const struct fsa_entry *entry)
{
    (void)entry;
    c->join_id = c->join_id == INT32_MAX ? 1 : c->join_id + 1;
    log_debug("Starting new join round join-%d", c->join_id);
    peers_foreach(c->peers, forget_phase, c);
    forget_best(c);
    crmd_clear_flag(c, F_HAVE_CIB | F_CIB_ASKED);
    set_dc(c, NULL, NULL);
    peers_foreach(c->peers, make_offer, c);
    log_info("Waiting on join-%d requests from %u outstanding nodes", c->join_id,
             join_count(c, JOIN_WELCOMED));
}

/* The DC's own generation must be counted in every round, or an older CIB of the newcomer looks like the best
 * one: its synchronisation is refused and costs an election. */
static void offer_to_self(struct crmd *c)
{
    peer_t *self = local_peer(c);

    join_phase_set(c, self, JOIN_NONE, __func__);
    make_offer(self, c);
}

void act_join_offer_one(struct crmd *c, const struct fsa_entry *entry)
{
    const char *name = entry->msg ? xml_get(entry->msg, "src") : NULL;
    peer_t *peer = name ? peers_find(c->peers, 0, name) : NULL;

    if (entry->msg == NULL) {
        log_info("Making join-%d offers to any unconfirmed nodes because an unknown node joined", c->join_id);
        /* who only left needs no offer; waiting for an answer to none would never end */
        c->join_seq = c->peer_seq;
        peers_foreach(c->peers, make_offer_if_new, c);
        if (join_count(c, JOIN_WELCOMED) > 0) {
            offer_to_self(c);
        }
        join_check(c, __func__);
        return;
    }
    if (peer == NULL) {
        log_err("Can't make join-%d offer because the sender is not known", c->join_id);
        return;
    }
    join_phase_set(c, peer, JOIN_NONE, __func__);
    make_offer(peer, c);
    if (!same_name(name, c->name)) {
        offer_to_self(c);
    }
    te_abort(c, SCORE_INF, DONE_RESTART, "Node join", NULL);
    log_debug("Waiting on join-%d requests from %u outstanding nodes", c->join_id,
              join_count(c, JOIN_WELCOMED));
}

/* ---- requests ---- */

static int generation_compare(const xmlNode *a, const xmlNode *b)
{
    static const char *const parts[] = {"admin_epoch", "epoch", "num_updates"};

    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        long long left = int_parse(xml_get(a, parts[i]), -1);
        long long right = int_parse(xml_get(b, parts[i]), -1);

        if (left != right) {
            return left < right ? -1 : 1;
        }
    }
    return 0;
}

static const char *request_fault(const peer_t *peer, const xmlNode *generation, const char *version)
{
    if (!peer_active(peer)) {
        return "node is not active";
    }
    if (generation == NULL) {
        return "it has no CIB generation";
    }
    if (version == NULL) {
        return "it has no feature set";
    }
    if (!feature_set_ok(CRM_FEATURE_SET, version)) {
        return "its feature set is incompatible";
    }
    return NULL;
}

static void consider_generation(struct crmd *c, const char *node, const xmlNode *generation)
{
    int compared = c->best_generation ? generation_compare(generation, c->best_generation) : 1;

    if (compared < 0 || (compared == 0 && !same_name(node, c->name))) {
        return;
    }
    replace_text(&c->best_node, node);
    xml_free(c->best_generation);
    c->best_generation = xml_copy(generation);
}

void act_join_process_req(struct crmd *c, const struct fsa_entry *entry)
{
    const char *name = xml_get(entry->msg, "src");
    peer_t *peer = name ? peers_find(c->peers, 0, name) : NULL;
    const xmlNode *generation = message_data(entry->msg);
    const char *version = xml_get(entry->msg, "crm_feature_set");
    long long join_id = -1;

    if (peer == NULL) {
        log_err("Ignoring join request from an unknown node");
        return;
    }
    xml_get_int(entry->msg, "join_id", &join_id);
    if (join_id != c->join_id) {
        log_debug("Ignoring join-%lld request from %s because we are on join-%d", join_id, name, c->join_id);
        join_check(c, __func__);
        return;
    }

    const char *fault = request_fault(peer, generation, version);

    if (fault) {
        log_err("Rejecting join-%d request from node %s because %s", c->join_id, name, fault);
        join_phase_set(c, peer, JOIN_NACK, __func__);
        set_expected(c, peer, "banned");
    } else {
        consider_generation(c, name, generation);
        join_phase_set(c, peer, JOIN_INTEGRATED, __func__);
        set_expected(c, peer, "member");
    }
    log_debug("%u nodes currently integrated in join-%d", join_count(c, JOIN_INTEGRATED), c->join_id);
    if (!join_check(c, __func__)) {
        log_debug("join-%d: Still waiting on %u outstanding offers", c->join_id,
                  join_count(c, JOIN_WELCOMED));
    }
}

/* ---- finalisation ---- */

static void welcome_peer(peer_t *peer, void *arg)
{
    struct crmd *c = arg;

    if (peer->join_phase != JOIN_INTEGRATED || peer->name == NULL || peer->uuid == NULL) {
        return;
    }

    xmlNode *node XML_AUTO = xml_new("node");

    xml_set(node, "id", peer->uuid);
    xml_set(node, "uname", peer->name);
    core_cib_call(c, "cib_modify", "nodes", node, CIB_SCOPE_LOCAL | CIB_QUORUM_OVERRIDE | CIB_CAN_CREATE,
                  NULL, NULL, NULL);
    if (!peer_active(peer)) {
        set_expected(c, peer, "pending");
        return;
    }

    xmlNode *ack XML_AUTO = dc_message(c, "join_ack_nack", peer->name);

    xml_set(ack, "join_ack_nack", "true");
    log_debug("join-%d: ACK'ing join request from %s", c->join_id, peer->name);
    join_phase_set(c, peer, JOIN_FINALIZED, __func__);
    set_expected(c, peer, "member");
    c->ops.cluster_send(c->arg, peer->name, CMSG_CRMD, ack);
}

static void sync_done(struct crmd *c, int call_id, int rc, const xmlNode *output, void *node)
{
    (void)output;
    crmd_clear_flag(c, F_CIB_ASKED);
    if (rc != 0) {
        log_err("Could not sync the CIB from %s in join-%d: %s | call=%d", (const char *)node, c->join_id,
                pcmk_strerror(rc), call_id);
        FSA_ERROR(c, I_ELECTION_DC);
        return;
    }
    if (!crmd_has(c, F_THE_DC) || c->state != S_FINALIZE_JOIN) {
        log_debug("No longer the DC in S_FINALIZE_JOIN: state %s", fsa_state_name(c->state));
        return;
    }
    crmd_set_flag(c, F_HAVE_CIB);
    if (!join_check(c, __func__)) {
        log_debug("Notifying %u nodes of join-%d results", join_count(c, JOIN_INTEGRATED), c->join_id);
        peers_foreach(c->peers, welcome_peer, c);
    }
}

void act_join_finalize(struct crmd *c, const struct fsa_entry *entry)
{
    unsigned integrated = join_count(c, JOIN_INTEGRATED);
    const char *source = c->name;

    (void)entry;
    if (join_count(c, JOIN_WELCOMED)) {
        log_debug("Waiting on join-%d requests from %u nodes", c->join_id, join_count(c, JOIN_WELCOMED));
        return;
    }
    if (integrated == 0) {
        join_check(c, __func__);
        return;
    }
    crmd_clear_flag(c, F_HAVE_CIB);
    if (c->best_node == NULL || same_name(c->best_node, c->name)) {
        crmd_set_flag(c, F_HAVE_CIB);
    }
    if (!crmd_has(c, F_HAVE_CIB)) {
        char *text = xml_text(c->best_generation);

        source = c->best_node;
        crmd_set_flag(c, F_CIB_ASKED);
        log_notice("Finalizing join-%d for %u node%s (sync'ing CIB from %s)", c->join_id, integrated,
                   integrated == 1 ? "" : "s", source);
        log_notice("Requested CIB version: %s", text);
        free(text);
    } else {
        log_debug("Finalizing join-%d for %u nodes (using our CIB)", c->join_id, integrated);
    }

    struct crmd_cib_call call = {.op = "cib_sync", .host = source, .options = CIB_QUORUM_OVERRIDE};

    core_cib_call_full(c, &call, sync_done, g_strdup(source), g_free);
}

/* ---- confirmation ---- */

static void history_stored(struct crmd *c, int call_id, int rc, const xmlNode *output, void *node)
{
    (void)output;
    if (rc < 0) {
        log_err("join-%d node history update for %s failed: %s | call=%d", c->join_id, (const char *)node,
                pcmk_strerror(rc), call_id);
        FSA_ERROR(c, I_ERROR);
        return;
    }
    log_debug("join-%d node history update for %s complete | call=%d", c->join_id, (const char *)node,
              call_id);
    join_check(c, __func__);
}

static void store_history(struct crmd *c, const char *node, const xmlNode *state)
{
    bool locked = option_true(c, "shutdown-lock");

    erase_node_state(c, node, locked ? STATE_LRM_UNLOCKED : STATE_LRM, CIB_SCOPE_LOCAL);
    core_cib_call(c, "cib_modify", "status", state, CIB_SCOPE_LOCAL | CIB_QUORUM_OVERRIDE | CIB_CAN_CREATE,
                  history_stored, g_strdup(node), g_free);
}

void act_join_process_ack(struct crmd *c, const struct fsa_entry *entry)
{
    const char *task = xml_get(entry->msg, "crm_task");
    const char *name = xml_get(entry->msg, "src");
    peer_t *peer = name ? peers_find(c->peers, 0, name) : NULL;
    long long join_id = -1;

    if (!same_text(task, "join_confirm") || peer == NULL) {
        return;
    }
    if (xml_get_int(entry->msg, "join_id", &join_id) != 0) {
        log_warn("Ignoring join confirmation from %s without join_id", name);
        return;
    }
    if (peer->join_phase != JOIN_FINALIZED) {
        log_info("Ignoring out-of-sequence join-%lld confirmation from %s (currently %s)", join_id, name,
                 join_phase_text(peer->join_phase));
        return;
    }
    if (join_id != c->join_id) {
        log_err("Rejecting join-%lld confirmation from %s because currently on join-%d", join_id, name,
                c->join_id);
        join_phase_set(c, peer, JOIN_NACK, __func__);
        return;
    }
    join_phase_set(c, peer, JOIN_CONFIRMED, __func__);
    if (same_name(name, c->name)) {
        xmlNode *state XML_AUTO = history_node_state(c, c->local);

        store_history(c, name, state);
    } else if (xml_is(message_data(entry->msg), "node_state")) {
        store_history(c, name, message_data(entry->msg));
    } else {
        log_warn("join-%d confirmation from %s has no node history", c->join_id, name);
        join_check(c, __func__);
    }
}

void act_join_final(struct crmd *c, const struct fsa_entry *entry)
{
    (void)entry;
    log_debug("Ensuring DC, quorum and node attributes are up to date");
    update_quorum(c, c->ops.cluster_quorate(c->arg), true);
}
