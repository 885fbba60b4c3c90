/*
 * The cfg service: before a shutdown the clients that track are asked (services.md 5.7).
 *
 * One negotiation runs at a time. It ends when every client that was asked has answered, or
 * when the time is up. One that disconnects or stops tracking has nothing against it.
 */
#include "corosync/services/cfg.h"
#include "corosync/services/services.h"

#define TIMEOUT_KEY "cfg.shutdown_timeout"
#define TIMEOUT_DEFAULT_MS 5000
#define SEND_RETRY_MS 10

static LIST_HEAD(, cfg_client) trackers = LIST_HEAD_INITIALIZER(trackers);

static struct {
    bool running;
    struct cfg_client *caller; /* waits for the result */
    uint32_t flags;            /* corosync_cfg_shutdown_flags_t */
    unsigned asked;
    unsigned yes;
    unsigned no;
    engine_timer timer;
} negotiation;

static void shutdown_announce(void *data)
{
    if (cfg_shutdown_send() != 0) {
        engine_timer_add(SEND_RETRY_MS, shutdown_announce, NULL);
    }
}

static void ask(struct cfg_client *client, cs_error_t error)
{
    struct proto_cfg_testshutdown event = {.flags = negotiation.flags};

    event.header.id = CFG_EV_TESTSHUTDOWN;
    event.header.size = (int32_t)sizeof(event);
    event.header.error = error;
    ipc_event_send(client->ipc, &event, sizeof(event));
}

static void negotiation_end(void)
{
    struct cfg_client *client;

    engine_timer_delete(negotiation.timer);
    negotiation.timer = 0;
    negotiation.running = false;
    negotiation.caller = NULL;
    LIST_FOREACH(client, &trackers, tracker) {
        client->vote = CFG_VOTE_NONE;
    }
}

/* When all have answered: all agree, or it does not matter. */
static void decide_if_complete(void)
{
    if (!negotiation.running || negotiation.yes + negotiation.no < negotiation.asked) {
        return;
    }
    bool agreed = negotiation.yes >= negotiation.asked ||
                  negotiation.flags == COROSYNC_CFG_SHUTDOWN_FLAG_REGARDLESS;
    struct ipc_conn *caller = negotiation.caller->ipc;

    negotiation_end();
    ipc_response_error(caller, CFG_RES_TRY_SHUTDOWN, agreed ? CS_OK : CS_ERR_BUSY);
    if (agreed) {
        shutdown_announce(NULL);
    }
}

static void on_timeout(void *data)
{
    struct cfg_client *client;

    negotiation.timer = 0;
    negotiation.no = negotiation.asked - negotiation.yes;
    decide_if_complete();
    LIST_FOREACH(client, &trackers, tracker) {
        ask(client, CS_ERR_TIMEOUT);
    }
}

static void ask_tracker(struct cfg_client *client)
{
    client->vote = CFG_VOTE_WAITING;
    negotiation.asked++;
    ask(client, CS_OK);
}

/* Whether there is anybody to ask but the caller. */
static bool others_track(const struct cfg_client *caller)
{
    const struct cfg_client *client;

    LIST_FOREACH(client, &trackers, tracker) {
        if (client != caller) {
            return true;
        }
    }
    return false;
}

static void negotiation_begin(struct cfg_client *caller, uint32_t flags)
{
    uint32_t timeout = TIMEOUT_DEFAULT_MS;
    struct cfg_client *client;

    icmap_get_u32(engine_map(), TIMEOUT_KEY, &timeout);
    negotiation.running = true;
    negotiation.caller = caller;
    negotiation.flags = flags;
    negotiation.asked = 0;
    negotiation.yes = 0;
    negotiation.no = 0;
    LIST_FOREACH(client, &trackers, tracker) {
        if (client != caller) {
            ask_tracker(client);
        }
    }
    negotiation.timer = engine_timer_add(timeout, on_timeout, NULL);
}

void cfg_lib_try_shutdown(struct ipc_conn *conn, const void *msg, size_t size)
{
    const struct proto_cfg_number_request *request = msg;
    struct cfg_client *client = ipc_conn_private(conn);

    if (request->value > COROSYNC_CFG_SHUTDOWN_FLAG_IMMEDIATE) {
        ipc_response_error(conn, CFG_RES_TRY_SHUTDOWN, CS_ERR_INVALID_PARAM);
    } else if (request->value == COROSYNC_CFG_SHUTDOWN_FLAG_IMMEDIATE) {
        ipc_response_error(conn, CFG_RES_TRY_SHUTDOWN, CS_OK);
        shutdown_announce(NULL);
    } else if (negotiation.running) {
        ipc_response_error(conn, CFG_RES_TRY_SHUTDOWN, CS_ERR_EXIST);
    } else if (!others_track(client)) {
        ipc_response_error(conn, CFG_RES_TRY_SHUTDOWN, CS_OK);
        shutdown_announce(NULL);
    } else {
        negotiation_begin(client, request->value);
    }
}

/* Takes back what the client has said, if anything. */
static void vote_withdraw(struct cfg_client *client)
{
    if (client->vote == CFG_VOTE_YES) {
        negotiation.yes--;
    } else if (client->vote == CFG_VOTE_NO) {
        negotiation.no--;
    }
}

static void vote_set(struct cfg_client *client, enum cfg_vote vote)
{
    vote_withdraw(client);
    client->vote = vote;
    if (vote == CFG_VOTE_YES) {
        negotiation.yes++;
    } else {
        negotiation.no++;
    }
}

void cfg_lib_replyto_shutdown(struct ipc_conn *conn, const void *msg, size_t size)
{
    const struct proto_cfg_number_request *request = msg;
    struct cfg_client *client = ipc_conn_private(conn);

    if (!negotiation.running) {
        ipc_response_error(conn, CFG_RES_REPLYTO_SHUTDOWN, CS_ERR_ACCESS);
        return;
    }
    if (client->vote != CFG_VOTE_NONE) {
        vote_set(client, request->value == COROSYNC_CFG_SHUTDOWN_FLAG_NO ? CFG_VOTE_NO : CFG_VOTE_YES);
    }
    ipc_response_error(conn, CFG_RES_REPLYTO_SHUTDOWN, CS_OK);
    decide_if_complete();
}

void cfg_lib_trackstart(struct ipc_conn *conn, const void *msg, size_t size)
{
    struct cfg_client *client = ipc_conn_private(conn);

    if (!client->tracking) {
        client->tracking = true;
        LIST_INSERT_HEAD(&trackers, client, tracker);
        if (negotiation.running) {
            ask_tracker(client);
        }
    }
    ipc_response_error(conn, CFG_RES_TRACKSTART, CS_OK);
}

/* One that does not track any more agrees. */
static void tracking_end(struct cfg_client *client)
{
    if (!client->tracking) {
        return;
    }
    if (client->vote != CFG_VOTE_NONE) {
        vote_set(client, CFG_VOTE_YES);
        client->vote = CFG_VOTE_NONE; /* what it said stays counted */
    }
    client->tracking = false;
    LIST_REMOVE(client, tracker);
    decide_if_complete();
}

void cfg_lib_trackstop(struct ipc_conn *conn, const void *msg, size_t size)
{
    tracking_end(ipc_conn_private(conn));
    ipc_response_error(conn, CFG_RES_TRACKSTOP, CS_OK);
}

void cfg_shutdown_client_gone(struct cfg_client *client)
{
    if (negotiation.running && negotiation.caller == client) {
        negotiation_end();
    }
    tracking_end(client);
}
