/* crm_verify: checks a configuration the way the scheduler reads it (agents-and-tools.md B18). */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cib/schema.h"
#include "pacemaker/common/daemon.h"
#include "pacemaker/common/input.h"
#include "pacemaker/common/log.h"
#include "pacemaker/common/tool.h"
#include "pacemaker/common/xml.h"
#include "pengine/pengine.h"
#include "tools/cib_source.h"

#define FORMATS "text,xml"
#define VALUE_LETTERS "xXS"

static struct {
    struct tool_args args;
    gboolean live, pipe;
    char *file, *text, *save;
} opt;

/* What the checks found (enum pe_finding), and where to say it. */
struct check {
    output_t *out;
    unsigned findings;
};

static const GOptionEntry sources[] = {
    {"live-check", 'L', 0, G_OPTION_ARG_NONE, &opt.live,
     "Check the configuration used by the running cluster", NULL},
    {"xml-file", 'x', 0, G_OPTION_ARG_FILENAME, &opt.file,
     "Check the configuration in the named file", "FILE"},
    {"xml-pipe", 'p', 0, G_OPTION_ARG_NONE, &opt.pipe, "Check the configuration piped in via stdin", NULL},
    {"xml-text", 'X', 0, G_OPTION_ARG_STRING, &opt.text,
     "Check the configuration in the supplied string", "XML"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

static const GOptionEntry additional[] = {
    {"save-xml", 'S', 0, G_OPTION_ARG_FILENAME, &opt.save,
     "Save verified XML to named file (most useful with -L)", "FILE"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

static void message(void *arg, enum pe_severity severity, const char *function, const char *text)
{
    (void)arg;
    pe_log(severity, function, text);
}

static void error(struct check *c, const char *text)
{
    c->findings |= PE_CONFIG_ERROR;
    log_as("main", LOG_ERR, "%s", text);
}

/* ---- input ---- */

static xmlNode *live_cib(output_t *out, crm_exit_t *status)
{
    int rc;
    xmlNode *xml = source_live_cib("crm_verify", &rc);

    if (xml == NULL) {
        out_tool_err(out, "CIB query failed: Input file not available");         /* whatever the reason is */
        *status = CRM_EX_NOINPUT;
    }
    return xml;
}

static xmlNode *parse(output_t *out, const char *text, const char *what, crm_exit_t *status)
{
    char *error = NULL;
    xmlNode *xml = xml_parse_input(text, &error);

    if (xml == NULL) {
        out_tool_err(out, "Couldn't parse input %s", what);
        if (error != NULL) {
            out_err(out, "%s", error);
        }
        *status = CRM_EX_ERROR;
    }
    free(error);
    return xml;
}

static xmlNode *read_input(output_t *out, crm_exit_t *status)
{
    xmlNode *xml = NULL;
    char *text, *what;

    if (opt.live) {
        return live_cib(out, status);
    }
    if (opt.text != NULL) {
        what = g_strdup_printf("string: %s", opt.text);
        xml = parse(out, opt.text, what, status);
        g_free(what);
        return xml;
    }
    text = input_read_file(opt.pipe ? "-" : opt.file);
    what = opt.pipe ? g_strdup("from stdin") : g_strdup_printf("file: %s", opt.file);
    if (text == NULL) {
        out_tool_err(out, "Couldn't parse input %s", what);
        *status = CRM_EX_ERROR;
    } else {
        xml = parse(out, text, what, status);
        if (xml != NULL && !opt.pipe) {
            schema_name_file(xml, opt.file);
        }
    }
    free(text);
    g_free(what);
    return xml;
}

/* ---- checks ---- */

/* Is it worth scheduling? */
static bool check_schema(struct check *c, xmlNode **cib)
{
    if (schema_validate(*cib, schema_print, NULL) < 0) {
        error(c, "CIB did not pass schema validation");
        return false;
    }
    switch (schema_prepare(cib, schema_print, NULL)) {
    case SCHEMA_UNCHECKED:
        out_err(c->out, SCHEMA_DISABLED);
        return true;
    case SCHEMA_UNUSABLE:
        error(c, "The configuration could not be upgraded to pacemaker-3.0 as needed");
        return false;
    default:
        return true;
    }
}

static void check_scheduling(struct check *c, xmlNode *cib)
{
    struct pe_hooks hooks = {.message = message, .least = pe_least_of(daemon_log_level())};
    time_t now = time(NULL);
    struct pe_input input = {.cib = cib, .now = {.epoch = now}, .hooks = &hooks};
    pe_sched *s;
    struct tm tm;

    localtime_r(&now, &tm);
    input.now.offset = (int32_t)tm.tm_gmtoff;
    if (xml_first(cib, "status") == NULL) {
        xml_add(cib, "status");
    }
    s = pe_schedule(&input);
    c->findings |= s->findings;
    pe_free(s);
}

static crm_exit_t verdict(const struct check *c)
{
    const char *hint = opt.args.verbosity > 0 ? "" : "\n-V may provide more details";
    const char *what = c->findings & PE_CONFIG_ERROR ? "Errors found during check: config not valid" :
        "Warnings found during check: config may not be valid";

    if ((c->findings & (PE_CONFIG_ERROR | PE_CONFIG_WARNING)) == 0) {
        return CRM_EX_OK;
    }
    if (c->out->kind == OUTPUT_XML) {       /* no part of the document */
        fprintf(stderr, "crm_verify: %s%s\n", what, hint);
    } else {
        out_tool_err(c->out, "%s%s", what, hint);
    }
    return CRM_EX_CONFIG;
}

static crm_exit_t save(output_t *out, const xmlNode *cib)
{
    char *text = xml_text_pretty(cib);
    FILE *f = fopen(opt.save, "w");
    bool ok = f != NULL && text != NULL && fputs(text, f) >= 0;

    ok = (f == NULL || fclose(f) == 0) && ok;
    free(text);
    if (!ok) {
        out_err(out, "Could not save the configuration as %s", opt.save);
    }
    return ok ? CRM_EX_OK : CRM_EX_CANTCREAT;
}

static crm_exit_t run(output_t *out)
{
    struct check c = {.out = out};
    crm_exit_t status = CRM_EX_OK;
    xmlNode *cib;

    if (!opt.live && opt.file == NULL && !opt.pipe && opt.text == NULL) {
        out_tool_err(out, "No configuration source specified.  Use --help for usage information.");
        return CRM_EX_ERROR;
    }
    cib = read_input(out, &status);
    if (cib == NULL) {
        return status;
    }
    if (!xml_is(cib, "cib")) {
        out_tool_err(out,
                     "This tool can only check complete configurations (i.e. those starting with <cib>).");
        xml_free(cib);
        return CRM_EX_PROTOCOL;
    }
    if (opt.save != NULL) {
        status = save(out, cib);
    }
    if (status == CRM_EX_OK) {
        if (check_schema(&c, &cib)) {
            check_scheduling(&c, cib);
        }
        status = verdict(&c);
    }
    xml_free(cib);
    return status;
}

int main(int argc, char **argv)
{
    static const char summary[] =
        "Check a Pacemaker configuration for errors\n\n"
        "Check the well-formedness of a complete Pacemaker XML configuration,\n"
        "its conformance to the configured schema, and the presence of common\n"
        "misconfigurations. Problems reported as errors must be fixed before the\n"
        "cluster will work properly. It is left to the administrator to decide\n"
        "whether to fix problems reported as warnings.";
    GOptionContext *context = tool_context(&opt.args, FORMATS, NULL, summary, 0);
    crm_exit_t status;

    tool_add_group(context, "data", "Data sources:", "Show data options", sources);
    tool_add_group(context, "additional", "Additional options:", "Show additional options", additional);
    status = tool_parse(context, &opt.args, argc, argv, VALUE_LETTERS, NULL);
    g_option_context_free(context);
    if (status != CRM_EX_OK) {
        return status;
    }
    process_allow_deep_recursion();
    status = tool_run(&opt.args, FORMATS, run);
    schema_cleanup();
    return status;
}
