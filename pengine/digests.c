/* Digests of operation parameters: has the configuration changed since an
 * operation ran? (scheduler input §13) */
#include "pengine/pe.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#define EMPTY_DIGEST "f2317cad3d54cec5d7d7aa7d0bf35cf8"

static int by_name(const void *a, const void *b)
{
    return strcmp((*(const struct pe_pair *const *)a)->name, (*(const struct pe_pair *const *)b)->name);
}

static void append_escaped(GString *out, const char *value)
{
    for (const unsigned char *p = (const unsigned char *)value; *p != '\0'; p++) {
        switch (*p) {
            case '<': g_string_append(out, "&lt;"); break;
            case '>': g_string_append(out, "&gt;"); break;
            case '"': g_string_append(out, "&quot;"); break;
            case '\'': g_string_append(out, "&apos;"); break;
            case '&': g_string_append(out, "&amp;"); break;
            case '\t': g_string_append(out, "    "); break;
            case '\n': g_string_append(out, "\\n"); break;
            case '\r': g_string_append(out, "\\r"); break;
            default:
                if (p[0] >= 0x80 && p[1] >= 0x80) {     /* escaping ends at the first multi-byte character */
                    g_string_append(out, (const char *)p);
                    return;
                }
                if (*p < 0x20 || *p > 0x7e) {
                    g_string_append_printf(out, "\\%.3o", *p);
                } else {
                    g_string_append_c(out, (char)*p);
                }
        }
    }
}

char *pe_params_digest(pe_sched *s, const struct pe_table *params)
{
    const struct pe_pair *small[64], **sorted = small;
    uint32_t n = 0;
    GString *text;
    char *hex, *result;

    if (params->n > 64) {
        sorted = g_new(const struct pe_pair *, params->n);
    }
    for (uint32_t i = 0; i < params->n; i++) {
        if (params->pairs[i].value != NULL) {
            sorted[n++] = &params->pairs[i];
        }
    }
    if (n == 0) {
        if (sorted != small) {
            g_free(sorted);
        }
        return pe_strdup(s, EMPTY_DIGEST);
    }
    qsort(sorted, n, sizeof(*sorted), by_name);
    text = g_string_new(" <parameters");
    for (uint32_t i = 0; i < n; i++) {
        g_string_append_printf(text, " %s=\"", sorted[i]->name);
        append_escaped(text, sorted[i]->value);
        g_string_append_c(text, '"');
    }
    g_string_append(text, "/>\n");
    hex = g_compute_checksum_for_string(G_CHECKSUM_MD5, text->str, (gssize)text->len);
    result = pe_strdup(s, hex);
    g_free(hex);
    g_string_free(text, TRUE);
    if (sorted != small) {
        g_free(sorted);
    }
    return result;
}

static bool filtered(const char *name)
{
    static const char *const names[] = {"id", "crm_feature_set", "op-digest", "on_node", "on_node_uuid",
                                        "pcmk_external_ip"};

    if (strncmp(name, "CRM_meta_", 9) == 0) {
        return true;
    }
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(name, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

static void add_filtered(pe_sched *s, struct pe_table *to, const struct pe_table *from)
{
    for (uint32_t i = 0; i < from->n; i++) {
        const struct pe_pair *p = &from->pairs[i];

        if (p->value != NULL && !filtered(p->name)) {
            pe_table_add(s, to, p->name, p->value);
        }
    }
}

static const char *node_attribute(void *arg, const char *name)
{
    return pe_attr(arg, name);
}

static bool listed(const char *list, const char *name)
{
    char *word = g_strdup_printf(" %s ", name);
    bool found = strstr(list, word) != NULL;

    g_free(word);
    return found;
}

static void subset(pe_sched *s, const struct pe_table *from, const char *list, bool keep_listed,
                   struct pe_table *to)
{
    for (uint32_t i = 0; i < from->n; i++) {
        const struct pe_pair *p = &from->pairs[i];

        if (p->value != NULL && (list == NULL || listed(list, p->name) == keep_listed)) {
            pe_table_add(s, to, p->name, p->value);
        }
    }
}

static bool special_fence_parameter(const char *name)
{
    static const char *const fixed[] = {"provides", "stonith-timeout", "pcmk_action_limit", "pcmk_delay_base",
        "pcmk_delay_max", "pcmk_host_argument", "pcmk_host_check", "pcmk_host_list", "pcmk_host_map"};
    static const char *const ends[] = {"_action", "_timeout", "_retries"};
    static const char *const actions[] = {"list", "monitor", "off", "on", "reboot", "status"};

    for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++) {
        if (strcmp(name, fixed[i]) == 0) {
            return true;
        }
    }
    for (size_t i = 0; strncmp(name, "pcmk_", 5) == 0 && i < sizeof(actions) / sizeof(actions[0]); i++) {
        size_t n = strlen(actions[i]);

        for (size_t k = 0; strncmp(name + 5, actions[i], n) == 0 && k < 3; k++) {
            if (strcmp(name + 5 + n, ends[k]) == 0) {
                return true;
            }
        }
    }
    return false;
}

static const char *secure_digest(pe_sched *s, pe_rsc *r, const struct pe_table *all,
                                 const struct pe_table *params, const char *list, const char *feature_set,
                                 struct pe_table *kept)
{
    struct pe_table t = {0};

    if (version_compare(feature_set, "3.16.0") >= 0) {
        subset(s, all, list, false, &t);
        pe_table_remove(&t, "CRM_meta_timeout");
    } else {
        add_filtered(s, &t, params);
        for (uint32_t i = 0; i < t.n; i++) {
            const char *name = t.pairs[i].name;

            if (listed(list, name) || (r->fencedev && special_fence_parameter(name))) {
                t.pairs[i].value = NULL;
            }
        }
    }
    *kept = t;
    return pe_params_digest(s, &t);
}

const char *pe_op_restart_digest(pe_sched *s, xmlNode *op)
{
    const char *forced = s->priv->override == NULL ? NULL : g_hash_table_lookup(s->priv->override, op);

    return forced != NULL ? forced : xml_get(op, "op-restart-digest");
}

static struct pe_digest *calculate(pe_sched *s, pe_rsc *r, const char *task, uint32_t interval, pe_node *node,
                                   xmlNode *entry, bool secure, const struct pe_table *overrides)
{
    struct pe_digest *d = pe_alloc(s, sizeof(*d));
    struct pe_table params = {0}, extra = {0};
    const struct pe_table *own = pe_params(s, r, node);
    struct pe_opcfg *config = pe_op_config(s, r, task, interval);
    struct rule_context ctx = pe_rule_context(s);
    const char *timeout;

    *d = (struct pe_digest){.rsc = r, .task = task, .interval = interval, .rc = DIGEST_MATCH};
    pe_remote_addr(s, r, &params);
    add_filtered(s, &params, own);
    if (overrides != NULL) {
        for (uint32_t i = 0; i < overrides->n; i++) {
            pe_table_set(s, &params, overrides->pairs[i].name, overrides->pairs[i].value);
        }
    }
    if (config->op != NULL) {
        ctx.node_attribute = node_attribute;
        ctx.node = node;
        pe_unpack_table(s, config->op, "instance_attributes", &ctx, false, &extra);
        if (interval == 0 && extra.n > 0) {
            d->rc = DIGEST_RESTART;
        }
    }
    add_filtered(s, &params, &extra);
    timeout = pe_table_get(&config->meta, "timeout");
    if (interval > 0 && timeout != NULL) {
        pe_table_add(s, &params, "CRM_meta_timeout", timeout);
    }
    d->all = pe_params_digest(s, &params);
    d->all_params = params;
    if (entry != NULL && pe_op_restart_digest(s, entry) != NULL) {
        struct pe_table keep = {0};
        const char *list = xml_get(entry, "op-force-restart");

        for (uint32_t i = 0; i < params.n; i++) {
            if (params.pairs[i].value != NULL && (list == NULL || listed(list, params.pairs[i].name))) {
                pe_table_add(s, &keep, params.pairs[i].name, params.pairs[i].value);
            }
        }
        d->restart = pe_params_digest(s, &keep);
        d->restart_params = keep;
    }
    if (secure) {
        const char *list = entry == NULL ? NULL : xml_get(entry, "op-secure-params");
        const char *feature_set = entry == NULL ? s->feature_set : xml_get(entry, "crm_feature_set");

        if (list == NULL) {
            list = entry == NULL ? " passwd password user " : "";
        }
        d->secure = secure_digest(s, r, &params, overrides != NULL ? &params : own, list, feature_set,
                                  &d->secure_params);
    }
    return d;
}

struct pe_digest *pe_digest_now(pe_sched *s, pe_rsc *r, const char *task, uint32_t interval, pe_node *node,
                                xmlNode *entry, const struct pe_table *overrides)
{
    return calculate(s, r, task, interval, node, entry, true, overrides);
}

struct pe_digest *pe_digest_of(pe_sched *s, pe_rsc *r, const char *task, uint32_t interval, pe_node *node,
                               xmlNode *entry, bool secure)
{
    GHashTable *cache = node->digests;
    struct pe_digest *first, *d;

    if (cache == NULL) {
        cache = node->digests = g_hash_table_new(g_direct_hash, g_direct_equal);
    }
    first = g_hash_table_lookup(cache, r);
    for (d = first; d != NULL; d = d->next) {
        if (d->interval == interval && strcmp(d->task, task) == 0) {
            return d;
        }
    }
    d = calculate(s, r, task, interval, node, entry, secure, NULL);
    d->next = first;
    g_hash_table_insert(cache, r, d);
    return d;
}

struct pe_digest *pe_digest_compare(pe_sched *s, pe_rsc *r, xmlNode *op, pe_node *node)
{
    uint32_t interval = pe_op_interval(op);
    const char *task = xml_get(op, "operation"), *restart = pe_op_restart_digest(s, op);
    const char *all = xml_get(op, "op-digest");
    struct pe_digest *d = pe_digest_of(s, r, task != NULL ? task : "", interval, node, op, s->sanitized);

    if (d->restart != NULL && restart != NULL && strcmp(d->restart, restart) != 0) {
        d->rc = DIGEST_RESTART;
    } else if (all == NULL) {
        d->rc = DIGEST_UNKNOWN;
    } else if (strcmp(all, d->all) != 0) {
        if (!(interval == 0 && d->rc == DIGEST_RESTART)) {
            d->rc = DIGEST_ALL;
        }
    } else {
        d->rc = DIGEST_MATCH;
    }
    return d;
}

struct pe_digest *pe_fence_digest(pe_sched *s, pe_rsc *r, const char *agent, pe_node *node)
{
    struct pe_digest *d = pe_digest_of(s, r, "stonith-on", 0, node, NULL, true);
    const char *all = pe_attr(node, "#digests-all"), *secure = pe_attr(node, "#digests-secure");
    char *item;

    if (all == NULL) {
        d->rc = DIGEST_UNKNOWN;
        return d;
    }
    item = g_strdup_printf("%s:%s:%s,", r->id, agent, d->all);
    d->rc = strstr(all, item) != NULL ? DIGEST_MATCH : DIGEST_ALL;
    g_free(item);
    if (d->rc != DIGEST_MATCH && secure != NULL && d->secure != NULL) {
        item = g_strdup_printf("%s:%s:%s,", r->id, agent, d->secure);
        if (strstr(secure, item) != NULL) {
            d->rc = DIGEST_MATCH;
            if (s->sanitized) {
                pe_message(s, PE_TOLD, __func__, "Only 'private' parameters to %s for unfencing %s changed",
                           r->id, node->name);
            }
        }
        g_free(item);
    }
    if (d->rc == DIGEST_ALL && s->sanitized && d->secure != NULL) {
        pe_message(s, PE_TOLD, __func__, "Parameters to %s for unfencing %s changed, try '%s:%s:%s'", r->id,
                   node->name, r->id, agent, d->secure);
    }
    return d;
}
