/* Election of the DC and the attribute writer (election.h, messaging.md §4). */
#include "config.h"

#include "pacemaker/cluster/election.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "pacemaker/common/log.h"
#include "pacemaker/common/message.h"
#include "pacemaker/common/xml.h"

#define DAMPENING_SEC 2         /* after a loss, and the life of a cached CPU time */
#define STORM_WINDOW_SEC 2
#define VOTERS_MAX 65536u

struct election {
    char *name, *own_name;
    uint32_t own_id;
    peers_t *peers;
    unsigned period_ms;
    const election_ops_t *ops;
    void *arg;
    enum election_state state;
    unsigned round;             /* our counter */
    char **voters;              /* names of nodes that answered our vote */
    size_t voter_count, voter_capacity;
    bool has_lost;
    long long last_loss;        /* seconds, when has_lost */
    bool age_known;
    long long age_sec, age_usec, age_expiry;
    long long storm_start;
    unsigned storm_passes, wins;
    bool storm_reported;
};

/* A received vote or no-vote, taken apart. */
struct vote {
    bool is_vote;               /* vote, not no-vote */
    const char *from, *version, *owner;
    long long round, age_sec, age_usec;
};

static void *must(void *pointer)
{
    if (pointer == NULL) {
        abort();
    }
    return pointer;
}

election_t *election_new(const char *name, peers_t *peers, uint32_t own_id, const char *own_name,
                         unsigned period_ms, const election_ops_t *ops, void *arg)
{
    election_t *e = must(calloc(1, sizeof(*e)));

    e->name = must(strdup(name));
    e->own_name = must(strdup(own_name));
    e->own_id = own_id;
    e->peers = peers;
    e->period_ms = period_ms;
    e->ops = ops;
    e->arg = arg;
    return e;
}

static void drop_votes(election_t *e)
{
    for (size_t i = 0; i < e->voter_count; i++) {
        free(e->voters[i]);
    }
    e->voter_count = 0;
}

void election_free(election_t *e)
{
    if (e == NULL) {
        return;
    }
    drop_votes(e);
    free(e->voters);
    free(e->name);
    free(e->own_name);
    free(e);
}

void election_set_period(election_t *e, unsigned ms)
{
    e->period_ms = ms;
}

enum election_state election_state(const election_t *e)
{
    return e->state;
}

void election_stop_timer(election_t *e)
{
    e->ops->cancel(e->arg);
}

void election_reset(election_t *e)
{
    drop_votes(e);
    election_stop_timer(e);
}

static size_t find_voter(const election_t *e, const char *name)
{
    for (size_t i = 0; i < e->voter_count; i++) {
        if (strcasecmp(e->voters[i], name) == 0) {
            return i;
        }
    }
    return e->voter_count;
}

static void record_voter(election_t *e, const char *name)
{
    if (find_voter(e, name) < e->voter_count || e->voter_count >= VOTERS_MAX) {
        return;
    }
    if (e->voter_count == e->voter_capacity) {
        e->voter_capacity = e->voter_capacity > 0 ? 2 * e->voter_capacity : 8;
        e->voters = must(realloc(e->voters, e->voter_capacity * sizeof(*e->voters)));
    }
    e->voters[e->voter_count++] = must(strdup(name));
}

static void remove_voter(election_t *e, const char *name)
{
    size_t i = find_voter(e, name);

    if (i < e->voter_count) {
        free(e->voters[i]);
        e->voters[i] = e->voters[--e->voter_count];
    }
}

/* Our CPU time: kept while it is asked for often, so that an election does not change its own outcome. */
static void own_age(election_t *e, long long *sec, long long *usec)
{
    long long now = e->ops->now(e->arg);

    if (!e->age_known || now > e->age_expiry) {
        e->ops->cpu_time(e->arg, &e->age_sec, &e->age_usec);
        e->age_known = true;
    }
    e->age_expiry = now + DAMPENING_SEC;
    *sec = e->age_sec;
    *usec = e->age_usec;
}

static const peer_t *own_peer(const election_t *e)
{
    return peers_find(e->peers, e->own_id, e->own_name);
}

void election_vote(election_t *e)
{
    const peer_t *self = own_peer(e);
    long long sec = 0, usec = 0;

    if (!peer_active(self)) {
        log_debug("%s: not voting, we are not part of the cluster", e->name);
        return;
    }
    election_reset(e);
    e->state = ELECTION_IN_PROGRESS;
    e->round++;

    xmlNode *vote = message_request("vote", NULL, NULL, SYS_CRMD, SYS_CRMD, NULL);

    own_age(e, &sec, &usec);
    xml_setf(vote, "election-owner", "%u", (unsigned)e->own_id);
    xml_set_int(vote, "election-id", e->round);
    xml_set_int(vote, "election-age-sec", sec);
    xml_set_int(vote, "election-age-nano-sec", usec);
    log_debug("%s round %u: voting", e->name, e->round);
    e->ops->send(e->arg, NULL, vote);
    e->ops->arm(e->arg, e->period_ms);
}

static void win(election_t *e)
{
    e->wins++;
    election_stop_timer(e);
    drop_votes(e);
    e->state = ELECTION_WON;
    log_info("%s round %u: won", e->name, e->round);
    e->ops->won(e->arg);
}

bool election_check(election_t *e)
{
    unsigned active = peers_active_count(e->peers);

    if (e->voter_count == 0) {
        log_trace("%s: no votes yet", e->name);
        return false;
    }
    if (e->voter_count < active) {
        log_debug("%s round %u: still waiting on %u of %u votes", e->name, e->round,
                  active - (unsigned)e->voter_count, active);
        return false;
    }
    if (e->voter_count > active) {
        log_warn("%s round %u: %zu votes from %u active nodes", e->name, e->round, e->voter_count, active);
    }
    win(e);
    return true;
}

void election_timer_expired(election_t *e)
{
    log_info("%s round %u: declaring local node as winner after timeout", e->name, e->round);
    win(e);
}

void election_peer_lost(election_t *e, const char *name, bool was_leader)
{
    if (name != NULL) {
        remove_voter(e, name);
    }
    if (was_leader) {
        e->has_lost = false;
    }
}

/* Compare dotted versions number by number; missing fields are 0. */
static int compare_versions(const char *a, const char *b)
{
    while (*a != '\0' || *b != '\0') {
        char *end_a = NULL, *end_b = NULL;
        long left = strtol(a, &end_a, 10), right = strtol(b, &end_b, 10);

        if (left != right) {
            return left < right ? -1 : 1;
        }
        a = end_a + strcspn(end_a, ".");
        b = end_b + strcspn(end_b, ".");
        a += *a == '.' ? 1 : 0;
        b += *b == '.' ? 1 : 0;
    }
    return 0;
}

static bool parse_vote(const xmlNode *msg, struct vote *vote)
{
    const char *task = xml_get(msg, "crm_task");

    *vote = (struct vote){
        .from = xml_get(msg, "src"),
        .version = xml_get(msg, "version"),
        .owner = xml_get(msg, "election-owner"),
        .age_sec = -1,
        .age_usec = -1,
    };
    if (task == NULL || vote->from == NULL || vote->version == NULL || vote->owner == NULL ||
        xml_get_int(msg, "election-id", &vote->round) != 0 || vote->round < 0) {
        return false;
    }
    vote->is_vote = strcmp(task, "vote") == 0;
    if (!vote->is_vote) {
        return strcmp(task, "no-vote") == 0;
    }
    return xml_get_int(msg, "election-age-sec", &vote->age_sec) == 0 && vote->age_sec >= 0 &&
           xml_get_int(msg, "election-age-nano-sec", &vote->age_usec) == 0 && vote->age_usec >= 0;
}

/* Rows 6-11 of the table: true when we are ahead of the sender. reason says why, for the log. */
static bool we_are_ahead(election_t *e, const struct vote *vote, const char **reason)
{
    long long sec = 0, usec = 0;
    int version = compare_versions(vote->version, CRM_FEATURE_SET);

    if (version != 0) {
        *reason = "version";
        return version > 0;
    }
    own_age(e, &sec, &usec);
    if (sec != vote->age_sec || usec != vote->age_usec) {
        *reason = "CPU time";
        return sec > vote->age_sec || (sec == vote->age_sec && usec > vote->age_usec);
    }
    *reason = "name";
    return strcasecmp(e->own_name, vote->from) <= 0;
}

static void watch_storm(election_t *e, long long now)
{
    unsigned peers = peers_count(e->peers, false) + 1;

    if (now > e->storm_start + STORM_WINDOW_SEC) {
        e->storm_start = now;
        e->storm_passes = 0;
        e->storm_reported = false;
    }
    if (++e->storm_passes > peers * peers && !e->storm_reported) {
        log_warn("%s storm detected: %u passed votes within %d seconds", e->name, e->storm_passes,
                 STORM_WINDOW_SEC);
        e->storm_reported = true;
    }
}

static enum election_state lose(election_t *e, const struct vote *vote, long long now)
{
    xmlNode *no_vote = message_request("no-vote", NULL, vote->from, SYS_CRMD, SYS_CRMD, NULL);

    e->has_lost = true;
    e->last_loss = now;
    election_reset(e);
    xml_set(no_vote, "election-owner", vote->owner);
    xml_set_int(no_vote, "election-id", vote->round);
    e->ops->send(e->arg, vote->from, no_vote);
    e->state = ELECTION_LOST;
    return e->state;
}

static enum election_state pass(election_t *e)
{
    e->has_lost = false;
    election_stop_timer(e);
    e->state = ELECTION_START;
    return e->state;
}

/* Rows 5-5c: an answer to a vote, or our own vote coming back. */
static enum election_state count_answer(election_t *e, const struct vote *vote, bool ours)
{
    if (!ours) {
        log_warn("%s round %lld (owner %s): ignoring the %s of %s: it answers another node's vote", e->name,
                 vote->round, vote->owner, vote->is_vote ? "vote" : "no-vote", vote->from);
        return ELECTION_ERROR;
    }
    if (e->state == ELECTION_IN_PROGRESS) {
        record_voter(e, vote->from);
        log_debug("%s round %lld: recorded %s of %s", e->name, vote->round,
                  vote->is_vote ? "vote" : "no-vote", vote->from);
    }
    return e->state;
}

enum election_state election_count(election_t *e, xmlNode *msg)
{
    struct vote vote;
    long long now = e->ops->now(e->arg);
    const char *reason = NULL;

    if (!parse_vote(msg, &vote)) {
        log_warn("%s: ignoring an invalid %s of %s", e->name,
                 xml_get(msg, "crm_task") ? xml_get(msg, "crm_task") : "vote",
                 xml_get(msg, "src") ? xml_get(msg, "src") : "an unknown node");
        return ELECTION_ERROR;
    }
    const peer_t *self = own_peer(e);
    const peer_t *sender = peers_find(e->peers, 0, vote.from);
    bool ours = self != NULL && self->uuid != NULL && strcmp(self->uuid, vote.owner) == 0;
    bool from_us = strcasecmp(vote.from, e->own_name) == 0;

    if (!e->ops->may_win(e->arg)) {
        reason = "not eligible";
    } else if (!peer_active(self)) {
        reason = "not part of the cluster";
    } else if (ours && vote.round != (long long)e->round) {
        log_debug("%s: ignoring the %s of %s: round %lld is superseded by %u", e->name,
                  vote.is_vote ? "vote" : "no-vote", vote.from, vote.round, e->round);
        return e->state;
    } else if (!peer_active(sender)) {
        log_info("%s round %lld: ignoring the vote of %s: not active here", e->name, vote.round, vote.from);
        return e->state;
    } else if (!vote.is_vote || from_us) {
        return count_answer(e, &vote, ours);
    } else if (we_are_ahead(e, &vote, &reason)) {
        watch_storm(e, now);
        if (!e->has_lost || now > e->last_loss + DAMPENING_SEC) {
            log_info("%s round %lld (owner %s): pass: %s %s", e->name, vote.round, vote.owner, vote.from,
                     reason);
            return pass(e);
        }
        log_info("%s round %lld (owner %s): ignoring our advantage over %s shortly after a loss", e->name,
                 vote.round, vote.owner, vote.from);
        return lose(e, &vote, now);
    }
    log_info("%s round %lld (owner %s): lost to %s: %s", e->name, vote.round, vote.owner, vote.from, reason);
    return lose(e, &vote, now);
}
