/* crm_shadow: try configuration changes on a copy (agents-and-tools.md B15, cib.md §11.4). */
#include "config.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <glib.h>
#include <glib/gstdio.h>
#include "cib/cib_client.h"
#include "cib/compare.h"
#include "cib/patch.h"
#include "cib/schema.h"
#include "pacemaker/common/daemon.h"
#include "pacemaker/common/results.h"
#include "pacemaker/common/xml.h"
#include "tools/patch_text.h"

#define FORCE_HINT                                                                                           \
    "To prevent accidental destruction of the cluster, the --force flag is required in order to proceed."
#define PROMPT_NAME_MAX 40

struct settings {
    char command;                   /* option letter, 0 = none */
    const char *name;               /* of the copy, for commands that name one */
    const char *schema;
    bool force, batch, all, usage_error;
    unsigned verbosity;
};

/* ---- options ---- */

static void print_help(FILE *out)
{
    fprintf(out, "crm_shadow - perform Pacemaker configuration changes in a sandbox\n\n"
            "Configuration tools work on the copy named in CIB_shadow instead of the live cluster.\n\n"
            "Usage: crm_shadow <query>|<command> [options]\nOptions:\n"
            " -?, --help\t\t\tShow this help\n"
            " -$, --version\t\t\tShow version information\n"
            " -V, --verbose\t\t\tShow more of what happens (can be repeated)\n\n"
            "Queries:\n"
            " -w, --which\t\t\tPrint the name of the active copy\n"
            " -p, --display\t\t\tPrint the active copy\n"
            " -E, --edit\t\t\tEdit the active copy with $EDITOR\n"
            " -d, --diff\t\t\tPrint what the active copy changes\n"
            " -F, --file\t\t\tPrint the file name of the active copy\n\n"
            "Commands:\n"
            " -c, --create=name\t\tMake a copy of the live configuration\n"
            " -e, --create-empty=name\tMake an empty copy (see --validate-with)\n"
            " -C, --commit=name\t\tMake a copy the live configuration\n"
            " -D, --delete=name\t\tDelete a copy\n"
            " -r, --reset=name\t\tMake a copy anew from the live configuration\n"
            " -s, --switch=name\t\tMake another copy the active one\n\n"
            "Additional options:\n"
            " -f, --force\t\t\tDo it although it is dangerous\n"
            " -b, --batch\t\t\tDo not start a shell\n"
            " -a, --all\t\t\tCommit the status too\n"
            " -v, --validate-with=schema\tSchema of an empty copy\n");
}

static const struct option long_options[] = {
    {"help", no_argument, NULL, '?'},
    {"version", no_argument, NULL, '$'},
    {"verbose", no_argument, NULL, 'V'},
    {"which", no_argument, NULL, 'w'},
    {"display", no_argument, NULL, 'p'},
    {"edit", no_argument, NULL, 'E'},
    {"diff", no_argument, NULL, 'd'},
    {"file", no_argument, NULL, 'F'},
    {"create", required_argument, NULL, 'c'},
    {"create-empty", required_argument, NULL, 'e'},
    {"commit", required_argument, NULL, 'C'},
    {"delete", required_argument, NULL, 'D'},
    {"reset", required_argument, NULL, 'r'},
    {"switch", required_argument, NULL, 's'},
    {"force", no_argument, NULL, 'f'},
    {"batch", no_argument, NULL, 'b'},
    {"all", no_argument, NULL, 'a'},
    {"validate-with", required_argument, NULL, 'v'},
    {NULL, 0, NULL, 0},
};

static void take_option(struct settings *settings, int letter)
{
    switch (letter) {
    case 'V': settings->verbosity++; break;
    case 'f': settings->force = true; break;
    case 'b': settings->batch = true; break;
    case 'a': settings->all = true; break;
    case 'v': settings->schema = optarg; break;
    case '$':
        printf("Pacemaker %s\nWritten by Andrew Beekhof and the Pacemaker project contributors\n",
               PACEMAKER_VERSION);
        exit(CRM_EX_OK);
    case '?':
        settings->usage_error = true;
        break;
    default:
        settings->command = (char)letter;
        settings->name = optarg;
        break;
    }
}

static void parse_options(struct settings *settings, int argc, char **argv)
{
    int letter;

    while ((letter = getopt_long(argc, argv, "?$VwpEdFc:e:C:D:r:s:fbav:", long_options, NULL)) != -1) {
        if (letter == '?' && optopt == '?') {
            print_help(stdout);
            exit(CRM_EX_OK);
        }
        if (letter == '?' && optopt == 0 && strcmp(argv[optind - 1], "--help") == 0) {
            print_help(stdout);
            exit(CRM_EX_OK);
        }
        take_option(settings, letter);
    }
    if (optind < argc) {
        printf("non-option ARGV-elements: ");
        for (int i = optind; i < argc; i++) {
            printf("%s ", argv[i]);
        }
        printf("\n");
        settings->usage_error = true;
    }
}

/* ---- copies ---- */

static int save(const char *file, const xmlNode *tree)
{
    char *text = xml_text_pretty(tree);
    GError *error = NULL;
    bool saved = g_file_set_contents_full(file, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, &error);

    if (!saved) {
        fprintf(stderr, "Could not write %s: %s\n", file, error->message);
        g_error_free(error);
    }
    free(text);
    return saved ? 0 : -EIO;
}

static xmlNode *load(const char *file)
{
    char *text = NULL, *error = NULL;
    xmlNode *tree = NULL;

    if (g_file_get_contents(file, &text, NULL, NULL)) {
        tree = xml_parse_input(text, &error);
    }
    if (tree == NULL) {
        fprintf(stderr, "Could not read shadow file %s: %s\n", file, error != NULL ? error : strerror(errno));
    } else {
        tree_strip(tree);
    }
    free(error);
    g_free(text);
    return tree;
}

/* The configuration all copies are made from, whatever copy is active. */
static cib_t *connect_live(void)
{
    const char *file = getenv("CIB_file");
    cib_t *cib = file != NULL ? cib_new_file(file) : cib_new_daemon();
    int rc = cib_connect(cib, program_name(), CIB_CHANNEL_RW);

    if (rc != 0) {
        fprintf(stderr, "Could not connect to CIB: %s\n", pcmk_strerror(rc));
        cib_free(cib);
        exit((int)pcmk_rc_to_exit(rc));
    }
    return cib;
}

static xmlNode *query_live(void)
{
    cib_t *cib = connect_live();
    xmlNode *tree = NULL;
    int rc = cib_query(cib, NULL, CIB_OPT_SCOPE_LOCAL, &tree);

    cib_free(cib);
    if (rc != 0) {
        fprintf(stderr, "Could not query the CIB: %s\n", pcmk_strerror(rc));
        exit((int)pcmk_rc_to_exit(rc));
    }
    return tree;
}

/* ---- the shell that works on a copy ---- */

static char *prompt_for(const char *name)
{
    return g_strdup_printf("shadow[%.*s] # ", PROMPT_NAME_MAX, name);
}

static void announce(const struct settings *settings, const char *what)
{
    const char *shell = getenv("SHELL");
    char *prompt;

    printf("Setting up shadow instance\n");
    if (settings->batch || shell == NULL) {
        printf("%s\n  CIB_shadow=%s ; export CIB_shadow\n", what, settings->name);
        return;
    }
    prompt = prompt_for(settings->name);
    printf("Type Ctrl-D to exit the crm_shadow shell\n");
    fflush(stdout);
    g_setenv("PS1", prompt, TRUE);
    g_setenv("CIB_shadow", settings->name, TRUE);
    g_free(prompt);
    if (strstr(shell, "bash") != NULL) {
        execl(shell, shell, "--norc", "--noprofile", NULL);
    } else {
        execl(shell, shell, NULL);
    }
    fprintf(stderr, "Failed to launch shell '%s': %s\n", shell, strerror(errno));
}

static void announce_end(const struct settings *settings)
{
    const char *shown = getenv("PS1");
    char *prompt = prompt_for(settings->name);

    if (shown != NULL && strcmp(shown, prompt) == 0) {
        printf("Now type Ctrl-D to exit the crm_shadow shell\n");
    } else {
        printf("Please remember to unset the CIB_shadow variable by pasting the following into your shell:\n"
               "  unset CIB_shadow\n");
    }
    g_free(prompt);
}

/* ---- commands ---- */

static crm_exit_t create(const struct settings *settings, const char *file)
{
    XML_AUTO xmlNode *tree = NULL;

    if (settings->command == 'e') {
        tree = cib_empty(0);
        if (settings->schema != NULL) {
            xml_set(tree, "validate-with", settings->schema);
        }
        printf("Created new %s configuration\n", xml_get(tree, "validate-with"));
    } else {
        tree = query_live();
    }
    if (save(file, tree) != 0) {
        return CRM_EX_CANTCREAT;
    }
    announce(settings,
             "A new shadow instance was created.  To begin using it paste the following into your shell:");
    return CRM_EX_OK;
}

static crm_exit_t commit(const struct settings *settings, const char *file)
{
    XML_AUTO xmlNode *tree = load(file);
    const xmlNode *input = (tree == NULL || settings->all) ? tree : xml_first(tree, "configuration");
    cib_t *cib;
    int rc;

    if (input == NULL) {
        return CRM_EX_NOINPUT;
    }
    cib = connect_live();
    rc = cib_replace(cib, settings->all ? NULL : "configuration", input, 0);
    if (rc == 0) {
        rc = cib_disconnect(cib);
    }
    cib_free(cib);
    if (rc != 0) {
        fprintf(stderr, "Could not commit shadow instance '%s' to the CIB: %s\n", settings->name,
                pcmk_strerror(rc));
        return pcmk_rc_to_exit(rc);
    }
    announce_end(settings);
    return CRM_EX_OK;
}

static crm_exit_t delete(const struct settings *settings, const char *file)
{
    if (unlink(file) != 0 && errno != ENOENT) {
        int rc = errno;

        fprintf(stderr, "Could not remove shadow instance '%s': %s\n", settings->name, strerror(rc));
        return pcmk_rc_to_exit(-rc);
    }
    announce_end(settings);
    return CRM_EX_OK;
}

static crm_exit_t diff(const char *file)
{
    XML_AUTO xmlNode *live = query_live(), *tree = load(file), *patch = NULL;

    if (tree == NULL) {
        return CRM_EX_NOINPUT;
    }
    track_begin(tree);
    tree_compare(live, tree);
    patch = patch_create(2, live, tree, false, NULL);
    track_end(tree);
    if (patch == NULL) {
        return CRM_EX_OK;
    }
    patch_text_print(stdout, patch);
    return CRM_EX_ERROR;
}

static crm_exit_t edit(const char *file)
{
    char *editor = g_strdup(getenv("EDITOR"));
    int status = -1;
    pid_t pid;

    if (editor == NULL) {
        fprintf(stderr, "No value for EDITOR defined\n");
        return CRM_EX_NOT_CONFIGURED;
    }
    pid = fork();
    if (pid == 0) {
        execlp(editor, editor, file, NULL);
        fprintf(stderr, "Could not start editor %s: %s\n", editor, strerror(errno));
        _exit(CRM_EX_OSFILE);
    }
    g_free(editor);
    if (pid < 0 || waitpid(pid, &status, 0) < 0) {
        return CRM_EX_OSERR;
    }
    return WIFEXITED(status) ? (crm_exit_t)WEXITSTATUS(status) : CRM_EX_ERROR;
}

static crm_exit_t display(const char *file)
{
    XML_AUTO xmlNode *tree = load(file);
    char *text;

    if (tree == NULL) {
        return CRM_EX_NOINPUT;
    }
    text = xml_text_pretty(tree);
    fputs(text, stdout);
    free(text);
    return CRM_EX_OK;
}

static crm_exit_t run(const struct settings *settings, const char *file)
{
    switch (settings->command) {
    case 'w': printf("%s\n", settings->name); return CRM_EX_OK;
    case 'F': printf("%s\n", file); return CRM_EX_OK;
    case 'p': return display(file);
    case 'E': return edit(file);
    case 'd': return diff(file);
    case 'C': return commit(settings, file);
    case 'D': return delete(settings, file);
    case 's':
        announce(settings, "To switch to the named shadow instance, paste the following into your shell:");
        return CRM_EX_OK;
    default: return create(settings, file);
    }
}

/* ---- checks ---- */

static bool is_one_of(char command, const char *letters)
{
    return strchr(letters, command) != NULL;
}

static crm_exit_t check_name(struct settings *settings)
{
    const char *active = getenv("CIB_shadow");

    active = (active != NULL && *active == '\0') ? NULL : active;
    if (is_one_of(settings->command, "wpEdF")) {
        settings->name = active;
        if (active == NULL) {
            fprintf(stderr, "No active shadow configuration defined\n");
            return CRM_EX_NOSUCH;
        }
        return CRM_EX_OK;
    }
    if (settings->name == NULL || *settings->name == '\0' || strchr(settings->name, '/') != NULL) {
        fprintf(stderr, "No shadow instance provided\n");
        return CRM_EX_NOSUCH;
    }
    if (!is_one_of(settings->command, "sc") && active != NULL && strcmp(active, settings->name) != 0
        && !settings->force) {
        fprintf(stderr,
                "The supplied shadow instance (%s) is not the same as the active one (%s).\n  " FORCE_HINT
                "\n",
                settings->name, active);
        return CRM_EX_USAGE;
    }
    return CRM_EX_OK;
}

static crm_exit_t check_danger(const struct settings *settings)
{
    if (is_one_of(settings->command, "CD") && !settings->force) {
        fprintf(stderr, "The supplied command is considered dangerous.  " FORCE_HINT "\n");
        return CRM_EX_USAGE;
    }
    return CRM_EX_OK;
}

static crm_exit_t check_file(const struct settings *settings, const char *file)
{
    struct stat info;
    bool exists = (stat(file, &info) == 0);
    int error = errno;

    if (is_one_of(settings->command, "ce") && exists && !settings->force) {
        fprintf(stderr, "A shadow instance '%s' already exists.\n  " FORCE_HINT "\n", settings->name);
        return CRM_EX_CANTCREAT;
    }
    if (!exists && is_one_of(settings->command, "pEdFCs")) {
        fprintf(stderr, "Could not access shadow instance '%s': %s\n", settings->name, strerror(error));
        return CRM_EX_NOSUCH;
    }
    return CRM_EX_OK;
}

int main(int argc, char **argv)
{
    struct settings settings = {0};
    char *file = NULL;
    crm_exit_t status;

    parse_options(&settings, argc, argv);
    tool_log_init("crm_shadow", settings.verbosity);
    if (settings.usage_error || settings.command == 0) {
        print_help(stderr);
        return CRM_EX_USAGE;
    }
    status = check_name(&settings);
    if (status == CRM_EX_OK) {
        status = check_danger(&settings);
    }
    if (status == CRM_EX_OK) {
        file = cib_shadow_path(settings.name);
        status = check_file(&settings, file);
    }
    if (status == CRM_EX_OK) {
        status = run(&settings, file);
    }
    g_free(file);
    schema_cleanup();
    daemon_exit(status);
}
