/* crm_rule: is a rule of the configuration in effect, now or at a given date (agents-and-tools.md B14). */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "cib/schema.h"
#include "pacemaker/common/daemon.h"
#include "pacemaker/common/input.h"
#include "pacemaker/common/rules.h"
#include "pacemaker/common/tool.h"
#include "pacemaker/common/xml.h"
#include "tools/cib_source.h"

#define FORMATS "text,xml"
#define VALUE_LETTERS "drX"

static struct {
    struct tool_args args;
    gboolean check;
    char *date, *xml;
    char **rules;
} opt;

static const GOptionEntry modes[] = {
    {"check", 'c', 0, G_OPTION_ARG_NONE, &opt.check, "Check whether a rule is in effect", NULL},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

static const GOptionEntry data[] = {
    {"xml-text", 'X', 0, G_OPTION_ARG_STRING, &opt.xml, "Use argument for XML (or stdin if '-')", NULL},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

static const GOptionEntry additional[] = {
    {"date", 'd', 0, G_OPTION_ARG_STRING, &opt.date, "Whether the rule is in effect on a given date", NULL},
    {"rule", 'r', 0, G_OPTION_ARG_STRING_ARRAY, &opt.rules,
     "The ID of the rule to check (may be specified multiple times)", NULL},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

/* A verdict on one rule: what to exit with, and what to print, "... is in effect:
 * WHY" when it has no answer. */
struct verdict {
    crm_exit_t status;
    const char *text;           /* after "Rule ID "; NULL: there is no answer */
    const char *why;
};

/* ---- one rule ---- */

/* Elements of that name below node, at most two; the first one in *found. id NULL: any. */
static unsigned count_below(xmlNode *node, const char *name, const char *id, xmlNode **found)
{
    unsigned n = 0;

    xml_foreach(child, node, NULL) {
        if (xml_is(child, name) && (id == NULL || g_strcmp0(xml_id(child), id) == 0)) {
            *found = n++ == 0 ? child : *found;
        }
        n += count_below(child, name, id, n == 0 ? found : &(xmlNode *){NULL});
        if (n > 1) {
            break;
        }
    }
    return n;
}

static struct verdict unanswered(crm_exit_t status, const char *why)
{
    return (struct verdict){status, NULL, why};
}

/* The one kind of date_spec whose begin and end are known: with years, without phases of the moon. */
static bool spec_is_supported(const xmlNode *expression)
{
    const xmlNode *spec = xml_first(expression, "date_spec");

    return spec != NULL && xml_get(spec, "years") != NULL && xml_get(spec, "moon") == NULL;
}

static struct verdict check_expression(xmlNode *expression, const struct iso_now *now)
{
    struct rule_context ctx = {.now = *now};
    const char *op = xml_get(expression, "operation");

    if ((op == NULL || strcasecmp(op, "date_spec") == 0) && !spec_is_supported(expression)) {
        return unanswered(CRM_EX_UNIMPLEMENT_FEATURE,
                          "Rule must either not use date_spec, or use date_spec with years= but not moon=");
    }
    switch (rule_date_check(expression, &ctx)) {
    case RULE_DATE_WITHIN:
        return (struct verdict){CRM_EX_OK, "is still in effect", NULL};
    case RULE_DATE_SATISFIED:
        return (struct verdict){CRM_EX_OK, "satisfies conditions", NULL};
    case RULE_DATE_AFTER:
        return (struct verdict){CRM_EX_EXPIRED, "is expired", NULL};
    case RULE_DATE_BEFORE:
        return (struct verdict){CRM_EX_NOT_YET_IN_EFFECT, "has not yet taken effect", NULL};
    default:
        return unanswered(CRM_EX_INDETERMINATE, "Error parsing rule");
    }
}

static struct verdict check_rule(xmlNode *cib, const char *id, const struct iso_now *now)
{
    xmlNode *rule = NULL, *expression = NULL;
    /* nothing is looked up in a document that has no constraints */
    const xmlNode *constraints = xml_first(xml_first(cib, "configuration"), "constraints");
    unsigned n = constraints != NULL ? count_below(cib, "rule", id, &rule) : 0;

    if (n != 1) {
        return n == 0 ? unanswered(CRM_EX_NOSUCH, "Rule not found")
                      : unanswered(CRM_EX_MULTIPLE, "Found more than one rule with matching ID");
    }
    n = count_below(rule, "date_expression", NULL, &expression);
    if (n != 1) {
        return unanswered(CRM_EX_UNIMPLEMENT_FEATURE, n == 0 ? "Rule does not have a date expression"
                                                             : "Rule has more than one date expression");
    }
    return check_expression(expression, now);
}

static void show(output_t *out, const char *id, const struct verdict *v)
{
    char number[16];

    snprintf(number, sizeof(number), "%d", (int)v->status);
    out_xml(out, "rule-check", "rule-id", id, "rc", number, NULL);
    if (v->text != NULL) {
        out_info(out, "Rule %s %s", id, v->text);
    } else {
        out_err(out, "Could not determine whether rule %s is in effect: %s", id, v->why);
    }
}

/* ---- input ---- */

static xmlNode *read_cib(output_t *out, crm_exit_t *status)
{
    xmlNode *cib;
    char *text, *error = NULL;
    int rc;

    if (opt.xml == NULL) {
        cib = source_live_cib("crm_rule", &rc);
        if (cib == NULL) {
            out_err(out, "CIB query failed: %s", pcmk_strerror(PCMK_RC_NO_INPUT));
            *status = CRM_EX_NOINPUT;
        }
        return cib;
    }
    text = strcmp(opt.xml, "-") == 0 ? input_read_file("-") : strdup(opt.xml);
    cib = text != NULL ? xml_parse_input(text, &error) : NULL;
    free(text);
    if (cib == NULL) {
        if (strcmp(opt.xml, "-") == 0) {
            out_tool_err(out, "Couldn't parse input from STDIN\n");
        } else {
            out_tool_err(out, "Couldn't parse input string: %s\n", opt.xml);
        }
        if (error != NULL) {
            out_err(out, "%s", error);
        }
        free(error);
        *status = CRM_EX_DATAERR;
    }
    return cib;
}

static bool take_date(output_t *out, struct iso_now *now)
{
    time_t clock = time(NULL);
    struct iso_time given;
    struct tm fields;

    localtime_r(&clock, &fields);
    *now = (struct iso_now){.epoch = clock, .offset = (int32_t)fields.tm_gmtoff};
    if (opt.date == NULL) {
        return true;
    }
    if (!iso_parse(opt.date, now, &given)) {
        out_tool_err(out, "Invalid date specified: '%s'", opt.date);
        return false;
    }
    *now = (struct iso_now){.epoch = iso_epoch(&given), .offset = given.offset};
    return true;
}

static crm_exit_t run(output_t *out)
{
    crm_exit_t status = CRM_EX_OK;
    struct iso_now now;
    xmlNode *cib;

    if (!opt.check) {
        out_tool_err(out, "No mode operation given");
        return CRM_EX_USAGE;
    }
    if (opt.rules == NULL) {
        out_tool_err(out, "--check requires use of --rule=");
        return CRM_EX_USAGE;
    }
    if (!take_date(out, &now)) {
        return CRM_EX_DATAERR;
    }
    cib = read_cib(out, &status);
    if (cib == NULL) {
        return status;
    }
    for (char **id = opt.rules; *id != NULL; id++) {
        struct verdict v = check_rule(cib, *id, &now);

        show(out, *id, &v);
        /* of several the last one counts, except that a date_spec that holds says nothing */
        if (v.status != CRM_EX_OK || g_strcmp0(v.text, "is still in effect") == 0) {
            status = v.status;
        }
    }
    xml_free(cib);
    return status;
}

int main(int argc, char **argv)
{
    GOptionContext *context =
        tool_context(&opt.args, FORMATS, NULL, "evaluate rules from the Pacemaker configuration", 0);
    crm_exit_t status;

    tool_add_group(context, "modes", "Modes (mutually exclusive):", "Show modes of operation", modes);
    tool_add_group(context, "data", "Data:", "Show data options", data);
    tool_add_group(context, "additional", "Additional Options:", "Show additional options", additional);
    status = tool_parse(context, &opt.args, argc, argv, VALUE_LETTERS, NULL);
    g_option_context_free(context);
    if (status != CRM_EX_OK) {
        return status;
    }
    status = tool_run(&opt.args, FORMATS, run);
    tool_args_clear(&opt.args);
    schema_cleanup();
    daemon_exit(status);
}
