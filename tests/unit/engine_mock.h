/*
 * An engine for tests of the services: one node, no ring, no sockets, time that stands still.
 *
 * Multicasts come back when mock_deliver() is called, timers fire when mock_timers_fire() is;
 * responses and events of a connection are kept for the test to look at.
 */
#ifndef TESTS_UNIT_ENGINE_MOCK_H
#define TESTS_UNIT_ENGINE_MOCK_H

#include "corosync/engine/service.h"

#define MOCK_NODEID 1
#define MOCK_CONNS_MAX 64

/* What came back to a client last, and how many. */
struct mock_answers {
    unsigned responses;
    unsigned events;
    int32_t response_error;
    int32_t response_id;
    int32_t event_id;
    int32_t event_error;
    uint8_t response[16384]; /* its first bytes */
    size_t response_size;
    uint8_t event[16384];
    size_t event_size;
};

void mock_start(void);
/* Disconnects all and frees all. */
void mock_stop(void);

/* Call the load hook of a service. NULL or its error. */
const char *mock_load(struct service *service);

struct ipc_conn *mock_connect(struct service *service);
void mock_disconnect(struct ipc_conn *conn);

/*
 * A request, header included, as the engine passes it on: checked for its size. Returns false
 * when the engine would have refused it.
 */
bool mock_request(struct ipc_conn *conn, const void *msg, size_t size);
struct mock_answers *mock_answers(struct ipc_conn *conn);

/* A message from another node (or ourselves), header included; refused like mock_request(). */
bool mock_message(struct service *service, const void *msg, size_t size, uint32_t nodeid);

/* Delivers what was multicast. The number of messages. */
unsigned mock_deliver(void);
/* Fires all timers that are set now, once. */
void mock_timers_fire(void);
/* From now on there is (no) room to send. */
void mock_room(bool room);

/* What the services asked the engine for. */
struct mock_calls {
    unsigned shutdown;
    unsigned reload;
    unsigned reopen_logs;
    unsigned flow_control_update;
};
struct mock_calls *mock_calls(void);

#endif
