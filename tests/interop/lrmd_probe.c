/* A scriptable client of the executor, for tests with our daemon and with Debian's. Reads commands from
 * stdin:
 *
 *   connect NAME [HOST PORT]            provide NAME HOST PORT (connect, and answer proxied requests with
 * <answer/>) register RSC CLASS PROVIDER|- TYPE [OPTIONS]      unregister RSC info RSC exec RSC ACTION
 * INTERVAL TIMEOUT DELAY OPTIONS [NAME=VALUE]... cancel RSC ACTION INTERVAL          poke        recurring
 * [RSC]      alert ID PATH TIMEOUT [NAME=VALUE]... wait MS                             events N MS (wait
 * until N more events came, at most MS) metadata CLASS PROVIDER|- TYPE      disconnect
 *
 * and prints each result and each event, one a line. */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <glib.h>

#include "lrmd/lrmd_client.h"
#include "pacemaker/common/results.h"
#include "pacemaker/common/xml.h"

#define WORDS_MAX 64

static lrmd_client_t *client;
static unsigned events_seen;

static void on_event(lrmd_client_t *c, const lrmd_event_t *event, void *arg)
{
    events_seen++;
    if (event->xml != NULL) {
        char *text = xml_text(event->xml);
        printf("event %s\n", text);
        free(text);
    } else {
        printf("event %s rc=%d\n", event->type == LRMD_EVENT_DISCONNECT ? "disconnect" : "connect",
               event->connection_rc);
    }
}

/* What a local program of the remote node asks: answered with an empty element. */
static void on_proxy(lrmd_client_t *c, xmlNode *msg, void *arg)
{
    const char *op = xml_get(msg, "lrmd_ipc_op");
    char *text = xml_text(msg);

    events_seen++;
    printf("proxy %s\n", text);
    free(text);
    if (op != NULL && strcmp(op, "request") == 0) {
        XML_AUTO xmlNode *answer = xml_new("lrmd_ipc_proxy");

        xml_set(answer, "lrmd_ipc_op", "response");
        xml_set(answer, "lrmd_ipc_session", xml_get(msg, "lrmd_ipc_session"));
        xml_set(answer, "lrmd_ipc_msg_id", xml_get(msg, "lrmd_ipc_msg_id"));
        xml_add(xml_add(answer, "lrmd_ipc_msg"), "answer");
        lrmd_forward(c, answer);
    } else if (op != NULL && strcmp(op, "shutdown_req") == 0) {
        XML_AUTO xmlNode *ack = xml_new("lrmd_ipc_proxy");

        xml_set(ack, "lrmd_ipc_op", "shutdown_ack");
        lrmd_forward(c, ack);
    }
}

static gboolean on_timeout(gpointer data)
{
    *(bool *)data = true;
    return G_SOURCE_REMOVE;
}

/* Run the main loop until `wanted` more events came or ms passed. */
static void wait_for(unsigned wanted, unsigned ms)
{
    bool expired = false;
    unsigned until = events_seen + wanted;
    guint timer = g_timeout_add(ms, on_timeout, &expired);

    while (!expired && events_seen < until) {
        g_main_context_iteration(NULL, TRUE);
    }
    if (!expired) {
        g_source_remove(timer);
    }
}

static GHashTable *read_params(char **words)
{
    GHashTable *params = lrmd_params_new();

    for (; *words != NULL; words++) {
        char *equals = strchr(*words, '=');
        if (equals != NULL) {
            g_hash_table_replace(params, g_strndup(*words, (gsize)(equals - *words)), g_strdup(equals + 1));
        }
    }
    return params;
}

static unsigned number(const char *text)
{
    return text != NULL ? (unsigned)strtoul(text, NULL, 10) : 0;
}

static const char *provider(const char *text)
{
    return strcmp(text, "-") == 0 ? NULL : text;
}

static int do_connect(char **w, int n)
{
    lrmd_client_free(client);
    client = n > 3 ? lrmd_client_new_remote(w[2], w[2], (int)number(w[3]), on_event, NULL)
                   : lrmd_client_new(on_event, NULL);
    if (strcmp(w[0], "provide") == 0) {
        lrmd_set_proxy(client, on_proxy, NULL);
    }
    return lrmd_connect(client, w[1], 0);
}

static int do_exec(char **w, int n)
{
    GHashTable *params = read_params(w + 7);
    int rc = lrmd_exec(client, w[1], w[2], "0:0:0:probe", number(w[3]), number(w[4]), number(w[5]),
                       number(w[6]), params);

    g_hash_table_unref(params);
    return rc;
}

static int do_alert(char **w, int n)
{
    GHashTable *params = read_params(w + 4);
    int rc = lrmd_exec_alert(client, w[1], w[2], number(w[3]), params);

    g_hash_table_unref(params);
    return rc;
}

static int do_info(char **w, int n)
{
    lrmd_rsc_info_t *info = NULL;
    int rc = lrmd_get_rsc_info(client, w[1], &info);

    if (info != NULL) {
        printf("info %s %s %s %s\n", info->id, info->standard, info->provider != NULL ? info->provider : "-",
               info->type);
    }
    lrmd_rsc_info_free(info);
    return rc;
}

static int do_recurring(char **w, int n)
{
    GPtrArray *list = NULL;
    int rc = lrmd_get_recurring(client, n > 1 ? w[1] : NULL, &list);

    for (guint i = 0; list != NULL && i < list->len; i++) {
        const lrmd_recurring_t *op = g_ptr_array_index(list, i);
        printf("recurring %s %s interval=%u timeout=%u\n", op->rsc_id, op->action, op->interval_ms,
               op->timeout_ms);
    }
    if (list != NULL) {
        g_ptr_array_unref(list);
    }
    return rc;
}

static int do_metadata(char **w, int n)
{
    char *text = NULL;
    int rc = lrmd_get_metadata(w[1], provider(w[2]), w[3], NULL, 0, &text);

    printf("%s", text != NULL ? text : "");
    free(text);
    return rc;
}

static int run(char **w, int n)
{
    if ((strcmp(w[0], "connect") == 0 && n >= 2) || (strcmp(w[0], "provide") == 0 && n >= 4)) {
        return do_connect(w, n);
    } else if (strcmp(w[0], "register") == 0 && n >= 5) {
        return lrmd_register_rsc(client, w[1], w[2], provider(w[3]), w[4], number(n > 5 ? w[5] : NULL));
    } else if (strcmp(w[0], "unregister") == 0 && n >= 2) {
        return lrmd_unregister_rsc(client, w[1]);
    } else if (strcmp(w[0], "info") == 0 && n >= 2) {
        return do_info(w, n);
    } else if (strcmp(w[0], "exec") == 0 && n >= 7) {
        return do_exec(w, n);
    } else if (strcmp(w[0], "cancel") == 0 && n >= 4) {
        return lrmd_cancel(client, w[1], w[2], number(w[3]));
    } else if (strcmp(w[0], "poke") == 0) {
        return lrmd_poke(client);
    } else if (strcmp(w[0], "recurring") == 0) {
        return do_recurring(w, n);
    } else if (strcmp(w[0], "alert") == 0 && n >= 4) {
        return do_alert(w, n);
    } else if (strcmp(w[0], "metadata") == 0 && n >= 4) {
        return do_metadata(w, n);
    } else if (strcmp(w[0], "disconnect") == 0) {
        lrmd_disconnect(client);
        return 0;
    } else if (strcmp(w[0], "wait") == 0 && n >= 2) {
        wait_for(1000000, number(w[1]));
        return 0;
    } else if (strcmp(w[0], "events") == 0 && n >= 3) {
        unsigned before = events_seen;
        wait_for(number(w[1]), number(w[2]));
        return (int)(events_seen - before);
    }
    return -EINVAL;
}

int main(void)
{
    char line[65536];

    setvbuf(stdout, NULL, _IOLBF, 0);
    client = lrmd_client_new(on_event, NULL);
    while (fgets(line, sizeof(line), stdin) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        char **words = g_strsplit(line, " ", WORDS_MAX);
        int n = (int)g_strv_length(words);

        if (n > 0 && words[0][0] != '\0' && words[0][0] != '#') {
            int rc = run(words, n);
            printf("%s: %d\n", line, rc);
        }
        g_strfreev(words);
    }
    lrmd_client_free(client);
    return 0;
}
