/* From "something changed" to a graph: asking the scheduler (controller.md §4.1). */
#include "pacemaker/crmd/private.h"

#define MAX_SCHEDULER_ABSENCE_MS 60000

void act_pe_start(struct crmd *c, const struct fsa_entry *entry)
{
    if (crmd_has(c, F_PE_CONNECTED)) {
        return;
    }
    crmd_set_flag(c, F_PE_REQUIRED);
    if (c->ops.sched_connect(c->arg) == 0) {
        crmd_set_flag(c, F_PE_CONNECTED);
        c->sched_missing_since = 0;
        return;
    }
    if (c->sched_missing_since == 0) {
        c->sched_missing_since = c->ops.mono_ms(c->arg);
    }
    if (c->ops.mono_ms(c->arg) - c->sched_missing_since < MAX_SCHEDULER_ABSENCE_MS) {
        /* it is just being started again: a failure now would begin the join anew, again and again */
        log_warn("Could not connect to the scheduler, will retry");
        fsa_timer_run(c, CRMD_TIMER_WAIT);
        fsa_stall(c, entry, A_PE_START);
        return;
    }
    log_err("Could not connect to the scheduler");
    c->sched_missing_since = 0;
    FSA_INTERNAL(c, I_FAIL);
}

void act_pe_stop(struct crmd *c, const struct fsa_entry *entry)
{
    (void)entry;
    crmd_clear_flag(c, F_PE_REQUIRED);
    if (crmd_has(c, F_PE_CONNECTED)) {
        crmd_clear_flag(c, F_PE_CONNECTED);
        c->ops.sched_disconnect(c->arg);
    }
    pe_query_forget(c);
    sched_clear_expected(c);
}

void sched_clear_expected(struct crmd *c)
{
    g_clear_pointer(&c->sched_ref, g_free);
    fsa_timer_halt(c, CRMD_TIMER_SCHEDULER);
}

void pe_query_forget(struct crmd *c)
{
    if (c->pe_query) {
        core_cib_forget(c, c->pe_query);
        c->pe_query = 0;
    }
    fsa_timer_halt(c, CRMD_TIMER_PE_QUERY);
}

static void save_core(struct crmd *c, int call_id, int rc, const xmlNode *output, void *data)
{
    (void)call_id;
    (void)data;
    if (rc == 0 && output) {
        c->ops.write_pe_core(c->arg, output);
    }
}

void crmd_sched_lost(crmd_t *c)
{
    if (c->stopped || !crmd_has(c, F_PE_CONNECTED)) {
        return;
    }
    crmd_clear_flag(c, F_PE_CONNECTED);
    if (!crmd_has(c, F_PE_REQUIRED)) {
        log_info("Connection to the scheduler released");
        return;
    }
    log_crit("Lost connection to the scheduler, the cluster's state will be saved");
    core_cib_call(c, "cib_query", NULL, NULL, CIB_SCOPE_LOCAL, save_core, NULL, NULL);
    FSA_ERROR(c, I_ERROR);
}

/* ---- the document sent to the scheduler ---- */

static void force_option(xmlNode *cib, const char *name, const char *value)
{
    xmlNode *config = xml_first(xml_first(cib, "configuration"), "crm_config");
    bool found = false;

    if (config == NULL) {
        return;
    }
    xml_foreach(set, config, "cluster_property_set") {
        xml_foreach(pair, set, "nvpair") {
            if (same_text(xml_get(pair, "name"), name)) {
                xml_set(pair, "value", value);
                found = true;
            }
        }
    }
    if (found) {
        return;
    }

    xmlNode *set = xml_first(config, "cluster_property_set");

    if (set == NULL) {
        set = xml_add(config, "cluster_property_set");
        xml_set(set, "id", "cib-bootstrap-options");
    }

    xmlNode *pair = xml_add(set, "nvpair");

    xml_setf(pair, "id", "%s-%s", text_or(xml_id(set), "cib-bootstrap-options"), name);
    xml_set(pair, "name", name);
    xml_set(pair, "value", value);
}

static void send_to_scheduler(struct crmd *c, const xmlNode *stored)
{
    xmlNode *cib XML_AUTO = xml_copy(stored);

    refresh_node_caches(c, cib);
    xml_set(cib, "dc-uuid", c->uuid);
    xml_set(cib, "have-quorum", c->quorate ? "1" : "0");
    force_option(cib, "have-watchdog", c->ops.have_watchdog(c->arg) ? "true" : "false");
    if (c->ever_quorate && !c->quorate) {
        xml_set(cib, "no-quorum-panic", "1");
    }

    xmlNode *msg XML_AUTO = message_request("pe_calc", cib, NULL, SYS_PENGINE, "pacemaker-controld", c->uuid);
    int rc = c->ops.sched_send(c->arg, msg);

    sched_clear_expected(c);
    if (rc < 0) {
        log_err("Could not contact the scheduler: %s", pcmk_strerror(rc));
        FSA_ERROR(c, I_ERROR);
        return;
    }
    replace_text(&c->sched_ref, xml_get(msg, "reference"));
    fsa_timer_run(c, CRMD_TIMER_SCHEDULER);
    log_debug("Invoking the scheduler: query=%d ref=%s seq=%" PRIu64 " quorate=%d", c->pe_query,
              c->sched_ref, c->peer_seq, c->quorate);
}

static void query_done(struct crmd *c, int call_id, int rc, const xmlNode *output, void *data)
{
    (void)data;
    if (call_id != c->pe_query) {
        return;
    }
    if (rc != 0 || output == NULL) {
        log_err("Could not retrieve the CIB: %s | call=%d", pcmk_strerror(rc), call_id);
        c->pe_query = 0;
        FSA_ERROR(c, I_ERROR);
        return;
    }
    if (!crmd_has(c, F_THE_DC) || !crmd_has(c, F_PE_CONNECTED) || c->state != S_POLICY_ENGINE) {
        log_debug("No need to invoke the scheduler in state %s", fsa_state_name(c->state));
        c->pe_query = 0;
        return;
    }
    if (core_cib_outstanding(c) > 1) {
        log_debug("Re-asking for the CIB: %u other peer updates still pending", core_cib_outstanding(c) - 1);
        c->pe_query = 0;
        fsa_timer_run(c, CRMD_TIMER_PE_QUERY);
        return;
    }
    send_to_scheduler(c, output);
    c->pe_query = 0;
}

void pe_query_retry(struct crmd *c)
{
    if (c->state == S_POLICY_ENGINE) {
        fsa_add_actions(c, A_PE_INVOKE);
    }
}

/* All our writes are answered: no need to wait for the timer. */
void pe_query_ready(struct crmd *c)
{
    if (fsa_timer_running(c, CRMD_TIMER_PE_QUERY)) {
        fsa_timer_halt(c, CRMD_TIMER_PE_QUERY);
        pe_query_retry(c);
    }
}

/* Whether everything the scheduler needs is there. */
static bool may_invoke(struct crmd *c, const struct fsa_entry *entry)
{
    if (!crmd_has(c, F_THE_DC)) {
        log_err("Not invoking the scheduler: not the DC | state=%s", fsa_state_name(c->state));
        return false;
    }
    if (!crmd_has(c, F_PE_CONNECTED)) {
        if (crmd_has(c, F_SHUTDOWN)) {
            log_err("Cannot shut down gracefully without the scheduler");
            FSA_INTERNAL(c, I_TERMINATE);
        } else {
            log_info("Waiting for the scheduler to connect");
            fsa_stall(c, entry, A_PE_INVOKE);
            fsa_add_actions(c, A_PE_START);
        }
        return false;
    }
    if (c->state != S_POLICY_ENGINE) {
        log_notice("Not invoking the scheduler because in state %s", fsa_state_name(c->state));
        return false;
    }
    if (!crmd_has(c, F_HAVE_CIB)) {
        log_err("Attempted to invoke the scheduler without a consistent copy of the CIB");
        fsa_prepend(c, C_FSA_INTERNAL, I_ELECTION, NULL, __func__);
        return false;
    }
    return true;
}

void act_pe_invoke(struct crmd *c, const struct fsa_entry *entry)
{
    if (!may_invoke(c, entry)) {
        return;
    }
    pe_query_forget(c);
    sched_clear_expected(c);
    c->pe_query = core_cib_call(c, "cib_query", NULL, NULL, CIB_SCOPE_LOCAL, query_done, NULL, NULL);
    log_debug("Query %d: requesting the current CIB: %s", c->pe_query, fsa_state_name(c->state));
}

void crmd_sched_reply(crmd_t *c, const xmlNode *msg)
{
    const char *ref = xml_get(msg, "reference");

    if (c->stopped || !same_text(xml_get(msg, "crm_task"), "pe_calc")
        || !same_text(xml_get(msg, "subt"), "response")) {
        return;
    }
    if (!crmd_has(c, F_THE_DC) || ref == NULL || !same_text(ref, c->sched_ref)) {
        log_info("%s calculation is obsolete", text_or(ref, "unnamed"));
        return;
    }
    fsa_timer_halt(c, CRMD_TIMER_SCHEDULER);
    xml_free(c->sched_reply);
    c->sched_reply = xml_copy(msg);
    fsa_append(c, C_IPC_MESSAGE, I_PE_SUCCESS, NULL, "handle_response");
}
