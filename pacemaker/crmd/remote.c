/* Connections to remote nodes, run as resources of the pseudo agent ocf:pacemaker:remote (controller.md §5.13). */
#include "pacemaker/crmd/private.h"

bool remote_agent(const struct crmd_rsc_info *info)
{
    return same_text(info->class, "ocf") && same_text(info->provider, "pacemaker") && same_text(info->type, "remote");
}

bool remote_is_connection(struct crmd *c, const char *rsc_id)
{
    return rsc_id && g_hash_table_contains(c->remotes, rsc_id);
}

int remote_register(struct crmd *c, const struct crmd_rsc_info *info)
{
    (void)c;
    log_err("Resource %s: this controller cannot host connections to remote nodes", info->id);
    return -EOPNOTSUPP;
}

void remote_unregister(struct crmd *c, const char *rsc_id)
{
    g_hash_table_remove(c->remotes, rsc_id);
}

int remote_exec(struct crmd *c, const char *rsc_id, const char *action, const char *user_data,
                unsigned interval_ms, unsigned timeout_ms, unsigned start_delay_ms, GHashTable *params)
{
    (void)c, (void)rsc_id, (void)action, (void)user_data, (void)interval_ms, (void)timeout_ms, (void)start_delay_ms,
        (void)params;
    return -EOPNOTSUPP;
}

int remote_cancel(struct crmd *c, const char *rsc_id, const char *action, unsigned interval_ms)
{
    (void)c, (void)rsc_id, (void)action, (void)interval_ms;
    return -EOPNOTSUPP;
}

void remote_clear(struct crmd *c)
{
    (void)c;
}

void remote_lost(struct crmd *c, const char *node)
{
    (void)c, (void)node;
}

void remote_record_maintenance(struct crmd *c, const xmlNode *action)
{
    (void)c, (void)action;
}

bool remote_timer(struct crmd *c, unsigned id)
{
    (void)c, (void)id;
    return false;
}

void remote_guest_down(struct crmd *c, const char *node)
{
    (void)c, (void)node;
}

void remote_fenced(struct crmd *c, const char *node)
{
    (void)c, (void)node;
}

bool remote_proxy_reply(struct crmd *c, const char *session, const xmlNode *msg)
{
    (void)c, (void)session, (void)msg;
    return false;
}

void remote_state_message(struct crmd *c, const xmlNode *msg)
{
    const char *node = xml_get(msg, "id");
    peer_t *peer = node ? peers_get_remote(c->peers, node) : NULL;

    if (peer) {
        peers_set_state(c->peers, peer, xml_get_true(msg, "in_ccm") ? PEER_MEMBER : PEER_LOST, 0, c->ops.wall(c->arg));
    }
}

void crmd_remote_connected(crmd_t *c, const char *node, int rc)
{
    (void)c, (void)node, (void)rc;
}

void crmd_remote_poked(crmd_t *c, const char *node)
{
    (void)c, (void)node;
}

void crmd_remote_new_client(crmd_t *c, const char *node)
{
    (void)c, (void)node;
}
