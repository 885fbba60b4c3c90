/* Formatted output of the tools: construction, envelope, info and errors (output.h). */
#include "config.h"

#include "pacemaker/common/output.h"
#include <errno.h>
#include <glib.h>
#include <libxml/HTMLtree.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "pacemaker/common/daemon.h"
#include "pacemaker/common/output_private.h"
#include "pacemaker/common/xml.h"

#define XML_API_VERSION "2.25"
#define BUILD_ID "a3f44794f94"
#define BUILD_FEATURES \
    "agent-manpages cibsecrets corosync-ge-2 generated-manpages lha monotonic nagios ncurses remote systemd"

/* argv as one line: words with blanks in single quotes. */
static char *request_text(char **argv)
{
    GString *text = g_string_new(NULL);

    for (; argv != NULL && *argv != NULL; argv++) {
        if (text->len > 0) {
            g_string_append_c(text, ' ');
        }
        if (strchr(*argv, ' ') == NULL) {
            g_string_append(text, *argv);
            continue;
        }
        g_string_append_c(text, '\'');
        for (const char *c = *argv; *c != '\0'; c++) {
            g_string_append(text, *c == '\'' ? "\\'" : (char[]){*c, '\0'});
        }
        g_string_append_c(text, '\'');
    }
    return g_string_free(text, FALSE);
}

static void start_document(output_t *out)
{
    struct output_private *p = out->priv;

    if (out->kind == OUTPUT_XML) {
        p->root = xml_new("pacemaker-result");
        xml_set(p->root, "api-version", XML_API_VERSION);
        xml_set(p->root, "request", p->request);
        p->current = p->root;
    } else if (out->kind == OUTPUT_HTML) {
        p->root = xml_new("html");
        xml_set(p->root, "lang", "en");
        p->current = xml_add(p->root, "body");
    }
}

static bool listed(const char *allowed, const char *format)
{
    char **names = g_strsplit(allowed, ",", -1);
    bool found = g_strv_contains((const char *const *)names, format);

    g_strfreev(names);
    return found;
}

output_t *output_new(const char *format, const char *allowed, const char *file, char **argv, int *rc)
{
    static const char *const kinds[] = {"text", "xml", "html", "none"};
    FILE *dest = stdout;
    int kind = 0;

    if (format == NULL) {
        format = "text";
    }
    while (kind < 4 && strcmp(kinds[kind], format) != 0) {
        kind++;
    }
    if (kind == 4 || (kind != OUTPUT_NONE && allowed != NULL && !listed(allowed, format))) {
        *rc = PCMK_RC_UNKNOWN_FORMAT;
        return NULL;
    }
    if (file != NULL && strcmp(file, "-") != 0) {
        dest = fopen(file, "we");
        if (dest == NULL) {
            *rc = -errno;
            return NULL;
        }
    }
    output_t *out = g_new0(output_t, 1);

    *rc = 0;
    out->kind = (enum output_kind)kind;
    out->dest = dest;
    out->priv = g_new0(struct output_private, 1);
    out->priv->request = request_text(argv);
    out->priv->errors = g_ptr_array_new_with_free_func(g_free);
    start_document(out);
    setenv("OCF_OUTPUT_FORMAT", format, 1);
    return out;
}

/* ---- finishing ---- */

/* libxml2's own serialiser: another escaping than the one of messages and the CIB. */
static void dump(output_t *out)
{
    xmlBuffer *buffer = xmlBufferCreate();

    xmlNodeDump(buffer, out->priv->root->doc, out->priv->root, 0, 1);
    fprintf(out->dest, "%s\n", (const char *)xmlBufferContent(buffer));
    xmlBufferFree(buffer);
}

/* In HTML's own form: no self-closing elements, line breaks only where they do not show. */
static void dump_html(output_t *out)
{
    xmlOutputBuffer *buffer = xmlOutputBufferCreateFile(out->dest, NULL);

    if (buffer == NULL) {
        abort();
    }
    htmlNodeDumpFormatOutput(buffer, out->priv->root->doc, out->priv->root, NULL, 1);
    xmlOutputBufferClose(buffer);
    fputc('\n', out->dest);
}

static void add_text(xmlNode *node, const char *text)
{
    xmlAddChild(node, xmlNewDocText(node->doc, (const xmlChar *)text));
}

/* crm_mon's older root; which one is wanted is known only after construction. */
static void make_legacy(xmlNode *root)
{
    xmlNodeSetName(root, (const xmlChar *)"crm_mon");
    xml_unset(root, "api-version");
    xml_unset(root, "request");
    xml_set(root, "version", PACEMAKER_VERSION);
}

static void add_status(output_t *out, crm_exit_t status)
{
    struct output_private *p = out->priv;
    xmlNode *node = xml_add(p->root, "status");

    xml_set_int(node, "code", (int)status);
    xml_set(node, "message", crm_exit_str(status));
    if (p->errors->len > 0) {
        xmlNode *errors = xml_add(node, "errors");

        for (guint i = 0; i < p->errors->len; i++) {
            add_text(xml_add(errors, "error"), p->errors->pdata[i]);
        }
    }
}

static void finish_html(output_t *out, crm_exit_t status)
{
    static const char style[] =
        ".bold { font-weight: bold }\n"
        ".online { color: green }\n"
        ".offline { color: red }\n"
        ".maint { color: blue }\n"
        ".standby { color: blue }\n"
        ".health_red { color: red }\n"
        ".health_yellow { color: GoldenRod }\n"
        ".rsc-failed { color: red }\n"
        ".rsc-failure-ignored { color: DarkGreen }\n"
        ".rsc-managed { color: blue }\n"
        ".rsc-multiple { color: orange }\n"
        ".rsc-ok { color: green }\n"
        ".warning { color: red; font-weight: bold }";
    struct output_private *p = out->priv;
    xmlNode *body = xml_first(p->root, "body");
    xmlNode *head = xml_add(p->root, "head");

    xmlUnlinkNode(head);
    xmlAddPrevSibling(body, head);
    add_text(xml_add(head, "title"), out->html_title != NULL ? out->html_title : p->request);
    xml_set(xml_add(head, "meta"), "charset", "utf-8");
    if (out->html_refresh > 0) {
        xmlNode *meta = xml_add(head, "meta");

        xml_set(meta, "http-equiv", "refresh");
        xml_set_int(meta, "content", out->html_refresh);
    }
    if (out->html_stylesheet != NULL) {
        xmlNode *link = xml_add(head, "link");

        xml_set(link, "rel", "stylesheet");
        xml_set(link, "href", out->html_stylesheet);
    }
    add_text(xml_add(head, "style"), style);
    if (p->errors->len > 0) {
        add_text(xml_add(body, "h2"), "Errors");

        xmlNode *list = xml_add(body, "ul");

        for (guint i = 0; i < p->errors->len; i++) {
            add_text(xml_add(list, "li"), p->errors->pdata[i]);
        }
    }
    if (out->html_cgi) {
        fputs("Content-Type: text/html\n\n", out->dest);
    }
    fputs("<!DOCTYPE html>\n", out->dest);
    dump_html(out);
}

void output_finish(output_t *out, crm_exit_t status, bool print)
{
    while (out->priv->depth > 0) {
        out_list_end(out);
    }
    if (out->kind == OUTPUT_XML && print) {
        if (out->legacy_xml) {
            make_legacy(out->priv->root);
        } else {
            add_status(out, status);
        }
        dump(out);
    } else if (out->kind == OUTPUT_HTML && print) {
        finish_html(out, status);
    }
    fflush(out->dest);
}

static void clear_document(output_t *out)
{
    xml_free(out->priv->root);
    out->priv->root = out->priv->current = NULL;
    g_ptr_array_set_size(out->priv->errors, 0);
    while (out->priv->depth > 0) {
        out->priv->depth--;
        g_free(out->priv->lists[out->priv->depth].noun);
        g_free(out->priv->lists[out->priv->depth].nouns);
    }
}

void output_reset(output_t *out)
{
    clear_document(out);
    if (out->dest != stdout && fseek(out->dest, 0, SEEK_SET) == 0 && ftruncate(fileno(out->dest), 0) < 0) {
        /* not a file: the next document follows this one */
    }
    start_document(out);
}

void output_free(output_t *out)
{
    if (out == NULL) {
        return;
    }
    clear_document(out);
    if (out->dest != stdout) {
        fclose(out->dest);
    }
    g_ptr_array_free(out->priv->errors, TRUE);
    g_free(out->priv->request);
    g_free(out->priv);
    g_free(out);
}

/* ---- single messages ---- */

bool out_info(output_t *out, const char *fmt, ...)
{
    va_list args;

    if (out->kind != OUTPUT_TEXT || out->quiet) {
        return false;
    }
    va_start(args, fmt);
    vfprintf(out->dest, fmt, args);
    va_end(args);
    fputc('\n', out->dest);
    return true;
}

static void put_error(output_t *out, char *text)
{
    if (out->kind == OUTPUT_TEXT || out->legacy_xml) {
        fprintf(stderr, "%s\n", text);
    } else if (out->kind == OUTPUT_XML || out->kind == OUTPUT_HTML) {
        g_ptr_array_add(out->priv->errors, text);
        return;
    }
    g_free(text);
}

void out_err(output_t *out, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    char *text = g_strdup_vprintf(fmt, args);
    va_end(args);
    put_error(out, text);
}

void out_tool_err(output_t *out, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    char *text = g_strdup_vprintf(fmt, args);
    va_end(args);
    put_error(out, g_strdup_printf("%s: %s", program_name(), text));
    out->tool_errors++;
    g_free(text);
}

void out_err_more(output_t *out, const char *fmt, ...)
{
    GPtrArray *errors = out->priv->errors;
    char *text, *last;
    va_list args;

    va_start(args, fmt);
    text = g_strdup_vprintf(fmt, args);
    va_end(args);
    if (errors->len > 0) {
        last = g_ptr_array_index(errors, errors->len - 1);
        g_ptr_array_index(errors, errors->len - 1) = g_strdup_printf("%s\n%s", last, text);
        g_free(last);
        g_free(text);
    } else {
        put_error(out, text);
    }
}

void out_spacer(output_t *out)
{
    if (out->kind == OUTPUT_TEXT) {
        fputc('\n', out->dest);
    }
}

void out_indented(output_t *out, const char *fmt, ...)
{
    va_list args;

    if (out->kind != OUTPUT_TEXT) {
        return;
    }
    if (out->fancy) {
        fprintf(out->dest, "%*s", 2 * (int)out->priv->depth, "");
    }
    va_start(args, fmt);
    vfprintf(out->dest, fmt, args);
    va_end(args);
}

/* ---- xml and html elements ---- */

static xmlNode *add_element(output_t *out, const char *name, va_list args)
{
    xmlNode *node = xml_add(out->priv->current, name);

    for (const char *attr = va_arg(args, const char *); attr != NULL; attr = va_arg(args, const char *)) {
        xml_set(node, attr, va_arg(args, const char *));
    }
    return node;
}

xmlNode *out_xml(output_t *out, const char *name, ...)
{
    va_list args;

    if (out->kind != OUTPUT_XML) {
        return NULL;
    }
    va_start(args, name);
    xmlNode *node = add_element(out, name, args);
    va_end(args);
    return node;
}

xmlNode *out_xml_push(output_t *out, const char *name, ...)
{
    va_list args;

    if (out->kind != OUTPUT_XML) {
        return NULL;
    }
    va_start(args, name);
    out->priv->current = add_element(out, name, args);
    va_end(args);
    return out->priv->current;
}

void out_xml_pop(output_t *out)
{
    if (out->kind == OUTPUT_XML && out->priv->current != out->priv->root) {
        out->priv->current = out->priv->current->parent;
    }
}

xmlNode *out_xml_parent(output_t *out)
{
    return out->priv->current;
}

void out_xml_copy(output_t *out, const xmlNode *node)
{
    if (out->kind == OUTPUT_XML) {
        xml_add_copy(out->priv->current, node);
    }
}

xmlNode *out_html(output_t *out, const char *name, const char *id, const char *css_class, const char *text)
{
    if (out->kind != OUTPUT_HTML) {
        return NULL;
    }
    xmlNode *node = xml_add(out->priv->current, name);

    xml_set(node, "id", id);
    xml_set(node, "class", css_class);
    if (text != NULL) {
        add_text(node, text);
    }
    return node;
}

void out_xml_block(output_t *out, const char *name, const char *block)
{
    if (out->kind == OUTPUT_TEXT) {
        out_indented(out, "%s", block);
    } else if (out->kind == OUTPUT_XML) {
        xmlNode *node = xml_add(out->priv->current, name);

        xmlAddChild(node, xmlNewCDataBlock(node->doc, (const xmlChar *)block, (int)strlen(block)));
    } else if (out->kind == OUTPUT_HTML) {
        out_html(out, "pre", NULL, NULL, block);
    }
}

static void subprocess_xml(output_t *out, int status, const char *out_text, const char *err_text)
{
    const char *texts[][2] = {{"stdout", out_text}, {"stderr", err_text}};
    xmlNode *command = xml_add(out->priv->current, "command");

    xml_set_int(command, "code", status);
    for (size_t i = 0; i < 2; i++) {
        if (texts[i][1] != NULL && texts[i][1][0] != '\0') {
            xmlNode *node = xml_add(command, "output");

            xml_set(node, "source", texts[i][0]);
            add_text(node, texts[i][1]);
        }
    }
}

void out_subprocess(output_t *out, int status, const char *out_text, const char *err_text)
{
    if (out->kind == OUTPUT_XML) {
        subprocess_xml(out, status, out_text, err_text);
    } else if (out->kind == OUTPUT_TEXT) {
        if (out_text != NULL && out_text[0] != '\0') {
            fprintf(out->dest, "%s\n", out_text);
        }
        if (err_text != NULL && err_text[0] != '\0') {
            fprintf(out->dest, "%s\n", err_text);
        }
    } else if (out->kind == OUTPUT_HTML) {
        out_html(out, "pre", NULL, NULL, out_text);
        out_html(out, "pre", NULL, NULL, err_text);
    }
}

static void features_xml(output_t *out)
{
    char **features = g_strsplit(BUILD_FEATURES, " ", -1);

    out_xml_push(out, "pacemakerd", "version", PACEMAKER_VERSION, "build", BUILD_ID, "feature_set",
                 CRM_FEATURE_SET, NULL);
    out_xml_push(out, "features", NULL);
    for (char **feature = features; *feature != NULL; feature++) {
        add_text(out_xml(out, "feature", NULL), *feature);
    }
    out_xml_pop(out);
    out_xml_pop(out);
    g_strfreev(features);
}

void out_version(output_t *out, bool extended)
{
    static const char author[] = "Andrew Beekhof and the Pacemaker project contributors";

    if (out->kind == OUTPUT_XML && extended) {
        features_xml(out);
    } else if (out->kind == OUTPUT_XML) {
        out_xml(out, "version", "program", "Pacemaker", "version", PACEMAKER_VERSION, "author", author,
                "build", BUILD_ID, "features", BUILD_FEATURES, NULL);
    } else if (out->kind == OUTPUT_TEXT && extended) {
        fprintf(out->dest, "Pacemaker %s (Build: %s)\n Supporting v%s: %s\n", PACEMAKER_VERSION, BUILD_ID,
                CRM_FEATURE_SET, BUILD_FEATURES);
    } else if (out->kind == OUTPUT_TEXT) {
        fprintf(out->dest, "Pacemaker %s\nWritten by %s\n", PACEMAKER_VERSION, author);
    } else if (out->kind == OUTPUT_HTML) {
        out_html(out, "div", NULL, NULL, "Program: Pacemaker");
        out_html(out, "div", NULL, NULL, "Version: " PACEMAKER_VERSION);
    }
}
