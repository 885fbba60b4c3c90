/* Node criteria: shutdown locks, locations, stickiness, failure thresholds,
 * exclusive discovery (decisions §6). */
#include "pengine/pe.h"

static int64_t shutdown_time(pe_sched *s, const pe_node *n)
{
    int64_t when = int_parse(pe_attr(n, "shutdown"), 0);

    return when > 0 ? when : s->now.epoch;
}

static void drop_lock(pe_rsc *r)
{
    r->lock_node = NULL;
    r->lock_time = 0;
}

static void shutdown_lock(pe_sched *s, pe_rsc *r)
{
    if (r->variant == PE_GROUP) {
        for (uint32_t i = 0; i < r->children.n; i++) {
            shutdown_lock(s, r->children.v[i]);
        }
        return;
    }
    if (r->variant != PE_PRIMITIVE || r->fencedev || pe_connects_remote_node(s, r)) {
        return;
    }
    if (r->lock_node != NULL) {
        if (r->running.n > 0) {
            pe_act(s, r, TASK_LRM_DELETE, r->lock_node, false, "it runs, so its shutdown lock is void");
            drop_lock(r);
        }
    } else if (r->running.n == 1 && r->running.v[0]->shutdown && !r->running.v[0]->unclean) {
        r->lock_node = r->running.v[0];
        r->lock_time = shutdown_time(s, r->lock_node);
    }
    if (r->lock_node == NULL) {
        return;
    }
    if (s->shutdown_lock_limit > 0) {
        pe_note_recheck(s, r->lock_time + s->shutdown_lock_limit + 1);
    }
    for (uint32_t i = 0; i < s->nodes.n; i++) {
        if (strcasecmp(s->nodes.v[i]->name, r->lock_node->name) != 0) {
            pe_ban(s, r, s->nodes.v[i], "locked to a node that shuts down");
        }
    }
}

static void stickiness(pe_sched *s, pe_rsc *r)
{
    if (r->children.n > 0) {
        for (uint32_t i = 0; i < r->children.n; i++) {
            stickiness(s, r->children.v[i]);
        }
        return;
    }
    if (r->managed && r->stickiness >= 1 && r->running.n == 1 &&
        (s->symmetric || pe_entry_of(&r->allowed, r->running.v[0]) != NULL)) {
        pe_add_score(s, r, r->running.v[0], r->stickiness, "resource-stickiness");
    }
}

bool pe_threshold_reached(pe_sched *s, pe_rsc *r, pe_node *n, pe_rsc **banned)
{
    int count;

    *banned = r->unique ? r : pe_top(r);
    if (r->threshold == 0 || r->fail_ignored || (n->failures_parsed && n->failures.n == 0)) {
        return false;
    }
    count = pe_fail_count(s, r, n, NULL, PE_FC_EFFECTIVE | PE_FC_FILLERS, NULL);
    if (count <= 0 || r->threshold > count) {
        return false;
    }
    pe_message(s, PE_WARNING, "pcmk__threshold_reached", "%s cannot run on %s due to reaching migration "
               "threshold (clean up resource to allow again)| failures=%d migration-threshold=%d",
               (*banned)->id, n->name, count, r->threshold);
    return true;
}

static void threshold(pe_sched *s, pe_rsc *r, pe_node *n)
{
    pe_rsc *banned;

    if (r->children.n > 0) {
        for (uint32_t i = 0; i < r->children.n; i++) {
            threshold(s, r->children.v[i], n);
        }
        return;
    }
    if (pe_newest(pe_actions_of(r, TASK_CLEAR_FAILCOUNT), n) == NULL &&
        pe_threshold_reached(s, r, n, &banned)) {
        pe_ban(s, banned, n, "migration-threshold reached there");
    }
}

static void exclusive_discovery(pe_sched *s, pe_rsc *r, pe_node *n)
{
    struct pe_entry *e;

    if (!r->exclusive && !pe_top(r)->exclusive) {
        return;
    }
    for (uint32_t i = 0; i < r->children.n; i++) {
        exclusive_discovery(s, r->children.v[i], n);
    }
    e = pe_entry_of(&r->allowed, n);
    if (e != NULL && e->discover != DISCOVER_EXCLUSIVE) {
        pe_explain(s, r, n, e->score, -SCORE_INF, -SCORE_INF, "exclusive discovery");
        e->score = -SCORE_INF;
    }
}

void pe_node_criteria(pe_sched *s)
{
    for (uint32_t i = 0; s->shutdown_lock && i < s->resources.n; i++) {
        shutdown_lock(s, s->resources.v[i]);
    }
    for (uint32_t i = s->locations.n; i > 0; i--) {
        pe_apply_location(s, s->locations.v[i - 1]->rsc, s->locations.v[i - 1]);
    }
    for (uint32_t i = 0; i < s->resources.n; i++) {
        stickiness(s, s->resources.v[i]);
    }
    for (uint32_t i = 0; i < s->nodes.n; i++) {
        pe_node *n = s->nodes.v[i];

        for (uint32_t k = 0; k < s->resources.n; k++) {
            if (!n->failures_parsed || n->failures.n > 0) {
                threshold(s, s->resources.v[k], n);
            }
            exclusive_discovery(s, s->resources.v[k], n);
        }
    }
}
