/* The whole stack in one process: hosts that run a corosync of real cores (tests/sim) and the real cores of
 * pacemaker's daemons, in virtual time, driven by one seed. doc/simulation.md tells what is real and what is
 * modelled. Files:
 *   tasks.c        what happens later, and to whom
 *   host.c         power, corosync, launcher; daemons that start and end
 *   groups.c       process groups and membership: from corosync to the daemons and back
 *   based.c        the CIB manager, its disk, and its clients
 *   controld.c     the controller;  controld_parts.c: what it wants of the other daemons
 *   execd.c        the executor;    agents.c: services and the agents that manage them
 *   attrd.c        the attribute manager
 *   fenced.c       the fencer;      power.c: the switch its agents use
 *   schedulerd.c   the scheduler
 *   config.c       the cluster's configuration, from the seed
 *   admin.c        a simulated administrator
 *   faults.c       what goes wrong
 *   invariants.c   what must hold
 *   scenario.c     a seed's run;  stories.c: named runs;  main.c: command line, TAP
 */
#ifndef TESTS_SIM_CLUSTER_H
#define TESTS_SIM_CLUSTER_H

#include <glib.h>
#include <libxml/tree.h>
#include "tests/sim/sim.h"
#include "cib/cib_core.h"
#include "lrmd/lrmd_core.h"
#include "pacemaker/attrd/attrd_core.h"
#include "pacemaker/cluster/cluster.h"
#include "pacemaker/common/xml.h"
#include "pacemaker/crmd/core.h"
#include "pacemaker/pacemakerd/launcher.h"

#define HOSTS_MAX 16u

/* In the order of the launcher's children. */
enum part { BASED, FENCED, EXECD, ATTRD, SCHEDULERD, CONTROLD, PARTS };
/* Ends of channels besides the daemons. */
enum { COROSYNC = PARTS, QUORUM, TOOL, ENDS };

struct world;
struct host;
typedef uint64_t task_id;               /* 0 = none */

struct daemon {
    struct host *host;
    enum part part;
    bool running;                   /* there is a process */
    bool serving;                   /* it accepts clients */
    bool ending;                    /* its process ends now: nothing reaches it any more */
    uint32_t life;                  /* grows with every start and end */
    pid_t pid;

    /* groups.c; the executor and the scheduler are in no group */
    peers_t *peers;
    struct cpg_conn conn;
    bool connected;                 /* conn is known to the process groups */
    bool asked;                     /* its wish to join was taken */
    uint32_t next_id;
    GQueue outbox;                  /* struct cluster_bytes */
    task_id flush;
};

/* What an agent manages on one host. */
enum service_state { SERVICE_STOPPED, SERVICE_STARTING, SERVICE_STARTED, SERVICE_PROMOTED, SERVICE_STOPPING,
                     SERVICE_FAILED };

struct service {
    char *name;                     /* of the resource as the executor knows it */
    enum service_state state;
    bool promotable;
    bool died;                      /* nobody stopped it: it is down and the cluster may not know */
    struct agent *agent;            /* at work, or NULL */
};

struct host {
    struct world *cluster;
    struct sim_node *node;          /* its corosync */
    unsigned index;
    char name[16], uuid[16];
    bool power;
    bool leaving;                   /* an orderly stop is under way */
    uint32_t boot;                  /* grows when the power comes or goes */
    uint64_t powered_at, lost_power_at;
    long long wall_offset;          /* seconds that its clock is wrong by */
    uint64_t cpu_us;                /* the controller's, for elections */
    launcher_t *launcher;
    task_id launcher_stop;
    struct daemon daemon[PARTS];
    uint64_t channel[ENDS][ENDS];   /* when the last message of each connection arrives */
    struct based *based;
    struct controld *controld;
    struct execd *execd;
    struct attrd_shell *attrd;
    struct fenced_shell *fenced;
    int scheduler_transition;
    GHashTable *services;           /* name -> struct service; what really runs here */
    xmlNode *disk;                  /* cib.xml as a restart would find it */

    /* invariants.c */
    uint64_t inquorate_since;       /* 0 = quorate, or no power */
    uint64_t history_lost_at;       /* when its controller or executor last ended */
    uint64_t stop_failed_at;        /* an agent could not stop something here; 0 = never in this boot */
};

/* A change an administrator made. */
struct change {
    unsigned number;
    unsigned host;                  /* whose client asked */
    uint64_t acked_at;              /* 0 = not */
    int rc;
    bool settled;                   /* there was a DC when it was asked for */
    bool counts;                    /* acknowledged by a quorate part that lived on: must never be lost */
    bool doubtful;                  /* the acknowledging node went away right then */
    struct totem_ring ring;         /* of the host when it was acknowledged */
};

struct plan {                       /* what a seed or a story chose */
    bool fencing, promotable, clone, group, ordering;
    unsigned singles;
    const char *no_quorum_policy;
    unsigned start_fails, stop_fails, monitor_fails, promote_fails, hangs;    /* per thousand */
    unsigned fence_fails;           /* percent */
    unsigned spread_us;             /* how much longer than usual a message between daemons may take */
    unsigned disk_ms;               /* a write of the CIB takes up to this, 0 = as usual */
    bool migration;                 /* single resources can be migrated live */
    unsigned threshold;             /* migration-threshold, 0 = not set */
    bool failure_timeout, start_not_fatal, failures_fence;
    unsigned fault_interval_ms;
    unsigned chaos_s;               /* how long there are faults */
    unsigned snipe;                 /* one event of a daemon in so many kills it or its host, 0 = none */
    bool early;                     /* faults begin while the cluster starts */
    bool newcomer;                  /* the last host starts with an empty disk */
    bool counted;                   /* the set of changes exists, so that each change raises the epoch */
    bool admin;
    bool daemon_kills, power, partitions, clocks, pauses, corosync_kills;
};

struct world {
    struct sim *sim;
    unsigned n;
    struct host host[HOSTS_MAX];
    struct plan plan;
    bool chaos;                     /* agents may fail, faults come */
    const char *inputs;             /* folder for the scheduler's inputs, or NULL */
    pid_t next_pid;
    unsigned next_uuid, next_tool;
    struct daemon *speaker;         /* whose core runs */
    const struct host *speaking_host;
    uint64_t trail;                 /* of all events so far: equal runs have equal trails */

    GPtrArray *changes;             /* struct change */
    uint64_t scheduler_runs, last_scheduler_run;
    uint64_t fencings, starts;
    uint64_t elections;             /* how often a controller lost its DC */
    uint64_t offers;                /* to join */
    uint64_t two_dcs_since;
};

/* ---- tasks.c ---- */

typedef void (*task_fn)(void *owner, void *data);
struct task;
void tasks_init(void);
void tasks_end(void);
/* After us, unless *guard (may be NULL) has changed by then. host: it does not run while that is paused.
 * data is freed with free_data when not NULL, also of tasks that never run. */
task_id task_after(struct world *c, struct host *host, const uint32_t *guard, uint64_t us, task_fn run,
                        void *owner, void *data, GDestroyNotify free_data);
task_id daemon_task(struct daemon *d, uint64_t us, task_fn run, void *data, GDestroyNotify free_data);
task_id host_task(struct host *h, uint64_t us, task_fn run, void *data, GDestroyNotify free_data);
task_id world_task(struct world *c, uint64_t us, task_fn run, void *data, GDestroyNotify free_data);
void task_cancel(task_id id);               /* 0, or one that ran already: nothing */
void task_run(struct world *c, struct task *task);
void task_free(struct task *task);
/* Virtual time that a message of this connection needs; messages of one connection stay in order. */
uint64_t channel_delay(struct host *h, int from, int to);
/* A message to a daemon of the same host. */
void daemon_post(struct daemon *d, int from, task_fn run, void *data, GDestroyNotify free_data);

/* ---- host.c ---- */

void host_init(struct world *c, unsigned index, struct sim_node *node);
void host_free(struct host *h);
void host_power_on(struct host *h, uint64_t boot_us);
void host_power_off(struct host *h, const char *why);
void host_stop_pacemaker(struct host *h);   /* systemctl stop pacemaker corosync */
void host_kill_corosync(struct host *h);
bool host_quorate(const struct host *h);
struct host *host_find(struct world *c, const char *name);
long long host_wall(const struct host *h);  /* epoch seconds */
long long host_mono_ms(const struct host *h);
void daemon_kill(struct daemon *d);         /* kill -9 */
/* The process ends after the present event. */
void daemon_exit_soon(struct daemon *d, int status);
void daemon_serves(struct daemon *d);
const char *part_name(int part);
static inline struct daemon *daemon_of(struct host *h, enum part part)
{
    return &h->daemon[part];
}
void note(struct host *h, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ---- groups.c ---- */

/* Join the daemon's group; what comes goes to the daemon's handler below. False: not now. */
bool group_join(struct daemon *d, bool autoreap);
void group_leave(struct daemon *d);
bool group_ready(struct host *h);           /* corosync takes requests */
void group_send(struct daemon *d, const char *to, enum cluster_msg_type type, const xmlNode *msg);
void group_lost(struct host *h);            /* corosync went away */
void group_track_quorum(struct daemon *d);
void group_quorum(struct sim *s, struct sim_node *n, bool quorate, const uint32_t *members, size_t count,
                  const struct totem_ring *ring);

/* ---- the daemons: start and stop them; each handles what comes from its group ---- */

void based_start(struct daemon *d);
void based_stop(struct daemon *d);
void based_terminate(struct daemon *d);     /* SIGTERM */
void based_message(struct daemon *d, peer_t *from, xmlNode *msg);
const xmlNode *based_cib(struct host *h);   /* NULL: does not run */

typedef void (*cib_done_task)(struct daemon *client, int call, int rc, const xmlNode *output, void *arg);
/* A call of a daemon to its CIB manager: number of the call, or -ENOTCONN. done may be NULL. */
int based_call(struct daemon *client, const char *op, const char *host, const char *section,
               const xmlNode *data, uint32_t options, unsigned timeout_s, cib_done_task done, void *arg,
               GDestroyNotify free_arg);
/* A tool's call; done is told the result unless it gets lost. */
typedef void (*tool_done)(struct host *h, int rc, const xmlNode *output, void *arg);
bool based_tool_call(struct host *h, const char *op, const char *section, const xmlNode *data,
                     uint32_t options, tool_done done, void *arg);

void controld_start(struct daemon *d);
void controld_stop(struct daemon *d);
void controld_terminate(struct daemon *d);
void controld_message(struct daemon *d, peer_t *from, xmlNode *msg);
void controld_quorum(struct daemon *d, bool quorate, uint64_t ring_seq);
void controld_after_event(struct daemon *d);
void controld_cib_notify(struct daemon *d, const char *type, const xmlNode *message);
void controld_peer_lost(struct daemon *d, enum part part);     /* a daemon of this host ended */
void controld_lost_cluster(struct daemon *d);
void controld_exec_event(struct daemon *d, const xmlNode *msg);
void controld_fence_message(struct daemon *d, const xmlNode *msg);
crmd_t *controld_core(struct host *h);      /* NULL: does not run */
void controld_request(struct host *h, xmlNode *msg);           /* of a tool; takes msg */
void controld_ops_parts(struct crmd_ops *ops);
void controld_sched_reply(struct daemon *d, xmlNode *msg);

void execd_start(struct daemon *d);
void execd_stop(struct daemon *d);
/* NULL: there is no executor. */
xmlNode *execd_call(struct host *h, const char *op, const xmlNode *data, unsigned options);
void execd_client_gone(struct host *h);
void execd_fencer_lost(struct host *h);

void attrd_shell_start(struct daemon *d);
void attrd_shell_stop(struct daemon *d);
void attrd_terminate(struct daemon *d);
void attrd_message(struct daemon *d, peer_t *from, xmlNode *msg);
void attrd_cib_notify(struct daemon *d, const char *type, const xmlNode *message);
/* A client's request; takes it. 0 or -ENOTCONN; *reply may be NULL. */
int attrd_call(struct host *h, xmlNode *request, xmlNode **reply);

void fenced_start(struct daemon *d);
void fenced_stop(struct daemon *d);
void fenced_message(struct daemon *d, peer_t *from, xmlNode *msg);
void fenced_cib_notify(struct daemon *d, const char *type, const xmlNode *message);
/* A client's request (st_op ...); an answer comes as controld_fence_message(). -ENOTCONN: no fencer. */
int fenced_call(struct host *h, xmlNode *request);
int fenced_device_register(struct host *h, const char *id, const char *agent, const char *provider,
                           GHashTable *params);
int fenced_device_remove(struct host *h, const char *id);
bool fenced_device_active(struct host *h, const char *id);

void schedulerd_request(struct daemon *d, xmlNode *msg);

/* ---- agents.c ---- */

typedef void (*agent_done)(void *arg, int rc, int status, const char *reason);
/* Run an agent; done is called later unless it is abandoned. */
struct agent *agent_start(struct host *h, const char *rsc, const char *type, const char *action,
                          unsigned timeout_ms, const char *migrate_target, agent_done done, void *arg);
void agent_abandon(struct agent *agent);    /* it is killed */
void services_power_off(struct host *h);
struct service *service_find(struct host *h, const char *name);
bool service_active(const struct service *service);            /* may be running */
void service_die(struct host *h, const char *name);
const char *service_state_name(enum service_state state);

/* ---- power.c ---- */

typedef void (*switch_done)(void *arg, bool ok);
/* off, on or reboot of target; the answer comes unless the asking daemon is gone. */
void power_switch(struct daemon *who, const char *action, const char *target, switch_done done, void *arg,
                  GDestroyNotify free_arg);

/* ---- config.c, admin.c, faults.c, invariants.c, scenario.c ---- */

void plan_pick(struct world *c);
xmlNode *config_new(struct world *c);

void admin_act(struct world *c);          /* something at random */
void admin_change(struct world *c, struct host *h);
void admin_cleanup(struct world *c, struct host *h);
void admin_standby(struct host *h, const char *node, bool on);
void admin_attribute(struct host *h, const char *name, const char *value);
void admin_move(struct host *h, const char *rsc, const char *node);

void admin_role(struct host *h, const char *rsc, const char *role);
void admin_tidy(struct host *h);            /* undo what was done to resources */

void faults_start(struct world *c);
void fault_snipe(struct daemon *d);         /* after one of its events */
void faults_end(struct world *c);         /* everything is whole again */
void fault_random(struct world *c);

void invariants_step(struct world *c);
void invariants_service_changed(struct host *h, const struct service *service, enum service_state old);
void invariants_tick(struct world *c);
void invariants_host_gone(struct host *h);
/* NULL when everything is as it should be at rest, else what is not. moving: the scheduler had work
 * lately. */
const char *invariants_rest(struct world *c, bool *moving);
bool invariants_changes_kept(struct world *c);

void cluster_init(struct world *c, struct sim *s, unsigned nodes);
void cluster_end(struct world *c);
void cluster_advance(struct world *c, uint64_t us);
/* Power on all hosts with the configuration of c->plan, and wait until everything is at rest. */
bool cluster_start(struct world *c);
/* Faults are over: repair, start and tidy everything, and wait until it is at rest. */
bool cluster_calm(struct world *c);
bool scenario_seed(struct world *c);
unsigned stories_count(void);
const char *stories_name(unsigned story);
unsigned stories_nodes(unsigned story);
bool story_run(struct world *c, unsigned story);
void cluster_fail(struct world *c, const struct host *h, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
