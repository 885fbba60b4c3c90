/*
 * Keys of corosync.conf: which are typed, checked or renamed (config-and-tools.md 2), and how they are
 * stored.
 */
#include "corosync/engine/conf_keys.h"

#include <errno.h>
#include <grp.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct typed_key {
    const char *key;
    enum icmap_type type;
};

/* Whole paths. */
static const struct typed_key totem_keys[] = {
    {"totem.version", ICMAP_U32},
    {"totem.nodeid", ICMAP_U32},
    {"totem.threads", ICMAP_U32},
    {"totem.token", ICMAP_U32},
    {"totem.token_coefficient", ICMAP_U32},
    {"totem.token_warning", ICMAP_U32},
    {"totem.token_retransmit", ICMAP_U32},
    {"totem.token_retransmits_before_loss_const", ICMAP_U32},
    {"totem.hold", ICMAP_U32},
    {"totem.join", ICMAP_U32},
    {"totem.send_join", ICMAP_U32},
    {"totem.consensus", ICMAP_U32},
    {"totem.merge", ICMAP_U32},
    {"totem.downcheck", ICMAP_U32},
    {"totem.fail_recv_const", ICMAP_U32},
    {"totem.seqno_unchanged_const", ICMAP_U32},
    {"totem.rrp_token_expired_timeout", ICMAP_U32},
    {"totem.rrp_problem_count_timeout", ICMAP_U32},
    {"totem.rrp_problem_count_threshold", ICMAP_U32},
    {"totem.rrp_problem_count_mcast_threshold", ICMAP_U32},
    {"totem.rrp_autorecovery_check_timeout", ICMAP_U32},
    {"totem.heartbeat_failures_allowed", ICMAP_U32},
    {"totem.max_network_delay", ICMAP_U32},
    {"totem.window_size", ICMAP_U32},
    {"totem.max_messages", ICMAP_U32},
    {"totem.miss_count_const", ICMAP_U32},
    {"totem.knet_pmtud_interval", ICMAP_U32},
    {"totem.knet_mtu", ICMAP_U32},
    {"totem.knet_compression_threshold", ICMAP_U32},
    {"totem.netmtu", ICMAP_U32},
    {"totem.knet_compression_level", ICMAP_I32},
    {"totem.config_version", ICMAP_U64},
    {NULL, ICMAP_NONE},
};
static const struct typed_key quorum_keys[] = {
    {"quorum.expected_votes", ICMAP_U32}, {"quorum.votes", ICMAP_U32},
    {"quorum.last_man_standing_window", ICMAP_U32}, {"quorum.leaving_timeout", ICMAP_U32},
    {"quorum.two_node", ICMAP_U8}, {"quorum.expected_votes_tracking", ICMAP_U8},
    {"quorum.allow_downscale", ICMAP_U8}, {"quorum.wait_for_all", ICMAP_U8},
    {"quorum.auto_tie_breaker", ICMAP_U8}, {"quorum.last_man_standing", ICMAP_U8}, {NULL, ICMAP_NONE},
};
static const struct typed_key qdevice_keys[] = {
    {"quorum.device.timeout", ICMAP_U32}, {"quorum.device.sync_timeout", ICMAP_U32},
    {"quorum.device.votes", ICMAP_U32}, {"quorum.device.master_wins", ICMAP_U8}, {NULL, ICMAP_NONE},
};
/* Names inside the interface section; strings are listed because others are not per link. */
static const struct typed_key interface_keys[] = {
    {"linknumber", ICMAP_U8},
    {"bindnetaddr", ICMAP_STRING},
    {"mcastaddr", ICMAP_STRING},
    {"broadcast", ICMAP_STRING},
    {"mcastport", ICMAP_U16},
    {"ttl", ICMAP_U8},
    {"knet_link_priority", ICMAP_U8},
    {"knet_ping_interval", ICMAP_U32},
    {"knet_ping_timeout", ICMAP_U32},
    {"knet_ping_precision", ICMAP_U32},
    {"knet_pong_count", ICMAP_U32},
    {"knet_transport", ICMAP_STRING},
    {NULL, ICMAP_NONE},
};

struct checked_key {
    const char *path;
    const char *values;                 /* blank-separated, with a blank at both ends */
    const char *error;
};

static const struct checked_key checked_keys[] = {
    {"totem.crypto_cipher", " none aes256 aes192 aes128 ",
     "Invalid cipher type. Should be none, aes256, aes192 or aes128"},
    {"totem.crypto_hash", " none md5 sha1 sha256 sha384 sha512 ",
     "Invalid hash type. Should be none, md5, sha1, sha256, sha384 or sha512"},
    {"totem.ip_version", " ipv4 ipv6 ipv6-4 ipv4-6 ", "Invalid ip_version type"},
    {"system.qb_ipc_type", " native shm socket ", "Invalid system.qb_ipc_type"},
    {"system.sched_rr", " yes no ", "Invalid system.sched_rr value"},
    {"system.move_to_root_cgroup", " yes no auto ", "Invalid system.move_to_root_cgroup"},
    {"system.allow_knet_handle_fallback", " yes no ", "Invalid system.allow_knet_handle_fallback"},
};

static const struct typed_key *find_typed(const struct typed_key *keys, const char *key)
{
    for (; keys->key != NULL; keys++) {
        if (strcmp(keys->key, key) == 0) {
            return keys;
        }
    }
    return NULL;
}

static const char *error_name(cs_error_t error)
{
    switch (error) {
    case CS_ERR_NAME_TOO_LONG:
        return "CS_ERR_NAME_TOO_LONG";
    case CS_ERR_NO_MEMORY:
        return "CS_ERR_NO_MEMORY";
    default:
        return "CS_ERR_INVALID_PARAM";
    }
}

static int stored(struct conf_parser *parser, const char *key, cs_error_t error)
{
    if (error == CS_OK) {
        return 0;
    }
    return conf_error(parser, "Can't store key \"%s\" into icmap, returned error is %s", key,
                      error_name(error));
}

static int store_string(struct conf_parser *parser, const char *key, const char *value)
{
    return stored(parser, key, icmap_set_string(parser->map, key, value));
}

static void type_range(enum icmap_type type, int64_t *min, int64_t *max)
{
    *min = type == ICMAP_I32 ? INT32_MIN : 0;
    switch (type) {
    case ICMAP_U8:
        *max = UINT8_MAX;
        break;
    case ICMAP_U16:
        *max = UINT16_MAX;
        break;
    case ICMAP_I32:
        *max = INT32_MAX;
        break;
    default:
        *max = UINT32_MAX;
        break;
    }
}

/* The bits of an integer value (two's complement); -1 after conf_error. */
static int parse_integer(struct conf_parser *parser, enum icmap_type type, const char *value, uint64_t *out)
{
    int64_t min, max;
    long long number;
    char *end;

    errno = 0;
    if (type == ICMAP_U64) {
        *out = strtoull(value, &end, 10);
        if (errno != 0 || end == value || *end != '\0') {
            return conf_error(parser, "Value of key \"%s\" is expected to be integer in range (0..%" PRIu64
                              "), but \"%s\" was given", parser->path, UINT64_MAX, value);
        }
        return 0;
    }
    type_range(type, &min, &max);
    number = strtoll(value, &end, 10);
    if (errno != 0 || end == value || *end != '\0' || number < min || number > max) {
        return conf_error(parser,
                          "Value of key \"%s\" is expected to be integer in range (%" PRId64 "..%" PRId64
                          "), but \"%s\" was given",
                          parser->path, min, max, value);
    }
    *out = (uint64_t)number;
    return 0;
}

/* Little endian: the low bytes of the number are its value in the narrower type. */
static int store_number(struct conf_parser *parser, const char *key, enum icmap_type type, uint64_t number)
{
    return stored(parser, key, icmap_set(parser->map, key, type, &number, icmap_type_size(type)));
}

static int store_typed(struct conf_parser *parser, const struct typed_key *keys, const char *value)
{
    const struct typed_key *typed = find_typed(keys, parser->path);
    uint64_t number = 0;

    if (typed == NULL) {
        return store_string(parser, parser->path, value);
    }
    if (parse_integer(parser, typed->type, value, &number) != 0) {
        return -1;
    }
    return store_number(parser, parser->path, typed->type, number);
}

/* "a, b or c" */
static void join_names(const char *const *names, char *text, size_t size)
{
    size_t used = 0;

    text[0] = '\0';
    for (size_t i = 0; names[i] != NULL; i++) {
        const char *separator = i == 0 ? "" : names[i + 1] == NULL ? " or " : ", ";
        int added = snprintf(text + used, size - used, "%s%s", separator, names[i]);

        if (added < 0 || (size_t)added >= size - used) {
            return;
        }
        used += (size_t)added;
    }
}

static int check_choice(struct conf_parser *parser, const char *const *names, const char *value,
                        const char *what)
{
    char list[160];

    for (size_t i = 0; names[i] != NULL; i++) {
        if (strcmp(names[i], value) == 0) {
            return 0;
        }
    }
    join_names(names, list, sizeof(list));
    return conf_error(parser, "Invalid %s model. Should be %s", what, list);
}

static int check_value(struct conf_parser *parser, const char *value)
{
    char word[64];

    if (strcmp(parser->path, "totem.crypto_model") == 0) {
        return check_choice(parser, parser->choices->crypto_models, value, "crypto");
    }
    if (strcmp(parser->path, "totem.knet_compression_model") == 0) {
        return check_choice(parser, parser->choices->compression_models, value, "compression");
    }
    snprintf(word, sizeof(word), " %s ", value);
    for (size_t i = 0; i < sizeof(checked_keys) / sizeof(checked_keys[0]); i++) {
        if (strcmp(checked_keys[i].path, parser->path) == 0 &&
            (strchr(value, ' ') != NULL || strstr(checked_keys[i].values, word) == NULL)) {
            return conf_error(parser, "%s", checked_keys[i].error);
        }
    }
    return 0;
}

/* ---- sections whose keys are stored at the closing brace ---- */

static int pend(struct conf_parser *parser, const char *key, enum icmap_type type, uint64_t number,
                const char *text)
{
    size_t key_size = strlen(key) + 1;
    struct conf_pending *item = calloc(1, sizeof(*item) + key_size);

    if (item == NULL || (text != NULL && (item->text = strdup(text)) == NULL)) {
        free(item);
        return conf_error(parser, "Can't alloc memory");
    }
    memcpy(item->key, key, key_size);
    item->type = type;
    item->number = number;
    item->next = parser->pending;
    parser->pending = item;
    return 0;
}

void conf_keys_free(struct conf_parser *parser)
{
    while (parser->pending != NULL) {
        struct conf_pending *item = parser->pending;

        parser->pending = item->next;
        free(item->text);
        free(item);
    }
}

/* Pending items are newest first; the file's order makes the last one win. */
static void reverse_pending(struct conf_parser *parser)
{
    struct conf_pending *reversed = NULL;

    while (parser->pending != NULL) {
        struct conf_pending *item = parser->pending;

        parser->pending = item->next;
        item->next = reversed;
        reversed = item;
    }
    parser->pending = reversed;
}

static const char *pending_text(const struct conf_parser *parser, const char *key)
{
    const char *text = NULL;

    for (const struct conf_pending *item = parser->pending; item != NULL; item = item->next) {
        if (item->text != NULL && strcmp(item->key, key) == 0) {
            text = item->text;
        }
    }
    return text;
}

/* Stores every pending item below prefix. */
static int store_pending(struct conf_parser *parser, const char *prefix)
{
    for (const struct conf_pending *item = parser->pending; item != NULL; item = item->next) {
        char key[2 * ICMAP_KEY_MAX + 2];
        int result;

        snprintf(key, sizeof(key), "%s.%s", prefix, item->key);
        result = item->text != NULL ? store_string(parser, key, item->text)
                                    : store_number(parser, key, item->type, item->number);
        if (result != 0) {
            return -1;
        }
    }
    conf_keys_free(parser);
    return 0;
}

static void drop_pending(struct conf_parser *parser, const char *key)
{
    struct conf_pending **link = &parser->pending;

    while (*link != NULL) {
        struct conf_pending *item = *link;

        if (strcmp(item->key, key) == 0) {
            *link = item->next;
            free(item->text);
            free(item);
        } else {
            link = &item->next;
        }
    }
}

static int interface_key(struct conf_parser *parser, const char *key, const char *value)
{
    const struct typed_key *typed = find_typed(interface_keys, key);
    uint64_t number = 0;

    /* a section nested in interface has a longer path: plain strings */
    if (typed == NULL || strlen(parser->path) != strlen("totem.interface.") + strlen(key)) {
        return store_string(parser, parser->path, value);
    }
    if (typed->type == ICMAP_STRING) {
        return pend(parser, key, ICMAP_STRING, 0, value);
    }
    if (parse_integer(parser, typed->type, value, &number) != 0) {
        return -1;
    }
    if (strcmp(key, "linknumber") == 0) {
        parser->link = (unsigned)number;
        return 0;
    }
    return pend(parser, key, typed->type, number, NULL);
}

static int interface_end(struct conf_parser *parser)
{
    char prefix[64];

    reverse_pending(parser);
    snprintf(prefix, sizeof(prefix), "totem.interface.%u", parser->link);
    return store_pending(parser, prefix);
}

static int member_key(struct conf_parser *parser, const char *key, const char *value)
{
    char name[64];

    if (strcmp(key, "memberaddr") != 0) {
        return conf_error(parser, "Only memberaddr is allowed in member section");
    }
    snprintf(name, sizeof(name), "member.%u", parser->member++);
    return pend(parser, name, ICMAP_STRING, 0, value);
}

static int logger_subsys_end(struct conf_parser *parser)
{
    const char *subsys;
    char prefix[2 * ICMAP_KEY_MAX];

    reverse_pending(parser);
    subsys = pending_text(parser, "subsys");
    if (subsys == NULL) {
        return conf_error(parser, "No subsys key in logger_subsys directive");
    }
    snprintf(prefix, sizeof(prefix), "logging.logger_subsys.%s", subsys);
    return store_pending(parser, prefix);
}

/* The section of corosync 1: name "corosync" means this daemon. */
static int logging_daemon_end(struct conf_parser *parser)
{
    const char *name, *subsys;
    char prefix[3 * ICMAP_KEY_MAX];

    reverse_pending(parser);
    name = pending_text(parser, "name");
    subsys = pending_text(parser, "subsys");
    if (name == NULL) {
        return conf_error(parser, "No name key in logging_daemon directive");
    }
    if (strcmp(name, "corosync") == 0) {
        snprintf(prefix, sizeof(prefix), "logging%s%s", subsys != NULL ? ".logger_subsys." : "",
                 subsys != NULL ? subsys : "");
    } else {
        snprintf(prefix, sizeof(prefix), "logging.logging_daemon.%s%s%s", name, subsys != NULL ? "." : "",
                 subsys != NULL ? subsys : "");
    }
    if (strcmp(name, "corosync") == 0) {
        drop_pending(parser, "name");
    }
    return store_pending(parser, prefix);
}

/* ---- uidgid ---- */

static int parse_id(const char *value, unsigned long *id)
{
    char *end;

    errno = 0;
    *id = strtoul(value, &end, 10);
    return errno == 0 && end != value && *end == '\0' && *id < UINT32_MAX ? 0 : -1;
}

static int uidgid_key(struct conf_parser *parser, const char *key, const char *value)
{
    char name[64];
    unsigned long id = 0;

    if (strcmp(key, "uid") == 0) {
        if (parse_id(value, &id) != 0) {
            struct passwd *user = getpwnam(value);

            if (user == NULL) {
                return conf_error(parser, "The '%s' user is not found in /etc/passwd, please read the "
                                  "documentation.", value);
            }
            id = user->pw_uid;
        }
        snprintf(name, sizeof(name), "uidgid.config.uid.%lu", id);
    } else if (strcmp(key, "gid") == 0) {
        if (parse_id(value, &id) != 0) {
            struct group *group = getgrnam(value);

            if (group == NULL) {
                return conf_error(parser, "The '%s' group is not found in /etc/group, please read the "
                                  "documentation.", value);
            }
            id = group->gr_gid;
        }
        snprintf(name, sizeof(name), "uidgid.config.gid.%lu", id);
    } else {
        return conf_error(parser, "uidgid: Only uid and gid are allowed items");
    }
    return stored(parser, name, icmap_set_u8(parser->map, name, 1));
}

/* ---- nodelist ---- */

static int node_key(struct conf_parser *parser, const char *key, const char *value)
{
    char name[2 * ICMAP_KEY_MAX];
    const char *rest = parser->path + strlen("nodelist.node.");
    uint64_t number = 0;
    char path[sizeof(parser->path)];
    bool typed;
    int result;

    snprintf(name, sizeof(name), "nodelist.node.%u.%s", parser->node, rest);
    typed = strcmp(rest, "nodeid") == 0 || strcmp(rest, "quorum_votes") == 0;
    if (!typed) {
        return store_string(parser, name, value);
    }
    /* messages name the key with its position */
    memcpy(path, parser->path, sizeof(path));
    snprintf(parser->path, sizeof(parser->path), "nodelist.node.%u.%s", parser->node, key);
    result = parse_integer(parser, ICMAP_U32, value, &number);
    memcpy(parser->path, path, sizeof(path));
    return result != 0 ? -1 : store_number(parser, name, ICMAP_U32, number);
}

/* ---- dispatch ---- */

enum conf_class conf_section_class(struct conf_parser *parser, enum conf_class parent, const char *name)
{
    static const struct {
        const char *path;
        enum conf_class class;
    } classes[] = {
        {"totem", CONF_CLASS_TOTEM},
        {"totem.interface", CONF_CLASS_INTERFACE},
        {"totem.interface.member", CONF_CLASS_MEMBER},
        {"nodelist", CONF_CLASS_NODELIST},
        {"nodelist.node", CONF_CLASS_NODE},
        {"quorum", CONF_CLASS_QUORUM},
        {"quorum.device", CONF_CLASS_QDEVICE},
        {"system", CONF_CLASS_SYSTEM},
        {"logging", CONF_CLASS_PLAIN},
        {"logging.logger_subsys", CONF_CLASS_LOGGER_SUBSYS},
        {"logging.logging_daemon", CONF_CLASS_LOGGING_DAEMON},
        {"uidgid", CONF_CLASS_UIDGID},
        {"resources", CONF_CLASS_PLAIN},
        {"resources.system", CONF_CLASS_RESOURCES},
        {"resources.process", CONF_CLASS_RESOURCES},
    };

    if (parent == CONF_CLASS_UIDGID_FILE) {
        if (strcmp(name, "uidgid") == 0) {
            return CONF_CLASS_UIDGID;
        }
        conf_error(parser, "uidgid: Can't add subsection different than uidgid");
        return CONF_CLASS_ERROR;
    }
    for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
        if (strcmp(classes[i].path, parser->path) == 0) {
            return classes[i].class;
        }
    }
    return parent == CONF_CLASS_TOP ? CONF_CLASS_PLAIN : parent;
}

/* True at the outermost section of its class (a nested one inherits the class). */
static bool is_outermost(enum conf_class section, enum conf_class parent)
{
    return section != parent;
}

int conf_section_start(struct conf_parser *parser, enum conf_class section)
{
    if (!is_outermost(section, parser->sections[parser->depth - 1].class)) {
        return 0;
    }
    switch (section) {
    case CONF_CLASS_INTERFACE:
        parser->link = 0;
        parser->member = 0;
        conf_keys_free(parser);
        break;
    case CONF_CLASS_NODELIST:
        parser->node = 0;
        break;
    case CONF_CLASS_LOGGER_SUBSYS:
    case CONF_CLASS_LOGGING_DAEMON:
        conf_keys_free(parser);
        break;
    default:
        break;
    }
    return 0;
}

int conf_section_end(struct conf_parser *parser, enum conf_class section, enum conf_class parent)
{
    if (!is_outermost(section, parent)) {
        return 0;
    }
    switch (section) {
    case CONF_CLASS_INTERFACE:
        return interface_end(parser);
    case CONF_CLASS_NODE:
        parser->node++;
        return 0;
    case CONF_CLASS_LOGGER_SUBSYS:
        return logger_subsys_end(parser);
    case CONF_CLASS_LOGGING_DAEMON:
        return logging_daemon_end(parser);
    default:
        return 0;
    }
}

int conf_key(struct conf_parser *parser, enum conf_class section, const char *key, const char *value)
{
    uint64_t number = 0;

    switch (section) {
    case CONF_CLASS_TOTEM:
        if (check_value(parser, value) != 0) {
            return -1;
        }
        return store_typed(parser, totem_keys, value);
    case CONF_CLASS_SYSTEM:
        if (check_value(parser, value) != 0) {
            return -1;
        }
        return store_string(parser, parser->path, value);
    case CONF_CLASS_INTERFACE:
        return interface_key(parser, key, value);
    case CONF_CLASS_MEMBER:
        return member_key(parser, key, value);
    case CONF_CLASS_NODE:
        return node_key(parser, key, value);
    case CONF_CLASS_QUORUM:
        return store_typed(parser, quorum_keys, value);
    case CONF_CLASS_QDEVICE:
        return store_typed(parser, qdevice_keys, value);
    case CONF_CLASS_LOGGER_SUBSYS:
    case CONF_CLASS_LOGGING_DAEMON:
        return pend(parser, key, ICMAP_STRING, 0, value);
    case CONF_CLASS_UIDGID:
    case CONF_CLASS_UIDGID_FILE:
        return uidgid_key(parser, key, value);
    case CONF_CLASS_RESOURCES:
        if (strcmp(key, "poll_period") != 0) {
            return store_string(parser, parser->path, value);
        }
        if (parse_integer(parser, ICMAP_U64, value, &number) != 0) {
            return -1;
        }
        return store_number(parser, parser->path, ICMAP_U64, number);
    default:
        return store_string(parser, parser->path, value);
    }
}
