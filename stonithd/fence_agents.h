/* The fence agents installed here (fencer.md §6.3, §11): which there are, their metadata and validation, and
 * how their command line is put together. Used by the fencer, its clients and the executor's. */
#ifndef STONITHD_FENCE_AGENTS_H
#define STONITHD_FENCE_AGENTS_H

#include <stdbool.h>
#include <glib.h>

#define FENCE_AGENT_DIR "/usr/sbin"
#define FENCE_WATCHDOG_AGENT "fence_watchdog"

char **fence_agents_list(void);                  /* sorted, g_strfreev(); never NULL */
bool fence_agent_exists(const char *agent);
char *fence_agent_path(const char *agent);       /* g_free() */
/* Metadata after the reference's touching up, free(); 0 or negative errno. timeout_s 0 = 120. */
int fence_agent_metadata(const char *agent, unsigned timeout_s, char **output);
int fence_agent_validate(const char *rsc_id, const char *agent, GHashTable *params, unsigned timeout_s,
                         char **output, char **error_output);

/* What the agent reads on stdin: "name=value" lines for action on target (NULL = none). alias: what the host
 * map calls the target, or NULL. default_host_arg: "port", "plug", by the metadata. nodeid: > 0 when to be
 * passed. g_free(). */
char *fence_agent_input(const char *agent, const char *action, const char *target, const char *alias,
                        const char *default_host_arg, unsigned nodeid, GHashTable *params);

#endif
