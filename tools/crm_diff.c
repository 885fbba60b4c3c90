/* crm_diff: the difference of two configurations as a patch, or a configuration with a patch applied
 * (agents-and-tools.md B6, cib.md §11.3). */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <glib.h>
#include "cib/compare.h"
#include "cib/patch.h"
#include "pacemaker/common/daemon.h"
#include "pacemaker/common/input.h"
#include "pacemaker/common/results.h"
#include "pacemaker/common/tool.h"

#define VALUE_LETTERS "nopNO"

static struct {
    struct tool_args args;
    char *original_file, *original_text, *new_file, *new_text, *patch_file;
    gboolean as_cib, standard_input, no_version;
} opt;

static const GOptionEntry xml_entries[] = {
    {"original", 'o', 0, G_OPTION_ARG_FILENAME, &opt.original_file, "XML in the named file is the original",
     "FILE"},
    {"original-string", 'O', 0, G_OPTION_ARG_STRING, &opt.original_text, "The original XML itself", "STRING"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

static const GOptionEntry operation_entries[] = {
    {"new", 'n', 0, G_OPTION_ARG_FILENAME, &opt.new_file,
     "XML in the named file is compared with the original", "FILE"},
    {"new-string", 'N', 0, G_OPTION_ARG_STRING, &opt.new_text, "The XML to compare with the original",
     "STRING"},
    {"patch", 'p', 0, G_OPTION_ARG_FILENAME, &opt.patch_file,
     "Patch in the named file is applied to the original", "FILE"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

static const GOptionEntry additional_entries[] = {
    {"cib", 'c', 0, G_OPTION_ARG_NONE, &opt.as_cib,
     "Both are configurations: the order of attributes does not matter, versions and digests do", NULL},
    {"stdin", 's', 0, G_OPTION_ARG_NONE, &opt.standard_input, "Read both from standard input", NULL},
    {"no-version", 'u', 0, G_OPTION_ARG_NONE, &opt.no_version, "Leave versions out (not with --cib)", NULL},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

/* The document from whichever source is given. Ends the program when it cannot be read. */
static xmlNode *read_document(const char *file, const char *given, const char *which)
{
    char *text = NULL, *error = NULL;
    xmlNode *root = NULL;

    if (given != NULL) {
        text = strdup(given);
    } else if (opt.standard_input) {
        fprintf(stderr, "Input %s XML fragment:", which);
        text = input_read_stream(stdin);
    } else if (file != NULL) {
        text = input_read_file(file);
    }
    if (text != NULL) {
        root = xml_parse_input(text, &error);
    }
    free(text);
    if (root == NULL) {
        fprintf(stderr, "Could not parse the %s XML fragment\n", which);
        if (error != NULL) {
            fprintf(stderr, "%s\n", error);
        }
        free(error);
        exit(CRM_EX_DATAERR);
    }
    tree_strip(root);
    return root;
}

static void print_xml(const xmlNode *node)
{
    char *text = xml_text_pretty(node);

    fputs(text, stdout);
    free(text);
}

static crm_exit_t apply(xmlNode *original, const xmlNode *patch)
{
    int rc = patch_apply(original, patch, opt.as_cib);

    if (rc != 0) {
        fprintf(stderr, "Could not apply patch: %s\n", pcmk_strerror(rc));
        return pcmk_rc_to_exit(rc);
    }
    print_xml(original);
    return CRM_EX_OK;
}

static void forget_versions(const xmlNode *original, xmlNode *fresh)
{
    static const char *const names[] = {"admin_epoch", "epoch", "num_updates"};

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        xml_set(fresh, names[i], xml_get(original, names[i]));
    }
}

static crm_exit_t compare(const xmlNode *original, xmlNode *fresh)
{
    XML_AUTO xmlNode *patch = NULL;

    if (strcmp(xml_name(original), xml_name(fresh)) != 0 || g_strcmp0(xml_id(original), xml_id(fresh)) != 0) {
        fprintf(stderr,
                "Could not compare %s with %s: the outermost elements must have the same name and id\n",
                xml_name(original), xml_name(fresh));
        return CRM_EX_DATAERR;
    }
    if (opt.no_version) {
        forget_versions(original, fresh);
    }
    track_begin(fresh)->lazy = opt.as_cib;
    tree_compare(original, fresh);
    patch = patch_create(0, original, fresh, false, NULL);
    track_end(fresh);
    if (patch == NULL) {
        return CRM_EX_OK;
    }
    if (opt.as_cib || patch_format(patch) == 1) {
        patch_add_digest(patch, original, fresh);
    }
    if (opt.no_version && patch_format(patch) == 1) {
        patch1_forget_versions(patch);
    } else if (opt.no_version) {
        xml_free(xml_first(patch, "version"));
    }
    print_xml(patch);
    return CRM_EX_ERROR;
}

static crm_exit_t run(void)
{
    XML_AUTO xmlNode *original = NULL, *other = NULL;

    if (opt.no_version && opt.as_cib) {
        fprintf(stderr, "error: -u/--no-version incompatible with -c/--cib\n");
        return CRM_EX_USAGE;
    }
    if (opt.no_version && opt.patch_file != NULL) {
        fprintf(stderr, "warning: -u/--no-version ignored with -p/--patch\n");
    }
    original = read_document(opt.original_file, opt.original_text, "first");
    other = read_document(opt.patch_file != NULL ? opt.patch_file : opt.new_file, opt.new_text, "second");
    return opt.patch_file != NULL ? apply(original, other) : compare(original, other);
}

int main(int argc, char **argv)
{
    GOptionContext *context =
        tool_context(&opt.args, NULL, NULL,
                     "Compare two Pacemaker configurations (in XML format) "
                     "to produce a custom diff-like output, or apply such an output as a patch",
                     0);
    crm_exit_t status;

    tool_add_group(context, "xml", "Original XML:", "Show original XML options", xml_entries);
    tool_add_group(context, "operation", "Operation:", "Show operation options", operation_entries);
    tool_add_group(context, "additional", "Additional Options:", "Show additional options",
                   additional_entries);
    status = tool_parse(context, &opt.args, argc, argv, VALUE_LETTERS, NULL);
    g_option_context_free(context);
    if (status != CRM_EX_OK) {
        return status;
    }
    if (opt.args.version) {
        printf("Pacemaker %s\nWritten by Andrew Beekhof and the Pacemaker project contributors\n",
               PACEMAKER_VERSION);
        return CRM_EX_OK;
    }
    status = run();
    tool_args_clear(&opt.args);
    daemon_exit(status);
}
