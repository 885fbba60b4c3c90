/* Asks the local scheduler daemon for one transition after the other:  sched_probe FILE...
 *
 * For each CIB a line:  FILE graph-errors graph-warnings config-errors config-warnings SAVED-INPUT|- */
#include "config.h"

#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "pacemaker/common/input.h"
#include "pacemaker/common/ipc.h"
#include "pacemaker/common/message.h"
#include "pacemaker/common/xml.h"

#define LIMIT_MS 60000

struct wait {
    const char *file;
    bool answered, closed;
};

static const char *value(const xmlNode *msg, const char *name)
{
    const char *text = xml_get(msg, name);

    return text != NULL ? text : "-";
}

static void on_event(ipc_conn_t *conn, xmlNode *msg, void *arg)
{
    struct wait *wait = arg;

    (void)conn;
    printf("%s %s %s %s %s %s\n", wait->file, value(msg, "graph-errors"), value(msg, "graph-warnings"),
           value(msg, "config-errors"), value(msg, "config-warnings"), value(msg, "crm-tgraph-in"));
    wait->answered = true;
}

static void on_closed(ipc_conn_t *conn, void *arg)
{
    struct wait *wait = arg;

    (void)conn;
    wait->closed = true;
}

static bool ask(ipc_conn_t *conn, struct wait *wait)
{
    char *error = NULL;
    char *text = input_read_file(wait->file);
    XML_AUTO xmlNode *cib = text == NULL ? NULL : xml_parse(text, &error);
    XML_AUTO xmlNode *request = message_request("pe_calc", cib, NULL, SYS_PENGINE, SYS_CRMD, NULL);
    struct pollfd fd = {.fd = ipc_conn_fd(conn), .events = POLLIN};

    free(text);
    wait->answered = false;
    if (cib == NULL || ipc_call(conn, request, 0, LIMIT_MS, NULL) != 0) {
        fprintf(stderr, "%s: %s\n", wait->file, error != NULL ? error : "not answered");
        return false;
    }
    while (!wait->answered && !wait->closed) {
        if (poll(&fd, 1, LIMIT_MS) <= 0 || ipc_conn_dispatch(conn) != 0) {
            return false;
        }
    }
    return wait->answered;
}

int main(int argc, char **argv)
{
    static const ipc_conn_ops_t ops = {.event = on_event, .closed = on_closed};
    struct wait wait = {0};
    int rc, failed = 0;
    ipc_conn_t *conn = ipc_connect("pengine", 8u << 20, &ops, &wait, &rc);

    if (conn == NULL) {
        fprintf(stderr, "no scheduler\n");
        return 1;
    }
    for (int i = 1; i < argc && !wait.closed; i++) {
        wait.file = argv[i];
        failed += !ask(conn, &wait);
    }
    ipc_disconnect(conn);
    return failed != 0;
}
