/* Running the program of crm_mon --external-agent (crm_mon_agent.h; agents-and-tools.md B11). */
#include "config.h"
#include "tools/crm_mon_agent.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <glib.h>

#include "pacemaker/common/log.h"
#include "pacemaker/common/results.h"
#include "pacemaker/common/xml.h"

#define MAX_NODE_ID 64

static const char *agent, *told_recipient;

void mon_agent_init(const char *program, const char *recipient)
{
    agent = program;
    told_recipient = recipient;
    signal(SIGCHLD, SIG_IGN);       /* nobody waits for the program */
}

static void tell(const char *name, const char *value)
{
    setenv(name, value != NULL ? value : "", 1);
}

static void tell_number(const char *name, int value)
{
    char text[16];

    snprintf(text, sizeof(text), "%d", value);
    setenv(name, text, 1);
}

static void run(const struct mon_event *event)
{
    pid_t pid = fork();

    if (pid < 0) {
        log_err("Could not run %s: %s", agent, strerror(errno));
        return;
    }
    if (pid > 0) {
        return;
    }
    tell("CRM_notify_recipient", told_recipient);
    tell("CRM_notify_node", event->node);
    tell("CRM_notify_rsc", event->rsc);
    tell("CRM_notify_task", event->task);
    tell("CRM_notify_desc", event->desc);
    tell_number("CRM_notify_rc", event->rc);
    tell_number("CRM_notify_target_rc", event->target_rc);
    tell_number("CRM_notify_status", event->status);
    execl(agent, agent, (char *)NULL);
    fprintf(stderr, "crm_mon: could not run %s: %s\n", agent, strerror(errno));
    _exit(1);
}

/* ---- results of operations ---- */

struct patch_walk {
    const xmlNode *cib;
    char node_id[MAX_NODE_ID];      /* from the path of the change, "" unknown */
    unsigned count;
};

/* The id in "/cib/status/node_state[@id='1']/...". */
static void read_node_id(struct patch_walk *walk, const char *path)
{
    static const char before[] = "/node_state[@id='";
    const char *id = path != NULL ? strstr(path, before) : NULL;
    size_t length;

    walk->node_id[0] = '\0';
    if (id == NULL) {
        return;
    }
    id += strlen(before);
    length = strcspn(id, "'");
    if (length < sizeof(walk->node_id)) {
        memcpy(walk->node_id, id, length);
        walk->node_id[length] = '\0';
    }
}

static const char *node_name(const struct patch_walk *walk, const xmlNode *op)
{
    const char *name = xml_get(op, "on_node");
    const xmlNode *state;

    if (name != NULL) {
        return name;
    }
    state = xml_find(xml_first(walk->cib, "status"), "node_state", "id", walk->node_id);
    name = xml_get(state, "uname");
    return name != NULL ? name : walk->node_id;
}

static int number(const xmlNode *op, const char *name, int fallback)
{
    long long value;

    return xml_get_int(op, name, &value) == 0 ? (int)value : fallback;
}

/* The result that was wanted, from "ACTION:TRANSITION:RC:UUID". */
static int target_rc(const xmlNode *op)
{
    const char *key = xml_get(op, "transition-key");
    int action, transition, rc;

    return key != NULL && sscanf(key, "%d:%d:%d:", &action, &transition, &rc) == 3 ? rc : -1;
}

/* The resource in RSC_TASK_INTERVAL, malloc'ed. */
static char *key_resource(const char *key, const char *task)
{
    char *part = g_strdup_printf("_%s_", task);
    const char *end = key != NULL ? g_strrstr(key, part) : NULL;
    char *rsc = end != NULL ? g_strndup(key, (gsize)(end - key)) : NULL;

    g_free(part);
    return rsc;
}

static void report_operation(struct patch_walk *walk, const xmlNode *op)
{
    const char *key = xml_get(op, "operation_key");
    struct mon_event event = {
        .node = node_name(walk, op), .task = xml_get(op, "operation"), .rc = number(op, "rc-code", -1),
        .target_rc = target_rc(op), .status = number(op, "op-status", EXEC_UNKNOWN),
    };
    char *rsc;

    if (event.task == NULL || event.status == EXEC_PENDING || event.status == EXEC_UNKNOWN) {
        return;
    }
    if (event.status != EXEC_DONE) {
        event.desc = exec_status_str(event.status);
    } else {
        event.desc = event.rc == event.target_rc ? pcmk_strerror(0) : ocf_exit_str(event.rc);
    }
    rsc = key_resource(key != NULL ? key : xml_id(op), event.task);
    event.rsc = rsc;
    run(&event);
    walk->count++;
    g_free(rsc);
}

static void walk_new(struct patch_walk *walk, const xmlNode *element)
{
    if (xml_is(element, "lrm_rsc_op")) {
        report_operation(walk, element);
        return;
    }
    if (xml_is(element, "node_state") && xml_id(element) != NULL) {
        g_strlcpy(walk->node_id, xml_id(element), sizeof(walk->node_id));
    }
    xml_foreach(child, element, NULL) {
        walk_new(walk, child);
    }
}

unsigned mon_agent_patch(const xmlNode *patch, const xmlNode *cib)
{
    struct patch_walk walk = {.cib = cib};

    xml_foreach(change, patch, "change") {
        const char *operation = xml_get(change, "operation");

        read_node_id(&walk, xml_get(change, "path"));
        if (g_strcmp0(operation, "create") == 0) {
            walk_new(&walk, xml_first(change, NULL));
        } else if (g_strcmp0(operation, "modify") == 0) {
            walk_new(&walk, xml_first(xml_first(change, "change-result"), NULL));
        }
    }
    return walk.count;
}

/* ---- fencing ---- */

void mon_agent_fencing(const stonith_event_t *event)
{
    bool ok = fence_result_ok(event->result);
    char *desc = g_strdup_printf("Operation %s of %s by %s for %s@%s: %s (ref=%s)", event->action,
                                 event->target, event->executioner != NULL ? event->executioner : "<no-one>",
                                 event->client_origin, event->origin,
                                 ok ? "OK" : exec_status_str(event->result->op_status), event->operation_id);
    struct mon_event told = {.node = event->target, .task = "st_notify_fence", .desc = desc,
                             .rc = ok ? 0 : event->result->exit_status};

    run(&told);
    g_free(desc);
}
