/* Asking the launcher for its state. */
#include "config.h"
#include "tools/launcher.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "pacemaker/common/daemon.h"
#include "pacemaker/common/ipc.h"
#include "pacemaker/common/message.h"
#include "pacemaker/common/xml.h"

static void pong(ipc_conn_t *conn, xmlNode *msg, void *arg)
{
    struct launcher_status *status = arg;
    const xmlNode *data = message_data(msg);
    long long when;

    (void)conn;
    if (data != NULL && xml_get(data, "pacemakerd_state") != NULL) {
        snprintf(status->state, sizeof(status->state), "%s", xml_get(data, "pacemakerd_state"));
        status->last_updated = xml_get_int(data, "crm-timestamp", &when) == 0 ? when : 0;
    }
}

int launcher_ping(struct launcher_status *status, int timeout_ms)
{
    static const ipc_conn_ops_t ops = {.event = pong};
    char uuid[16];
    xmlNode *request XML_AUTO = NULL;
    int rc = 0;
    ipc_conn_t *conn = ipc_connect("pacemakerd", 0, &ops, status, &rc);

    *status = (struct launcher_status){.state = ""};
    if (conn == NULL) {
        return rc;
    }
    snprintf(uuid, sizeof(uuid), "%d", (int)getpid());
    request = message_request("ping", NULL, NULL, SYS_PACEMAKERD, program_name(), uuid);
    rc = ipc_call(conn, request, 0, timeout_ms, NULL);
    while (rc == 0 && status->state[0] == '\0') {
        struct pollfd fd = {.fd = ipc_conn_fd(conn), .events = POLLIN};

        if (poll(&fd, 1, timeout_ms) <= 0) {
            rc = -ETIME;
        } else {
            int n = ipc_conn_dispatch(conn);

            rc = n < 0 ? n : 0;
        }
    }
    ipc_disconnect(conn);
    return rc;
}

const char *launcher_state_text(const char *state)
{
    static const struct {
        const char *state, *text;
    } texts[] = {{"init", "Initializing pacemaker"},
                 {"starting_daemons", "Pacemaker daemons are starting"},
                 {"wait_for_ping", "Waiting for startup trigger from SBD"},
                 {"running", "Pacemaker is running"},
                 {"shutting_down", "Pacemaker daemons are shutting down"},
                 {"shutdown_complete", "Pacemaker daemons are shut down (reporting to SBD)"}};

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (strcmp(texts[i].state, state) == 0) {
            return texts[i].text;
        }
    }
    return "invalid";
}
