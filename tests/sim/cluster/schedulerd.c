/* The scheduler: the real library behind a message. */
#include "tests/sim/cluster/cluster.h"

#include "pacemaker/common/message.h"
#include "pengine/pengine.h"

#define THINKING_MIN_US (1 * SIM_MS)
#define THINKING_SPREAD_US (20 * SIM_MS)

static void take_graph(void *owner, void *data)
{
    controld_sched_reply(owner, data);
}

static void free_tree(gpointer data)
{
    xml_free(data);
}

static void say(void *arg, enum pe_severity severity, const char *function, const char *text)
{
    (void)function;
    if (severity <= PE_WARNING) {
        note(arg, "scheduler: %s", text);
    }
}

static void calculated(void *owner, void *data)
{
    struct daemon *d = owner;

    if (daemon_of(d->host, CONTROLD)->running) {
        daemon_post(daemon_of(d->host, CONTROLD), SCHEDULERD, take_graph, xml_copy(data), free_tree);
    }
}

/* Keep the input, for crm_simulate -x. */
static void save_input(struct host *h, const xmlNode *cib)
{
    const char *folder = h->cluster->inputs;
    char *path, *text;

    if (folder == NULL) {
        return;
    }
    path = g_strdup_printf("%s/%012llu-%s-%d.xml", folder,
                           (unsigned long long)(h->cluster->sim->now / SIM_MS), h->name,
                           h->scheduler_transition);
    text = xml_text_pretty(cib);
    g_file_set_contents(path, text, -1, NULL);
    free(text);
    g_free(path);
}

void schedulerd_request(struct daemon *d, xmlNode *msg)
{
    struct world *c = d->host->cluster;
    XML_AUTO xmlNode *cib = xml_copy(message_data(msg));
    struct pe_hooks hooks = {.message = say, .least = PE_WARNING, .arg = d->host};
    struct pe_input input = {
        .cib = cib, .now = {.epoch = host_wall(d->host)}, .transition_id = d->host->scheduler_transition++,
        .hooks = &hooks,
    };
    pe_sched *s;
    xmlNode *reply;

    xml_setf(cib, "execution-date", "%lld", host_wall(d->host));
    save_input(d->host, cib);
    s = pe_schedule(&input);
    reply = message_reply(msg, s->graph);
    pe_free(s);
    xml_set(reply, "crm-tgraph-in", "memory");
    xml_set(reply, "graph-errors", "0");
    xml_set(reply, "graph-warnings", "0");
    xml_set(reply, "config-errors", "0");
    xml_set(reply, "config-warnings", "0");
    c->scheduler_runs++;
    c->last_scheduler_run = c->sim->now;
    daemon_task(d, THINKING_MIN_US + sim_below(c->sim, THINKING_SPREAD_US), calculated, reply, free_tree);
}
