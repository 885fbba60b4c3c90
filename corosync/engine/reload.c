/*
 * Reload of the configuration and changes made through cmap at run time (config-and-tools.md 7).
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "corosync/engine/engine.h"

#define RELOADING "config.totemconfig_reload_in_progress"

/* Keys that keep their value; the second list are prefixes of deletions, in order. */
static const char *const fixed_keys[] = {
    "totem.version",
    "totem.threads",
    "totem.ip_version",
    "totem.rrp_mode",
    "totem.netmtu",
    "totem.interface.ringnumber",
    "totem.interface.bindnetaddr",
    "totem.interface.mcastaddr",
    "totem.interface.broadcast",
    "totem.interface.mcastport",
    "totem.interface.ttl",
    "totem.transport",
    "totem.cluster_name",
    "quorum.provider",
    "system.move_to_root_cgroup",
    "system.allow_knet_handle_fallback",
    "system.sched_rr",
    "system.priority",
    "system.qb_ipc_type",
    "system.state_dir",
};
static const char *const deleted_prefixes[] = {
    "logging.", "totem.", "nodelist.", "quorum.", "uidgid.config.", "nozzle.",
};

void reload_mark_read_only(struct icmap *map)
{
    static const char *const prefixes[] = {
        "internal_configuration.", "runtime.services.", "runtime.config.", "runtime.totem.", "uidgid.config.",
        "system.", "nodelist.",
    };
    static const char *const keys[] = {
        "totem.crypto_cipher", "totem.crypto_hash", "totem.crypto_model", "totem.keyfile", "totem.key",
        "totem.secauth", "totem.ip_version", "totem.rrp_mode", "totem.transport", "totem.cluster_name",
        "totem.netmtu", "totem.threads", "totem.version", "totem.nodeid", "totem.clear_node_high_bit",
        "config.reload_in_progress", RELOADING, "nodelist.local_node_pos",
    };

    for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
        icmap_set_ro(map, prefixes[i], true, true);
    }
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        icmap_set_ro(map, keys[i], false, true);
    }
}

/* ---- steps of a reload ---- */

/* Remembers, in a map of its own, the live keys that the new configuration lacks. */
static void collect_deletions(const struct icmap *staging, struct icmap *deletions)
{
    struct icmap_value unused;

    for (size_t i = 0; i < sizeof(deleted_prefixes) / sizeof(deleted_prefixes[0]); i++) {
        struct icmap_iter iter;
        const char *key;

        icmap_iter_init(&iter, engine.map, deleted_prefixes[i]);
        while ((key = icmap_iter_next(&iter, NULL)) != NULL) {
            if (icmap_get(staging, key, &unused) != CS_OK) {
                (void)icmap_set_u8(deletions, key, 1);
            }
        }
    }
}

static void delete_keys(const struct icmap *deletions)
{
    for (size_t i = 0; i < sizeof(deleted_prefixes) / sizeof(deleted_prefixes[0]); i++) {
        struct icmap_iter iter;
        const char *key;

        icmap_iter_init(&iter, deletions, deleted_prefixes[i]);
        while ((key = icmap_iter_next(&iter, NULL)) != NULL) {
            (void)icmap_delete(engine.map, key);
        }
    }
}

static bool same(const struct icmap_value *a, const struct icmap_value *b)
{
    return a->type == b->type && a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

/* Values that cannot change go back to what is in force. */
static void keep_fixed(struct icmap *staging)
{
    for (size_t i = 0; i < sizeof(fixed_keys) / sizeof(fixed_keys[0]); i++) {
        struct icmap_value given, live;
        bool has_live = icmap_get(engine.map, fixed_keys[i], &live) == CS_OK;

        if (icmap_get(staging, fixed_keys[i], &given) != CS_OK || (has_live && same(&given, &live))) {
            continue;
        }
        log_msg(SUBSYS_CFG, LOG_NOTICE, "Modified entry '%s' in corosync.conf cannot be changed at run-time",
                fixed_keys[i]);
        (void)icmap_delete(staging, fixed_keys[i]);
        if (has_live) {
            (void)icmap_set(staging, fixed_keys[i], live.type, live.data, live.len);
        }
    }
}

static bool check_link_addresses(const struct net_conf *old, const struct net_conf *next, unsigned link)
{
    bool ok = true;

    for (size_t i = 0; i < old->node_count; i++) {
        const struct net_addr *before = &old->nodes[i].addr[link];
        const struct net_node *node = net_conf_node(next, old->nodes[i].nodeid);
        char from[NET_ADDR_TEXT], to[NET_ADDR_TEXT];

        if (node == NULL || !net_addr_set(before) || !net_addr_set(&node->addr[link]) ||
            net_addr_equal(before, &node->addr[link])) {
            continue;
        }
        log_msg(SUBSYS_TOTEM, LOG_ERR,
                "new config has different address for link %u (addr changed from %s to %s). "
                "Internal value was NOT changed.",
                link, net_addr_text(before, from), net_addr_text(&node->addr[link], to));
        ok = false;
    }
    return ok;
}

static int check_addresses(const struct net_conf *old, const struct net_conf *next, char *err,
                           size_t err_size)
{
    bool ok = true;

    for (unsigned link = 0; link < NET_LINKS; link++) {
        if (!old->links[link].configured || !next->links[link].configured) {
            continue;
        }
        ok = check_link_addresses(old, next, link) && ok;
        if (old->links[link].sctp != next->links[link].sctp) {
            log_msg(SUBSYS_TOTEM, LOG_ERR,
                    "New config has different knet transport for link %u. Internal value was "
                    "NOT changed.",
                    link);
            ok = false;
        }
    }
    if (!ok) {
        snprintf(err, err_size,
                 "To reconfigure an interface it must be deleted and recreated. A working interface "
                 "needs to be available to corosync at all times");
    }
    return ok ? 0 : -1;
}

static bool crypto_equal(const struct net_crypto *a, const struct net_crypto *b)
{
    return strcmp(a->model, b->model) == 0 && strcmp(a->cipher, b->cipher) == 0 &&
           strcmp(a->hash, b->hash) == 0 && a->key_len == b->key_len &&
           memcmp(a->key, b->key, a->key_len) == 0;
}

/* A node that is taken out of its own node list keeps its links until it is stopped. */
static void keep_local_addresses(const struct net_conf *now, struct net_conf *next)
{
    for (unsigned link = 0; next->local_position < 0 && link < NET_LINKS; link++) {
        if (next->links[link].configured && now->links[link].configured) {
            next->links[link].local = now->links[link].local;
            next->links[link].port = now->links[link].port;
        }
    }
}

/* The new configuration from the staging map. 0, or -1 after logging why not. */
static int read_next(struct icmap *staging, struct engine_conf *next)
{
    const struct engine_conf *now = engine.conf;
    struct totem_conf_warnings warnings;
    char err[TOTEM_CONF_ERROR_MAX];
    bool plain;

    if (totem_conf_read(staging, true, next, &warnings, err, sizeof(err)) != 0 ||
        check_addresses(&now->net, &next->net, err, sizeof(err)) != 0) {
        log_msg(SUBSYS_CFG, LOG_ERR, "Cannot configure new interface definitions: %s", err);
        return -1;
    }
    totem_conf_find_scripts(engine.config_path, &next->net);
    next->net.transport = now->net.transport;
    next->net.nodeid = next->totem.my_id = now->net.nodeid;
    next->net.netmtu = next->totem.netmtu = now->net.netmtu;
    memcpy(next->net.link_mode, now->net.link_mode, sizeof(next->net.link_mode));
    keep_local_addresses(&now->net, &next->net);
    /* the ping defaults follow the token time that was in force before */
    totem_conf_ping_defaults(&next->net, now->totem.token);
    if (totem_conf_read_crypto(staging, &next->net.crypto, err, sizeof(err)) != 0) {
        log_msg(SUBSYS_CFG, LOG_ERR, "Crypto configuration is not valid: %s", err);
        return -1;
    }
    if (totem_conf_validate(staging, true, next, &plain, err, sizeof(err)) != 0) {
        log_msg(SUBSYS_CFG, LOG_ERR, "Configuration is not valid: %s", err);
        return -1;
    }
    totem_conf_publish_pings(staging, &next->net);
    totem_conf_publish(staging, next);
    return 0;
}

static void copy_to_live(const struct icmap *staging)
{
    struct icmap_iter iter;
    struct icmap_value value;
    const char *key;

    icmap_iter_init(&iter, staging, NULL);
    while ((key = icmap_iter_next(&iter, &value)) != NULL) {
        (void)icmap_set(engine.map, key, value.type, value.data, value.len);
    }
}

static void activate(struct engine_conf *next, bool *crypto_changed)
{
    struct engine_conf *old = engine.conf;
    char err[TOTEM_CONF_ERROR_MAX];

    *crypto_changed = !crypto_equal(&old->net.crypto, &next->net.crypto);
    if (*crypto_changed && ring_crypto_prepare(&next->net.crypto, err, sizeof(err)) != 0) {
        log_msg(SUBSYS_TOTEM, LOG_ERR, "%s: the old keys stay in use", err);
        next->net.crypto = old->net.crypto;
        *crypto_changed = false;
    }
    engine.conf = next;
    ring_reconfigure(next);
    net_conf_free(&old->net);
    free(old);
}

static cs_error_t reload_from(struct icmap *staging, bool *crypto_changed)
{
    struct icmap *deletions = icmap_new();
    struct engine_conf *next = calloc(1, sizeof(*next));

    if (deletions == NULL || next == NULL) {
        icmap_free(deletions);
        free(next);
        return CS_ERR_NO_MEMORY;
    }
    collect_deletions(staging, deletions);
    keep_fixed(staging);
    if (read_next(staging, next) != 0) {
        net_conf_free(&next->net);
        free(next);
        icmap_free(deletions);
        return CS_ERR_INVALID_PARAM;
    }
    delete_keys(deletions);
    icmap_free(deletions);
    copy_to_live(staging);
    activate(next, crypto_changed);
    return CS_OK;
}

cs_error_t engine_reload(uint32_t requested_by, bool *crypto_changed)
{
    struct icmap *staging = icmap_new();
    struct conf_choices choices = engine_conf_choices();
    char err[CONF_ERROR_MAX];
    cs_error_t result;

    *crypto_changed = false;
    log_msg(SUBSYS_CFG, LOG_NOTICE, "Config reload requested by node %u", requested_by);
    (void)icmap_set_u8(engine.map, RELOADING, 1);
    if (staging == NULL) {
        result = CS_ERR_NO_MEMORY;
    } else if (conf_load(staging, engine.config_path, &choices, err, sizeof(err)) != 0) {
        log_msg(SUBSYS_CFG, LOG_ERR, "Unable to reload config file: %s", err);
        result = CS_ERR_INVALID_PARAM;
    } else {
        (void)icmap_set_u8(engine.map, "config.reload_in_progress", 1);
        result = reload_from(staging, crypto_changed);
    }
    icmap_free(staging);
    (void)icmap_set_i32(engine.map, "config.reload_status", (int32_t)result);
    (void)icmap_set_u8(engine.map, RELOADING, 0);
    (void)icmap_set_u8(engine.map, "config.reload_in_progress", 0);
    return result;
}

/* ---- single keys written through cmap ---- */

/* Changing the token time through cmap does not move ping timers that follow it. */
static void keep_ping_timers(const struct net_conf *now, struct net_conf *next)
{
    for (unsigned link = 0; link < NET_LINKS; link++) {
        if (next->links[link].ping_timeout == 0) {
            next->links[link].ping_timeout = now->links[link].ping_timeout;
        }
        if (next->links[link].ping_interval == 0) {
            next->links[link].ping_interval = now->links[link].ping_interval;
        }
    }
}

static void on_totem_key(int event, const char *key, const struct icmap_value *new_value,
                         const struct icmap_value *old_value, void *data)
{
    struct engine_conf *old = engine.conf;
    struct engine_conf *next;
    char err[TOTEM_CONF_ERROR_MAX];
    uint8_t reloading = 0;

    (void)icmap_get_u8(engine.map, RELOADING, &reloading);
    if (reloading != 0 || (next = malloc(sizeof(*next))) == NULL) {
        return;
    }
    /* the node list goes over to the new structure */
    *next = *old;
    totem_conf_read_values(engine.map, next);
    totem_conf_read_links(engine.map, &next->net);
    keep_ping_timers(&old->net, &next->net);
    if (totem_conf_derive(next, err, sizeof(err)) != 0) {
        log_msg(SUBSYS_TOTEM, LOG_ERR, "new value of %s is not used: %s", key, err);
        free(next);
        return;
    }
    totem_conf_publish(engine.map, next);
    totem_conf_publish_pings(engine.map, &next->net);
    engine.conf = next;
    ring_reconfigure(next);
    free(old);
}

static void on_blackbox_key(int event, const char *key, const struct icmap_value *new_value,
                            const struct icmap_value *old_value, void *data)
{
    log_blackbox_dump();
}

static void on_dump_key(int event, const char *key, const struct icmap_value *new_value,
                        const struct icmap_value *old_value, void *data)
{
    services_dump();
}

static void on_gather_key(int event, const char *key, const struct icmap_value *new_value,
                          const struct icmap_value *old_value, void *data)
{
    const char *value = icmap_get_string(engine.map, key);

    if (value != NULL && strcmp(value, "no") == 0) {
        return;
    }
    (void)icmap_set_string(engine.map, key, "no");
    log_msg(SUBSYS_MAIN, LOG_ERR, "Forcing into GATHER state");
    engine_force_gather();
}

static void control_key(const char *key, icmap_notify_fn fn)
{
    (void)icmap_set_string(engine.map, key, "no");
    (void)icmap_track_add(engine.map, key, ICMAP_TRACK_MODIFY, fn, NULL, NULL);
}

void runtime_keys_init(void)
{
    const int32_t all = ICMAP_TRACK_ADD | ICMAP_TRACK_MODIFY | ICMAP_TRACK_DELETE;

    (void)icmap_track_add(engine.map, "totem.", all | ICMAP_TRACK_PREFIX, on_totem_key, NULL, NULL);
    (void)icmap_track_add(engine.map, "logging.logger_subsys.KNET.debug", all, on_totem_key, NULL, NULL);
    control_key("runtime.blackbox.dump_flight_data", on_blackbox_key);
    control_key("runtime.blackbox.dump_state", on_dump_key);
    control_key("runtime.force_gather", on_gather_key);
}
