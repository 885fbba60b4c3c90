/*
 * From cmap to the configuration of totem and the transports: reading, derived values, validation
 * (config-and-tools.md 3, 4, 5).
 */
#ifndef COROSYNC_ENGINE_TOTEM_CONF_H
#define COROSYNC_ENGINE_TOTEM_CONF_H

#include "corosync/engine/icmap.h"
#include "corosync/net/net_conf.h"
#include "corosync/totem/totem.h"

#define TOTEM_CONF_ERROR_MAX 512

struct engine_conf {
    struct net_conf net;
    struct totem_config totem;
};

/* Which deprecated things the configuration contains. */
struct totem_conf_warnings {
    bool members_ignored;
    bool members_deprecated;
    bool nodeid;
    bool bindnetaddr;
};

/*
 * Stage A: everything of totem., nodelist. and system. that matters. Writes nodelist.local_node_pos and
 * generated node ids to map, and at start (reload false) the local addresses. At reload the encryption is
 * left out: totem_conf_read_crypto. 0, or -1 with the message; free with net_conf_free in both cases.
 */
int totem_conf_read(struct icmap *map, bool reload, struct engine_conf *conf,
                    struct totem_conf_warnings *warnings, char *err, size_t err_size);

/* Only the timers, constants and knet parameters of totem. (a key was written at run time). Does not fail. */
void totem_conf_read_values(const struct icmap *map, struct engine_conf *conf);

/* Only priority and ping parameters of the configured links; unset ping timers are left 0. */
void totem_conf_read_links(const struct icmap *map, struct net_conf *net);

/* Only cipher, hash, model and key. 0, or -1 with the message. */
int totem_conf_read_crypto(const struct icmap *map, struct net_crypto *crypto, char *err, size_t err_size);

/* Derived timers into conf->totem. 0, or -1 with the text of the first violated limit; then conf->totem keeps
 * what was given. */
int totem_conf_derive(struct engine_conf *conf, char *err, size_t err_size);

/* The folder of the nozzle device's scripts, updown.d, lies beside the configuration. */
void totem_conf_find_scripts(const char *config_path, struct net_conf *net);

/* Fills unset ping timers of the links from the token timeout (ms). */
void totem_conf_ping_defaults(struct net_conf *net, uint32_t token);

/* Stage B, in the order of 4; *plain: the message is logged without the "parse error in config" prefix.
 * reload: only timers, link rules and unique ids. Derives. */
int totem_conf_validate(const struct icmap *map, bool reload, struct engine_conf *conf, bool *plain,
                        char *err, size_t err_size);

/* runtime.config.totem.* into map. */
void totem_conf_publish(struct icmap *map, const struct engine_conf *conf);
void totem_conf_publish_pings(struct icmap *map, const struct net_conf *net);

/* The position of the own node in the nodelist of map, -1 = none (3.4). May block on DNS. */
int totem_conf_find_local(const struct icmap *map);

#endif
