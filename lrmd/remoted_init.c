/* pacemaker-remoted as the first process of a container (executor.md §13.3): environment from a file, a
 * parent that reaps. */
#include "config.h"
#include "lrmd/execd.h"

#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pacemaker/common/results.h"

#define INIT_ENV_FILE SYSCONFDIR "/pacemaker/pcmk-init.env"
#define INIT_LOG_FILE LOCALSTATEDIR "/log/pcmk-init.log"
#define LINE_MAX_BYTES 4096

/* Value at text: bare up to a blank, or quoted with backslash-escaped quotes. NULL: malformed. Changes the
 * line. */
static char *parse_value(char *text)
{
    char quote = *text == '\'' || *text == '"' ? *text : '\0';
    char *end = text + (quote != '\0'), *out = text;

    while (*end != '\0' && (quote != '\0' ? *end != quote : !isspace((unsigned char)*end) && *end != '#')) {
        if (quote != '\0' && end[0] == '\\' && end[1] == quote) {
            end++;
        }
        *out++ = *end++;
    }
    if (quote != '\0' && *end++ != quote) {
        return NULL;
    }
    while (isspace((unsigned char)*end)) {
        end++;
    }
    bool clean = *end == '\0' || *end == '#';
    *out = '\0';
    return clean ? text : NULL;
}

/* NAME=value; anything else is ignored. Variables that exist stay as they are. */
static void parse_line(char *line)
{
    while (isspace((unsigned char)*line)) {
        line++;
    }
    char *equals = strchr(line, '=');
    if (*line == '#' || equals == NULL || equals == line || isdigit((unsigned char)*line)) {
        return;
    }
    for (const char *c = line; c < equals; c++) {
        if (!isalnum((unsigned char)*c) && *c != '_') {
            return;
        }
    }
    *equals = '\0';
    char *value = parse_value(equals + 1);
    if (value != NULL) {
        setenv(line, value, 0);
    }
}

static void load_environment(void)
{
    FILE *file = fopen(INIT_ENV_FILE, "re");
    char line[LINE_MAX_BYTES];

    while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        parse_line(line);
    }
    if (file != NULL) {
        fclose(file);
    }
}

static pid_t executor;

static void on_sigint(int signum)
{
    _exit(CRM_EX_OK);
}

static void pass_on(int signum)
{
    if (executor > 0) {
        kill(executor, signum);
    }
}

/* Everybody's parent: reap until the executor ends. */
_Noreturn static void reap_all(void)
{
    signal(SIGINT, on_sigint);
    signal(SIGTERM, pass_on);
    for (;;) {
        int status = 0;
        pid_t pid = waitpid(-1, &status, 0);

        if (pid == executor) {
            _exit(WIFEXITED(status) ? WEXITSTATUS(status) : CRM_EX_ERROR);
        }
        if (pid < 0 && errno == ECHILD) {
            _exit(CRM_EX_ERROR);
        }
    }
}

void execd_early(int argc, char **argv)
{
    const char *mode = getenv("PCMK_remote_pid1");

    if (mode != NULL && strcmp(mode, "vars") == 0) {
        load_environment();
        return;
    }
    if (getpid() != 1 && (mode == NULL || strcmp(mode, "full") != 0)) {
        return;
    }
    load_environment();
    setenv("PCMK_logfile", INIT_LOG_FILE, 0);
    executor = fork();
    if (executor < 0) {
        perror("pacemaker-remoted: fork");
        exit(CRM_EX_OSERR);
    }
    if (executor > 0) {
        reap_all();
    }
    setsid();
    setenv("PCMK_remote_pid1", "none", 1);
}
