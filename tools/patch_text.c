/* A patchset as text for people. */
#include "tools/patch_text.h"

#include <stdlib.h>
#include <string.h>
#include <glib.h>
#include "cib/patch.h"

static void print_versions(FILE *out, const xmlNode *patch)
{
    const char *digest = xml_get(patch, "digest");
    struct cib_version from, to;

    patch_versions(patch, NULL, &from, &to);
    if (cib_version_compare(&from, &to) == 0) {
        fprintf(out, "  : Local-only Change: %lld.%lld.%lld\n", from.admin_epoch, from.epoch,
                from.num_updates);
        return;
    }
    fprintf(out, "Diff: --- %lld.%lld.%lld 2\n", from.admin_epoch, from.epoch, from.num_updates);
    fprintf(out, "Diff: +++ %lld.%lld.%lld %s\n", to.admin_epoch, to.epoch, to.num_updates,
            digest != NULL ? digest : "(null)");
}

/* The node alone, as it is written in a file. */
static char *node_text(const xmlNode *node)
{
    xmlNode *alone;
    char *text, *copy;

    if (is_comment(node)) {
        return g_strdup_printf("<!--%s-->", (const char *)node->content);
    }
    alone = xml_new(xml_name(node));
    xml_copy_attrs(alone, node);
    text = xml_text(alone);
    copy = g_strdup(text);
    free(text);
    xml_free(alone);
    return copy;
}

static void print_below(FILE *out, const xmlNode *parent, int column)
{
    for (const xmlNode *child = tree_first(parent); child != NULL; child = tree_next(child)) {
        char *text = node_text(child);
        size_t length = strlen(text);

        if (!is_comment(child) && tree_first(child) != NULL) {
            text[length - 2] = '>';     /* "/>" becomes ">": its content follows */
            text[length - 1] = '\0';
        }
        fprintf(out, "++ %*s%s\n", column - 3, "", text);
        g_free(text);
        if (!is_comment(child) && tree_first(child) != NULL) {
            print_below(out, child, column + 2);
            fprintf(out, "++ %*s</%s>\n", column - 3, "", xml_name(child));
        }
    }
}

static void print_creation(FILE *out, const char *path, const xmlNode *change)
{
    const xmlNode *node = tree_first(change);
    int column;
    char *text;

    if (node == NULL) {
        return;
    }
    text = node_text(node);
    column = fprintf(out, "++ %s:  ", path);
    fprintf(out, "%s\n", text);
    g_free(text);
    if (!is_comment(node) && tree_first(node) != NULL) {
        print_below(out, node, column + 2);
        fprintf(out, "++ %*s</%s>\n", column - 3, "", xml_name(node));
    }
}

/* Attributes of one kind, "set" or "unset", on a line. */
static void print_attributes(FILE *out, const char *path, const xmlNode *change, const char *operation,
                             const char *mark)
{
    bool first = true;

    xml_foreach(attr, xml_first(change, "change-list"), "change-attr") {
        const char *value = xml_get(attr, "value");

        if (g_strcmp0(xml_get(attr, "operation"), operation) != 0) {
            continue;
        }
        if (first) {
            fprintf(out, "%s %s:  ", mark, path);
        }
        fprintf(out, "%s@%s%s%s", first ? "" : ", ", xml_get(attr, "name"), value != NULL ? "=" : "",
                value != NULL ? value : "");
        first = false;
    }
    if (!first) {
        fprintf(out, "\n");
    }
}

static void print_change(FILE *out, const xmlNode *change)
{
    const char *operation = xml_get(change, "operation"), *path = xml_get(change, "path");
    const char *position = xml_get(change, "position");

    if (operation == NULL || path == NULL) {
        return;
    }
    if (strcmp(operation, "create") == 0) {
        print_creation(out, path, change);
    } else if (strcmp(operation, "move") == 0) {
        fprintf(out, "+~ %s moved to offset %s\n", path, position);
    } else if (strcmp(operation, "modify") == 0) {
        print_attributes(out, path, change, "set", "+ ");
        print_attributes(out, path, change, "unset", "--");
    } else if (strcmp(operation, "delete") == 0 && position != NULL) {
        fprintf(out, "-- %s (%s)\n", path, position);
    } else if (strcmp(operation, "delete") == 0) {
        fprintf(out, "-- %s\n", path);
    }
}

void patch_text_print(FILE *out, const xmlNode *patch)
{
    print_versions(out, patch);
    xml_foreach(change, patch, "change") {
        print_change(out, change);
    }
}
