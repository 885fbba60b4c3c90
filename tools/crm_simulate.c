/* crm_simulate: what would the cluster do? (scheduler decisions §16, §17; agents-and-tools.md B16) */
#include "config.h"
#include "tools/crm_simulate.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cib/cib_client.h"
#include "cib/schema.h"
#include "pacemaker/common/daemon.h"
#include "pacemaker/common/tool.h"
#include "pacemaker/common/xml.h"
#include "pengine/dot.h"
#include "pengine/simulate.h"
#include "tools/status.h"

#define FORMATS "text,xml"
#define VALUE_LETTERS "udfiFtqwgrbeIOGDxPN"

static struct {
    struct tool_args args;
    gboolean run, simulate, in_place, live, pipe;
    gboolean attributes, failcounts, scores, utilization, all_actions, pending;
    char *profile, *date, *quorum, *watchdog, *save_input, *save_output, *graph, *dot, *file, *explain;
    int repeat;
    char **up, **down, **fail, **inject, **op_fail, **grant, **revoke, **standby, **activate;
} opt;

static const GOptionEntry operations[] = {
    {"run", 'R', 0, G_OPTION_ARG_NONE, &opt.run,
     "Process the supplied input and show what actions the cluster will take in response", NULL},
    {"simulate", 'S', 0, G_OPTION_ARG_NONE, &opt.simulate,
     "Like --run, but also simulate taking those actions and show the resulting new status", NULL},
    {"in-place", 'X', 0, G_OPTION_ARG_NONE, &opt.in_place,
     "Like --simulate, but also store the results back to the input file", NULL},
    {"show-attrs", 'A', 0, G_OPTION_ARG_NONE, &opt.attributes, "Show node attributes", NULL},
    {"show-failcounts", 'c', 0, G_OPTION_ARG_NONE, &opt.failcounts, "Show resource fail counts", NULL},
    {"show-scores", 's', 0, G_OPTION_ARG_NONE, &opt.scores, "Show allocation scores", NULL},
    {"show-utilization", 'U', 0, G_OPTION_ARG_NONE, &opt.utilization, "Show utilization information", NULL},
    {"profile", 'P', 0, G_OPTION_ARG_FILENAME, &opt.profile,
     "Process all the XML files in the named directory to create profiling data", "DIR"},
    {"repeat", 'N', 0, G_OPTION_ARG_INT, &opt.repeat,
     "With --profile, repeat each test N times and print timings", "N"},
    {"explain", 0, 0, G_OPTION_ARG_STRING, &opt.explain,
     "Show where the scores and actions of the resource come from", "RSC"},
    {"pending", 'j', G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &opt.pending, "Display pending state", NULL},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

static const GOptionEntry synthetic[] = {
    {"node-up", 'u', 0, G_OPTION_ARG_STRING_ARRAY, &opt.up, "Simulate bringing a node online", "NODE"},
    {"node-down", 'd', 0, G_OPTION_ARG_STRING_ARRAY, &opt.down, "Simulate taking a node offline", "NODE"},
    {"node-fail", 'f', 0, G_OPTION_ARG_STRING_ARRAY, &opt.fail, "Simulate a node failing", "NODE"},
    {"op-inject", 'i', 0, G_OPTION_ARG_STRING_ARRAY, &opt.inject,
     "Generate a failure for the cluster to react to in the simulation (RSC_TASK_MS@NODE=RC)", "OPSPEC"},
    {"op-fail", 'F', 0, G_OPTION_ARG_STRING_ARRAY, &opt.op_fail,
     "If the specified task occurs during the simulation, have it fail (RSC_TASK_MS@NODE=RC)", "OPSPEC"},
    {"set-datetime", 't', 0, G_OPTION_ARG_STRING, &opt.date, "Set date/time (ISO 8601 format)", "DATETIME"},
    {"quorum", 'q', 0, G_OPTION_ARG_STRING, &opt.quorum,
     "Set to '1' (or 'true') to indicate cluster has quorum", "QUORUM"},
    {"watchdog", 'w', 0, G_OPTION_ARG_STRING, &opt.watchdog,
     "Set to '1' (or 'true') to indicate cluster has an active watchdog device", "DEVICE"},
    {"ticket-grant", 'g', 0, G_OPTION_ARG_STRING_ARRAY, &opt.grant, "Simulate granting a ticket", "TICKET"},
    {"ticket-revoke", 'r', 0, G_OPTION_ARG_STRING_ARRAY, &opt.revoke, "Simulate revoking a ticket", "TICKET"},
    {"ticket-standby", 'b', 0, G_OPTION_ARG_STRING_ARRAY, &opt.standby,
     "Simulate making a ticket standby", "TICKET"},
    {"ticket-activate", 'e', 0, G_OPTION_ARG_STRING_ARRAY, &opt.activate,
     "Simulate activating a ticket", "TICKET"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

static const GOptionEntry artifacts[] = {
    {"save-input", 'I', 0, G_OPTION_ARG_FILENAME, &opt.save_input,
     "Save the input configuration to the named file", "FILE"},
    {"save-output", 'O', 0, G_OPTION_ARG_FILENAME, &opt.save_output,
     "Save the output configuration to the named file", "FILE"},
    {"save-graph", 'G', 0, G_OPTION_ARG_FILENAME, &opt.graph,
     "Save the transition graph (XML format) to the named file", "FILE"},
    {"save-dotfile", 'D', 0, G_OPTION_ARG_FILENAME, &opt.dot,
     "Save the transition graph (DOT format) to the named file", "FILE"},
    {"all-actions", 'a', 0, G_OPTION_ARG_NONE, &opt.all_actions,
     "Display all possible actions in DOT graph (even if not part of transition)", NULL},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

static const GOptionEntry sources[] = {
    {"live-check", 'L', 0, G_OPTION_ARG_NONE, &opt.live,
     "Connect to CIB manager and use the current CIB contents as input", NULL},
    {"xml-file", 'x', 0, G_OPTION_ARG_FILENAME, &opt.file, "Retrieve XML from the named file", "FILE"},
    {"xml-pipe", 'p', 0, G_OPTION_ARG_NONE, &opt.pipe, "Retrieve XML from stdin", NULL},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

/* ---- time ---- */

static int32_t zone_offset(time_t when)
{
    struct tm tm;

    localtime_r(&when, &tm);
    return (int32_t)tm.tm_gmtoff;
}

static struct iso_now system_now(void)
{
    time_t now = time(NULL);

    return (struct iso_now){.epoch = now, .offset = zone_offset(now)};
}

/* Time of the calculation; says so when it is not the real one. */
static void effective_time(output_t *out, const xmlNode *cib, bool print, struct iso_now *now)
{
    struct iso_time t;
    char text[48];
    int64_t recorded = pe_cib_time(cib);

    *now = system_now();
    if (opt.date != NULL) {
        if (iso_parse(opt.date, now, &t)) {     /* else it stays at the real time, like the reference's */
            now->epoch = iso_epoch(&t);
            now->offset = zone_offset((time_t)now->epoch);
        }
        if (print) {
            out_info(out, "Setting effective cluster time: %s", opt.date);
        }
    } else if (recorded >= 0) {
        now->epoch = recorded;
        now->offset = zone_offset((time_t)recorded);
        if (print) {
            t = iso_from_epoch(recorded, now->offset);
            out_info(out, "Using the original execution date of: %s", iso_text(&t, text));
        }
    }
}

/* ---- injections ---- */

static void attribute_line(void *arg, const char *path, const char *node, const char *name, const char *value)
{
    output_t *out = arg;

    if (out->kind == OUTPUT_XML) {
        out_xml(out, "inject_attr", "name", name, "value", value, "node_path", path, "cib_node", node, NULL);
    } else {
        out_list_item(out, NULL, "Injecting attribute %s=%s into %s '%s'", name, value, path, node);
    }
}

static void node_line(output_t *out, const char *verb, const char *state, const char *action,
                      const char *node)
{
    if (out->kind == OUTPUT_XML) {
        out_xml(out, "modify_node", "action", action, "node", node, NULL);
    } else {
        out_list_item(out, NULL, "%s node %s%s", verb, node, state);
    }
}

static bool node_events(output_t *out, const pe_sched *model, xmlNode *cib, char **nodes,
                        enum pe_node_event what)
{
    for (size_t i = 0; nodes != NULL && nodes[i] != NULL; i++) {
        if (what == PE_NODE_UP) {
            node_line(out, "Bringing", " online", "Online", nodes[i]);
        } else if (what == PE_NODE_DOWN) {
            node_line(out, "Taking", " offline", "Offline", nodes[i]);
        } else {
            node_line(out, "Failing", "", "Failing", nodes[i]);
        }
        if (!pe_sim_node_event(model, cib, nodes[i], what, opt.up != NULL)) {
            out_err(out, "No node is named '%s'", nodes[i]);
            return false;
        }
    }
    return true;
}

static void ticket_events(output_t *out, xmlNode *cib, char **tickets, const char *verb, const char *action,
                          const char *name, bool value, int64_t now)
{
    for (size_t i = 0; tickets != NULL && tickets[i] != NULL; i++) {
        if (out->kind == OUTPUT_XML) {
            out_xml(out, "modify_ticket", "action", action, "ticket", tickets[i], NULL);
        } else {
            out_list_item(out, NULL, "%s ticket %s%s", verb, tickets[i],
                          strcmp(verb, "Making") == 0 ? " standby" : "");
        }
        pe_sim_ticket(cib, tickets[i], name, value, now);
    }
}

/* As the reference sees it: quorum is only set together with something else. */
static bool any_injection(void)
{
    return opt.up != NULL || opt.down != NULL || opt.fail != NULL || opt.inject != NULL ||
           opt.grant != NULL || opt.revoke != NULL || opt.standby != NULL || opt.activate != NULL ||
           opt.watchdog != NULL;
}

/* Specifications that make no sense are reported and left out; an unknown node ends it. */
static bool inject_operations(output_t *out, const pe_sched *model, xmlNode *cib, int64_t now)
{
    bool unknown = false;

    for (size_t i = 0; opt.inject != NULL && opt.inject[i] != NULL && !unknown; i++) {
        char *error;

        if (out->kind == OUTPUT_XML) {
            out_xml(out, "inject_spec", "spec", opt.inject[i], NULL);
        } else {
            out_list_item(out, NULL, "Injecting %s into the configuration", opt.inject[i]);
        }
        error = pe_sim_inject_operation(model, cib, opt.inject[i], now, opt.up != NULL, &unknown,
                                        attribute_line, out);
        if (error != NULL) {
            fflush(stdout);
            out_err(out, "%s", error);
            g_free(error);
        }
    }
    return !unknown;
}

static bool inject(output_t *out, const pe_sched *model, xmlNode *cib, int64_t now)
{
    bool ok;

    if (out->kind == OUTPUT_XML) {
        out_xml_push(out, "modifications", "quorum", opt.quorum, "watchdog", opt.watchdog, NULL);
    } else {
        out_list_begin(out, NULL, NULL, "Performing Requested Modifications");
    }
    if (opt.quorum != NULL) {
        if (out->kind != OUTPUT_XML) {
            out_list_item(out, NULL, "Setting quorum: %s", opt.quorum);
        }
        xml_set(cib, "have-quorum", opt.quorum);
    }
    if (opt.watchdog != NULL) {
        if (out->kind != OUTPUT_XML) {
            out_list_item(out, NULL, "Setting watchdog: %s", opt.watchdog);
        }
        pe_sim_option(cib, "have-watchdog", opt.watchdog);
    }
    ok = node_events(out, model, cib, opt.up, PE_NODE_UP) &&
         node_events(out, model, cib, opt.down, PE_NODE_DOWN) &&
         node_events(out, model, cib, opt.fail, PE_NODE_FAIL);
    ticket_events(out, cib, opt.grant, "Granting", "Granting", "granted", true, now);
    ticket_events(out, cib, opt.revoke, "Revoking", "Revoking", "granted", false, now);
    ticket_events(out, cib, opt.standby, "Making", "Standby", "standby", true, now);
    ticket_events(out, cib, opt.activate, "Activating", "Activating", "standby", false, now);
    ok = ok && inject_operations(out, model, cib, now);
    if (out->kind == OUTPUT_XML) {
        out_xml_pop(out);
    } else {
        out_list_end(out);
    }
    return ok;
}

/* ---- stages of a run ---- */

/* enum pe_once: each warning of these once, although the cluster is looked at twice */
static unsigned said;

static const char *score_heading(void)
{
    return opt.scores && opt.utilization ? "Allocation Scores and Utilization Information" :
        opt.scores ? "Allocation Scores" : "Utilization Information";
}

static unsigned status_flags(bool pending)
{
    return pending ? SHOW_PENDING : 0;
}

static void show_current(struct sim_print *p, pe_sched *s)
{
    if (sim_print_banner(p->out, s)) {
        out_spacer(p->out);
    }
    sim_print_status(p->out, s, status_flags(true), "Current cluster status", opt.attributes, opt.failcounts);
}

static crm_exit_t save_results(output_t *out, pe_sched *s)
{
    if (opt.graph != NULL && !sim_write_xml(opt.graph, s->graph)) {
        out_err(out, "Could not write the graph to %s", opt.graph);
        return CRM_EX_CANTCREAT;
    }
    if (opt.dot != NULL) {
        char *text = pe_dot(s, opt.all_actions, opt.args.verbosity > 0);
        bool ok = sim_write_text(opt.dot, text);

        g_free(text);
        if (!ok) {
            out_err(out, "Could not write the graph to %s", opt.dot);
            return CRM_EX_CANTCREAT;
        }
    }
    return CRM_EX_OK;
}

static void print_event(void *arg, const struct pe_event *event)
{
    struct sim_print *p = arg;

    p->executed = true;
    if (!p->quiet) {
        sim_print_event(p->out, event);
    }
}

static void print_attribute(void *arg, const char *path, const char *node, const char *name,
                            const char *value)
{
    struct sim_print *p = arg;

    if (!p->quiet) {
        attribute_line(p->out, path, node, name, value);
    }
}

/* Executes the graph on cib, then shows the status it leads to. */
static crm_exit_t simulate(struct sim_print *p, pe_sched *s, xmlNode *cib)
{
    struct pe_simulation sim = {
        .graph = s->graph,
        .cib = cib,
        .model = s,
        .failures = (const char *const *)opt.op_fail,
        .now = time(NULL),
        .add_nodes = opt.up != NULL,
        .event = print_event,
        .attribute = print_attribute,
        .arg = p,
    };
    struct pe_hooks all = sim_hooks(p), hooks = {.message = all.message, .least = all.least, .arg = p};
    struct pe_input input;
    struct iso_now now;
    pe_sched *after;
    bool complete;

    if (!p->quiet) {
        fflush(stdout);
        out_spacer(p->out);
        out_list_begin(p->out, NULL, NULL, "Executing Cluster Transition");
    }
    complete = pe_simulate(&sim);
    if (!p->quiet) {
        out_list_end(p->out);
    }
    if (!complete) {
        /* where both channels go one way what was done comes first, a mere heading does not */
        if (p->executed) {
            fflush(stdout);
        }
        fprintf(stderr, "Transition failed: terminated\nAn invalid transition was produced\n");
    }
    effective_time(p->out, cib, !p->quiet, &now);
    if (p->quiet) {
        return complete ? CRM_EX_OK : CRM_EX_ERROR;
    }
    input = (struct pe_input){.cib = cib, .now = now, .sort_lists = true, .hooks = &hooks, .said = &said};
    after = pe_unpack(&input);
    out_spacer(p->out);
    sim_print_status(p->out, after, status_flags(false), "Revised Cluster Status", opt.attributes,
                     opt.failcounts);
    pe_free(after);
    return complete ? CRM_EX_OK : CRM_EX_ERROR;
}

/* s: the model of the input, or NULL when that changed since; freed. */
static crm_exit_t schedule(struct sim_print *p, pe_sched *s, const struct pe_input *input)
{
    bool list = opt.scores || opt.utilization;
    crm_exit_t rc;

    if (s == NULL) {
        s = pe_unpack(input);
    }
    if (list) {
        if (!p->quiet) {
            out_spacer(p->out);
        }
        out_list_begin(p->out, NULL, NULL, "%s", score_heading());
    }
    p->deciding = true;
    pe_decide(s);
    p->deciding = false;
    if (list) {
        out_list_end(p->out);
    }
    if (!p->quiet) {
        out_spacer(p->out);
        sim_print_summary(p, s);
    }
    if (p->explain != NULL) {
        out_spacer(p->out);
        sim_explain_print(p, s);
    }
    rc = save_results(p->out, s);
    if (rc == CRM_EX_OK && opt.simulate) {
        rc = simulate(p, s, input->cib);
    }
    pe_free(s);
    return rc;
}

static crm_exit_t save_cib(output_t *out, const char *path, const xmlNode *cib)
{
    if (path != NULL && !sim_write_xml(path, cib)) {
        out_err(out, "Could not write the configuration to %s", path);
        return CRM_EX_CANTCREAT;
    }
    return CRM_EX_OK;
}

/* The tree is not taken apart: the process ends after the run,
 * and freeing a large CIB takes as long as deciding it. */
static xmlNode *volatile kept_cib;       /* volatile: nothing reads it but who looks for leaks */

static crm_exit_t run(output_t *out)
{
    struct sim_print p = {.out = out,
                          .scores = opt.scores,
                          .utilization = opt.utilization,
                          .quiet = opt.args.quiet,
                          .explain = opt.explain};
    bool process = opt.run || opt.simulate || opt.scores || opt.utilization || opt.graph != NULL ||
                   opt.dot != NULL || opt.explain != NULL;
    struct pe_hooks hooks = sim_hooks(&p);
    struct pe_input input = {.sanitized = !opt.live, .sort_lists = true, .hooks = &hooks, .said = &said};
    crm_exit_t rc = CRM_EX_OK;
    xmlNode *cib = sim_read_cib(out, opt.pipe ? "-" : opt.file, opt.live, p.quiet, &rc);
    pe_sched *model;

    if (cib == NULL) {
        return rc;
    }
    kept_cib = cib;
    effective_time(out, cib, !p.quiet, &input.now);
    input.cib = cib;
    sim_explain_start(&p);
    model = pe_unpack(&input);
    if (!p.quiet) {
        show_current(&p, model);
    }
    if (any_injection()) {
        bool ok;

        out_spacer(out);
        ok = inject(out, model, cib, time(NULL));
        pe_free(model);
        model = NULL;
        if (!ok) {
            return CRM_EX_NOSUCH;
        }
        sim_explain_start(&p);
        effective_time(out, cib, !p.quiet, &input.now);
    }
    rc = save_cib(out, opt.save_input, cib);
    if (rc == CRM_EX_OK && process) {
        rc = schedule(&p, model, &input);
    } else {
        pe_free(model);
    }
    if (rc == CRM_EX_OK && opt.in_place && opt.file != NULL) {
        rc = save_cib(out, opt.file, cib);
    }
    if (rc == CRM_EX_OK) {
        rc = save_cib(out, opt.save_output, cib);
    }
    return rc;
}

/* ---- profiling ---- */

static double seconds(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}

static crm_exit_t profile_file(output_t *out, const char *path)
{
    crm_exit_t rc = CRM_EX_OK;
    xmlNode *cib = sim_read_cib(out, path, false, true, &rc);
    struct pe_input input = {.sanitized = true, .sort_lists = true};
    double start;

    if (cib == NULL) {
        return rc;
    }
    effective_time(out, cib, false, &input.now);
    input.cib = cib;
    start = seconds();
    for (int i = 0; i < (opt.repeat > 0 ? opt.repeat : 1); i++) {
        pe_free(pe_schedule(&input));
    }
    if (out->kind == OUTPUT_XML) {
        char text[32];

        snprintf(text, sizeof(text), "%f", seconds() - start);
        out_xml(out, "timing", "file", path, "duration", text, NULL);
    } else {
        out_list_item(out, NULL, "Testing %s ... %.2f secs", path, seconds() - start);
    }
    xml_free(cib);
    return CRM_EX_OK;
}

static crm_exit_t profile(output_t *out)
{
    struct dirent **entries;
    int n = scandir(opt.profile, &entries, NULL, alphasort);
    crm_exit_t rc = CRM_EX_OK;

    if (n < 0) {
        return CRM_EX_OK;           /* nothing to profile, and like the reference nothing to say about it */
    }
    out_list_begin(out, NULL, NULL, "Timings");
    for (int i = n - 1; i >= 0; i--) {      /* in the reference's order: the last name first */
        size_t length = strlen(entries[i]->d_name);

        if (length > 4 && strcmp(entries[i]->d_name + length - 4, ".xml") == 0 &&
            entries[i]->d_name[0] != '.') {
            char *path = g_build_filename(opt.profile, entries[i]->d_name, NULL);

            if (g_file_test(path, G_FILE_TEST_IS_REGULAR) && profile_file(out, path) != CRM_EX_OK) {
                rc = CRM_EX_ERROR;
            }
            g_free(path);
        }
        free(entries[i]);
    }
    free(entries);
    out_list_end(out);
    return rc;
}

/* ---- program ---- */

static void finish_options(void)
{
    if (opt.in_place) {
        opt.simulate = TRUE;
    }
    if (!opt.live && opt.file == NULL && !opt.pipe && opt.profile == NULL) {
        opt.live = TRUE;
    }
}

int main(int argc, char **argv)
{
    GOptionContext *context = tool_context(&opt.args, FORMATS, NULL,
        "crm_simulate - simulate a Pacemaker cluster's response to events", 'Q');
    crm_exit_t status;
    output_t *out;

    tool_add_group(context, "operations", "Operations:", "Show operations options", operations);
    tool_add_group(context, "synthetic", "Synthetic Cluster Events:", "Show synthetic cluster event options",
                   synthetic);
    tool_add_group(context, "artifact", "Artifact Options:", "Show artifact options", artifacts);
    tool_add_group(context, "source", "Data Source:", "Show data source options", sources);
    status = tool_parse(context, &opt.args, argc, argv, VALUE_LETTERS, NULL);
    g_option_context_free(context);
    if (status != CRM_EX_OK) {
        return status;
    }
    finish_options();
    process_allow_deep_recursion();
    out = tool_output(&opt.args, FORMATS);
    out->quiet = opt.args.quiet;
    out->simple_lists = true;
    out->fancy = out->kind == OUTPUT_TEXT && !opt.scores && !opt.utilization;
    if (opt.args.version) {
        out_version(out, false);
    } else {
        status = opt.profile != NULL ? profile(out) : run(out);
    }
    output_finish(out, status, true);
    output_free(out);
    schema_cleanup();
    return status;
}
