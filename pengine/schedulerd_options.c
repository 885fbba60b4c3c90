/* The scheduler's cluster options with their descriptions. */
#include "config.h"
#include "pengine/schedulerd_options.h"

#include "pacemaker/common/daemon.h"

static const struct option_def defs[] = {
    {"no-quorum-policy", "no_quorum_policy", "select", "stop, freeze, ignore, demote, suicide", "stop", NULL,
     "What to do when the cluster does not have quorum", NULL},
    {"symmetric-cluster", "symmetric_cluster", "boolean", NULL, "true", NULL,
     "Whether resources can run on any node by default", NULL},
    {"maintenance-mode", NULL, "boolean", NULL, "false", NULL,
     "Whether the cluster should refrain from monitoring, starting, and stopping resources", NULL},
    {"start-failure-is-fatal", NULL, "boolean", NULL, "true", NULL,
     "Whether a start failure should prevent a resource from being recovered on the same node",
     "When true, the cluster will immediately ban a resource from a node if it fails to start there. "
     "When false, the cluster will instead check the resource's fail count against its migration-threshold."},
    {"enable-startup-probes", NULL, "boolean", NULL, "true", NULL,
     "Whether the cluster should check for active resources during start-up", NULL},
    {"shutdown-lock", NULL, "boolean", NULL, "false", NULL,
     "Whether to lock resources to a cleanly shut down node",
     "When true, resources active on a node when it is cleanly shut down are kept locked to that node until "
     "they start there again (or for at most shutdown-lock-limit, if set)."},
    {"shutdown-lock-limit", NULL, "time", NULL, "0", NULL,
     "Do not lock resources to a cleanly shut down node longer than this", "0 means without limit."},
    {"stonith-enabled", "stonith_enabled", "boolean", NULL, "true", NULL,
     "*** Advanced Use Only *** Whether nodes may be fenced as part of recovery",
     "If false, unresponsive nodes are immediately assumed to be harmless, and resources that were active on "
     "them may be recovered elsewhere. This can result in data loss when the node is in fact still running."},
    {"stonith-action", "stonith_action", "select", "reboot, off, poweroff", "reboot", NULL,
     "Action to send to fence device when a node needs to be fenced (\"poweroff\" is a deprecated alias for "
     "\"off\")", NULL},
    {"stonith-timeout", NULL, "time", NULL, "60s", NULL,
     "*** Advanced Use Only *** Timeout of fencing actions", NULL},
    {"have-watchdog", NULL, "boolean", NULL, "false", NULL, "Whether watchdog integration is enabled",
     "Set automatically by the cluster."},
    {"concurrent-fencing", NULL, "boolean", NULL, "false", NULL,
     "Allow performing fencing operations in parallel", NULL},
    {"startup-fencing", "startup_fencing", "boolean", NULL, "true", NULL,
     "*** Advanced Use Only *** Whether to fence unseen nodes at start-up", NULL},
    {"priority-fencing-delay", NULL, "time", NULL, "0", NULL,
     "Apply fencing delay targeting the lost nodes with the highest total resource priority", NULL},
    {"cluster-delay", "transition_idle_timeout", "time", NULL, "60s", NULL,
     "Maximum time for node-to-node communication", NULL},
    {"batch-limit", NULL, "integer", NULL, "0", NULL,
     "Maximum number of jobs that the cluster may execute in parallel across all nodes",
     "0 lets the cluster adapt it to the load of the nodes."},
    {"migration-limit", NULL, "integer", NULL, "-1", NULL,
     "The number of live migration actions that the cluster is allowed to execute in parallel on a node (-1 "
     "means no limit)", NULL},
    {"stop-all-resources", NULL, "boolean", NULL, "false", NULL,
     "Whether the cluster should stop all active resources", NULL},
    {"stop-orphan-resources", "stop_orphan_resources", "boolean", NULL, "true", NULL,
     "Whether to stop resources that were removed from the configuration", NULL},
    {"stop-orphan-actions", "stop_orphan_actions", "boolean", NULL, "true", NULL,
     "Whether to cancel recurring actions removed from the configuration", NULL},
    {"remove-after-stop", "remove_after_stop", "boolean", NULL, "false", NULL,
     "*** Deprecated *** Whether to remove stopped resources from the executor", NULL},
    {"pe-error-series-max", NULL, "integer", NULL, "-1", NULL,
     "The number of scheduler inputs resulting in errors to save", "Zero to disable, -1 to store unlimited."},
    {"pe-warn-series-max", NULL, "integer", NULL, "5000", NULL,
     "The number of scheduler inputs resulting in warnings to save",
     "Zero to disable, -1 to store unlimited."},
    {"pe-input-series-max", NULL, "integer", NULL, "4000", NULL,
     "The number of scheduler inputs without errors or warnings to save",
     "Zero to disable, -1 to store unlimited."},
    {"node-health-strategy", NULL, "select", "none, migrate-on-red, only-green, progressive, custom", "none",
     NULL, "How cluster should react to node health attributes", NULL},
    {"node-health-base", NULL, "integer", NULL, "0", NULL, "Base health score assigned to a node",
     "Only used when node-health-strategy is progressive."},
    {"node-health-green", NULL, "integer", NULL, "0", NULL,
     "The score to use for a node health attribute whose value is \"green\"", NULL},
    {"node-health-yellow", NULL, "integer", NULL, "0", NULL,
     "The score to use for a node health attribute whose value is \"yellow\"", NULL},
    {"node-health-red", NULL, "integer", NULL, "-INFINITY", NULL,
     "The score to use for a node health attribute whose value is \"red\"", NULL},
    {"placement-strategy", NULL, "select", "default, utilization, minimal, balanced", "default", NULL,
     "How the cluster should allocate resources to nodes", NULL},
};

void schedulerd_metadata(void)
{
    option_metadata_print("pacemaker-schedulerd", "Pacemaker scheduler options",
                          "Cluster options used by Pacemaker's scheduler", defs,
                          sizeof(defs) / sizeof(defs[0]));
}
