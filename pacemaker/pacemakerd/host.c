/* What pacemakerd does to its host (host.h). */
#include "config.h"

#include "pacemaker/pacemakerd/host.h"
#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <corosync/cfg.h>
#include <corosync/cmap.h>
#include <corosync/cpg.h>
#include "pacemaker/common/daemon.h"
#include "pacemaker/common/ipc.h"
#include "pacemaker/common/log.h"

#define STATE_DIR LOCALSTATEDIR "/lib/pacemaker"
#define CHECK_LIMIT_MS 2000

/* ---- directories, limits ---- */

static int make_dir(const char *path, mode_t mode, uid_t user, gid_t group)
{
    if (mkdir(path, mode) < 0 && errno != EEXIST) {
        log_warn("Could not create folder %s: %s", path, strerror(errno));
        return -errno;
    }
    if (chown(path, user, group) < 0) {
        log_warn("Could not give folder %s to " DAEMON_USER ": %s", path, strerror(errno));
    }
    return 0;
}

int host_make_dirs(void)
{
    static const char *const paths[] = {
        LOCALSTATEDIR "/run/crm", STATE_DIR,           STATE_DIR "/cores", STATE_DIR "/blackbox",
        STATE_DIR "/pengine",     STATE_DIR "/cib",
    };
    uid_t user = 0;
    gid_t group = 0;
    int rc = daemon_user_ids(&user, &group);

    if (rc < 0) {
        log_crit("Cluster user " DAEMON_USER " does not exist");
        return rc;
    }
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        make_dir(paths[i], 0750, user, group);
    }
    return 0;
}

void host_raise_core_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_CORE, &limit) == 0 && limit.rlim_max != 0 && limit.rlim_cur == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_CORE, &limit);
    }
}

/* ---- corosync ---- */

int host_configure_from_map(unsigned tries)
{
    cmap_handle_t map = 0;
    cs_error_t rc = CS_OK;
    char *debug = NULL;
    char key[64];
    gid_t group = 0;

    for (unsigned try = 1; try <= tries; try++) {
        rc = cmap_initialize(&map);
        if (rc == CS_OK || try == tries) {
            break;
        }
        sleep(try);
    }
    if (rc != CS_OK) {
        return -ENOTCONN;
    }
    if (env_option("debug") == NULL) {
        bool on = cmap_get_string(map, "logging.debug", &debug) == CS_OK && strcmp(debug, "on") == 0;

        env_option_set("debug", on ? "1" : "0");
        free(debug);
    }
    if (daemon_user_ids(NULL, &group) == 0) {
        snprintf(key, sizeof(key), "uidgid.gid.%u", (unsigned)group);
        rc = cmap_set_uint8(map, key, 1);
        if (rc != CS_OK) {
            log_warn("Could not allow group " DAEMON_GROUP " to use corosync | cmap error %d", (int)rc);
        }
    }
    cmap_finalize(map);
    return 0;
}

static corosync_cfg_handle_t cfg;
static guint cfg_source;
static void (*cfg_lost)(void);

static void refuse_shutdown(corosync_cfg_handle_t handle, corosync_cfg_shutdown_flags_t flags)
{
    log_warn("Not letting corosync shut down while Pacemaker runs");
    corosync_cfg_replyto_shutdown(handle, COROSYNC_CFG_SHUTDOWN_FLAG_NO);
}

static gboolean cfg_ready(gint fd, GIOCondition condition, gpointer data)
{
    if (corosync_cfg_dispatch(cfg, CS_DISPATCH_ALL) == CS_OK) {
        return G_SOURCE_CONTINUE;
    }
    log_crit("Lost connection to corosync");
    cfg_source = 0;
    corosync_cfg_finalize(cfg);
    cfg = 0;
    cfg_lost();
    return G_SOURCE_REMOVE;
}

int host_track_corosync(void (*lost)(void))
{
    static const corosync_cfg_callbacks_t callbacks = {.corosync_cfg_shutdown_callback = refuse_shutdown};
    int fd = -1;
    cs_error_t rc = corosync_cfg_initialize(&cfg, &callbacks);

    cfg_lost = lost;
    if (rc == CS_OK) {
        rc = corosync_cfg_fd_get(cfg, &fd);
        if (rc == CS_OK) {
            rc = corosync_cfg_trackstart(cfg, 0);
        }
        if (rc != CS_OK) {
            corosync_cfg_finalize(cfg);
        }
    }
    if (rc != CS_OK) {
        cfg = 0;
        return -ENOTCONN;
    }
    cfg_source = g_unix_fd_add(fd, G_IO_IN | G_IO_HUP | G_IO_ERR, cfg_ready, NULL);
    return 0;
}

void host_untrack_corosync(void)
{
    if (cfg_source != 0) {
        g_source_remove(cfg_source);
        cfg_source = 0;
    }
    if (cfg != 0) {
        corosync_cfg_finalize(cfg);
        cfg = 0;
    }
}

bool host_cluster_up(void)
{
    cpg_handle_t cpg = 0;

    if (cfg == 0) {
        return false;                   /* lost: the map has to be prepared again first */
    }
    if (cpg_initialize(&cpg, NULL) != CS_OK) {
        return false;
    }
    cpg_finalize(cpg);
    return true;
}

void host_stop_corosync(void)
{
    corosync_cfg_handle_t handle = 0;

    if (corosync_cfg_initialize(&handle, NULL) != CS_OK) {
        return;
    }
    log_info("Asking corosync to shut down");
    corosync_cfg_try_shutdown(handle, COROSYNC_CFG_SHUTDOWN_FLAG_IMMEDIATE);
    corosync_cfg_finalize(handle);
}

/* ---- daemons ---- */

static void become_daemon_user(bool as_root)
{
    uid_t user = 0;
    gid_t group = 0;

    if (daemon_user_ids(&user, &group) < 0) {
        _exit(CRM_EX_FATAL);
    }
    if (as_root) {
        return;
    }
    if (setgid(group) < 0 || initgroups(DAEMON_USER, group) < 0 || setuid(user) < 0) {
        _exit(CRM_EX_FATAL);
    }
}

static _Noreturn void run_child(const struct child_def *def)
{
    char path[256];

    snprintf(path, sizeof(path), "%s/%s", PCMK_DAEMON_DIR, def->name);
    setsid();
    become_daemon_user(def->as_root);
    if (close_range(0, ~0U, 0) < 0 || open("/dev/null", O_RDONLY) != 0 || open("/dev/null", O_WRONLY) != 1 ||
        open("/dev/null", O_WRONLY) != 2) {
        _exit(CRM_EX_FATAL);
    }
    execl(path, path, (char *)NULL);
    _exit(CRM_EX_FATAL);
}

pid_t host_start_child(unsigned child)
{
    pid_t pid = process_fork();

    if (pid == 0) {
        run_child(&child_defs[child]);
    }
    if (pid < 0) {
        log_err("Could not start %s: %s", child_defs[child].name, strerror(errno));
    }
    return pid;
}

static bool may_serve(const struct child_def *def, uid_t server)
{
    uid_t user = 0;
    gid_t group = 0;

    return server == 0 || (!def->as_root && daemon_user_ids(&user, &group) == 0 && server == user);
}

enum check_result host_check_child(unsigned child, pid_t *pid)
{
    const struct child_def *def = &child_defs[child];
    pid_t server = 0;
    uid_t user = 0;
    int rc = ipc_probe(def->endpoint, CHECK_LIMIT_MS, &server, &user);
    bool hangs = rc == -EAGAIN && server > 0 && *pid == 0;      /* in the way of any daemon that we start */

    if (rc == 0 || hangs) {
        *pid = server;
        return !may_serve(def, user) ? CHECK_UNAUTHORIZED : hangs ? CHECK_PID_ONLY : CHECK_OK;
    }
    if (rc == -ECONNABORTED) {
        return CHECK_UNAUTHORIZED;
    }
    return *pid > 0 && kill(*pid, 0) == 0 ? CHECK_PID_ONLY : CHECK_GONE;
}
