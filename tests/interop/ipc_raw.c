/* Sends XML as it is to a daemon, for tests with requests no client would make.
 *
 *   ipc_raw SERVICE < requests
 *
 * One request a line; each is sent waiting for the answer, which is printed ("-> RC TEXT"); a line that
 * begins with '!' is sent without waiting. Events that came meanwhile are printed as "event TEXT". */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pacemaker/common/ipc.h"
#include "pacemaker/common/xml.h"

#define ANSWER_TIMEOUT_MS 2000
#define LINE_MAX_BYTES (4 * 1024 * 1024)

static void on_event(ipc_conn_t *conn, xmlNode *msg, void *arg)
{
    char *text = xml_text(msg);

    printf("event %s\n", text);
    free(text);
}

static void on_closed(ipc_conn_t *conn, void *arg)
{
    printf("closed\n");
}

static void send_line(ipc_conn_t *conn, const char *line)
{
    bool wait = line[0] != '!';
    XML_AUTO xmlNode *msg = xml_parse(wait ? line : line + 1, NULL);
    XML_AUTO xmlNode *reply = NULL;

    if (msg == NULL) {
        printf("unparsable: %s\n", line);
        return;
    }
    int rc = wait ? ipc_call(conn, msg, 0, ANSWER_TIMEOUT_MS, &reply) : ipc_send(conn, msg, 0);
    char *text = reply != NULL ? xml_text(reply) : strdup("");
    printf("-> %d %s\n", rc, text);
    free(text);
}

int main(int argc, char **argv)
{
    static const ipc_conn_ops_t ops = {.event = on_event, .closed = on_closed};
    int rc = 0;
    ipc_conn_t *conn = argc == 2 ? ipc_connect(argv[1], 0, &ops, NULL, &rc) : NULL;
    char *line = malloc(LINE_MAX_BYTES);

    if (conn == NULL || line == NULL) {
        fprintf(stderr, "ipc_raw: cannot connect (%d)\n", rc);
        free(line);
        return 1;
    }
    while (fgets(line, LINE_MAX_BYTES, stdin) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (line[0] != '\0') {
            send_line(conn, line);
        }
        if (ipc_conn_dispatch(conn) < 0) {
            break;
        }
    }
    ipc_disconnect(conn);
    free(line);
    return 0;
}
