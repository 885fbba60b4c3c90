/* What crm_mon's files share: what to show, and where the data comes from. */
#ifndef TOOLS_CRM_MON_H
#define TOOLS_CRM_MON_H

#include <glib.h>
#include <stdbool.h>

#include "cib/cib_client.h"
#include "pacemaker/common/tool.h"
#include "tools/launcher.h"
#include "tools/status.h"

/* Sections of the display (--include, --exclude). */
enum mon_section {
    MON_STACK = 1 << 0,
    MON_DC = 1 << 1,
    MON_TIMES = 1 << 2,
    MON_COUNTS = 1 << 3,
    MON_OPTIONS = 1 << 4,
    MON_MAINT = 1 << 5,
    MON_NODES = 1 << 6,
    MON_RESOURCES = 1 << 7,
    MON_ATTRIBUTES = 1 << 8,
    MON_FAILCOUNTS = 1 << 9,
    MON_OPERATIONS = 1 << 10,
    MON_FAILURES = 1 << 11,
    MON_FENCE_FAILED = 1 << 12,
    MON_FENCE_SUCCEEDED = 1 << 13,
    MON_FENCE_PENDING = 1 << 14,
    MON_TICKETS = 1 << 15,
    MON_BANS = 1 << 16,
};
#define MON_SUMMARY (MON_STACK | MON_DC | MON_TIMES | MON_COUNTS | MON_MAINT)
#define MON_FENCING (MON_FENCE_FAILED | MON_FENCE_SUCCEEDED | MON_FENCE_PENDING)
#define MON_ALL (MON_SUMMARY | MON_OPTIONS | MON_NODES | MON_RESOURCES | MON_ATTRIBUTES | MON_FAILCOUNTS | \
                 MON_OPERATIONS | MON_FAILURES | MON_FENCING | MON_TICKETS | MON_BANS)
#define MON_DEFAULT (MON_SUMMARY | MON_NODES | MON_RESOURCES | MON_FAILURES)

struct mon_view {
    unsigned sections;             /* enum mon_section */
    unsigned show;                 /* enum status_show */
    int fence_level;               /* --fence-history, 0..3 */
    bool full_fencing;             /* level 3: events are not merged */
    char *bans_prefix;
    char *only_node, *only_rsc;    /* names or tags */
};

/* The cluster as last seen. */
struct mon_data {
    xmlNode *cib;                  /* NULL: not available */
    int cib_rc;
    GPtrArray *fencing;            /* NULL: none */
    int fencing_rc;
    bool live;                     /* not from a file */
    bool have_launcher;
    bool on_remote_node;          /* there is no launcher here */
    struct launcher_status launcher;
};

/* Change the sections by a list like "none,nodes,bans:cli-".
 * Returns false and *error (g_malloc) for unknown names. */
bool mon_sections_apply(struct mon_view *view, bool include, const char *list, bool xml, char **error);
/* The sections by name, for --include=list. */
const char *mon_sections_help(void);

/* Print everything the view has. */
void mon_print(output_t *out, const struct mon_view *view, const struct mon_data *data);
/* The one line of --simple-status. */
void mon_print_simple(output_t *out, const struct mon_data *data);

/* The screen: redraw text, wait for a key. */
void mon_screen_open(void);
void mon_screen_close(void);
void mon_screen_draw(const char *text);
/* A key pressed, 0 when none. */
int mon_screen_key(void);
/* Ask with a list of the toggles; returns the key chosen. */
const char *mon_keys_help(void);

#endif
