/*
 * The services as their clients see them, on an engine of one node (engine_mock.h): requests,
 * answers and events, and how the shutdown is negotiated.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "corosync/client/proto_cfg.h"
#include "corosync/client/proto_cmap.h"
#include "corosync/client/proto_cpg.h"
#include "corosync/client/proto_quorum.h"
#include "corosync/client/proto_votequorum.h"
#include "corosync/services/services.h"
#include "tests/unit/engine_mock.h"

/* Sends a request of the given size and id; *message is a struct that begins with a header. */
#define SEND(conn, request_id, message)                                           \
    do {                                                                          \
        ((proto_request *)&(message))->id = (request_id);                         \
        assert_true(mock_request((conn), &(message), sizeof(message)));           \
    } while (0)

static int start_all(void **state)
{
    const uint32_t alone = MOCK_NODEID;
    const struct totem_ring ring = {.rep = MOCK_NODEID, .seq = 4};

    mock_start();
    icmap_set_string(engine_map(), "quorum.provider", "corosync_votequorum");
    icmap_set_u32(engine_map(), "nodelist.local_node_pos", 0);
    icmap_set_u32(engine_map(), "nodelist.node.0.nodeid", MOCK_NODEID);
    icmap_set_ro(engine_map(), "nodelist.", true, true);
    for (size_t i = 0; service_table[i] != NULL; i++) {
        assert_null(mock_load(service_table[i]));
    }
    for (size_t i = 0; i < 2; i++) {
        struct service *service = i == 0 ? &cpg_service : &votequorum_service;

        service->sync_init(&alone, 1, &alone, 1, &ring);
        assert_int_equal(service->sync_process(), 0);
        mock_deliver();
        service->sync_activate();
    }
    return 0;
}

static int stop_all(void **state)
{
    mock_stop();
    return 0;
}

static void bare_request(struct ipc_conn *conn, int32_t id)
{
    proto_request request = {0};

    SEND(conn, id, request);
}

/* ---- cfg: shutdown ---- */

static void try_shutdown(struct ipc_conn *conn, uint32_t flags)
{
    struct proto_cfg_number_request request = {.value = flags};

    SEND(conn, CFG_REQ_TRY_SHUTDOWN, request);
}

static void reply(struct ipc_conn *conn, uint32_t value)
{
    struct proto_cfg_number_request request = {.value = value};

    SEND(conn, CFG_REQ_REPLYTO_SHUTDOWN, request);
}

static struct ipc_conn *tracker(void)
{
    struct ipc_conn *conn = mock_connect(&cfg_service);
    struct proto_cfg_trackstart request = {.flags = 0};

    SEND(conn, CFG_REQ_TRACKSTART, request);
    assert_int_equal(mock_answers(conn)->response_error, CS_OK);
    return conn;
}

/* Whether a shutdown was multicast since the last time. */
static bool shut_down(void)
{
    unsigned before = mock_calls()->shutdown;

    mock_deliver();
    return mock_calls()->shutdown > before;
}

static void nobody_objects_when_nobody_tracks(void **state)
{
    struct ipc_conn *admin = mock_connect(&cfg_service);

    try_shutdown(admin, COROSYNC_CFG_SHUTDOWN_FLAG_REQUEST);
    assert_int_equal(mock_answers(admin)->response_error, CS_OK);
    assert_true(shut_down());
    mock_disconnect(admin);
}

static void a_no_prevents_a_request(void **state)
{
    struct ipc_conn *admin = mock_connect(&cfg_service);
    struct ipc_conn *a = tracker();
    struct ipc_conn *b = tracker();

    try_shutdown(admin, COROSYNC_CFG_SHUTDOWN_FLAG_REQUEST);
    assert_int_equal(mock_answers(admin)->responses, 0);
    assert_int_equal(mock_answers(a)->event_id, CFG_EV_TESTSHUTDOWN);
    assert_int_equal(mock_answers(b)->event_error, CS_OK);
    reply(a, COROSYNC_CFG_SHUTDOWN_FLAG_YES);
    assert_int_equal(mock_answers(admin)->responses, 0);
    reply(b, COROSYNC_CFG_SHUTDOWN_FLAG_NO);
    assert_int_equal(mock_answers(admin)->response_error, CS_ERR_BUSY);
    assert_false(shut_down());
    reply(b, COROSYNC_CFG_SHUTDOWN_FLAG_YES);
    assert_int_equal(mock_answers(b)->response_error, CS_ERR_ACCESS);
    mock_disconnect(admin);
    mock_disconnect(a);
    mock_disconnect(b);
}

static void a_no_does_not_prevent_force(void **state)
{
    struct ipc_conn *admin = mock_connect(&cfg_service);
    struct ipc_conn *a = tracker();

    try_shutdown(admin, COROSYNC_CFG_SHUTDOWN_FLAG_REGARDLESS);
    reply(a, COROSYNC_CFG_SHUTDOWN_FLAG_NO);
    assert_int_equal(mock_answers(admin)->response_error, CS_OK);
    assert_true(shut_down());
    mock_disconnect(admin);
    mock_disconnect(a);
}

static void an_immediate_shutdown_asks_nobody(void **state)
{
    struct ipc_conn *a = tracker();

    try_shutdown(a, COROSYNC_CFG_SHUTDOWN_FLAG_IMMEDIATE);
    assert_int_equal(mock_answers(a)->response_error, CS_OK);
    assert_int_equal(mock_answers(a)->events, 0);
    assert_true(shut_down());
    mock_disconnect(a);
}

static void silence_is_a_no(void **state)
{
    struct ipc_conn *admin = mock_connect(&cfg_service);
    struct ipc_conn *a = tracker();

    try_shutdown(admin, COROSYNC_CFG_SHUTDOWN_FLAG_REQUEST);
    mock_timers_fire();
    assert_int_equal(mock_answers(admin)->response_error, CS_ERR_BUSY);
    assert_int_equal(mock_answers(a)->event_error, CS_ERR_TIMEOUT);
    assert_false(shut_down());
    mock_disconnect(admin);
    mock_disconnect(a);
}

static void one_that_goes_agrees(void **state)
{
    struct ipc_conn *admin = mock_connect(&cfg_service);
    struct ipc_conn *a = tracker();
    struct ipc_conn *b = tracker();

    try_shutdown(admin, COROSYNC_CFG_SHUTDOWN_FLAG_REQUEST);
    reply(a, COROSYNC_CFG_SHUTDOWN_FLAG_NO);
    mock_disconnect(a);
    assert_int_equal(mock_answers(admin)->responses, 0);
    bare_request(b, CFG_REQ_TRACKSTOP);
    assert_int_equal(mock_answers(admin)->response_error, CS_OK);
    assert_true(shut_down());
    mock_disconnect(admin);
    mock_disconnect(b);
}

static void one_that_comes_late_is_asked(void **state)
{
    struct ipc_conn *admin = mock_connect(&cfg_service);
    struct ipc_conn *other = mock_connect(&cfg_service);
    struct ipc_conn *a = tracker();

    try_shutdown(admin, COROSYNC_CFG_SHUTDOWN_FLAG_REQUEST);
    try_shutdown(other, COROSYNC_CFG_SHUTDOWN_FLAG_REQUEST);
    assert_int_equal(mock_answers(other)->response_error, CS_ERR_EXIST);
    struct ipc_conn *late = tracker();

    assert_int_equal(mock_answers(late)->events, 1);
    reply(a, COROSYNC_CFG_SHUTDOWN_FLAG_YES);
    assert_int_equal(mock_answers(admin)->responses, 0);
    reply(late, COROSYNC_CFG_SHUTDOWN_FLAG_YES);
    assert_int_equal(mock_answers(admin)->response_error, CS_OK);
    assert_true(shut_down());
    mock_disconnect(admin);
    mock_disconnect(other);
    mock_disconnect(a);
    mock_disconnect(late);
}

static void without_its_caller_a_negotiation_ends(void **state)
{
    struct ipc_conn *admin = mock_connect(&cfg_service);
    struct ipc_conn *a = tracker();

    try_shutdown(admin, COROSYNC_CFG_SHUTDOWN_FLAG_REQUEST);
    mock_disconnect(admin);
    reply(a, COROSYNC_CFG_SHUTDOWN_FLAG_YES);
    assert_int_equal(mock_answers(a)->response_error, CS_ERR_ACCESS);
    mock_timers_fire();
    assert_false(shut_down());
    mock_disconnect(a);
}

static void a_shutdown_without_room_is_announced_later(void **state)
{
    struct ipc_conn *admin = mock_connect(&cfg_service);

    mock_room(false);
    try_shutdown(admin, COROSYNC_CFG_SHUTDOWN_FLAG_REQUEST);
    assert_int_equal(mock_answers(admin)->response_error, CS_OK);
    assert_false(shut_down());
    mock_room(true);
    mock_timers_fire();
    assert_true(shut_down());
    mock_disconnect(admin);
}

/* ---- cfg: the rest ---- */

static void a_reload_is_answered_when_it_is_done(void **state)
{
    struct ipc_conn *admin = mock_connect(&cfg_service);
    unsigned before = mock_calls()->reload;

    bare_request(admin, CFG_REQ_RELOAD_CONFIG);
    assert_int_equal(mock_answers(admin)->responses, 0);
    mock_deliver();
    assert_int_equal(mock_calls()->reload, before + 1);
    assert_int_equal(mock_answers(admin)->response_error, CS_OK);
    bare_request(admin, CFG_REQ_RELOAD_CONFIG);
    mock_disconnect(admin);
    mock_deliver();
}

static void only_members_can_be_killed(void **state)
{
    struct ipc_conn *admin = mock_connect(&cfg_service);
    struct proto_cfg_kill_node request = {.nodeid = 2, .reason = {.length = 5, .value = "test"}};

    SEND(admin, CFG_REQ_KILL_NODE, request);
    assert_int_equal(mock_answers(admin)->response_error, CS_ERR_NOT_EXIST);
    icmap_set_string(engine_map(), "runtime.members.2.status", "joined");
    SEND(admin, CFG_REQ_KILL_NODE, request);
    assert_int_equal(mock_answers(admin)->response_error, CS_OK);
    mock_deliver();
    mock_disconnect(admin);
}

static void addresses_of_nodes(void **state)
{
    struct ipc_conn *conn = mock_connect(&cfg_service);
    struct proto_cfg_number_request request = {.value = 0};
    struct proto_cfg_node_addrs answer;

    SEND(conn, CFG_REQ_GET_NODE_ADDRS, request);
    memcpy(&answer, mock_answers(conn)->response, sizeof(answer));
    assert_int_equal(answer.header.size, 48);
    assert_int_equal(answer.count, 1);
    assert_memory_equal(answer.addrs[0], "\x7f\0\0\1", 4);
    request.value = 9;
    SEND(conn, CFG_REQ_GET_NODE_ADDRS, request);
    assert_int_equal(mock_answers(conn)->response_error, CS_ERR_NOT_EXIST);
    assert_int_equal(mock_answers(conn)->response_size, 32);
    mock_disconnect(conn);
}

/* ---- cmap ---- */

static void key_fill(struct proto_name *name, const char *key)
{
    name->length = (uint16_t)strlen(key);
    memcpy(name->value, key, strlen(key));
}

static cs_error_t set_u32(struct ipc_conn *conn, const char *key, uint32_t value, uint64_t claimed_length)
{
    uint8_t bytes[sizeof(struct proto_cmap_set) + 4] = {0};
    struct proto_cmap_set *request = (struct proto_cmap_set *)(void *)bytes;

    key_fill(&request->key, key);
    request->type = ICMAP_U32;
    request->value_len = claimed_length;
    request->header.id = CMAP_REQ_SET;
    memcpy(request->value, &value, sizeof(value));
    assert_true(mock_request(conn, bytes, sizeof(bytes)));
    return (cs_error_t)mock_answers(conn)->response_error;
}

static void keys_are_set_and_read(void **state)
{
    struct ipc_conn *conn = mock_connect(&cmap_service);
    struct proto_cmap_get get = {.value_len = 4};
    uint32_t value;

    assert_int_equal(set_u32(conn, "test.key", 7, 4), CS_OK);
    key_fill(&get.key, "test.key");
    SEND(conn, CMAP_REQ_GET, get);
    assert_int_equal(mock_answers(conn)->response_size, 44);
    memcpy(&value, mock_answers(conn)->response + 40, 4);
    assert_int_equal(value, 7);
    get.value_len = 3;
    SEND(conn, CMAP_REQ_GET, get);
    assert_int_equal(mock_answers(conn)->response_error, CS_ERR_INVALID_PARAM);
    get.value_len = 0;
    SEND(conn, CMAP_REQ_GET, get);
    assert_int_equal(mock_answers(conn)->response_size, 40);
    assert_int_equal(mock_answers(conn)->response[24], 4);
    mock_disconnect(conn);
}

static void lengths_and_keys_are_not_believed(void **state)
{
    struct ipc_conn *conn = mock_connect(&cmap_service);
    struct proto_cmap_get get = {.value_len = 4};

    assert_int_equal(set_u32(conn, "test.key", 7, 5), CS_ERR_INVALID_PARAM);
    assert_int_equal(set_u32(conn, "test.key", 7, UINT64_MAX), CS_ERR_INVALID_PARAM);
    assert_int_equal(set_u32(conn, "te", 7, 4), CS_ERR_NAME_TOO_LONG);
    assert_int_equal(set_u32(conn, "nodelist.x", 7, 4), CS_ERR_ACCESS);
    memset(&get.key, 'x', sizeof(get.key));
    SEND(conn, CMAP_REQ_GET, get);
    assert_int_equal(mock_answers(conn)->response_error, CS_ERR_NAME_TOO_LONG);
    mock_disconnect(conn);
}

static void tracked_keys_are_announced(void **state)
{
    struct ipc_conn *watcher = mock_connect(&cmap_service);
    struct ipc_conn *writer = mock_connect(&cmap_service);
    struct proto_cmap_track_add add = {
        .track_type = ICMAP_TRACK_ADD | ICMAP_TRACK_MODIFY | ICMAP_TRACK_PREFIX,
        .instance = 77,
    };
    struct proto_cmap_notify event;

    key_fill(&add.key, "watched.");
    SEND(watcher, CMAP_REQ_TRACK_ADD, add);
    assert_int_equal(mock_answers(watcher)->response_error, CS_OK);
    assert_int_equal(set_u32(writer, "watched.key", 1, 4), CS_OK);
    assert_int_equal(set_u32(writer, "watched.key", 1, 4), CS_OK);
    assert_int_equal(mock_answers(watcher)->events, 1);
    assert_int_equal(set_u32(writer, "watched.key", 2, 4), CS_OK);
    memcpy(&event, mock_answers(watcher)->event, sizeof(event));
    assert_int_equal(event.header.size, 336 + 8);
    assert_int_equal(event.instance, 77);
    assert_int_equal(event.event, ICMAP_TRACK_MODIFY);
    assert_int_equal(event.old_len, 4);
    mock_disconnect(watcher);
    assert_int_equal(set_u32(writer, "watched.key", 3, 4), CS_OK);
    mock_disconnect(writer);
}

static void the_map_is_chosen_once(void **state)
{
    struct ipc_conn *conn = mock_connect(&cmap_service);
    struct proto_cmap_set_map map = {.map = 1};
    struct proto_cmap_key_request iter = {0};

    map.map = 2;
    SEND(conn, CMAP_REQ_SET_CURRENT_MAP, map);
    assert_int_equal(mock_answers(conn)->response_error, CS_ERR_NOT_EXIST);
    map.map = 1;
    SEND(conn, CMAP_REQ_SET_CURRENT_MAP, map);
    assert_int_equal(mock_answers(conn)->response_error, CS_OK);
    assert_int_equal(set_u32(conn, "stats.x", 1, 4), CS_ERR_ACCESS);
    assert_int_equal(set_u32(conn, "stats.clear.all", 1, 4), CS_OK);
    assert_int_equal(set_u32(conn, "stats.clear.nothing", 1, 4), CS_ERR_NOT_SUPPORTED);
    SEND(conn, CMAP_REQ_ITER_INIT, iter);
    SEND(conn, CMAP_REQ_SET_CURRENT_MAP, map);
    assert_int_equal(mock_answers(conn)->response_error, CS_ERR_BUSY);
    mock_disconnect(conn);
}

/* ---- cpg: messages in shared memory ---- */

static void join_group(struct ipc_conn *conn)
{
    struct proto_cpg_join request = {.group = {.length = 1, .value = "g"}, .pid = 5};

    SEND(conn, CPG_REQ_JOIN, request);
    assert_int_equal(mock_answers(conn)->response_error, CS_OK);
    mock_deliver();
    assert_int_equal(mock_answers(conn)->event_id, CPG_EV_CONFCHG);
}

static void a_shared_message_is_sent(void **state)
{
    struct ipc_conn *conn = mock_connect(&cpg_service);
    struct proto_cpg_zc_alloc alloc = {.map_size = 56 + 100};
    char path[] = "/dev/shm/corosync_zerocopy-XXXXXX";
    int fd = mkstemp(path);
    struct proto_cpg_zc_map map;
    struct proto_cpg_zc_execute execute = {0};

    assert_true(fd >= 0);
    memcpy(alloc.path, path, sizeof(path));
    join_group(conn);
    SEND(conn, CPG_REQ_ZC_ALLOC, alloc);
    assert_int_equal(mock_answers(conn)->response_error, CS_OK);
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(pread(fd, &map, sizeof(map), 0), sizeof(map));
    assert_int_not_equal(map.server_address, 0);
    execute.server_address = map.server_address;

    map.mcast.msglen = 5;
    assert_int_equal(pwrite(fd, &map, sizeof(map), 0), sizeof(map));
    assert_int_equal(pwrite(fd, "hello", 5, sizeof(map)), 5);
    SEND(conn, CPG_REQ_ZC_EXECUTE, execute);
    assert_int_equal(mock_answers(conn)->response_error, CS_OK);
    mock_deliver();
    assert_int_equal(mock_answers(conn)->event_id, CPG_EV_DELIVER);
    assert_memory_equal(mock_answers(conn)->event + sizeof(struct proto_cpg_deliver), "hello", 5);

    /* more than the mapping, another mapping, and a file that has become too short */
    map.mcast.msglen = 101;
    assert_int_equal(pwrite(fd, &map, sizeof(map), 0), sizeof(map));
    SEND(conn, CPG_REQ_ZC_EXECUTE, execute);
    assert_int_equal(mock_answers(conn)->response_error, CS_ERR_INVALID_PARAM);
    execute.server_address++;
    SEND(conn, CPG_REQ_ZC_EXECUTE, execute);
    assert_int_equal(mock_answers(conn)->response_error, CS_ERR_INVALID_PARAM);
    execute.server_address--;
    map.mcast.msglen = 100;
    assert_int_equal(pwrite(fd, &map, sizeof(map), 0), sizeof(map));
    assert_int_equal(ftruncate(fd, 60), 0);
    SEND(conn, CPG_REQ_ZC_EXECUTE, execute);
    assert_int_equal(mock_answers(conn)->response_error, CS_ERR_INVALID_PARAM);
    mock_disconnect(conn);
    close(fd);
}

static void only_our_own_files_are_shared(void **state)
{
    static const char *const paths[] = {"/etc/passwd", "/dev/shm/../../etc/passwd", "/dev/shm/other",
                                        "/dev/shm/corosync_zerocopy-x/../../../etc/passwd", ""};
    struct ipc_conn *conn = mock_connect(&cpg_service);

    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        struct proto_cpg_zc_alloc alloc = {.map_size = 100};

        memcpy(alloc.path, paths[i], strlen(paths[i]));
        SEND(conn, CPG_REQ_ZC_ALLOC, alloc);
        assert_int_equal(mock_answers(conn)->response_error, CS_ERR_LIBRARY);
    }
    mock_disconnect(conn);
}

/* ---- quorum and votequorum ---- */

static void the_current_state_comes_before_the_answer(void **state)
{
    struct ipc_conn *conn = mock_connect(&votequorum_service);
    struct proto_vq_trackstart track = {.context = 42, .flags = CS_TRACK_CHANGES};
    struct proto_vq_quorum event;

    SEND(conn, VQ_REQ_TRACKSTART, track);
    assert_int_equal(mock_answers(conn)->events, 2);
    assert_int_equal(mock_answers(conn)->event_id, VQ_EV_QUORUM);
    memcpy(&event, mock_answers(conn)->event, sizeof(event));
    assert_int_equal(event.context, 42);
    assert_int_equal(event.quorate, 1);
    assert_int_equal(event.entries, 1);
    SEND(conn, VQ_REQ_TRACKSTART, track);
    assert_int_equal(mock_answers(conn)->response_error, CS_ERR_EXIST);
    bare_request(conn, VQ_REQ_TRACKSTOP);
    assert_int_equal(mock_answers(conn)->response_error, CS_OK);
    bare_request(conn, VQ_REQ_TRACKSTOP);
    assert_int_equal(mock_answers(conn)->response_error, CS_ERR_NOT_EXIST);
    mock_disconnect(conn);
}

static void both_models_of_quorum(void **state)
{
    struct ipc_conn *conn = mock_connect(&quorum_service);
    struct proto_quorum_number_request request = {.value = CS_TRACK_CURRENT};

    SEND(conn, QUORUM_REQ_TRACKSTART, request);
    assert_int_equal(mock_answers(conn)->events, 1);
    assert_int_equal(mock_answers(conn)->event_id, QUORUM_EV_NOTIFICATION);
    assert_int_equal(mock_answers(conn)->event_size, 52);
    request.value = 2;
    SEND(conn, QUORUM_REQ_MODEL_GETTYPE, request);
    assert_int_equal(mock_answers(conn)->response_error, CS_ERR_INVALID_PARAM);
    request.value = 1;
    SEND(conn, QUORUM_REQ_MODEL_GETTYPE, request);
    assert_int_equal(mock_answers(conn)->response_error, CS_OK);
    request.value = CS_TRACK_CURRENT;
    SEND(conn, QUORUM_REQ_TRACKSTART, request);
    assert_int_equal(mock_answers(conn)->events, 3);
    assert_int_equal(mock_answers(conn)->event_id, QUORUM_EV_V1_QUORUM);
    mock_disconnect(conn);
}

static void names_that_do_not_end_are_refused(void **state)
{
    struct ipc_conn *conn = mock_connect(&votequorum_service);
    struct proto_vq_qdevice_name request;

    memset(&request, 'x', sizeof(request));
    SEND(conn, VQ_REQ_QDEVICE_REGISTER, request);
    assert_int_equal(mock_answers(conn)->response_error, CS_ERR_INVALID_PARAM);
    mock_disconnect(conn);
}

static void a_client_that_registers_a_device_may_vanish(void **state)
{
    struct ipc_conn *conn = mock_connect(&votequorum_service);
    struct proto_vq_qdevice_name request = {.name = "Qdevice"};

    SEND(conn, VQ_REQ_QDEVICE_REGISTER, request);
    assert_int_equal(mock_answers(conn)->responses, 0);
    mock_disconnect(conn);
    mock_deliver();
    conn = mock_connect(&votequorum_service);
    SEND(conn, VQ_REQ_QDEVICE_REGISTER, request);
    mock_deliver();
    assert_int_equal(mock_answers(conn)->response_error, CS_OK);
    SEND(conn, VQ_REQ_QDEVICE_UNREGISTER, request);
    mock_deliver();
    mock_disconnect(conn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_objects_when_nobody_tracks),
        cmocka_unit_test(a_no_prevents_a_request),
        cmocka_unit_test(a_no_does_not_prevent_force),
        cmocka_unit_test(an_immediate_shutdown_asks_nobody),
        cmocka_unit_test(silence_is_a_no),
        cmocka_unit_test(one_that_goes_agrees),
        cmocka_unit_test(one_that_comes_late_is_asked),
        cmocka_unit_test(without_its_caller_a_negotiation_ends),
        cmocka_unit_test(a_shutdown_without_room_is_announced_later),
        cmocka_unit_test(a_reload_is_answered_when_it_is_done),
        cmocka_unit_test(only_members_can_be_killed),
        cmocka_unit_test(addresses_of_nodes),
        cmocka_unit_test(keys_are_set_and_read),
        cmocka_unit_test(lengths_and_keys_are_not_believed),
        cmocka_unit_test(tracked_keys_are_announced),
        cmocka_unit_test(the_map_is_chosen_once),
        cmocka_unit_test(a_shared_message_is_sent),
        cmocka_unit_test(only_our_own_files_are_shared),
        cmocka_unit_test(the_current_state_comes_before_the_answer),
        cmocka_unit_test(both_models_of_quorum),
        cmocka_unit_test(names_that_do_not_end_are_refused),
        cmocka_unit_test(a_client_that_registers_a_device_may_vanish),
    };

    return cmocka_run_group_tests(tests, start_all, stop_all);
}
