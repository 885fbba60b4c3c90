/*
 * Inside corosync/engine: the daemon's state and what its files call of each other. Services use service.h.
 */
#ifndef COROSYNC_ENGINE_ENGINE_H
#define COROSYNC_ENGINE_ENGINE_H

#include <qb/qbloop.h>

#include "corosync/engine/conf_parse.h"
#include "corosync/engine/service.h"
#include "corosync/engine/totem_conf.h"
#include "corosync/net/net.h"

/* Exit statuses (config-and-tools.md 6.4). */
enum engine_status {
    ENGINE_EXIT_OK = 0, ENGINE_EXIT_USAGE = 1, ENGINE_EXIT_FORK = 4, ENGINE_EXIT_LOG_CONFIG = 7,
    ENGINE_EXIT_CONFIG = 8, ENGINE_EXIT_LOG_SETUP = 9, ENGINE_EXIT_ICMAP = 12, ENGINE_EXIT_FATAL = 15,
    ENGINE_EXIT_DIRECTORY = 16, ENGINE_EXIT_LOCK = 17, ENGINE_EXIT_RUNNING = 18, ENGINE_EXIT_STDIO = 19,
    ENGINE_EXIT_SERVICE = 20, ENGINE_EXIT_RING_ID = 21, ENGINE_EXIT_STATS = 22,
};

struct engine {
    qb_loop_t *loop;
    struct icmap *map;
    struct engine_conf *conf;           /* in force */
    const char *config_path;
    bool foreground;
};

extern struct engine engine;

struct conf_choices engine_conf_choices(void);

/* Logs and exits with a status other than 0. */
void engine_fail(enum engine_status status, const char *file, int line) __attribute__((noreturn));
#define ENGINE_FAIL(status) engine_fail((status), __FILE__, __LINE__)

/* ---- ring.c: totem, transport, sync ---- */

/* Create totem and the transport; services are loaded when the links are up. 0 or -1 with text in err. */
int ring_start(char *err, size_t err_size);
/* Say good-bye, let the frame out, close everything. */
void ring_stop(void);
int ring_mcast(const struct iovec *iov, unsigned iov_count);
int ring_reserve(size_t bytes);
void ring_release(int reserved);
void ring_check_level(void);
enum totem_level ring_level(void);
/* Nobody on the ring sends anything new, but for so many frames right now; false: back to normal. */
void ring_hold_back(bool hold_back, uint32_t let_through);
/* The services that take part in sync changed. */
void ring_set_sync_services(const int32_t *ids, size_t count);
void ring_totem_stats(struct totem_stats *stats);
void ring_totem_stats_clear(void);
void ring_stats(net_stat_fn fn, void *ctx);
void ring_stats_clear(void);
uint32_t ring_send_failures(void);
int ring_node_status(uint32_t nodeid, struct net_node_status *status);
void ring_link_text(unsigned link, char *text, size_t size);
/* engine.conf has been replaced by next: timers, links, values. */
void ring_reconfigure(const struct engine_conf *next);
int ring_crypto_prepare(const struct net_crypto *crypto, char *err, size_t err_size);
bool ring_is_up(void);

/* ---- loader.c: services ---- */

void services_load_all(void);
void services_check(void);              /* only their view of the configuration */
/* Unload one service after the other, then call done. */
void services_unload_all(void (*done)(void));
void services_deliver(uint32_t nodeid, const void *msg, size_t size);
void services_confchg(const struct totem_confchg *change);
struct service *services_find(int32_t id);
void services_dump(void);

/* ---- ipc.c ---- */

void ipc_init(void);
/* Create and destroy the service's socket. */
void ipc_service_open(struct service *service);
void ipc_service_close(struct service *service);
/* From the first completed sync on. */
void ipc_allow(void);
/* Bytes of events that wait for the slowest client among those that read. */
size_t ipc_backlog(void);

struct ipc_conn_stats {
    unsigned service;
    uint32_t pid;
    const void *pointer;
    const char *procname;
    uint64_t requests, responses, dispatched, send_retries, recv_retries, flow_control_count;
    uint64_t invalid_request, overload;
    uint32_t queued, sent, flow_control;
    int32_t queueing;
};
typedef void (*ipc_stats_fn)(void *ctx, const struct ipc_conn_stats *stats);
void ipc_stats(ipc_stats_fn fn, void *ctx, uint64_t *active, uint64_t *closed);
void ipc_stats_clear(void);

/* ---- backlog.c: clients that read slowly ---- */

/* A client has so many bytes of events waiting. */
void backlog_grew(size_t bytes, const char *procname, uint32_t pid);
void backlog_stop(void);

/* ---- members.c: runtime.members. ---- */

void members_update(const uint32_t *left, size_t left_count, const uint32_t *joined, size_t joined_count);

/* ---- logconf.c ---- */

/* Before the configuration is read: stderr and syslog. */
void log_early(void);
/* Read logging.*; 0, or -1 with the reason. test: nothing that lasts is opened. */
int log_configure(const struct icmap *map, const char **reason);
/* Follow changes of logging.*; start the log thread. 0 or -1. */
int log_run(bool realtime);
void log_end(void);
/* Blackbox: (re)create the ring buffer, write it to a file. */
void log_blackbox_start(void);
void log_blackbox_dump(void);

/* ---- stats.c ---- */

int stats_init(void);
/* Start the 1500 ms timer. */
void stats_run(void);
void stats_schedmiss(uint64_t timestamp_ms, float delay_ms);

/* ---- reload.c ---- */

/* Follow totem.* keys written at run time, and the runtime.* control keys. */
void runtime_keys_init(void);
void reload_mark_read_only(struct icmap *map);

/* ---- process.c ---- */

void process_move_to_root_cgroup(const struct icmap *map);
/* Returns whether the process got a real-time policy. */
bool process_set_priority(const struct icmap *map);
void process_daemonize(void);
void process_lock_memory(void);
void process_take_lock_file(void);
void process_drop_lock_file(void);
void process_watch_pauses(void);

#endif
