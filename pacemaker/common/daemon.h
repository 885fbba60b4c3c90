/* What every pacemaker daemon and tool does at start and in its main loop. GLib based. */
#ifndef PCMK_DAEMON_H
#define PCMK_DAEMON_H

#include <stdbool.h>
#include <sys/types.h>
#include <glib.h>
#include "pacemaker/common/results.h"

/* Program name without path, e.g. "pacemaker-based". */
const char *program_name(void);
/* Message name of this process ("cib", "crmd", ...; messaging.md §1.9). */
const char *program_system_name(void);

/* Environment option PCMK_<name>, then HA_<name>; NULL when unset. */
const char *env_option(const char *name);
bool env_option_enabled(const char *daemon, const char *name);   /* boolean or list naming the daemon */
void env_option_set(const char *name, const char *value);        /* both prefixes; NULL unsets */

/* Logging of a daemon: libqb to syslog, detail file, stderr as configured by the environment (§7). verbosity:
 * number of -V given. Also chdir to the cores folder, umask, blackbox signals. Call once. */
void daemon_log_init(const char *name, unsigned verbosity);
/* Logging of a command-line tool: nothing on stderr without -V, errors with one, and so on to trace; a file
 * only when PCMK_logfile is set. */
void tool_log_init(const char *name, unsigned verbosity);
/* The level that the most talkative target of the log takes (LOG_ERR and so on). */
int daemon_log_level(void);
void daemon_log_stderr(bool on);
/* Change the level of what a tool or daemon writes to stderr and file after the start (more -V). */
void daemon_log_verbosity(unsigned verbosity);

/* Handle --help/-?, --version/-$, metadata argument is the daemon's own business. */

/* Signals delivered in the main loop. */
void mainloop_add_signal(int signum, void (*handler)(int signum));
void mainloop_remove_signal(int signum);
/* Wait before another attempt, outside of the main loop. False: a watched signal (not SIGCHLD) has come,
 * now or earlier; the caller should give up, and its handler runs as soon as the main loop does. */
bool mainloop_pause(unsigned ms);

/* fork(); the child has no handlers of ours and nothing blocked. A signal sent to it at once has its effect
 * on the child: a handler of ours that runs there before it is reset would swallow it. */
pid_t process_fork(void);

/* A child process watched by the main loop. */
typedef struct child child_t;
/* ended(pid, wait status bits decoded): signo 0 when it exited by itself; timed_out true when we killed it at
 * its limit. */
typedef void (*child_ended_fn)(pid_t pid, int exit_status, int signo, bool timed_out, void *arg);
/* timeout_ms 0 = none. At the limit the child (kill_group: its process group) gets SIGKILL. */
child_t *child_watch(pid_t pid, unsigned timeout_ms, bool kill_group, const char *name, child_ended_fn fn,
                     void *arg);
void child_unwatch(child_t *child);
bool child_kill(child_t *child, int signum);

/* Ids of the daemon user and group; -ENOENT when they do not exist. Cached. */
int daemon_user_ids(uid_t *uid, gid_t *gid);

/* Room for following ordering chains of very large clusters recursively:
 * raises the soft stack limit to at most 1 GiB. */
void process_allow_deep_recursion(void);

/* Process id of a running program, by the name the kernel keeps of it (15 characters); 0: there is none. */
pid_t process_find(const char *name);

/* How a daemon ends that could not start, from the negative errno of connecting or serving:
 * the launcher tries again, unless nothing can have changed by then (CRM_EX_FATAL). */
crm_exit_t daemon_start_status(int rc);

/* About so many bytes will soon be allocated in small pieces: the heap grows by them in large pages,
 * which the kernel provides in less time. Memory that is not used is only an address range. */
void process_expect_memory(size_t bytes);

/* Flush logs and end the process. */
_Noreturn void daemon_exit(crm_exit_t status);

/* Random UUID text, 36 characters + NUL into out. */
void uuid_text(char out[37]);

/* Cluster/daemon option description, for "metadata" output and defaults (agents-and-tools.md, option tables
 * in cib.md §1). */
struct option_def {
    const char *name, *old_name, *type, *values, *default_value;
    bool (*valid)(const char *value);     /* NULL = anything */
    const char *short_desc, *long_desc;
};
/* Value of name in table (GHashTable of char* to char*), or old name's, or the default; invalid values are
 * logged and replaced. */
const char *option_value(GHashTable *values, const struct option_def *defs, size_t n, const char *name);
/* Print the OCF-style XML metadata of a daemon to stdout. */
void option_metadata_print(const char *name, const char *short_desc, const char *long_desc,
                           const struct option_def *defs, size_t n);

#endif
