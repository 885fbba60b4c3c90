/* A server and clients of local IPC in one process, over libqb (messaging.md §1). Nothing leaves the process;
 * the service's name is its own. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <glib.h>
#include <pthread.h>
#include <unistd.h>
#include <qb/qbipcc.h>
#include "pacemaker/common/daemon.h"
#include "pacemaker/common/ipc.h"
#include "pacemaker/common/ipc_wire.h"
#include "pacemaker/common/log.h"
#include "pacemaker/common/xml.h"

#define FLOOD 700u
#define PATIENCE_MS 600000 /* under valgrind on a busy machine a call takes longer than the default */

static char service[64];
static GMainLoop *loop;
static ipc_server_t *server;
static unsigned requests, unusable, opened, closed;
static bool refuse;

static int accept_client(ipc_server_t *s, uid_t uid, gid_t gid)
{
    return refuse ? -EPERM : 0;
}

static void connected(ipc_client_t *client)
{
    opened++;
}

static void disconnected(ipc_client_t *client)
{
    closed++;
}

static void flood(ipc_client_t *client, unsigned count)
{
    XML_AUTO xmlNode *event = xml_new("event");

    for (unsigned i = 0; i < count; i++) {
        xml_set_int(event, "n", i);
        ipc_send_event(client, event);
    }
}

static void request(ipc_client_t *client, uint32_t id, uint32_t flags, xmlNode *msg)
{
    long long count = 0;

    if (msg == NULL) {
        unusable++;
        ipc_ack(client, id, flags, "nack", CRM_EX_PROTOCOL);
        return;
    }
    requests++;
    if (xml_get_int(msg, "flood", &count) == 0) {
        flood(client, (unsigned)count);
    }
    if (xml_get_true(msg, "silent")) {
        return;
    }
    if (xml_get_true(msg, "hang_up")) {
        ipc_client_disconnect(client);
        return;
    }
    xml_set(msg, "user", ipc_stamp_user(client, msg, "attr_user"));
    ipc_respond(client, id, flags, msg);
}

static const ipc_server_ops_t server_ops = {accept_client, connected, request, disconnected};

static void *serve(void *arg)
{
    g_main_loop_run(loop);
    return NULL;
}

static pthread_t thread;

static gboolean quit(gpointer data)
{
    g_main_loop_quit(loop);
    return G_SOURCE_REMOVE;
}

static int start(void **state)
{
    int rc = 0;

    snprintf(service, sizeof(service), "quorate-test-%d", (int)getpid());
    requests = unusable = opened = closed = 0;
    refuse = false;
    loop = g_main_loop_new(NULL, FALSE);
    server = ipc_server_new(service, IPC_NATIVE, false, &server_ops, &requests, &rc);
    assert_int_equal(rc, 0);
    assert_ptr_equal(ipc_server_data(server), &requests);
    return pthread_create(&thread, NULL, serve, NULL);
}

static int stop(void **state)
{
    g_idle_add(quit, NULL);
    pthread_join(thread, NULL);
    ipc_server_free(server);
    while (g_main_context_iteration(NULL, FALSE)) {
        /* let libqb release what is left */
    }
    g_main_loop_unref(loop);
    return 0;
}

static unsigned events;
static long long last_event;

static void event(ipc_conn_t *conn, xmlNode *msg, void *arg)
{
    events++;
    xml_get_int(msg, "n", &last_event);
}

static void lost(ipc_conn_t *conn, void *arg)
{
    *(bool *)arg = true;
}

static bool gone;

static ipc_conn_t *open_conn(void)
{
    static const ipc_conn_ops_t ops = {event, lost};
    int rc = 0;
    ipc_conn_t *conn = ipc_connect(service, 0, &ops, &gone, &rc);

    gone = false;
    events = 0;
    assert_int_equal(rc, 0);
    assert_non_null(conn);
    return conn;
}

static void test_call(void **state)
{
    ipc_conn_t *conn = open_conn();
    XML_AUTO xmlNode *msg = xml_parse("<hello text='ö &lt;x&gt;'/>", NULL);
    xmlNode *reply = NULL;

    assert_true(ipc_conn_alive(conn));
    assert_int_equal(ipc_conn_server_pid(conn), getpid());
    for (unsigned i = 0; i < 100; i++) {
        assert_int_equal(ipc_call(conn, msg, 0, PATIENCE_MS, &reply), 0);
        assert_string_equal(xml_get(reply, "text"), "ö <x>");
        assert_string_equal(xml_get(reply, "user"), xml_get(reply, "acl_target"));
        assert_string_equal(xml_get(reply, "user"), xml_get(reply, "attr_user"));
        xml_free(reply);
    }
    assert_int_equal(ipc_send(conn, msg, 0), 0);
    ipc_disconnect(conn);
}

static void test_not_running(void **state)
{
    int rc = 0;

    assert_null(ipc_connect("quorate-test-nobody", 0, NULL, NULL, &rc));
    assert_int_equal(rc, -ECONNREFUSED);
}

static void test_refused(void **state)
{
    int rc = 0;

    refuse = true;
    assert_null(ipc_connect(service, 0, NULL, NULL, &rc));
    assert_true(rc < 0);
    assert_int_equal(opened, 0);
}

static void test_large(void **state)
{
    ipc_conn_t *conn = open_conn();
    XML_AUTO xmlNode *msg = xml_new("large");
    xmlNode *reply = NULL;
    size_t size = 2 * 1024 * 1024;
    char *text = malloc(size + 1);

    memset(text, 'x', size);
    text[size] = '\0';
    xml_set(msg, "text", text);
    assert_int_equal(ipc_call(conn, msg, 0, PATIENCE_MS, &reply), 0);
    assert_string_equal(xml_get(reply, "text"), text);
    xml_free(reply);

    /* what does not compress does not go, and the connection stays usable */
    uint32_t seed = 7;

    for (size_t i = 0; i < size; i++) {
        seed = seed * 1103515245 + 12345;
        text[i] = (char)('!' + (seed >> 16) % 90);
    }
    xml_set(msg, "text", text);
    assert_int_equal(ipc_call(conn, msg, 0, PATIENCE_MS, &reply), -EMSGSIZE);
    xml_set(msg, "text", "short");
    assert_int_equal(ipc_call(conn, msg, 0, PATIENCE_MS, &reply), 0);
    xml_free(reply);
    free(text);
    ipc_disconnect(conn);
}

static void test_late_response(void **state)
{
    ipc_conn_t *conn = open_conn();
    XML_AUTO xmlNode *silent = xml_parse("<x silent='true'/>", NULL), *msg = xml_new("x");
    xmlNode *reply = NULL;

    assert_int_equal(ipc_call(conn, silent, 0, 50, &reply), -ETIMEDOUT);
    /* the response of the first is still missing */
    assert_int_equal(ipc_call(conn, msg, 0, 50, &reply), -EALREADY);
    ipc_disconnect(conn);
}

static void test_hang_up(void **state)
{
    ipc_conn_t *conn = open_conn();
    XML_AUTO xmlNode *msg = xml_parse("<x hang_up='true'/>", NULL);
    xmlNode *reply = NULL;

    assert_int_equal(ipc_call(conn, msg, 0, PATIENCE_MS, &reply), -ENOTCONN);
    assert_int_equal(ipc_conn_dispatch(conn), -ENOTCONN);
    assert_true(gone);
    assert_false(ipc_conn_alive(conn));
    assert_int_equal(ipc_call(conn, msg, 0, PATIENCE_MS, &reply), -ENOTCONN);
    ipc_disconnect(conn);
}

/* All events arrive in order however many there are, as long as they are read. */
static void test_events(void **state)
{
    ipc_conn_t *conn = open_conn();
    XML_AUTO xmlNode *msg = xml_new("x");
    xmlNode *reply = NULL;

    xml_set_int(msg, "flood", FLOOD);
    assert_int_equal(ipc_call(conn, msg, 0, PATIENCE_MS, &reply), 0);
    xml_free(reply);
    while (events < FLOOD && ipc_conn_dispatch(conn) == 0) {
        g_usleep(1000);
    }
    assert_int_equal(events, FLOOD);
    assert_int_equal(last_event, FLOOD - 1);
    ipc_disconnect(conn);
}

/* A client that does not read is disconnected when too much waits for it; the others do not notice. */
static void test_eviction(void **state)
{
    ipc_conn_t *lazy = open_conn(), *other = open_conn();
    XML_AUTO xmlNode *many = xml_new("x"), *msg = xml_new("x");
    xmlNode *reply = NULL;

    xml_set_int(many, "flood", 5000);
    for (unsigned i = 0; i < 10 && ipc_call(lazy, many, 0, PATIENCE_MS, &reply) == 0; i++) {
        xml_free(reply);
        g_usleep(400000);       /* the server flushes again while nobody reads */
        if (closed > 0) {
            break;
        }
    }
    while (closed == 0) {
        g_usleep(10000);
    }
    assert_int_equal(ipc_call(other, msg, 0, PATIENCE_MS, &reply), 0);
    xml_free(reply);
    ipc_disconnect(lazy);
    ipc_disconnect(other);
}

/* A raw libqb client sends rubbish: it is answered or ignored, and the server lives. */
static void test_rubbish(void **state)
{
    qb_ipcc_connection_t *raw = qb_ipcc_connect(service, IPC_BUFFER_DEFAULT);
    struct ipc_header header = {
        .id = 1, .size = sizeof(header), .version = 1, .flags = IPC_FLAG_CLIENT_RESPONSE};
    char big[4096], answer[IPC_BUFFER_DEFAULT];

    assert_non_null(raw);
    assert_true(qb_ipcc_send(raw, &header, sizeof(header)) > 0);
    assert_true(qb_ipcc_recv(raw, answer, sizeof(answer), 5000) > 0);
    header.version = 9;
    assert_true(qb_ipcc_send(raw, &header, sizeof(header)) > 0);
    assert_true(qb_ipcc_recv(raw, answer, sizeof(answer), 5000) > 0);
    memset(big, 0xff, sizeof(big));
    header.version = 1;
    header.size = sizeof(big);
    header.size_uncompressed = 1000000;
    header.size_compressed = sizeof(big) - sizeof(header);
    memcpy(big, &header, sizeof(header));
    assert_true(qb_ipcc_send(raw, big, sizeof(big)) > 0);
    assert_true(qb_ipcc_recv(raw, answer, sizeof(answer), 5000) > 0);
    assert_non_null(strstr(answer + sizeof(header), "status=\"76\""));
    assert_int_equal(unusable, 3);
    qb_ipcc_disconnect(raw);

    ipc_conn_t *conn = open_conn();
    XML_AUTO xmlNode *msg = xml_new("x");
    xmlNode *reply = NULL;

    assert_int_equal(ipc_call(conn, msg, 0, PATIENCE_MS, &reply), 0);
    xml_free(reply);
    ipc_disconnect(conn);
}

static void test_find_and_count(void **state)
{
    ipc_conn_t *conn = open_conn();
    XML_AUTO xmlNode *msg = xml_new("x");
    xmlNode *reply = NULL;

    assert_int_equal(ipc_call(conn, msg, 0, PATIENCE_MS, &reply), 0);
    xml_free(reply);
    assert_int_equal(ipc_server_clients(server), 1);
    assert_null(ipc_server_find(server, "nobody"));
    assert_null(ipc_server_find(server, NULL));
    assert_string_equal(ipc_server_name(server), service);
    ipc_disconnect(conn);
}

/* A second server must not end in a way that the launcher takes as final. */
static void test_served_already(void **state)
{
    int rc = 0;

    assert_null(ipc_server_new(service, IPC_NATIVE, false, &server_ops, NULL, &rc));
    assert_int_equal(rc, -EADDRINUSE);
    assert_int_equal(daemon_start_status(rc), CRM_EX_OK);
    assert_int_equal(daemon_start_status(-ENOTCONN), CRM_EX_DISCONNECT);
    assert_int_equal(daemon_start_status(-EACCES), CRM_EX_FATAL);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_call),          TEST(test_not_running), TEST(test_refused),  TEST(test_large),
        TEST(test_late_response), TEST(test_hang_up),     TEST(test_events),   TEST(test_eviction),
        TEST(test_rubbish),       TEST(test_find_and_count), TEST(test_served_already),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
