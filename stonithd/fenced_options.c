/* Instance attributes every fence device takes from the cluster (fencer.md §12). */
#include "config.h"
#include "stonithd/fenced_options.h"

#include <stdio.h>
#include <glib.h>

#include "pacemaker/common/daemon.h"

#define FIXED 7
#define ACTIONS 6

static const struct option_def fixed[FIXED] = {
    {"pcmk_host_argument", NULL, "string", NULL, "port", NULL,
     "Advanced use only: the agent's parameter that names the machine to be fenced, instead of 'port'",
     "Agents whose metadata shows neither 'port' nor 'plug' may use another parameter. The value none keeps "
     "the cluster from "
     "adding any such parameter."},
    {"pcmk_host_map", NULL, "string", NULL, "", NULL,
     "What the device calls each node, for devices that do not know node names",
     "For example node1:1;node2:2,3 uses port 1 for node1 and ports 2 and 3 for node2"},
    {"pcmk_host_list", NULL, "string", NULL, "", NULL,
     "Nodes the device can fence, for example node1,node2,node3",
     "A list of machines controlled by this device; needed if pcmk_host_check is static-list"},
    {"pcmk_host_check", NULL, "string", NULL, "dynamic-list", NULL,
     "How to find out which machines the device controls",
     "Allowed values: dynamic-list (ask the device with the 'list' command), static-list (pcmk_host_list and "
     "pcmk_host_map), "
     "status (ask the device with the 'status' command), none (it controls every machine)"},
    {"pcmk_delay_max", NULL, "time", NULL, "0s", NULL, "Upper limit of the delay before a fencing action",
     "The delay is pcmk_delay_base and a random time such that the sum is below this limit."},
    {"pcmk_delay_base", NULL, "string", NULL, "0s", NULL, "Delay before a fencing action",
     "A fixed delay keeps two nodes from fencing each other at the same time. Either one time for every "
     "target, or a map such as "
     "node1:1s;node2:5 with a time for each."},
    {"pcmk_action_limit", NULL, "integer", NULL, "1", NULL,
     "How many actions may run on the device at the same time",
     "Only useful with the cluster option concurrent-fencing. -1 is unlimited."},
};

void fenced_print_metadata(void)
{
    static const char *const actions[ACTIONS] = {"reboot", "off", "on", "list", "monitor", "status"};
    struct option_def all[FIXED + 3 * ACTIONS];
    GPtrArray *texts = g_ptr_array_new_with_free_func(g_free);
    size_t n = 0;

    for (; n < FIXED; n++) {
        all[n] = fixed[n];
    }
#define TEXT(...)                                                                                            \
    (g_ptr_array_add(texts, g_strdup_printf(__VA_ARGS__)), g_ptr_array_index(texts, texts->len - 1))
    for (size_t i = 0; i < ACTIONS; i++) {
        const char *action = actions[i];

        all[n++] = (struct option_def){
            .name = TEXT("pcmk_%s_action", action), .type = "string", .default_value = action,
            .short_desc = TEXT("Advanced use only: command the agent gets instead of '%s'", action),
            .long_desc = TEXT("For devices that know '%s' under another name.", action)};
        all[n++] = (struct option_def){
            .name = TEXT("pcmk_%s_timeout", action), .type = "time", .default_value = "60s",
            .short_desc = TEXT("Advanced use only: timeout of '%s' instead of stonith-timeout", action),
            .long_desc = TEXT("For devices that need much more or less time than usual for '%s'.", action)};
        all[n++] = (struct option_def){
            .name = TEXT("pcmk_%s_retries", action),
            .type = "integer",
            .default_value = "2",
            .short_desc = TEXT("Advanced use only: how many times '%s' is tried within its timeout", action),
            .long_desc = TEXT("A device that is busy with another connection may fail '%s'; it is then tried "
                              "again while there is "
                              "time left.",
                              action)};
    }
#undef TEXT
    option_metadata_print(
        "pacemaker-fenced", "Instance attributes available for all \"stonith\"-class resources",
        "Instance attributes available for all \"stonith\"-class resources, used by the cluster's fencer",
        all, n);
    g_ptr_array_unref(texts);
}
