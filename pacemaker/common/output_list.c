/* Lists of the tools' output (output.h). */
#include "config.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "pacemaker/common/output.h"
#include "pacemaker/common/output_private.h"
#include "pacemaker/common/xml.h"

/* Element names of lists whose heading is not the name itself. */
static const char *const list_names[][2] = {
    {"Active Resources", "resources"},
    {"Allocation Scores", "allocations"},
    {"Allocation Scores and Utilization Information", "allocations_utilizations"},
    {"Cluster Summary", "summary"},
    {"Current cluster status", "cluster_status"},
    {"Executing Cluster Transition", "transition"},
    {"Failed Resource Actions", "failures"},
    {"Fencing History", "fence_history"},
    {"Full List of Resources", "resources"},
    {"Inactive Resources", "resources"},
    {"Migration Summary", "node_history"},
    {"Negative Location Constraints", "bans"},
    {"Node Attributes", "node_attributes"},
    {"Operations", "node_history"},
    {"Resource Config", "resource_config"},
    {"Resource Operations", "operations"},
    {"Revised Cluster Status", "revised_cluster_status"},
    {"Transition Summary", "actions"},
    {"Utilization Information", "utilizations"},
};

/* The list's name in xml: substituted for simple lists, else the heading in lower case. g_free() it. */
static char *list_name(const output_t *out, const char *heading)
{
    for (size_t i = 0; out->simple_lists && i < sizeof(list_names) / sizeof(list_names[0]); i++) {
        if (strcmp(heading, list_names[i][0]) == 0) {
            return g_strdup(list_names[i][1]);
        }
    }
    return g_ascii_strdown(heading, -1);
}

static void begin_text(output_t *out, const char *heading)
{
    if (!out->fancy || heading[0] == '\0') {
        return;
    }
    if (out->priv->depth > 0) {
        fprintf(out->dest, "%*s* ", 2 * (int)out->priv->depth, "");
    }
    fprintf(out->dest, "%s:\n", heading);
}

static void begin_xml(output_t *out, struct output_list *list, const char *heading)
{
    struct output_private *p = out->priv;
    char *name = list_name(out, heading);

    list->outer = p->current;
    if (out->simple_lists && name[0] != '\0') {
        p->current = xml_add(p->current, name);
    } else {
        p->current = xml_add(p->current, "list");
        xml_set(p->current, "name", name[0] != '\0' ? name : NULL);
    }
    g_free(name);
}

static void begin_html(output_t *out, struct output_list *list, const char *heading)
{
    struct output_private *p = out->priv;

    list->outer = p->current;
    if (p->depth > 0) {
        p->current = xml_add(p->current, "li");
    }
    if (heading[0] != '\0') {
        out_html(out, p->depth > 0 ? "h3" : "h2", NULL, NULL, heading);
    }
    p->current = xml_add(p->current, "ul");
}

void out_list_begin(output_t *out, const char *singular, const char *plural, const char *heading_fmt, ...)
{
    struct output_private *p = out->priv;
    char *heading = NULL;
    va_list args;

    if (p->depth == OUTPUT_MAX_DEPTH) {
        abort();
    }
    struct output_list *list = &p->lists[p->depth];

    va_start(args, heading_fmt);
    heading = heading_fmt != NULL ? g_strdup_vprintf(heading_fmt, args) : g_strdup("");
    va_end(args);
    *list = (struct output_list){.noun = g_strdup(singular), .nouns = g_strdup(plural)};
    if (out->kind == OUTPUT_TEXT) {
        begin_text(out, heading);
    } else if (out->kind == OUTPUT_XML) {
        begin_xml(out, list, heading);
    } else if (out->kind == OUTPUT_HTML) {
        begin_html(out, list, heading);
    }
    p->depth++;
    g_free(heading);
}

static void item_text(output_t *out, const char *name, const char *text)
{
    if (out->fancy && out->priv->depth > 0) {
        fprintf(out->dest, "%*s* ", 2 * (int)out->priv->depth, "");
    }
    if (out->fancy && name != NULL) {       /* plain lists leave names out */
        fprintf(out->dest, "%s: ", name);
    }
    fprintf(out->dest, "%s\n", text);
}

void out_list_item(output_t *out, const char *name, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    char *text = g_strdup_vprintf(fmt, args);
    va_end(args);
    if (out->kind == OUTPUT_TEXT) {
        item_text(out, name, text);
    } else if (out->kind == OUTPUT_XML) {
        xmlNode *item = xml_add(out->priv->current, "item");

        xml_set(item, "name", name);
        xmlAddChild(item, xmlNewDocText(item->doc, (const xmlChar *)text));
    } else if (out->kind == OUTPUT_HTML) {
        char *line = name != NULL ? g_strdup_printf("%s: %s", name, text) : g_strdup(text);

        out_html(out, "li", NULL, NULL, line);
        g_free(line);
    }
    g_free(text);
    out_list_increment(out);
}

void out_list_increment(output_t *out)
{
    if (out->priv->depth > 0) {
        out->priv->lists[out->priv->depth - 1].count++;
    }
}

void out_list_end(output_t *out)
{
    struct output_private *p = out->priv;

    if (p->depth == 0) {
        return;
    }
    struct output_list *list = &p->lists[--p->depth];

    if (out->kind == OUTPUT_TEXT && list->noun != NULL && list->nouns != NULL) {
        out_indented(out, "%u %s found\n", list->count, list->count == 1 ? list->noun : list->nouns);
    }
    if (out->kind == OUTPUT_XML && strcmp(xml_name(p->current), "list") == 0) {
        xml_set_int(p->current, "count", list->count);
    }
    if (list->outer != NULL) {
        p->current = list->outer;
    }
    g_free(list->noun);
    g_free(list->nouns);
}
