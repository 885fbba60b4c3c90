/* The peer cache: conflict rules, states, reaping (messaging.md §2.7). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include "pacemaker/cluster/peers.h"
#include "tests/unit/story.h"

static struct story story;

static void changed(peers_t *peers, enum peer_change what, peer_t *peer, enum peer_state old_state,
                    uint32_t old_processes, void *arg)
{
    static const char *const states[] = {"-", "member", "lost"};
    const char *name = peer->name != NULL ? peer->name : "?";

    switch (what) {
        case PEER_NAME:
            tell(&story, "%u is called %s", (unsigned)peer->id, name);
            break;
        case PEER_STATE:
            tell(&story, "%s: %s -> %s", name, states[old_state], states[peer->state]);
            break;
        case PEER_PROCESSES:
            tell(&story, "%s: processes %x -> %x", name, (unsigned)old_processes, (unsigned)peer->processes);
            break;
        case PEER_REMOVED:
            tell(&story, "%u %s is removed", (unsigned)peer->id, name);
            break;
    }
}

static peers_t *new_peers(bool autoreap)
{
    peers_t *peers = peers_new(autoreap, free);

    peers_on_change(peers, changed, NULL);
    return peers;
}

static void test_learning(void **state)
{
    peers_t *peers = new_peers(false);
    peer_t *peer = peers_get(peers, 1, NULL);

    assert_null(peer->name);
    assert_string_equal(peer->uuid, "1");
    assert_ptr_equal(peers_get(peers, 1, "n1"), peer);
    assert_ptr_equal(peers_find(peers, 0, "N1"), peer);
    assert_ptr_equal(peers_find_uuid(peers, "1"), peer);
    assert_null(peers_get(peers, 0, NULL));
    assert_null(peers_find(peers, 2, "n1"));

    /* known by name first, the id comes later */
    peer = peers_get(peers, 0, "n2");
    assert_null(peer->uuid);
    assert_ptr_equal(peers_get(peers, 2, "n2"), peer);
    assert_string_equal(peer->uuid, "2");
    peer->data = malloc(1);     /* freed with the entry */
    expect_story(&story, "1 is called n1\n0 is called n2\n");
    assert_int_equal(peers_count(peers, false), 2);
    peers_free(peers);
}

static void test_renamed_node(void **state)
{
    peers_t *peers = new_peers(false);

    peers_get(peers, 1, "a");
    peers_get(peers, 1, "b");
    assert_null(peers_find(peers, 0, "a"));
    expect_story(&story, "1 is called a\n1 is called b\n");
    peers_free(peers);
}

/* The name appears under another id: the entry that is offline goes, one that is a member stays beside the
 * new one. */
static void test_same_name_other_id(void **state)
{
    peers_t *peers = new_peers(false);
    peer_t *old = peers_get(peers, 1, "a");

    peers_set_state(peers, old, PEER_MEMBER, 5, 100);
    assert_ptr_not_equal(peers_get(peers, 2, "a"), old);
    assert_int_equal(peers_count(peers, false), 2);
    expect_story(&story, "1 is called a\na: - -> member\n2 is called a\n");

    /* both named the same now: the one found by name is the older, and goes */
    peers_get(peers, 2, "a");
    assert_int_equal(peers_count(peers, false), 1);
    expect_story(&story, "1 a is removed\n");
    peers_get(peers, 3, "a");
    expect_story(&story, "2 a is removed\n3 is called a\n");
    peers_free(peers);
}

static void test_states(void **state)
{
    peers_t *peers = new_peers(false);
    peer_t *peer = peers_get(peers, 1, "a");

    peers_set_state(peers, peer, PEER_MEMBER, 7, 100);
    peers_set_state(peers, peer, PEER_MEMBER, 8, 101);
    assert_int_equal(peer->last_seen, 8);
    assert_false(peer_active(peer));
    peers_set_processes(peers, peer, PEER_PROC_CPG);
    assert_true(peer_active(peer));
    assert_int_equal(peers_active_count(peers), 1);
    assert_int_equal(peers_reap(peers, 1, NULL), 0);
    peers_set_state(peers, peer, PEER_LOST, 9, 102);
    assert_int_equal(peer->when_lost, 102);
    assert_int_equal(peers_reap(peers, 0, "A"), 1);
    expect_story(
        &story,
        "1 is called a\na: - -> member\na: processes 0 -> 4000000\na: member -> lost\n1 a is removed\n");
    peers_free(peers);
}

static void test_autoreap(void **state)
{
    peers_t *peers = new_peers(true);
    peer_t *peer = peers_get(peers, 1, "a");

    peers_set_processes(peers, peer, PEER_PROC_CPG);
    assert_true(peer_active(peer));
    peers_set_processes(peers, peer, 0);
    assert_int_equal(peers_count(peers, false), 0);
    expect_story(&story,
                 "1 is called a\na: processes 0 -> 4000000\na: - -> member\na: processes 4000000 -> 0\n"
                 "a: member -> lost\n1 a is removed\n");
    peers_free(peers);
}

static void test_remote(void **state)
{
    peers_t *peers = new_peers(true);
    peer_t *peer = NULL;

    peers_get(peers, 0, "r1");          /* taken for a cluster node at first */
    peer = peers_get_remote(peers, "r1");
    assert_true(peer->remote);
    assert_string_equal(peer->uuid, "r1");
    assert_ptr_equal(peers_get_remote(peers, "R1"), peer);
    assert_int_equal(peers_count(peers, false), 0);
    assert_int_equal(peers_count(peers, true), 1);
    assert_false(peer_active(peer));
    peers_set_state(peers, peer, PEER_MEMBER, 0, 0);
    peers_set_state(peers, peer, PEER_LOST, 0, 9);
    assert_ptr_equal(peers_find_remote(peers, "r1"), peer);
    peers_forget_remote(peers, "r1");
    assert_null(peers_find_remote(peers, "r1"));
    peers_forget_remote(peers, "r1");
    expect_story(&story,
                 "0 is called r1\n0 r1 is removed\n0 is called r1\nr1: - -> member\nr1: member -> lost\n"
                 "0 r1 is removed\n");
    peers_free(peers);
}

static void remove_neighbour(peer_t *peer, void *arg)
{
    peers_t *peers = arg;

    tell(&story, "at %u", (unsigned)peer->id);
    peers_reap(peers, peer->id + 1, NULL);
}

static void test_walk_while_removing(void **state)
{
    peers_t *peers = new_peers(false);

    peers_on_change(peers, NULL, NULL);
    for (uint32_t id = 1; id <= 4; id++) {
        peers_get(peers, id, NULL);
    }
    peers_foreach(peers, remove_neighbour, peers);
    expect_story(&story, "at 1\nat 3\n");
    peers_free(peers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_learning),           cmocka_unit_test(test_renamed_node),
        cmocka_unit_test(test_same_name_other_id), cmocka_unit_test(test_states),
        cmocka_unit_test(test_autoreap),           cmocka_unit_test(test_remote),
        cmocka_unit_test(test_walk_while_removing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
