/* The core's calls to the CIB manager: numbering, callbacks, and the few writes many files need. */
#include "pacemaker/crmd/private.h"

struct cib_pending {
    core_cib_done_fn done;
    void *arg;
    void (*free_arg)(void *);
};

static void pending_call_free(void *data)
{
    struct cib_pending *pending = data;

    if (pending->free_arg) {
        pending->free_arg(pending->arg);
    }
    g_free(pending);
}

/* A call waits longer the more nodes may have to answer (§9.2). */
static unsigned call_timeout(const struct crmd *c)
{
    unsigned scaled = 10 * (1 + peers_active_count(c->peers) + peers_count(c->peers, true));

    return scaled > c->settings.cib_timeout_s ? scaled : c->settings.cib_timeout_s;
}

int core_cib_call_full(struct crmd *c, struct crmd_cib_call *call, core_cib_done_fn done, void *arg,
                  void (*free_arg)(void *))
{
    if (c->calls == NULL) {
        c->calls = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, pending_call_free);
    }
    c->next_call = c->next_call == INT32_MAX ? 1 : c->next_call + 1;
    call->id = c->next_call;
    call->want_reply = done != NULL;
    call->timeout_s = call_timeout(c);
    if (done) {
        struct cib_pending *pending = g_new0(struct cib_pending, 1);

        pending->done = done;
        pending->arg = arg;
        pending->free_arg = free_arg;
        g_hash_table_insert(c->calls, GINT_TO_POINTER(call->id), pending);
    } else if (free_arg) {
        free_arg(arg);
    }
    if (!c->stopped) {
        c->ops.cib_call(c->arg, call);
    }
    return call->id;
}

int core_cib_call(struct crmd *c, const char *op, const char *section, const xmlNode *data, int options,
             core_cib_done_fn done, void *data_arg, void (*free_arg)(void *))
{
    struct crmd_cib_call call = {.op = op, .section = section, .data = data, .options = options};

    return core_cib_call_full(c, &call, done, data_arg, free_arg);
}

void core_cib_forget(struct crmd *c, int call_id)
{
    if (c->calls) {
        g_hash_table_remove(c->calls, GINT_TO_POINTER(call_id));
    }
}

unsigned core_cib_outstanding(const struct crmd *c)
{
    return c->calls ? g_hash_table_size(c->calls) : 0;
}

void cib_calls_clear(struct crmd *c)
{
    g_clear_pointer(&c->calls, g_hash_table_destroy);
}

void crmd_cib_reply(crmd_t *c, int call_id, int rc, const xmlNode *output)
{
    struct cib_pending *pending = c->calls ? g_hash_table_lookup(c->calls, GINT_TO_POINTER(call_id)) : NULL;

    if (pending == NULL || c->stopped) {
        return;
    }
    /* the call counts as outstanding while its callback runs (§4.1 step 3) */
    struct cib_pending copy = *pending;

    pending->free_arg = NULL;
    copy.done(c, call_id, rc, output, copy.arg);
    if (copy.free_arg) {
        copy.free_arg(copy.arg);
    }
    core_cib_forget(c, call_id);
    if (core_cib_outstanding(c) == 0) {
        pe_query_ready(c);
    }
    c->ops.wake_fsa(c->arg);
}

void cib_check_error(struct crmd *c, int call_id, int rc, const xmlNode *output, void *what)
{
    (void)output;
    if (rc >= 0) {
        log_trace("%s: CIB call %d succeeded", (const char *)what, call_id);
        return;
    }
    log_err("%s failed: %s | call=%d", (const char *)what, pcmk_strerror(rc), call_id);
    FSA_ERROR(c, I_ERROR);
}

static void erase_done(struct crmd *c, int call_id, int rc, const xmlNode *output, void *xpath)
{
    (void)c;
    (void)output;
    if (rc >= 0) {
        log_info("Deletion of %s: %s | call=%d", (const char *)xpath, "OK", call_id);
    } else {
        log_warn("Deletion of %s failed: %s | call=%d", (const char *)xpath, pcmk_strerror(rc), call_id);
    }
}

void erase_node_state(struct crmd *c, const char *node, enum state_section what, int extra_options)
{
    char *xpath = NULL;

    switch (what) {
        case STATE_LRM: xpath = g_strdup_printf("//node_state[@uname='%s']/lrm", node); break;
        case STATE_LRM_UNLOCKED:
            xpath = g_strdup_printf("//node_state[@uname='%s']//lrm_rsc_op|//node_state[@uname='%s']"
                                    "//lrm_resource[not(@shutdown-lock)]", node, node);
            break;
        case STATE_ATTRS:
            xpath = g_strdup_printf("//node_state[@uname='%s']/transient_attributes", node);
            break;
        case STATE_ALL: xpath = g_strdup_printf("//node_state[@uname='%s']/*", node); break;
        case STATE_ALL_UNLOCKED:
            xpath = g_strdup_printf("//node_state[@uname='%s']//lrm_rsc_op|//node_state[@uname='%s']"
                                    "//lrm_resource[not(@shutdown-lock)]|//node_state[@uname='%s']"
                                    "/transient_attributes", node, node, node);
            break;
    }
    log_info("Deleting %s", xpath);
    core_cib_call(c, "cib_delete", xpath, NULL,
                  CIB_QUORUM_OVERRIDE | CIB_XPATH | CIB_MULTIPLE | extra_options, erase_done, xpath,
                  g_free);
}

/* ---- one cluster option ---- */

struct option_write {
    char *name, *value, *user;
};

static void option_write_free(void *data)
{
    struct option_write *write = data;

    g_free(write->name);
    g_free(write->value);
    g_free(write->user);
    g_free(write);
}

static void option_modify(struct crmd *c, const struct option_write *write, xmlNode *fragment)
{
    struct crmd_cib_call call = {
        .op = "cib_modify", .section = "crm_config", .data = fragment, .user = write->user,
        .options = CIB_QUORUM_OVERRIDE | CIB_SCOPE_LOCAL,
    };

    core_cib_call_full(c, &call, cib_check_error, (void *)"Update of a cluster option", NULL);
}

/* An existing pair of that name keeps its id and its place. */
static void option_found(struct crmd *c, int call_id, int rc, const xmlNode *output, void *data)
{
    const struct option_write *write = data;
    const xmlNode *pair = output;
    xmlNode *fragment XML_AUTO = xml_new("crm_config");
    xmlNode *nvpair = NULL;

    (void)call_id;
    if (rc == 0 && pair && !xml_is(pair, "nvpair")) {
        pair = xml_first(pair, "nvpair");
    }
    if (rc == 0 && pair && xml_id(pair)) {
        if (same_text(xml_get(pair, "value"), write->value)) {
            return;
        }
        /* the pair is found again by its id wherever it is */
        nvpair = xml_new("nvpair");
        xml_set(nvpair, "id", xml_id(pair));
        xml_set(nvpair, "name", write->name);
        xml_set(nvpair, "value", write->value);
        struct crmd_cib_call call = {
            .op = "cib_modify", .section = "crm_config", .data = nvpair, .user = write->user,
            .options = CIB_QUORUM_OVERRIDE | CIB_SCOPE_LOCAL,
        };
        core_cib_call_full(c, &call, cib_check_error, (void *)"Update of a cluster option", NULL);
        xml_free(nvpair);
        return;
    }

    xmlNode *set = xml_add(fragment, "cluster_property_set");

    xml_set(set, "id", "cib-bootstrap-options");
    nvpair = xml_add(set, "nvpair");
    xml_setf(nvpair, "id", "cib-bootstrap-options-%s", write->name);
    xml_set(nvpair, "name", write->name);
    xml_set(nvpair, "value", write->value);
    option_modify(c, write, fragment);
}

void cib_set_option(struct crmd *c, const char *name, const char *value, const char *user)
{
    struct option_write *write = g_new0(struct option_write, 1);
    char *xpath = g_strdup_printf("//crm_config//nvpair[@name='%s']", name);

    write->name = g_strdup(name);
    write->value = g_strdup(value);
    write->user = g_strdup(user);
    core_cib_call(c, "cib_query", xpath, NULL, CIB_XPATH | CIB_SCOPE_LOCAL, option_found, write,
                  option_write_free);
    g_free(xpath);
}
