/* Joining as a member: announce, request, confirm (controller.md §3.4, §3.5). */
#include "pacemaker/crmd/private.h"

static void announce(struct crmd *c)
{
    set_dc(c, NULL, NULL);
    send_crmd(c, NULL, "join_announce", SYS_DC, SYS_CRMD);
}

/* A moment for the cluster to settle before the first announcement. */
void act_join_query(struct crmd *c, const struct fsa_entry *entry)
{
    (void)entry;
    fsa_timer_run(c, CRMD_TIMER_JOIN_QUERY);
}

void join_query_now(struct crmd *c)
{
    /* somebody may have offered or won meanwhile */
    if (c->state == S_PENDING && !crmd_has(c, F_SHUTDOWN | F_THE_DC) && c->dc == NULL) {
        announce(c);
    }
}

void act_join_announce(struct crmd *c, const struct fsa_entry *entry)
{
    (void)entry;
    if (c->state == S_PENDING) {
        announce(c);
    }
}

static void generation_done(struct crmd *c, int call_id, int rc, const xmlNode *output, void *data)
{
    xmlNode *tuple XML_AUTO = xml_new("generation_tuple");

    (void)data;
    if (call_id != c->join_query) {
        return;
    }
    c->join_query = 0;
    if (rc != 0 || output == NULL) {
        log_err("Could not retrieve the CIB's version for join-%d: %s | call=%d", c->join_query_id,
                pcmk_strerror(rc), call_id);
        FSA_ERROR(c, I_ERROR);
        return;
    }
    if (c->dc == NULL) {
        log_debug("Membership is in flux, not continuing join-%d", c->join_query_id);
        return;
    }
    xml_copy_attrs(tuple, output);

    xmlNode *msg XML_AUTO = message_request("join_request", tuple, c->dc, SYS_DC, SYS_CRMD, NULL);

    xml_set_int(msg, "join_id", c->join_query_id);
    xml_set(msg, "crm_feature_set", CRM_FEATURE_SET);
    c->ops.cluster_send(c->arg, c->dc, CMSG_CRMD, msg);
}

/* The others must not fence a DC that stops in good order. The DC itself still waits for its services to be
 * moved away: were it expected down before its wish is in the CIB, the scheduler would take it for a node
 * that is only about to join, and promote elsewhere what it still runs promoted. */
static void expect_leaving_dc(struct crmd *c, const xmlNode *msg)
{
    const char *dc = xml_get(msg, "src");

    if (xml_get_true(msg, "dc-leaving") && !same_name(dc, c->name)) {
        set_expected(c, peers_find(c->peers, 0, dc), "down");
    }
}

void act_join_request(struct crmd *c, const struct fsa_entry *entry)
{
    long long join_id = 0;
    const xmlNode *offer = entry->msg;

    if (offer == NULL || xml_get_int(offer, "join_id", &join_id) != 0 || join_id < 0 || join_id > INT32_MAX) {
        log_warn("Ignoring join offer without join_id");
        return;
    }
    if (c->join_query) {
        core_cib_forget(c, c->join_query);
        c->join_query = 0;
    }
    if (!accept_dc(c, offer)) {
        return;
    }
    expect_leaving_dc(c, offer);
    c->join_query_id = (int)join_id;
    c->join_query = core_cib_call(c, "cib_query", NULL, NULL, CIB_SCOPE_LOCAL | CIB_NO_CHILDREN,
                                  generation_done, NULL, NULL);
    fsa_timer_halt(c, CRMD_TIMER_ELECTION_TRIGGER);
}

/* PCMK_node_start_state: the permanent standby attribute (§6.4). */
static void apply_start_state(struct crmd *c)
{
    const char *wanted = c->settings.node_start_state;
    const char *standby = NULL;

    if (wanted == NULL || strcasecmp(wanted, "default") == 0) {
        return;
    }
    if (strcasecmp(wanted, "standby") == 0) {
        standby = "on";
    } else if (strcasecmp(wanted, "online") == 0) {
        standby = "off";
    } else {
        log_warn("Unrecognized start state '%s', using 'default' (%s)", wanted, c->name);
        return;
    }
    log_notice("Forcing node %s into %s state", c->name, wanted);

    xmlNode *nodes XML_AUTO = xml_new("nodes");
    xmlNode *node = xml_add(nodes, "node");
    xmlNode *set = xml_add(node, "instance_attributes");
    xmlNode *pair = xml_add(set, "nvpair");

    xml_set(node, "id", c->uuid);
    xml_setf(set, "id", "nodes-%s", c->uuid);
    xml_setf(pair, "id", "nodes-%s-standby", c->uuid);
    xml_set(pair, "name", "standby");
    xml_set(pair, "value", standby);
    core_cib_call(c, "cib_modify", "nodes", nodes, CIB_QUORUM_OVERRIDE, cib_check_error,
                  (void *)"Start state update", NULL);
}

static void announce_feature_set(struct crmd *c)
{
    struct crmd_attr feature = {"#feature-set", CRM_FEATURE_SET};

    c->ops.attr_update(c->arg, c->name, false, &feature, 1);
}

void crmd_attrd_restarted(crmd_t *c)
{
    if (c->first_join_done) {
        announce_feature_set(c);
    }
}

static void confirm(struct crmd *c, long long join_id)
{
    xmlNode *state XML_AUTO = history_node_state(c, c->local);

    if (state == NULL) {
        log_err("Could not send our resource history: it is not available");
        FSA_ERROR(c, I_FAIL);
        return;
    }

    xmlNode *msg XML_AUTO = message_request("join_confirm", state, c->dc, SYS_DC, SYS_CRMD, NULL);

    log_debug("Confirming join-%lld: sending local operation history to %s", join_id, c->dc);
    announce_feature_set(c);
    xml_set_int(msg, "join_id", join_id);
    if (!c->first_join_done && !crmd_has(c, F_SHUTDOWN)) {
        c->first_join_done = true;
        apply_start_state(c);
        /* if only the controller was lost here, the DC has erased values that the attribute manager still
         * has */
        c->ops.attr_refresh(c->arg);
    }
    c->ops.cluster_send(c->arg, c->dc, CMSG_CRMD, msg);
    if (!crmd_has(c, F_THE_DC)) {
        fsa_prepend(c, C_FSA_INTERNAL, I_NOT_DC, NULL, __func__);
    }
}

void act_join_result(struct crmd *c, const struct fsa_entry *entry)
{
    const xmlNode *msg = entry->msg;
    long long join_id = -1;

    if (msg == NULL || !same_text(xml_get(msg, "crm_task"), "join_ack_nack")) {
        return;
    }
    xml_get_int(msg, "join_id", &join_id);
    if (!xml_get_true(msg, "join_ack_nack")) {
        log_err("Shutting down because %s rejected our join request (join-%lld)",
                text_or(xml_get(msg, "src"), "the DC"), join_id);
        FSA_ERROR(c, I_ERROR);
        return;
    }
    if (!crmd_has(c, F_THE_DC) && same_name(xml_get(msg, "src"), c->name)) {
        log_warn("Discarding our own welcome: we are no longer the DC");
        return;
    }
    if (!accept_dc(c, msg)) {
        return;
    }
    expect_leaving_dc(c, msg);
    confirm(c, join_id);
}
