/* The controller's life: creation, connections at start, orderly shutdown, exit (controller.md §0.3, §6.1).
 */
#include "pacemaker/crmd/private.h"

#define MAX_CIB_ATTEMPTS 30u
#define MAX_LRM_ATTEMPTS 30u

void replace_text(char **slot, const char *text)
{
    char *copy = g_strdup(text);

    g_free(*slot);
    *slot = copy;
}

void crmd_set_flag(struct crmd *c, unsigned flag)
{
    c->flags |= flag;
}

void crmd_clear_flag(struct crmd *c, unsigned flag)
{
    c->flags &= ~flag;
}

static guint name_hash(gconstpointer key)
{
    char *lower = g_ascii_strdown(key, -1);
    guint hash = g_str_hash(lower);

    g_free(lower);
    return hash;
}

static gboolean name_equal(gconstpointer a, gconstpointer b)
{
    return g_ascii_strcasecmp(a, b) == 0;
}

GHashTable *name_table(GDestroyNotify free_value)
{
    return g_hash_table_new_full(name_hash, name_equal, g_free, free_value);
}

crmd_t *crmd_new(const struct crmd_settings *settings, peers_t *peers, const struct crmd_ops *ops, void *arg)
{
    struct crmd *c = g_new0(struct crmd, 1);

    c->settings = *settings;
    c->settings.node_start_state = g_strdup(settings->node_start_state);
    c->peers = peers;
    c->ops = *ops;
    c->arg = arg;
    c->state = S_STARTING;
    c->queue = g_queue_new();
    c->gone = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    c->known_nodes = name_table(g_free);
    c->announced = name_table(NULL);
    c->jobs = name_table(g_free);
    c->throttle = name_table(g_free);
    c->fence_failures = name_table(NULL);
    c->fence_calls = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, g_free);
    c->action_timers = g_hash_table_new(g_direct_hash, g_direct_equal);
    replace_text(&c->failed_start_offset, INFINITY_TEXT);
    replace_text(&c->failed_stop_offset, INFINITY_TEXT);
    fsa_timers_init(c);
    lrm_init(c);
    peers_on_change(peers, peer_changed, c);
    return c;
}

void crmd_free(crmd_t *c)
{
    if (c == NULL) {
        return;
    }
    c->stopped = true;
    peers_on_change(c->peers, NULL, NULL);
    cib_calls_clear(c);
    te_drop_graph(c);
    remote_clear(c);
    lrm_clear(c);
    alerts_clear(c);
    election_free(c->election);
    fsa_clear(c);
    g_queue_free(c->queue);
    g_hash_table_destroy(c->gone);
    g_hash_table_destroy(c->known_nodes);
    g_hash_table_destroy(c->announced);
    g_hash_table_destroy(c->jobs);
    g_hash_table_destroy(c->throttle);
    g_hash_table_destroy(c->fence_failures);
    g_hash_table_destroy(c->fence_calls);
    g_hash_table_destroy(c->action_timers);
    g_clear_pointer(&c->options, g_hash_table_destroy);
    g_list_free_full(c->fence_cleanup, g_free);
    fsa_timers_clear(c);
    xml_free(c->best_generation);
    xml_free(c->sched_reply);
    g_free((char *)c->settings.node_start_state);
    g_free(c->name);
    g_free(c->uuid);
    g_free(c->dc);
    g_free(c->dc_version);
    g_free(c->best_node);
    g_free(c->sched_ref);
    g_free(c->failed_start_offset);
    g_free(c->failed_stop_offset);
    g_free(c->delayed_abort);
    g_free(c->last_unexpected);
    g_free(c);
}

void crmd_start(crmd_t *c)
{
    fsa_append(c, C_STARTUP, I_STARTUP, NULL, __func__);
}

void crmd_set_identity(crmd_t *c, uint32_t id, const char *name, const char *uuid)
{
    c->id = id;
    replace_text(&c->name, name);
    replace_text(&c->uuid, uuid);
}

const char *crmd_state_name(const crmd_t *c)
{
    return fsa_state_name(c->state);
}

const char *crmd_dc(const crmd_t *c)
{
    return c->dc;
}

bool crmd_is_dc(const crmd_t *c)
{
    return crmd_has(c, F_THE_DC);
}

void crmd_quit(struct crmd *c, int status)
{
    if (c->stopped) {
        return;
    }
    if (status == CRM_EX_OK && crmd_has(c, F_IN_RECOVERY)) {
        log_err("Could not recover from internal error");
        status = CRM_EX_ERROR;
    }
    if (crmd_has(c, F_STAYDOWN)) {
        log_info("Inhibiting respawn by the launcher");
        status = CRM_EX_FATAL;
    }
    c->stopped = true;
    c->ops.quit(c->arg, status);
}

/* ---- start ---- */

void act_startup(struct crmd *c, const struct fsa_entry *entry)
{
    (void)entry;
    c->wait_count = 0;
}

/* Try again in two seconds, or give up. */
static void retry_or_fail(struct crmd *c, const struct fsa_entry *entry, uint64_t action, unsigned limit,
                          const char *what)
{
    if (++c->wait_count < limit) {
        log_warn("Could not connect to the %s %u times, will retry", what, c->wait_count);
        fsa_timer_run(c, CRMD_TIMER_WAIT);
        fsa_stall(c, entry, action);
        return;
    }
    log_err("Could not connect to the %s after %u attempts", what, c->wait_count);
    FSA_ERROR(c, I_ERROR);
}

void act_cib_start(struct crmd *c, const struct fsa_entry *entry)
{
    if (c->ops.cib_connect(c->arg) < 0) {
        retry_or_fail(c, entry, A_CIB_START, MAX_CIB_ATTEMPTS, "CIB manager");
        return;
    }
    c->wait_count = 0;
    crmd_set_flag(c, F_CIB_CONNECTED);
}

void act_ha_connect(struct crmd *c, const struct fsa_entry *entry)
{
    (void)entry;
    if (c->ops.cluster_connect(c->arg) < 0) {
        log_err("Could not connect to the cluster layer");
        FSA_ERROR(c, I_ERROR);
        return;
    }
    crmd_set_flag(c, F_HA_CONNECTED);
    elect_init(c);
    write_nodes(c);
}

void act_lrm_connect(struct crmd *c, const struct fsa_entry *entry)
{
    if (crmd_has(c, F_LRM_CONNECTED)) {
        return;
    }
    if (c->ops.exec_connect(c->arg) < 0) {
        retry_or_fail(c, entry, A_LRM_CONNECT, MAX_LRM_ATTEMPTS, "executor");
        return;
    }
    c->wait_count = 0;
    c->local->connected = true;
    crmd_set_flag(c, F_LRM_CONNECTED);
    log_info("Connection to the executor established");
}

/* Name of what start-up still waits for, NULL when complete. */
static const char *start_waits_for(const struct crmd *c)
{
    static const struct {
        unsigned flag;
        const char *what;
    } needs[] = {
        {F_MEMBERSHIP, "membership"},
        {F_LRM_CONNECTED, "executor connection"},
        {F_CIB_CONNECTED, "CIB connection"},
        {F_READ_CONFIG, "configuration"},
        {F_PEER_DATA, "peer data"},
    };

    for (size_t i = 0; i < sizeof needs / sizeof needs[0]; i++) {
        if (!crmd_has(c, needs[i].flag)) {
            return needs[i].what;
        }
    }
    return NULL;
}

void act_started(struct crmd *c, const struct fsa_entry *entry)
{
    const char *missing = start_waits_for(c);

    if (c->state != S_STARTING) {
        log_err("Start-up ended in state %s", fsa_state_name(c->state));
        return;
    }
    if (missing) {
        log_info("Delaying start, waiting for %s", missing);
        fsa_stall(c, entry, A_STARTED);
        return;
    }
    if (c->ops.ipc_open(c->arg) < 0) {
        log_err("Could not create the controller's IPC server");
        FSA_ERROR(c, I_ERROR);
        return;
    }
    crmd_set_flag(c, F_IPC_OPEN | F_ST_REQUIRED);
    log_notice("Pacemaker controller successfully started and accepting connections");
    fence_connect(c);
    FSA_INTERNAL(c, I_PENDING);
}

void act_dc_timer_start(struct crmd *c, const struct fsa_entry *entry)
{
    (void)entry;
    fsa_timer_run(c, CRMD_TIMER_ELECTION_TRIGGER);
    if (crmd_has(c, F_THE_DC)) {
        FSA_INTERNAL(c, I_ELECTION);
    }
}

/* ---- connections that break ---- */

void crmd_cib_lost(crmd_t *c)
{
    if (c->stopped || !crmd_has(c, F_CIB_CONNECTED)) {
        return;
    }
    log_crit("Lost connection to the CIB manager, shutting down");
    crmd_clear_flag(c, F_CIB_CONNECTED);
    FSA_ERROR(c, I_ERROR);
}

void crmd_cluster_lost(crmd_t *c)
{
    if (c->stopped || !crmd_has(c, F_HA_CONNECTED)) {
        return;
    }
    log_crit("Lost connection to cluster layer, shutting down");
    crmd_quit(c, CRM_EX_DISCONNECT);
}

/* ---- shutdown ---- */

void start_shutdown(struct crmd *c)
{
    unsigned limit = fsa_timer_period(c, CRMD_TIMER_ESCALATION);

    if (crmd_has(c, F_SHUTDOWN)) {
        log_err("Escalating shutdown");
        fsa_prepend(c, C_SHUTDOWN, I_ERROR, NULL, __func__);
        return;
    }
    crmd_set_flag(c, F_SHUTDOWN);
    log_notice("Initiating controller shutdown sequence | limit=%ums", limit);
    fsa_append(c, C_SHUTDOWN, I_SHUTDOWN, NULL, __func__);
    fsa_timer_run(c, CRMD_TIMER_ESCALATION);
}

void crmd_shutdown_signal(crmd_t *c)
{
    if (!c->stopped) {
        start_shutdown(c);
    }
}

void act_shutdown_req(struct crmd *c, const struct fsa_entry *entry)
{
    (void)entry;
    log_info("Asking the DC (%s) to let us leave", text_or(c->dc, "not set"));
    crmd_set_flag(c, F_SHUTDOWN);
    send_shutdown_req(c);
}

void act_recover(struct crmd *c, const struct fsa_entry *entry)
{
    (void)entry;
    crmd_set_flag(c, F_IN_RECOVERY);
    log_warn("Fast-tracking shutdown in response to errors");
    FSA_INTERNAL(c, I_TERMINATE);
}

void act_shutdown(struct crmd *c, const struct fsa_entry *entry)
{
    (void)entry;
    crmd_set_flag(c, F_SHUTDOWN);
    crmd_clear_flag(c, F_ST_REQUIRED | F_ST_CONNECTED);
    c->ops.fencer_disconnect(c->arg);
}

void act_lrm_disconnect(struct crmd *c, const struct fsa_entry *entry)
{
    if (!crmd_has(c, F_LRM_CONNECTED)) {
        return;
    }
    if (!lrm_verify_stopped(c, c->local)) {
        fsa_stall(c, entry, A_LRM_DISCONNECT);
        return;
    }
    crmd_clear_flag(c, F_LRM_CONNECTED);
    c->ops.exec_disconnect(c->arg);
    lrm_drop_pending(c, c->local);
    c->local->connected = false;
    log_notice("Disconnected from the executor");
}

void act_ha_disconnect(struct crmd *c, const struct fsa_entry *entry)
{
    (void)entry;
    if (crmd_has(c, F_HA_CONNECTED)) {
        crmd_clear_flag(c, F_HA_CONNECTED);
        c->ops.cluster_disconnect(c->arg);
        log_info("Disconnected from the cluster layer");
    }
}

void act_cib_stop(struct crmd *c, const struct fsa_entry *entry)
{
    if (!crmd_has(c, F_CIB_CONNECTED)) {
        return;
    }
    if (c->last_history_call) {
        log_info("Waiting for resource update %d to complete", c->last_history_call);
        fsa_stall(c, entry, A_CIB_STOP);
        return;
    }
    crmd_clear_flag(c, F_CIB_CONNECTED);
    elect_local_secondary(c);
    c->ops.cib_disconnect(c->arg);
    cib_calls_clear(c);
    log_notice("Disconnected from the CIB manager");
}

void act_stop(struct crmd *c, const struct fsa_entry *entry)
{
    (void)entry;
    if (crmd_has(c, F_IPC_OPEN)) {
        crmd_clear_flag(c, F_IPC_OPEN);
        c->ops.ipc_close(c->arg);
    }
    FSA_INTERNAL(c, I_TERMINATE);
}

void act_exit_0(struct crmd *c, const struct fsa_entry *entry)
{
    (void)entry;
    log_info("Performing A_EXIT_0 - gracefully exiting the controller");
    crmd_quit(c, CRM_EX_OK);
}

void act_exit_1(struct crmd *c, const struct fsa_entry *entry)
{
    (void)entry;
    log_err("Performing A_EXIT_1 - forcefully exiting the controller");
    crmd_quit(c, CRM_EX_ERROR);
}
