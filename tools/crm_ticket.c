/* crm_ticket: shows and changes the tickets this site holds (agents-and-tools.md B17). */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <libxml/parser.h>

#include "cib/cib_client.h"
#include "cib/schema.h"
#include "pacemaker/common/daemon.h"
#include "pacemaker/common/score.h"
#include "pacemaker/common/table_order.h"
#include "pacemaker/common/tool.h"
#include "pacemaker/common/xml.h"

#define VALUE_LETTERS "dintvxCDGS"
#define NO_STANDBY "         "      /* as wide as "[standby]" */

static struct {
    struct tool_args args;
    gboolean force, quiet;
    char command;                   /* l L w q c G C, 0: none */
    char *ticket, *get, *set, *value, *fallback, *ignored;
    GHashTable *sets;               /* attribute -> value */
    GPtrArray *deletes;             /* attributes */
} opt;

struct site {
    output_t *out;
    cib_t *cib;
    xmlNode *state;                 /* the whole CIB */
    xmlNode *tickets;               /* /cib/status/tickets, or NULL */
};

/* ---- options ---- */

static void set_attribute(const char *name, const char *value)
{
    g_hash_table_replace(opt.sets, g_strdup(name), g_strdup(value));
}

static char short_name(const char *option)
{
    static const struct {
        const char *word;
        char letter;
    } names[] = {
        {"--info", 'l'}, {"--details", 'L'}, {"--raw", 'w'}, {"--query-xml", 'q'}, {"--constraints", 'c'},
        {"--cleanup", 'C'}, {"--grant", 'g'}, {"--revoke", 'r'}, {"--standby", 's'}, {"--activate", 'a'},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        if (strcmp(option, names[i].word) == 0) {
            return names[i].letter;
        }
    }
    return option[1];
}

static gboolean take_command(const gchar *option, const gchar *value, gpointer data, GError **error)
{
    (void)value;
    (void)data;
    (void)error;
    opt.command = short_name(option);
    return TRUE;
}

static gboolean take_change(const gchar *option, const gchar *value, gpointer data, GError **error)
{
    (void)value;
    (void)data;
    (void)error;
    switch (short_name(option)) {
    case 'g':
        set_attribute("granted", "true");
        break;
    case 'r':
        set_attribute("granted", "false");
        break;
    case 's':
        set_attribute("standby", "true");
        break;
    default:
        set_attribute("standby", "false");
        break;
    }
    return TRUE;
}

static gboolean take_get(const gchar *option, const gchar *value, gpointer data, GError **error)
{
    (void)option;
    (void)data;
    (void)error;
    opt.command = 'G';
    g_free(opt.get);
    opt.get = g_strdup(value);
    return TRUE;
}

static gboolean take_delete(const gchar *option, const gchar *value, gpointer data, GError **error)
{
    (void)option;
    (void)data;
    (void)error;
    g_ptr_array_add(opt.deletes, g_strdup(value));
    return TRUE;
}

/* -S and -v come in pairs, in either order. */
static void join_pair(void)
{
    if (opt.set != NULL && opt.value != NULL) {
        set_attribute(opt.set, opt.value);
        g_clear_pointer(&opt.set, g_free);
        g_clear_pointer(&opt.value, g_free);
    }
}

static gboolean take_set(const gchar *option, const gchar *value, gpointer data, GError **error)
{
    (void)option;
    (void)data;
    (void)error;
    g_free(opt.set);
    opt.set = g_strdup(value);
    join_pair();
    return TRUE;
}

static gboolean take_value(const gchar *option, const gchar *value, gpointer data, GError **error)
{
    (void)option;
    (void)data;
    (void)error;
    g_free(opt.value);
    opt.value = g_strdup(value);
    join_pair();
    return TRUE;
}

#define COMMAND(long_name, letter, text) \
    {long_name, letter, G_OPTION_FLAG_NO_ARG, G_OPTION_ARG_CALLBACK, take_command, text, NULL}
#define CHANGE(long_name, letter, text) \
    {long_name, letter, G_OPTION_FLAG_NO_ARG, G_OPTION_ARG_CALLBACK, take_change, text, NULL}

static const GOptionEntry queries[] = {
    COMMAND("info", 'l', "Display the information of ticket(s)"),
    COMMAND("details", 'L', "Display the details of ticket(s)"),
    COMMAND("raw", 'w', "Display the IDs of ticket(s)"),
    COMMAND("query-xml", 'q', "Query the XML of ticket(s)"),
    COMMAND("constraints", 'c', "Display the rsc_ticket constraints that apply to ticket(s)"),
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

static const GOptionEntry commands[] = {
    CHANGE("grant", 'g', "Grant a ticket to this cluster site"),
    CHANGE("revoke", 'r', "Revoke a ticket from this cluster site"),
    CHANGE("standby", 's', "Tell this cluster site this ticket is standby"),
    CHANGE("activate", 'a', "Tell this cluster site this ticket is active"),
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

static const GOptionEntry advanced[] = {
    {"get-attr", 'G', 0, G_OPTION_ARG_CALLBACK, take_get,
     "Display the named attribute for a ticket", "ATTRIBUTE"},
    {"set-attr", 'S', 0, G_OPTION_ARG_CALLBACK, take_set,
     "Set the named attribute for a ticket", "ATTRIBUTE"},
    {"delete-attr", 'D', 0, G_OPTION_ARG_CALLBACK, take_delete,
     "Delete the named attribute for a ticket", "ATTRIBUTE"},
    COMMAND("cleanup", 'C', "Delete all state of a ticket at this cluster site"),
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

static const GOptionEntry additional[] = {
    {"attr-value", 'v', 0, G_OPTION_ARG_CALLBACK, take_value, "Attribute value to use with -S", "VALUE"},
    {"default", 'd', 0, G_OPTION_ARG_STRING, &opt.fallback,
     "(Advanced) Default attribute value to display if none is found (for use with -G)", "VALUE"},
    {"force", 'f', 0, G_OPTION_ARG_NONE, &opt.force, "(Advanced) Force the action to be performed", NULL},
    {"ticket", 't', 0, G_OPTION_ARG_STRING, &opt.ticket, "Ticket ID", "ID"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

static const GOptionEntry deprecated[] = {
    {"set-name", 'n', 0, G_OPTION_ARG_STRING, &opt.ignored,
     "(Advanced) ID of the instance_attributes object to change", "ID"},
    {"nvpair", 'i', 0, G_OPTION_ARG_STRING, &opt.ignored,
     "(Advanced) ID of the nvpair object to change/delete", "ID"},
    {"xml-file", 'x', G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_FILENAME, &opt.ignored, NULL, NULL},
    {"quiet", 'Q', 0, G_OPTION_ARG_NONE, &opt.quiet, "Print only the value on stdout", NULL},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

static const char examples[] =
    "Examples:\n\n"
    "All tickets, with all that is known of them:\n\n\tcrm_ticket --details\n\n"
    "The XML of 'ticketA':\n\n\tcrm_ticket --ticket ticketA --query-xml\n\n"
    "What depends on 'ticketA':\n\n\tcrm_ticket --ticket ticketA --constraints\n\n"
    "Give 'ticketA' to this cluster site, and take it away:\n\n"
    "\tcrm_ticket --ticket ticketA --grant\n\tcrm_ticket --ticket ticketA --revoke\n\n"
    "Stop or demote what depends on 'ticketA' gracefully, without the loss-policies,\nand go back:\n\n"
    "\tcrm_ticket --ticket ticketA --standby\n\tcrm_ticket --ticket ticketA --activate\n\n"
    "Read, set and delete an attribute of 'ticketA':\n\n"
    "\tcrm_ticket --ticket ticketA --get-attr granted\n"
    "\tcrm_ticket --ticket ticketA --set-attr standby --attr-value true\n"
    "\tcrm_ticket --ticket ticketA --delete-attr granted\n\n"
    "Forget all about 'ticketA' at this site:\n\n\tcrm_ticket --ticket ticketA --cleanup\n";

/* ---- what there is ---- */

static crm_exit_t fail(const struct site *site, crm_exit_t status, const char *text)
{
    out_tool_err(site->out, "%s", text);
    return status;
}

static crm_exit_t fail_rc(const struct site *site, int rc, const char *text)
{
    out_tool_err(site->out, "%s: %s", text, pcmk_strerror(rc));
    return pcmk_rc_to_exit(rc);
}

static crm_exit_t no_such_ticket(const struct site *site)
{
    out_tool_err(site->out, "No such ticket '%s'", opt.ticket);
    return CRM_EX_NOSUCH;
}

static void add_constraints(GHashTable *ids, const xmlNode *parent)
{
    xml_foreach(child, parent, NULL) {
        const char *id = xml_is(child, "rsc_ticket") ? xml_get(child, "ticket") : NULL;

        if (id != NULL && !g_hash_table_contains(ids, id)) {
            g_hash_table_insert(ids, (gpointer)id, NULL);
        }
    }
}

/* Tickets that have a state or that constraints name: id -> <ticket_state>, NULL when it has none. The order
 * of iteration is the one users know. */
static GHashTable *all_tickets(const struct site *site)
{
    GHashTable *ids = g_hash_table_new(table_order_hash, g_str_equal);

    xml_foreach(state, site->tickets, "ticket_state") {
        const char *id = xml_id(state);

        if (id != NULL && *id != '\0') {
            g_hash_table_insert(ids, (gpointer)id, state);
        }
    }
    add_constraints(ids, xml_first(xml_first(site->state, "configuration"), "constraints"));
    return ids;
}

static xmlNode *ticket_state(const struct site *site)
{
    return xml_find(site->tickets, "ticket_state", "id", opt.ticket);
}

/* ---- printing ---- */

static const char *time_text(const char *seconds, char text[32])
{
    time_t when = (time_t)int_parse(seconds, 0);

    if (ctime_r(&when, text) == NULL) {
        return seconds;
    }
    text[strcspn(text, "\n")] = '\0';
    return text;
}

static void add_detail(GString *line, const char *name, const char *value)
{
    char when[32];

    g_string_append_printf(line, "%s%s=", line->len > 0 ? ", " : "", name);
    if (strcmp(name, "last-granted") == 0 || strcmp(name, "expires") == 0) {
        g_string_append_printf(line, "'%s'", time_text(value, when));
    } else {
        g_string_append(line, value);
    }
}

/* All attributes of the state but its id, "a=1, b=2"; in the order of a hash as for tickets. */
static char *details_text(const xmlNode *state)
{
    GHashTable *attributes = g_hash_table_new(table_order_hash, g_str_equal);
    GString *line = g_string_new(NULL);
    GHashTableIter iter;
    gpointer name;

    for (const xmlAttr *a = state != NULL ? state->properties : NULL; a != NULL; a = a->next) {
        if (strcmp((const char *)a->name, "id") != 0) {
            g_hash_table_add(attributes, (gpointer)a->name);
        }
    }
    g_hash_table_iter_init(&iter, attributes);
    while (g_hash_table_iter_next(&iter, &name, NULL)) {
        add_detail(line, name, xml_get(state, name));
    }
    g_hash_table_destroy(attributes);
    return g_string_free(line, FALSE);
}

static void print_ticket(const struct site *site, const char *id, const xmlNode *state)
{
    const char *last_granted = xml_get(state, "last-granted");
    GString *line = g_string_new(id);
    char when[32];

    if (opt.command != 'w') {
        g_string_append_printf(line, "\t%s %s", xml_get_true(state, "granted") ? "granted" : "revoked",
                               xml_get_true(state, "standby") ? "[standby]" : NO_STANDBY);
    }
    if (opt.command == 'L') {
        char *details = details_text(state);

        if (*details != '\0') {
            g_string_append_printf(line, " (%s)", details);
        }
        g_free(details);
    } else if (opt.command == 'l' && last_granted != NULL) {
        g_string_append_printf(line, " last-granted='%s'", time_text(last_granted, when));
    }
    fprintf(site->out->dest, "%s\n", line->str);
    g_string_free(line, TRUE);
}

static crm_exit_t show_tickets(const struct site *site)
{
    GHashTable *ids = all_tickets(site);
    crm_exit_t status = CRM_EX_OK;
    GHashTableIter iter;
    gpointer id, state;

    if (opt.ticket != NULL) {
        if (g_hash_table_lookup_extended(ids, opt.ticket, &id, &state)) {
            print_ticket(site, id, state);
        } else {
            status = no_such_ticket(site);
        }
    } else {
        g_hash_table_iter_init(&iter, ids);
        while (g_hash_table_iter_next(&iter, &id, &state)) {
            print_ticket(site, id, state);
        }
    }
    g_hash_table_destroy(ids);
    return status;
}

static void print_xml(const struct site *site, const char *heading, const xmlNode *xml)
{
    char *text = xml_text_pretty(xml);

    fprintf(site->out->dest, "%s XML:\n\n%s", heading, text != NULL ? text : "");
    free(text);
}

static crm_exit_t show_state_xml(const struct site *site)
{
    const xmlNode *found = opt.ticket == NULL ? site->tickets : ticket_state(site);

    if (found == NULL) {
        return fail_rc(site, -ENXIO, "Could not query ticket XML");
    }
    print_xml(site, "State", found);
    return CRM_EX_OK;
}

static crm_exit_t show_constraints(const struct site *site)
{
    const xmlNode *constraints = xml_first(xml_first(site->state, "configuration"), "constraints"),
                  *only = NULL;
    XML_AUTO xmlNode *found = xml_new("xpath-query");
    unsigned n = 0;

    xml_foreach(constraint, constraints, "rsc_ticket") {
        if (opt.ticket == NULL || g_strcmp0(xml_get(constraint, "ticket"), opt.ticket) == 0) {
            only = xml_add_copy(found, constraint);
            n++;
        }
    }
    if (n == 0) {
        return fail_rc(site, -ENXIO, "Could not show ticket constraints");
    }
    print_xml(site, "Constraints", n == 1 ? only : found);
    return CRM_EX_OK;
}

static crm_exit_t show_attribute(const struct site *site)
{
    const char *value;

    if (opt.ticket == NULL) {
        return fail(site, CRM_EX_NOSUCH, "Must supply ticket ID with -t");
    }
    value = strcmp(opt.get, "id") == 0 ? NULL : xml_get(ticket_state(site), opt.get);
    if (value == NULL) {
        value = opt.fallback;
    }
    if (value == NULL) {
        return CRM_EX_NOSUCH;
    }
    fprintf(site->out->dest, "%s\n", value);
    return CRM_EX_OK;
}

/* ---- changing ---- */

static uint32_t call_options(void)
{
    return opt.force ? CIB_OPT_QUORUM_OVERRIDE : 0;
}

static void warn_before_grant(const struct site *site)
{
    fprintf(site->out->dest,
            "This command cannot help you verify whether '%s' has been already granted elsewhere.\n"
            "If you really want to grant '%s' to this site now, and you know what you are doing,\n"
            "please specify --force.\n", opt.ticket, opt.ticket);
}

static void warn_before_revoke(const struct site *site)
{
    fprintf(site->out->dest,
            "Revoking '%s' can trigger the specified 'loss-policy'(s) relating to '%s'.\n\n"
            "You can check that with:\ncrm_ticket --ticket %s --constraints\n\n"
            "Otherwise before revoking '%s', you may want to make '%s' standby with:\n"
            "crm_ticket --ticket %s --standby\n\n"
            "If you really want to revoke '%s' from this site now, and you know what you are doing,\n"
            "please specify --force.\n",
            opt.ticket, opt.ticket, opt.ticket, opt.ticket, opt.ticket, opt.ticket, opt.ticket);
}

static crm_exit_t clean_up(const struct site *site)
{
    xmlNode *state;
    int rc;

    if (opt.ticket == NULL) {
        return fail(site, CRM_EX_USAGE, "Must supply ticket ID with -t");
    }
    state = ticket_state(site);
    if (state == NULL) {
        GHashTable *ids = all_tickets(site);
        bool known = g_hash_table_contains(ids, opt.ticket);

        g_hash_table_destroy(ids);
        return known || opt.force ? CRM_EX_OK : no_such_ticket(site);
    }
    if (!opt.force && xml_get_true(state, "granted")) {
        warn_before_revoke(site);
        return CRM_EX_INSUFFICIENT_PRIV;
    }
    rc = cib_delete(site->cib, "status", state, call_options());
    if (rc != 0) {
        return fail_rc(site, rc, "Could not clean up ticket");
    }
    fprintf(site->out->dest, "Cleaned up %s\n", opt.ticket);
    return CRM_EX_OK;
}

/* Granting and revoking are for those who know what they do. */
static bool change_allowed(const struct site *site)
{
    const char *granted = g_hash_table_lookup(opt.sets, "granted");
    bool deleted = false;

    for (guint i = 0; i < opt.deletes->len; i++) {
        deleted = deleted || strcmp(opt.deletes->pdata[i], "granted") == 0;
    }
    if (opt.force || (granted == NULL && !deleted)) {
        return true;
    }
    if (crm_is_true(granted)) {
        warn_before_grant(site);
    } else {
        warn_before_revoke(site);
    }
    fail(site, CRM_EX_INSUFFICIENT_PRIV, "Ticket modification not allowed");
    return false;
}

static crm_exit_t check_names(const struct site *site)
{
    GHashTableIter iter;
    gpointer name;

    g_hash_table_iter_init(&iter, opt.sets);
    while (g_hash_table_iter_next(&iter, &name, NULL)) {
        if (xmlValidateNCName((const xmlChar *)name, 0) != 0) {
            out_tool_err(site->out, "'%s' cannot be the name of an attribute", (const char *)name);
            return CRM_EX_USAGE;
        }
    }
    return CRM_EX_OK;
}

static void apply_changes(xmlNode *state)
{
    bool was_granted = xml_get_true(state, "granted");
    GHashTableIter iter;
    gpointer name, value;

    for (guint i = 0; i < opt.deletes->len; i++) {
        xml_unset(state, opt.deletes->pdata[i]);
    }
    g_hash_table_iter_init(&iter, opt.sets);
    while (g_hash_table_iter_next(&iter, &name, &value)) {
        xml_set(state, name, value);
        if (strcmp(name, "granted") == 0 && !was_granted && crm_is_true(value)) {
            xml_set_int(state, "last-granted", (long long)time(NULL));
        }
    }
}

static int write_state(const struct site *site, const xmlNode *old)
{
    XML_AUTO xmlNode *status = NULL;
    xmlNode *state;

    if (old == NULL && g_hash_table_size(opt.sets) == 0) {
        return 0;               /* nothing to delete from */
    }
    if (old != NULL) {
        status = state = xml_copy(old);
    } else {
        status = xml_new("status");
        state = xml_add(xml_add(status, "tickets"), "ticket_state");
        xml_set(state, "id", opt.ticket);
    }
    apply_changes(state);
    return old != NULL ? cib_replace(site->cib, "status", status, call_options())
                       : cib_modify(site->cib, "status", status, call_options());
}

static crm_exit_t modify(const struct site *site)
{
    crm_exit_t status;
    int rc;

    if (opt.ticket == NULL) {
        return fail(site, CRM_EX_USAGE, "Must supply ticket ID with -t");
    }
    if (opt.value != NULL) {
        out_tool_err(site->out, "Must supply attribute name with -S for -v %s", opt.value);
        return CRM_EX_USAGE;
    }
    status = check_names(site);
    if (status != CRM_EX_OK) {
        return status;
    }
    if (!change_allowed(site)) {
        return CRM_EX_INSUFFICIENT_PRIV;
    }
    rc = write_state(site, ticket_state(site));
    if (rc == -PCMK_ERR_NO_QUORUM && !opt.force) {
        fprintf(site->out->dest, "Use --force to ignore quorum\n");
    }
    return rc == 0 ? CRM_EX_OK : fail_rc(site, rc, "Could not modify ticket");
}

/* ---- main ---- */

static crm_exit_t run_command(const struct site *site)
{
    switch (opt.command) {
    case 'l':
    case 'L':
    case 'w':
        return show_tickets(site);
    case 'q':
        return show_state_xml(site);
    case 'c':
        return show_constraints(site);
    case 'G':
        return show_attribute(site);
    case 'C':
        return clean_up(site);
    default:
        break;
    }
    if (g_hash_table_size(opt.sets) + opt.deletes->len > 0) {
        return modify(site);
    }
    if (opt.set != NULL) {
        out_tool_err(site->out, "Must supply value with -v for -S %s", opt.set);
        return CRM_EX_USAGE;
    }
    return fail(site, CRM_EX_USAGE, "Must supply a command");
}

static crm_exit_t run(output_t *out)
{
    struct site site = {.out = out, .cib = cib_new()};
    crm_exit_t status = CRM_EX_OK;
    int rc = cib_connect(site.cib, "crm_ticket", CIB_CHANNEL_RW);

    if (rc != 0) {
        status = fail_rc(&site, rc, "Could not connect to the CIB");
    } else if ((rc = cib_query(site.cib, NULL, CIB_OPT_SCOPE_LOCAL, &site.state)) != 0) {
        status = fail_rc(&site, rc, "Could not get local CIB");
    } else {
        site.tickets = xml_first(xml_first(site.state, "status"), "tickets");
        status = run_command(&site);
        rc = cib_disconnect(site.cib);
        if (rc != 0 && status == CRM_EX_OK) {
            status = fail_rc(&site, rc, "Could not save the CIB");
        }
    }
    xml_free(site.state);
    cib_free(site.cib);
    return status;
}

static void add_options(GOptionContext *context)
{
    g_option_context_set_description(context, examples);
    tool_add_group(context, "queries", "Queries:", "Show queries", queries);
    tool_add_group(context, "commands", "Commands:", "Show command options", commands);
    tool_add_group(context, "advanced", "Advanced Options:", "Show advanced options", advanced);
    tool_add_group(context, "additional", "Additional Options:", "Show additional options", additional);
    tool_add_group(context, "deprecated", "Deprecated Options:", "Show deprecated options", deprecated);
}

int main(int argc, char **argv)
{
    static const char summary[] = "Perform tasks related to cluster tickets\n\n"
                                  "Allows ticket attributes to be queried, modified and deleted.";
    GOptionContext *context = tool_context(&opt.args, NULL, NULL, summary, 0);
    crm_exit_t status;

    opt.sets = g_hash_table_new_full(table_order_hash, g_str_equal, g_free, g_free);
    opt.deletes = g_ptr_array_new_with_free_func(g_free);
    add_options(context);
    status = tool_parse(context, &opt.args, argc, argv, VALUE_LETTERS, NULL);
    g_option_context_free(context);
    if (status == CRM_EX_OK) {
        status = tool_run(&opt.args, "text", run);
    }
    g_hash_table_destroy(opt.sets);
    g_ptr_array_free(opt.deletes, TRUE);
    tool_args_clear(&opt.args);
    schema_cleanup();
    daemon_exit(status);
}
