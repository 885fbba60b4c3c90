/* cibadmin: query and change the cluster configuration (agents-and-tools.md B5, cib.md §11.2). */
#include "config.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include <glib.h>
#include "cib/cib_client.h"
#include "cib/schema.h"
#include "cib/version.h"
#include "pacemaker/common/daemon.h"
#include "pacemaker/common/input.h"
#include "pacemaker/common/results.h"
#include "pacemaker/common/xml.h"
#include "tools/access_view.h"

#define DEFAULT_TIMEOUT 30u

enum action { ACTION_NONE, ACTION_CALL, ACTION_EMPTY, ACTION_MD5, ACTION_MD5_VERSIONED };

struct settings {
    enum action action;
    const char *op;
    const char *section, *host, *user;
    const char *file, *text;
    bool standard_input, force, dangerous, sync;
    bool usage_error;
    uint32_t options;
    unsigned timeout, verbosity;
    enum access_format access;
};

struct tool_option {
    char short_name;
    const char *long_name;
    int argument;                   /* no_argument, required_argument, optional_argument */
    const char *value, *help;       /* help NULL: hidden; a heading has no short_name */
};

static const struct tool_option options[] = {
    {'?', "help", no_argument, NULL, "Show this help"},
    {'$', "version", no_argument, NULL, "Show version information"},
    {'V', "verbose", no_argument, NULL, "Show more of what happens (can be repeated)"},
    {0, NULL, 0, NULL, "Commands (the last one given counts):"},
    {'u', "upgrade", no_argument, NULL, "Upgrade the configuration to the latest schema"},
    {'Q', "query", no_argument, NULL, "Print the configuration and status, or a part of it"},
    {'E', "erase", no_argument, NULL, "Erase the whole configuration"},
    {'B', "bump", no_argument, NULL, "Raise the epoch by 1"},
    {'C', "create", no_argument, NULL, "Create an object; fails if it exists"},
    {'M', "modify", no_argument, NULL, "Find an object and update it; fails if it does not exist (see -c)"},
    {'P', "patch", no_argument, NULL, "Apply a patch made by crm_diff"},
    {'R', "replace", no_argument, NULL, "Replace an object by the one given"},
    {'D', "delete", no_argument, NULL, "Delete the first object with the name and all attributes given"},
    {'d', "delete-all", no_argument, NULL, "With --xpath: delete all objects that match"},
    {'a', "empty", no_argument, NULL, "Print an empty configuration"},
    {'5', "md5-sum", no_argument, NULL, "Print the digest the configuration has on disk"},
    {'6', "md5-sum-versioned", no_argument, NULL, "Print the digest peers compare"},
    {'S', "show-access", optional_argument, "[=form]",
     "With -Q and -U: show what the user may read and change; form is color, text, namespace or auto"},
    {0, NULL, 0, NULL, "Additional options:"},
    {'f', "force", no_argument, NULL, "Do it although it is dangerous"},
    {'t', "timeout", required_argument, "=seconds", "How long to wait for the result (30)"},
    {'U', "user", required_argument, "=name",
     "Act with the permissions of that user (for root and hacluster)"},
    {'s', "sync-call", no_argument, NULL, "Wait for the call to complete"},
    {'l', "local", no_argument, NULL, "Use the local node's copy (for queries)"},
    {'c', "allow-create", no_argument, NULL, "Let --modify create what does not exist"},
    {'n', "no-children", no_argument, NULL, "Print an object without its children"},
    {'N', "node", required_argument, "=name", "Send the command to that node"},
    {0, NULL, 0, NULL, "Data:"},
    {'X', "xml-text", required_argument, "=text", "XML from the command line"},
    {'x', "xml-file", required_argument, "=file", "XML from a file"},
    {'p', "xml-pipe", no_argument, NULL, "XML from standard input"},
    {'o', "scope", required_argument, "=section",
     "Section to work on: configuration, nodes, resources, constraints, crm_config, rsc_defaults, "
     "op_defaults, acls, "
     "fencing-topology, tags, alerts, status"},
    {'A', "xpath", required_argument, "=expression", "Objects to work on, instead of a section"},
    {'e', "node-path", no_argument, NULL, "Print the paths of the objects --xpath matches"},
    {'h', "host", required_argument, NULL, NULL},
    {'b', "no-bcast", no_argument, NULL, NULL},
};

static void print_help(FILE *out)
{
    fprintf(out, "cibadmin - query and edit the Pacemaker configuration\nUsage: cibadmin <command> "
                 "[options]\nOptions:\n");
    for (size_t i = 0; i < G_N_ELEMENTS(options); i++) {
        const struct tool_option *option = &options[i];

        if (option->short_name == 0) {
            fprintf(out, "\n%s\n", option->help);
        } else if (option->help != NULL) {
            fprintf(out, " -%c, --%s%s\t\t%s\n", option->short_name, option->long_name,
                    option->value != NULL ? option->value : "", option->help);
        }
    }
    fprintf(out, "\nExamples:\n"
            "\tcibadmin --query --scope resources\n"
            "\tcibadmin --query --xpath \"//nvpair[@name='target-role']\"\n"
            "\tcibadmin --delete --xml-text '<primitive id=\"old\"/>'\n"
            "\tcibadmin --replace --xml-file pacemaker.xml\n");
}

static void print_version(void)
{
    printf("Pacemaker %s\nWritten by Andrew Beekhof and the Pacemaker project contributors\n",
           PACEMAKER_VERSION);
}

/* ---- options ---- */

static void command(struct settings *settings, const char *op)
{
    settings->action = ACTION_CALL;
    settings->op = op;
}

static void set_scope(struct settings *settings, const char *section, bool xpath)
{
    settings->section = section;
    if (xpath) {
        settings->options |= CIB_OPT_XPATH;
    }
}

static enum access_format access_format(const char *text)
{
    if (text == NULL || strcasecmp(text, "auto") == 0) {
        return isatty(STDOUT_FILENO) ? ACCESS_COLOR : ACCESS_TEXT;
    }
    if (strcasecmp(text, "color") == 0) {
        return ACCESS_COLOR;
    }
    if (strcasecmp(text, "text") == 0) {
        return ACCESS_TEXT;
    }
    return strcasecmp(text, "namespace") == 0 ? ACCESS_NAMESPACE : ACCESS_NONE;
}

static bool take_command(struct settings *settings, int letter)
{
    static const struct {
        char letter;
        const char *op;
    } commands[] = {
        {'u', CIB_OP_UPGRADE}, {'Q', CIB_OP_QUERY},  {'E', CIB_OP_ERASE},      {'B', CIB_OP_BUMP},
        {'C', CIB_OP_CREATE},  {'M', CIB_OP_MODIFY}, {'P', CIB_OP_APPLY_DIFF}, {'R', CIB_OP_REPLACE},
        {'D', CIB_OP_DELETE},  {'d', CIB_OP_DELETE},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        if (letter == commands[i].letter) {
            command(settings, commands[i].op);
            if (letter == 'd') {
                settings->options |= CIB_OPT_MULTIPLE;
            }
            settings->dangerous = settings->dangerous || strchr("uEd", letter) != NULL;
            return true;
        }
    }
    return false;
}

static void take_option(struct settings *settings, int letter, const char *value)
{
    switch (letter) {
    case 'V': settings->verbosity++; break;
    case 'a': settings->action = ACTION_EMPTY; break;
    case '5': settings->action = ACTION_MD5; break;
    case '6': settings->action = ACTION_MD5_VERSIONED; break;
    case 'f': settings->force = true; settings->options |= CIB_OPT_QUORUM_OVERRIDE; break;
    case 't': settings->timeout = (unsigned)MIN(strtoul(value, NULL, 10), 1000000); break;
    case 'U': settings->user = value; break;
    case 's': settings->sync = true; break;
    case 'l': settings->options |= CIB_OPT_SCOPE_LOCAL; break;
    case 'c': settings->options |= CIB_OPT_CAN_CREATE; break;
    case 'n': settings->options |= CIB_OPT_NO_CHILDREN; break;
    case 'h':
    case 'N': settings->host = value; break;
    case 'X': settings->text = value; break;
    case 'x': settings->file = value; break;
    case 'p': settings->standard_input = true; break;
    case 'o': set_scope(settings, value, false); break;
    case 'A': set_scope(settings, value, true); break;
    case 'e': settings->options |= CIB_OPT_XPATH_ADDRESS; break;
    case 'b':
        settings->dangerous = true;
        settings->options |= CIB_OPT_INHIBIT_BCAST | CIB_OPT_SCOPE_LOCAL;
        break;
    case 'S':
        settings->access = access_format(value);
        settings->usage_error = settings->usage_error || settings->access == ACCESS_NONE;
        break;
    default: settings->usage_error = true; break;
    }
}

static void parse_options(struct settings *settings, int argc, char **argv)
{
    struct option long_options[G_N_ELEMENTS(options) + 1];
    GString *letters = g_string_new(NULL);
    size_t count = 0;
    int letter;

    for (size_t i = 0; i < G_N_ELEMENTS(options); i++) {
        if (options[i].short_name != 0) {
            long_options[count++] = (struct option){options[i].long_name, options[i].argument, NULL,
                                                    options[i].short_name};
            g_string_append_c(letters, options[i].short_name);
            g_string_append(letters, options[i].argument == no_argument ? "" :
                            options[i].argument == required_argument ? ":" : "::");
        }
    }
    long_options[count] = (struct option){NULL, 0, NULL, 0};
    while ((letter = getopt_long(argc, argv, letters->str, long_options, NULL)) != -1) {
        if (letter == '?' && optopt == 0 && strcmp(argv[optind - 1], "--help") != 0
            && strcmp(argv[optind - 1], "-?") != 0) {
            settings->usage_error = true;
        } else if (letter == '?' && optopt != 0 && optopt != '?') {
            settings->usage_error = true;
        } else if (letter == '?') {
            print_help(stdout);
            exit(CRM_EX_OK);
        } else if (letter == '$') {
            print_version();
            exit(CRM_EX_OK);
        } else if (!take_command(settings, letter)) {
            take_option(settings, letter, optarg);
        }
    }
    g_string_free(letters, TRUE);
    if (settings->action == ACTION_EMPTY || optind >= argc) {
        return;
    }
    printf("non-option ARGV-elements: ");
    for (int i = optind; i < argc; i++) {
        printf("%s ", argv[i]);
    }
    printf("\n");
    settings->usage_error = true;
}

/* ---- input and output ---- */

/* The XML given, NULL when none was. Ends the program when it cannot be read. */
static xmlNode *read_input(const struct settings *settings)
{
    const char *source = settings->file;
    char *text = NULL, *error = NULL;
    xmlNode *input = NULL;

    if (settings->file != NULL) {
        text = input_read_file(settings->file);
    } else if (settings->text != NULL) {
        source = "input string";
        text = strdup(settings->text);
    } else if (settings->standard_input) {
        source = "STDIN";
        text = input_read_stream(stdin);
    } else {
        return NULL;
    }
    if (text != NULL) {
        input = xml_parse_input(text, &error);
    }
    free(text);
    if (input == NULL) {
        fprintf(stderr, "Couldn't parse input from %s.\n", source);
        if (error != NULL) {
            fprintf(stderr, "%s\n", error);
        }
        free(error);
        exit(CRM_EX_CONFIG);
    }
    return input;
}

static void print_xml(const xmlNode *node)
{
    char *text = xml_text_pretty(node);

    fputs(text, stdout);
    free(text);
}

static void print_output(const struct settings *settings, const xmlNode *output)
{
    if (output == NULL) {
        return;
    }
    if ((settings->options & CIB_OPT_XPATH_ADDRESS) != 0 && strcmp(settings->op, CIB_OP_QUERY) == 0
        && xml_is(output, "xpath-query")) {
        xml_foreach(match, output, "xpath-query-path") {
            printf("%s\n", xml_id(match));
        }
        return;
    }
    print_xml(output);
}

/* ---- commands ---- */

static crm_exit_t print_empty(const char *schema)
{
    XML_AUTO xmlNode *cib = cib_empty(1);

    if (schema != NULL) {
        xml_set(cib, "validate-with", schema);
    }
    print_xml(cib);
    return CRM_EX_OK;
}

static crm_exit_t print_digest(const struct settings *settings, const xmlNode *input)
{
    const char *features = xml_get(input, "crm_feature_set");
    char *digest;

    if (input == NULL) {
        fprintf(stderr, "Please supply XML to process with -X, -x or -p\n");
        return CRM_EX_USAGE;
    }
    if (settings->action == ACTION_MD5) {
        fprintf(stderr, "Digest: ");
        digest = xml_digest_v1(input, false, false);
    } else {
        fprintf(stderr, "Versioned (%s) digest: ", features != NULL ? features : "(null)");
        digest = cib_digest(input, features);
    }
    printf("%s\n", digest);
    free(digest);
    return CRM_EX_OK;
}

static void complete_replacement(const struct settings *settings, xmlNode *input)
{
    if (strcmp(settings->op, CIB_OP_REPLACE) == 0 && xml_is(input, "cib")
        && xml_first(input, "status") == NULL) {
        xml_add(input, "status");
    }
}

static void print_failure(const cib_t *cib, const struct settings *settings, int rc)
{
    if (settings->sync || !cib_is_daemon(cib)) {
        fprintf(stderr, "Call failed: %s\n", pcmk_strerror(rc));
    } else {
        fprintf(stderr, "Call %s failed: %s\n", settings->op, pcmk_strerror(rc));
    }
}

static void print_access(const struct settings *settings, xmlNode *output)
{
    char *text = access_view(output, settings->user, settings->access);

    fputs(text, stdout);
    g_free(text);
}

static crm_exit_t call(cib_t *cib, const struct settings *settings, xmlNode *input)
{
    XML_AUTO xmlNode *output = NULL;
    int rc;

    bool show_access = settings->access != ACCESS_NONE && strcmp(settings->op, CIB_OP_QUERY) == 0;

    complete_replacement(settings, input);
    /* what a user may see is judged on what its owner sees */
    cib_set_user(cib, show_access ? NULL : settings->user);
    rc = cib_call(cib, settings->op, settings->host, settings->section, input, settings->options,
                  settings->timeout, &output);
    if (rc == -PCMK_ERR_SCHEMA_UNCHANGED && strcmp(settings->op, CIB_OP_UPGRADE) == 0) {
        if (cib_is_daemon(cib)) {
            printf("Upgrade unnecessary: %s\n", pcmk_strerror(rc));
        }
        return CRM_EX_OK;
    }
    if (rc != 0) {
        print_failure(cib, settings, rc);
    }
    if (rc == -PCMK_ERR_SCHEMA_VALIDATION && output != NULL && cib_is_daemon(cib)) {
        schema_validate(output, schema_print, NULL);
    }
    if (rc == 0 && show_access) {
        print_access(settings, output);
    } else if (cib_is_daemon(cib) || rc != -PCMK_ERR_SCHEMA_VALIDATION) {
        print_output(settings, output);
    }
    return pcmk_rc_to_exit(rc);
}

static crm_exit_t connect_and_run(const struct settings *settings, xmlNode *input)
{
    cib_t *cib = cib_new();
    int rc = cib_connect(cib, program_name(), CIB_CHANNEL_RW), written;
    crm_exit_t status;

    if (rc != 0) {
        fprintf(stderr, "Could not connect to the CIB: %s\n", pcmk_strerror(rc));
        fprintf(stderr, "Init failed, could not perform requested operations\n");
        cib_free(cib);
        return pcmk_rc_to_exit(rc);
    }
    status = call(cib, settings, input);
    written = cib_disconnect(cib);
    if (written != 0) {
        fprintf(stderr, "Could not save the configuration: %s\n", pcmk_strerror(written));
        status = pcmk_rc_to_exit(written);
    }
    cib_free(cib);
    return status;
}

static crm_exit_t check_settings(const struct settings *settings)
{
    if (settings->usage_error || settings->action == ACTION_NONE) {
        print_help(stderr);
        return CRM_EX_USAGE;
    }
    if (settings->access != ACCESS_NONE && settings->user == NULL) {
        fprintf(stderr, "The supplied command requires -U user specified.\n");
        return CRM_EX_USAGE;
    }
    if (settings->action == ACTION_CALL && settings->dangerous && !settings->force) {
        fprintf(
            stderr,
            "The supplied command is considered dangerous.  To prevent accidental destruction of the cluster,"
            " the --force flag is required in order to proceed.\n");
        return CRM_EX_UNSAFE;
    }
    return CRM_EX_OK;
}

int main(int argc, char **argv)
{
    struct settings settings = {.timeout = DEFAULT_TIMEOUT};
    xmlNode *input = NULL;
    crm_exit_t status;

    parse_options(&settings, argc, argv);
    tool_log_init("cibadmin", settings.verbosity);
    status = check_settings(&settings);
    if (status == CRM_EX_OK && settings.action == ACTION_EMPTY) {
        status = print_empty(optind < argc ? argv[optind] : NULL);
    } else if (status == CRM_EX_OK) {
        input = read_input(&settings);
        status = settings.action == ACTION_CALL ? connect_and_run(&settings, input)
            : print_digest(&settings, input);
    }
    xml_free(input);
    schema_cleanup();
    daemon_exit(status);
}
