/* crm_error: names and descriptions of result codes (agents-and-tools.md B8). */
#include "config.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include "pacemaker/common/results.h"
#include "pacemaker/common/tool.h"

#define FORMATS "text,xml"

enum meaning { LEGACY, EXIT_CODE, RETURN_CODE };

static struct {
    struct tool_args common;
    gboolean name, list, exit_code, return_code;
} options;

static bool in_standard_range(int code)
{
    return code <= PCMK_RC_ERROR && code >= PCMK_RC_DUPLICATE_ID;
}

static bool in_legacy_range(int code)
{
    return code >= PCMK_ERR_GENERIC && code <= PCMK_ERR_UNKNOWN_FORMAT;
}

static const char *name_of(enum meaning meaning, int code)
{
    if (meaning == EXIT_CODE) {
        return crm_exit_name((crm_exit_t)code);
    }
    if (meaning == LEGACY) {
        code = code == INT_MIN ? INT_MAX : abs(code);
    } else if (code < 0 ? !in_standard_range(code) : in_legacy_range(code)) {
        return "Unknown";
    }
    return pcmk_rc_name(code);
}

static const char *text_of(enum meaning meaning, int code)
{
    static char unknown[40];

    if (meaning == EXIT_CODE) {
        return crm_exit_str((crm_exit_t)code);
    }
    if (meaning == LEGACY) {
        return pcmk_strerror(code == INT_MIN ? INT_MIN : abs(code));
    }
    if (in_legacy_range(code)) {
        snprintf(unknown, sizeof(unknown), "Unknown error %d", code);
        return unknown;
    }
    return code < 0 && !in_standard_range(code) ? "Error" : pcmk_strerror(code);
}

static void show(output_t *out, enum meaning meaning, int code, bool padded)
{
    const char *name = name_of(meaning, code), *text = text_of(meaning, code);

    if (out->kind == OUTPUT_XML) {
        char number[16];

        snprintf(number, sizeof(number), "%d", code);
        out_xml(out, "result-code", "code", number, options.name ? "name" : "description",
                options.name ? name : text, options.name ? "description" : NULL, text, NULL);
    } else if (padded && options.name) {
        fprintf(out->dest, "%5d: %-26s  %s\n", code, name, text);
    } else if (padded) {
        fprintf(out->dest, "%5d: %s\n", code, text);
    } else if (options.name) {
        fprintf(out->dest, "%s - %s\n", name, text);
    } else {
        fprintf(out->dest, "%s\n", text);
    }
}

static bool known(enum meaning meaning, int code)
{
    return g_strcmp0(name_of(meaning, code), "Unknown") != 0 &&
           g_strcmp0(name_of(meaning, code), "CRM_EX_UNKNOWN") != 0;
}

static void show_all(output_t *out, enum meaning meaning)
{
    int first = meaning == RETURN_CODE ? PCMK_RC_DUPLICATE_ID : 0;
    int last = meaning == EXIT_CODE ? CRM_EX_MAX : PCMK_ERR_UNKNOWN_FORMAT;

    for (int code = first; code <= last; code++) {
        if (known(meaning, code)) {
            show(out, meaning, code, true);
        }
    }
}

static int number(const char *text)
{
    char *end = NULL;
    long value = strtol(text, &end, 10);

    return end == text || *end != '\0' || value < INT_MIN || value > INT_MAX ? INT_MIN : (int)value;
}

int main(int argc, char **argv)
{
    const GOptionEntry entries[] = {
        {"name", 'n', 0, G_OPTION_ARG_NONE, &options.name,
         "Show error's name with its description (useful for looking for sources of the error in source "
         "code)",
         NULL},
        {"list", 'l', 0, G_OPTION_ARG_NONE, &options.list,
         "Show all known errors (enabled by default if no rc is specified)", NULL},
        {"exit", 'X', 0, G_OPTION_ARG_NONE, &options.exit_code,
         "Interpret as exit code rather than legacy function return value", NULL},
        {"rc", 'r', 0, G_OPTION_ARG_NONE, &options.return_code,
         "Interpret as return code rather than legacy function return value", NULL},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    GOptionContext *context =
        tool_context(&options.common, FORMATS, "[-- <rc> [<rc>...]]",
                     "crm_error - display name or description of a Pacemaker error code", 0);
    char **codes = NULL;

    tool_add_group(context, "main", NULL, NULL, entries);

    crm_exit_t rc = tool_parse(context, &options.common, argc, argv, NULL, &codes);

    g_option_context_free(context);
    if (rc != CRM_EX_OK) {
        return (int)rc;
    }
    output_t *out = tool_output(&options.common, FORMATS);
    enum meaning meaning = options.exit_code ? EXIT_CODE : options.return_code ? RETURN_CODE : LEGACY;

    if (options.common.version) {
        out_version(out, false);
    } else if (options.list || codes[0] == NULL) {
        show_all(out, meaning);
    } else {
        for (char **code = codes; *code != NULL; code++) {
            show(out, meaning, number(*code), false);
        }
    }
    output_finish(out, CRM_EX_OK, true);
    output_free(out);
    g_strfreev(codes);
    tool_args_clear(&options.common);
    return CRM_EX_OK;
}
