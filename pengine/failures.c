/* Fail counts and the expiry of failures (scheduler input §11.10, §12). */
#include "pengine/pe.h"

#include <ctype.h>
#include <regex.h>
#include <stdlib.h>

static const char *failure_name(pe_sched *s, const pe_rsc *r)
{
    const char *name = r->hname != NULL ? r->hname : r->id;

    return r->unique ? name : pe_base_name(s, name);
}

/* The reference matches attribute names with a regular expression that has the
 * resource's name in it unescaped. */
static bool has_regex_characters(const char *name)
{
    return strpbrk(name, "\\^$*+?()[]{}|.") != NULL;
}

static bool plain_match(const char *rest, const char *name, bool unique, bool with_op)
{
    size_t n = strlen(name);

    if (strncmp(rest, name, n) != 0) {
        return false;
    }
    rest += n;
    if (!unique && *rest == ':') {
        size_t digits = strspn(rest + 1, "0123456789");

        if (digits == 0) {
            return false;
        }
        rest += 1 + digits;
    }
    if (!with_op) {
        return *rest == '\0';
    }
    if (*rest != '#') {
        return false;
    }
    n = strlen(rest);
    while (n > 0 && isdigit((unsigned char)rest[n - 1])) {
        n--;
    }
    return rest[n] != '\0' && n >= 3 && rest[n - 1] == '_';
}

static bool regex_match(const char *rest, const char *name, bool unique, bool with_op)
{
    char *text = g_strdup_printf("^%s%s%s$", name, unique ? "" : "(:[0-9]+)?", with_op ? "#.+_[0-9]+" : "");
    regex_t regex;
    bool match = false;

    if (regcomp(&regex, text, REG_EXTENDED | REG_NOSUB) == 0) {
        match = regexec(&regex, rest, 0, NULL, 0) == 0;
        regfree(&regex);
    }
    g_free(text);
    return match;
}

static bool failure_attribute(const char *attr, const char *prefix, const char *name, bool unique,
                              bool with_op)
{
    size_t n = strlen(prefix);

    if (strncmp(attr, prefix, n) != 0) {
        return false;
    }
    return has_regex_characters(name) ? regex_match(attr + n, name, unique, with_op) :
        plain_match(attr + n, name, unique, with_op);
}

/* Parses the node's attributes once: most nodes have no failures at all. */
static void collect_failures(pe_sched *s, pe_node *node)
{
    node->failures_parsed = true;
    for (uint32_t i = 0; i < node->attrs.n; i++) {
        const struct pe_pair *p = &node->attrs.pairs[i];

        if (p->value != NULL && (strncmp(p->name, "fail-count-", 11) == 0 ||
                                 strncmp(p->name, "last-failure-", 13) == 0)) {
            pe_table_add(s, &node->failures, p->name, p->value);
        }
    }
}

static bool entry_matches_block(pe_sched *s, pe_rsc *r, const struct pe_op *op, xmlNode *entry)
{
    const char *id = xml_id(entry), *task = xml_get(entry, "operation");
    const char *base = pe_base_name(s, r->id);
    char *last, *key;
    bool match;

    if (id == NULL || task == NULL || strcmp(task, op->name) != 0 ||
        pe_op_interval(entry) != op->interval) {
        return false;
    }
    last = g_strdup_printf("%s_last_failure_0", base);
    key = g_strdup_printf("%s_%s_%u", base, op->name, op->interval);
    match = strcmp(id, last) == 0 || (strcmp(id, key) == 0 && pe_op_target_rc(entry) != pe_history_rc(entry));
    g_free(last);
    g_free(key);
    return match;
}

/* on-fail=block of an operation that has failed switches off the failure timeout. */
static bool blocks_failure(pe_sched *s, pe_rsc *r, pe_node *node, xmlNode *entry)
{
    for (uint32_t i = 0; r->ops != NULL && i < r->ops->n; i++) {
        const struct pe_op *op = &r->ops->v[i];
        const char *on_fail = xml_get(op->xml, "on-fail");
        xmlNode *history;

        if (on_fail == NULL || strcmp(on_fail, "block") != 0 || op->name == NULL) {
            continue;
        }
        if (entry != NULL) {
            if (entry_matches_block(s, r, op, entry)) {
                return true;
            }
            continue;
        }
        history = pe_history_of(s, node->name, r->hname != NULL ? r->hname : r->id);
        if (history == NULL) {
            history = pe_history_of(s, node->name, pe_base_name(s, r->id));
        }
        xml_foreach(e, history, "lrm_rsc_op") {
            if (entry_matches_block(s, r, op, e)) {
                return true;
            }
        }
    }
    return false;
}

int pe_fail_count(pe_sched *s, pe_rsc *r, pe_node *node, time_t *last_failure, int flags, xmlNode *op)
{
    bool with_op = version_compare(s->feature_set, "3.0.13") >= 0;
    const char *name;
    int count = 0;
    int64_t last = 0;

    if (!node->failures_parsed) {
        collect_failures(s, node);
    }
    if (node->failures.n > 0) {
        name = failure_name(s, r);
        for (uint32_t i = 0; i < node->failures.n; i++) {
            const struct pe_pair *p = &node->failures.pairs[i];

            if (failure_attribute(p->name, "fail-count-", name, r->unique, with_op)) {
                count = score_add(count, score_parse(p->value, NULL));
            } else if (failure_attribute(p->name, "last-failure-", name, r->unique, with_op)) {
                int64_t when = int_parse(p->value, 0);

                last = when > last ? when : last;
            }
        }
    }
    if (count > 0 && r->failure_timeout > 0 && blocks_failure(s, r, node, op)) {
        r->failure_timeout = 0;
    }
    if (last_failure != NULL) {
        *last_failure = last;
    }
    if ((flags & PE_FC_EFFECTIVE) && count > 0 && last > 0 && r->failure_timeout > 0 &&
        s->now.epoch > last + r->failure_timeout) {
        count = 0;
    }
    if ((flags & PE_FC_FILLERS) && r->fillers.n > 0 && !pe_bundled(r)) {
        for (uint32_t i = 0; i < r->fillers.n; i++) {
            time_t filler_last = 0;

            count = score_add(count, pe_fail_count(s, r->fillers.v[i], node, &filler_last, flags, op));
            if (last_failure != NULL && filler_last > *last_failure) {
                *last_failure = filler_last;
            }
        }
    }
    return count;
}

pe_action *pe_clear_failcount(pe_sched *s, pe_rsc *r, pe_node *n, const char *reason)
{
    pe_action *a = pe_act(s, r, TASK_CLEAR_FAILCOUNT, n, false, reason);

    pe_message(s, PE_NOTICE, "pe__clear_failcount", "Clearing failure of %s on %s because %s | %s", r->id,
               n->name, reason, a->key);
    pe_table_add(s, &a->meta, "op_no_wait", "true");
    return a;
}

static bool is_last_failure(const xmlNode *op)
{
    const char *id = xml_id(op);

    return id != NULL && pe_ends_with(id, "_last_failure_0");
}

static bool has_reconnect_limit(pe_sched *s, pe_rsc *r, uint32_t interval)
{
    pe_node *remote;

    if (r->reconnect_ms == 0 || !s->stonith_enabled || interval == 0) {
        return false;
    }
    remote = pe_node_by_name(s, r->id);
    return remote != NULL && !remote->was_fenced;
}

/* A failure whose parameters have been changed since is worth forgetting. */
static bool parameters_changed(pe_sched *s, pe_rsc *r, pe_node *n, xmlNode *op)
{
    enum pe_digest_result rc;

    if (pe_needs_uname_addr(r)) {
        if (s->priv->n_deferred == s->priv->cap_deferred) {
            s->priv->deferred = pe_grow(s, s->priv->deferred, &s->priv->cap_deferred, s->priv->n_deferred,
                                        sizeof(*s->priv->deferred));
        }
        s->priv->deferred[s->priv->n_deferred++] = (struct pe_deferred_check){r, n, op, false};
        return false;
    }
    rc = pe_digest_compare(s, r, op, n)->rc;
    return rc != DIGEST_MATCH && rc != DIGEST_UNKNOWN;
}

bool pe_check_expired(pe_sched *s, pe_rsc *r, pe_node *n, xmlNode *op)
{
    bool expired = false, last = is_last_failure(op);
    const char *task, *clear = NULL;
    uint32_t interval;
    int64_t changed;
    int rc;

    if (r->failure_timeout <= 0 && !last) {     /* most entries */
        return false;
    }
    interval = pe_op_interval(op);
    changed = int_parse(xml_get(op, "last-rc-change"), -1);
    task = xml_get(op, "operation");
    rc = pe_history_rc(op);
    if (r->failure_timeout > 0 && changed >= 0) {
        time_t when = 0;
        int effective;

        if (s->now.epoch >= changed + r->failure_timeout && !has_reconnect_limit(s, r, interval)) {
            expired = true;
        }
        effective = pe_fail_count(s, r, n, &when, PE_FC_EFFECTIVE, op);
        if (effective != 0) {
            pe_note_recheck(s, when + r->failure_timeout + 1);
        }
    }
    if (expired) {
        if (pe_fail_count(s, r, n, NULL, 0, op) != 0) {
            if (pe_fail_count(s, r, n, NULL, PE_FC_EFFECTIVE, op) == 0) {
                clear = "it expired";
            } else {
                expired = false;
            }
        } else if (last && r->reconnect_ms != 0) {
            clear = "reconnect interval is set";
        }
    }
    if (!expired && last && task != NULL && (strcmp(task, "start") == 0 || strcmp(task, "monitor") == 0) &&
        parameters_changed(s, r, n, op)) {
        clear = "resource parameters have changed";
    }
    if (clear != NULL) {
        pe_action *a = pe_clear_failcount(s, r, n, clear);
        pe_node *remote = pe_node_by_name(s, r->id);

        if (s->stonith_enabled && r->reconnect_ms != 0 && remote != NULL) {
            pe_link(s, pe_fence_action(s, remote, NULL, true, NULL, false), a, LF_PULL_THEN);
        }
    }
    if (expired && interval == 0 && task != NULL && strcmp(task, "monitor") == 0 &&
        (rc == 0 || rc == 7 || rc == 8 || rc == 190 || rc == 191)) {
        expired = false;
    }
    return expired;
}
