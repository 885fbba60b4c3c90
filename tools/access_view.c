/* The configuration annotated with what a user may do with each part. */
#include "tools/access_view.h"

#include <stdlib.h>
#include <string.h>
#include <glib.h>
#include "cib/acl.h"
#include "cib/env.h"

#define NAMESPACE "http://clusterlabs.org/ns/pacemaker/access/"

enum access { WRITABLE, READABLE, DENIED, ACCESSES };

static const char *const access_names[ACCESSES] = {"writable", "readable", "denied"};
static const char *const access_lines[ACCESSES] = {"WRITABLE", "READABLE", "~DENIED~"};
static const char *const access_colors[ACCESSES] = {"\x1b[32m", "\x1b[34m", "\x1b[31m"};

struct view {
    GString *text;
    enum access_format format;
    bool used[ACCESSES];
};

/* Own marks decide, else what holds for the parent. */
static enum access access_of(const xmlNode *node, enum access parent)
{
    if (marked(node, MARK_ACL_DENY)) {
        return DENIED;
    }
    if (marked(node, MARK_ACL_WRITE)) {
        return WRITABLE;
    }
    return marked(node, MARK_ACL_READ) ? READABLE : parent;
}

static void find_used(struct view *view, const xmlNode *node, enum access parent, bool root)
{
    enum access own = access_of(node, parent);

    view->used[own] = view->used[own] || root || own != parent;
    xml_foreach(child, node, NULL) {
        find_used(view, child, own, false);
    }
}

static void indent(struct view *view, unsigned depth)
{
    for (unsigned i = 0; i < depth; i++) {
        g_string_append(view->text, "  ");
    }
}

/* Attributes as an XML serialiser for people writes them: only what must be escaped is. */
static void add_attributes(struct view *view, const xmlNode *node)
{
    for (const xmlAttr *attr = node->properties; attr != NULL; attr = attr->next) {
        g_string_append_printf(view->text, " %s=\"", attr_name(attr));
        for (const char *c = attr_value(attr); *c != '\0'; c++) {
            switch (*c) {
            case '&': g_string_append(view->text, "&amp;"); break;
            case '<': g_string_append(view->text, "&lt;"); break;
            case '>': g_string_append(view->text, "&gt;"); break;
            case '"': g_string_append(view->text, "&quot;"); break;
            default: g_string_append_c(view->text, *c); break;
            }
        }
        g_string_append_c(view->text, '"');
    }
}

static void add_declarations(struct view *view)
{
    for (int i = 0; i < ACCESSES; i++) {
        if (view->used[i]) {
            g_string_append_printf(view->text, " xmlns:pcmk-access-%s=\"" NAMESPACE "%s\"", access_names[i],
                                   access_names[i]);
        }
    }
}

static void add_comment(struct view *view, const xmlNode *node, unsigned depth)
{
    indent(view, depth);
    g_string_append_printf(view->text, "<!--%s-->\n", (const char *)node->content);
}

/* The line that tells where other rights begin. */
static void add_banner(struct view *view, enum access own, unsigned depth)
{
    if (depth > 0) {
        indent(view, depth);
        g_string_append_c(view->text, '\n');
    }
    indent(view, depth);
    g_string_append_printf(view->text, "vvv---[ %s ]---vvv\n", access_lines[own]);
}

static void add_element(struct view *view, const xmlNode *node, enum access parent, unsigned depth)
{
    enum access own = access_of(node, parent);
    bool changed = (depth == 0 || own != parent), leaf = (tree_first(node) == NULL);
    const char *color = view->format == ACCESS_COLOR ? access_colors[own] : "";
    const char *reset = view->format == ACCESS_COLOR ? "\x1b[0m" : "";
    char *prefix = (view->format == ACCESS_NAMESPACE && changed)
        ? g_strdup_printf("pcmk-access-%s:", access_names[own]) : g_strdup("");

    if (view->format == ACCESS_TEXT && changed) {
        add_banner(view, own, depth);
    }
    indent(view, depth);
    g_string_append_printf(view->text, "%s<%s%s", color, prefix, xml_name(node));
    add_attributes(view, node);
    if (view->format == ACCESS_NAMESPACE && depth == 0) {
        add_declarations(view);
    }
    g_string_append_printf(view->text, "%s%s\n", leaf ? "/>" : ">", leaf ? reset : "");
    for (const xmlNode *child = tree_first(node); child != NULL; child = tree_next(child)) {
        if (is_comment(child)) {
            add_comment(view, child, depth + 1);
        } else {
            add_element(view, child, own, depth + 1);
        }
    }
    if (!leaf) {
        indent(view, depth);
        g_string_append_printf(view->text, "%s</%s%s>%s\n", color, prefix, xml_name(node), reset);
    }
    g_free(prefix);
}

char *access_view(xmlNode *cib, const char *user, enum access_format format)
{
    struct view view = {.text = g_string_new(NULL), .format = format};
    struct cib_env env;

    cib_env_init(&env, true);
    acl_mark(&env, cib, cib, user);
    find_used(&view, cib, DENIED, true);
    g_string_append_printf(view.text, "<!-- ACLs as evaluated for user %s -->\n", user);
    add_element(&view, cib, DENIED, 0);
    return g_string_free(view.text, FALSE);
}
