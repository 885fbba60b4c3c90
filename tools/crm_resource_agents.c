/* crm_resource: agents on this host: listing them, their metadata, running one by hand. */
#include "config.h"
#include "tools/crm_resource.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lrmd/lrmd_client.h"
#include "lrmd/services.h"

static crm_exit_t print_list(struct res *r, char **list, const char *element, const char *child,
                             const char *first_name, const char *first, const char *second_name,
                             const char *second)
{
    if (r->out->kind == OUTPUT_XML) {
        out_xml_push(r->out, element, first_name, first, second_name, second, NULL);
    }
    for (char **item = list; *item != NULL; item++) {
        if (r->out->kind == OUTPUT_XML) {
            xmlNodeSetContent(out_xml(r->out, child, NULL), (const xmlChar *)*item);
        } else {
            out_list_item(r->out, NULL, "%s", *item);
        }
    }
    if (r->out->kind == OUTPUT_XML) {
        out_xml_pop(r->out);
    }
    return CRM_EX_OK;
}

static crm_exit_t list_or_error(struct res *r, char **list, const char *element, const char *child,
                                const char *name, const char *value, const char *problem)
{
    crm_exit_t rc = CRM_EX_ERROR;

    if (list[0] == NULL) {
        out_tool_err(r->out, "%s", problem);
    } else {
        rc = print_list(r, list, element, child, value != NULL ? name : NULL, value, NULL, NULL);
    }
    g_strfreev(list);
    return rc;
}

crm_exit_t res_cmd_standards(struct res *r)
{
    return list_or_error(r, lrmd_list_standards(), "standards", "standard", NULL, NULL, "No standards found");
}

crm_exit_t res_cmd_providers(struct res *r)
{
    return list_or_error(r, lrmd_list_providers(r->o.argument), "providers", "provider", "standard", "ocf",
                         "No OCF providers found");
}

crm_exit_t res_cmd_alternatives(struct res *r)
{
    char *problem = g_strdup_printf("No OCF providers found for %s", r->o.argument);
    crm_exit_t rc = list_or_error(r, lrmd_list_providers(r->o.argument), "providers", "provider", "for",
                                  r->o.argument, problem);

    g_free(problem);
    return rc;
}

crm_exit_t res_cmd_agents(struct res *r)
{
    char *provider = strchr(r->o.argument, ':');
    char *standard = g_strndup(r->o.argument,
                               provider != NULL ? (size_t)(provider - r->o.argument) : strlen(r->o.argument));
    char **list;
    crm_exit_t rc;

    provider = provider != NULL ? provider + 1 : NULL;
    list = lrmd_list_agents(standard, provider);
    if (list[0] == NULL) {
        if (provider == NULL) {
            out_tool_err(r->out, "No agents found for standard '%s'", r->o.argument);
        } else {
            out_tool_err(r->out, "No agents found for standard '%s' and provider '%s'", standard, provider);
        }
        rc = CRM_EX_ERROR;
    } else {
        rc = print_list(r, list, "agents", "agent", "standard", standard,
                        provider != NULL ? "provider" : NULL, provider);
    }
    g_strfreev(list);
    g_free(standard);
    return rc;
}

crm_exit_t res_cmd_metadata(struct res *r)
{
    char *standard = NULL, *provider = NULL, *type = NULL, *text = NULL;
    int rc = rsc_spec_parse(r->o.argument, &standard, &provider, &type);

    if (rc != 0) {
        out_tool_err(r->out, "'%s' is not a valid agent specification (CLASS[:PROVIDER]:TYPE is expected)",
                     r->o.argument);
        return CRM_EX_NOSUCH;
    }
    rc = lrmd_get_metadata(standard, provider, type, NULL, 0, &text);
    if (rc == 0) {
        out_xml_block(r->out, "metadata", text);
    } else {
        /* the reference takes an agent that is not there for a device */
        out_tool_err(r->out, "Metadata query for %s failed: %s", r->o.argument,
                     pcmk_strerror(rc == -ENOENT ? -ENXIO : rc));
    }
    free(standard);
    free(provider);
    free(type);
    free(text);
    return rc == 0 ? CRM_EX_OK : CRM_EX_NOSUCH;
}

/* ---- running an agent ---- */

#define EXECUTE_TIMEOUT_MS 20000u

static GHashTable *params_of(struct res *r)
{
    GHashTable *params = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);

    if (r->rsc != NULL) {
        const struct pe_table *t = pe_params(r->s, r->rsc, r->node);

        for (uint32_t i = 0; i < t->n; i++) {
            g_hash_table_insert(params, g_strdup(t->pairs[i].name), g_strdup(t->pairs[i].value));
        }
        for (uint32_t i = 0; i < r->rsc->meta.n; i++) {
            char *name = g_strdup_printf("CRM_meta_%s", r->rsc->meta.pairs[i].name);

            g_hash_table_insert(params, g_strdelimit(name, "-", '_'), g_strdup(r->rsc->meta.pairs[i].value));
        }
    }
    for (char **o = r->o.overrides; o != NULL && *o != NULL; o++) {
        char *equals = strchr(*o, '=');

        if (equals != NULL) {
            g_hash_table_insert(params, g_strndup(*o, (size_t)(equals - *o)), g_strdup(equals + 1));
        }
    }
    g_hash_table_insert(params, g_strdup("CRM_meta_timeout"),
                        g_strdup_printf("%u", r->o.timeout_ms > 0 ? r->o.timeout_ms : EXECUTE_TIMEOUT_MS));
    g_hash_table_insert(params, g_strdup("crm_feature_set"), g_strdup(CRM_FEATURE_SET));
    return params;
}

/* A command's name, its agent's action, and whether it is refused for a clone that is active. */
static const struct execute_command {
    const char *name, *action;
    bool refused_if_active;
} execute_commands[] = {
    {"validate", "validate-all", false},
    {"force-check", "monitor", false},
    {"force-start", "start", true},
    {"force-stop", "stop", false},
    {"force-promote", "promote", true},
    {"force-demote", "demote", true},
};

/* What --force-check and the like mean; level gets what follows '='. */
static const struct execute_command *command_of(const char *argument, const char **level)
{
    const char *equals = strchr(argument, '=');
    size_t length = equals != NULL ? (size_t)(equals - argument) : strlen(argument);

    *level = equals != NULL ? equals + 1 : NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(execute_commands); i++) {
        const struct execute_command *c = &execute_commands[i];

        if (strlen(c->name) == length && strncmp(argument, c->name, length) == 0) {
            return c;
        }
    }
    return &execute_commands[0];
}

static void print_result_xml(struct res *r, const char *shown, const svc_request_t *run,
                             const svc_result_t *result)
{
    char code[16], execution[16];

    snprintf(code, sizeof(code), "%d", result->rc);
    snprintf(execution, sizeof(execution), "%d", (int)result->status);
    out_xml_push(r->out, "resource-agent-action", "action", shown, "class", run->standard, "type", run->agent,
                 "rsc", r->o.resource, "provider", run->provider, NULL);
    out_xml_push(r->out, "overrides", NULL);
    for (char **o = r->o.overrides; o != NULL && *o != NULL; o++) {
        char *equals = strchr(*o, '=');
        char *name = equals != NULL ? g_strndup(*o, (size_t)(equals - *o)) : g_strdup(*o);

        out_xml(r->out, "override", "rsc", r->o.resource, "name", name,
                "value", equals != NULL ? equals + 1 : "", NULL);
        g_free(name);
    }
    out_xml_pop(r->out);
    out_xml(r->out, "agent-status", "code", code, "message", ocf_exit_str(result->rc),
            "execution_code", execution, "execution_message", exec_status_str((int)result->status),
            "reason", result->reason, NULL);
    if ((result->out != NULL && result->out[0] != '\0') || (result->err != NULL && result->err[0] != '\0')) {
        out_subprocess(r->out, result->rc, result->out, result->err);
    }
    out_xml_pop(r->out);
}

static void print_result(struct res *r, const char *shown, const svc_request_t *run,
                         const svc_result_t *result)
{
    const char *reason = result->reason;
    GString *text;

    if (r->out->kind == OUTPUT_XML) {
        print_result_xml(r, shown, run, result);
        return;
    }
    text = g_string_new(NULL);
    g_string_printf(text, "Operation %s%s%s (%s:%s%s%s) ", shown, r->o.resource != NULL ? " for " : "",
                    r->o.resource != NULL ? r->o.resource : "", run->standard,
                    run->provider != NULL ? run->provider : "", run->provider != NULL ? ":" : "", run->agent);
    if (result->status == EXEC_DONE) {
        g_string_append_printf(text, "returned %d (%s", result->rc, ocf_exit_str(result->rc));
    } else {
        g_string_append_printf(text, "could not be executed (%s", exec_status_str((int)result->status));
    }
    g_string_append_printf(text, "%s%s)", reason != NULL ? ": " : "", reason != NULL ? reason : "");
    if (result->status == EXEC_DONE) {
        out_info(r->out, "%s", text->str);
    } else {
        out_err(r->out, "%s", text->str);
    }
    g_string_free(text, TRUE);
    out_subprocess(r->out, result->rc, result->out, result->err);
}

/* The agent to run for -r, or for --class, --provider and --agent. */
static crm_exit_t choose_agent(struct res *r, const struct execute_command *c, svc_request_t *run)
{
    if (r->rsc == NULL) {
        run->standard = r->o.agent_class;
        run->provider = r->o.agent_provider;
        run->agent = r->o.agent_type;
        run->rsc_id = "test";
        if (run->standard == NULL || run->agent == NULL) {
            out_tool_err(r->out, "--%s requires -r, or --class and --agent", c->name);
            return CRM_EX_USAGE;
        }
        return CRM_EX_OK;
    }
    if (c->refused_if_active && r->rsc->variant == PE_CLONE && r->rsc->running.n > 0 && !r->o.force) {
        out_err(r->out, "It is not safe to %s %s here: the cluster claims it is already active",
                c->name, r->rsc->id);
        out_err(r->out, "Try setting target-role=Stopped first or specifying the force option");
        return CRM_EX_UNSAFE;
    }
    while (r->rsc->variant == PE_CLONE && r->rsc->children.n > 0) {
        r->rsc = r->rsc->children.v[0];
    }
    if (r->rsc->variant != PE_PRIMITIVE) {
        out_err(r->out, "Sorry, the %s option doesn't support group resources", c->name);
        return CRM_EX_UNIMPLEMENT_FEATURE;
    }
    run->standard = r->rsc->class;
    run->provider = r->rsc->provider;
    run->agent = r->rsc->type;
    run->rsc_id = r->rsc->id;
    return CRM_EX_OK;
}

crm_exit_t res_cmd_execute(struct res *r)
{
    const char *level;
    const struct execute_command *c = command_of(r->o.argument, &level);
    svc_request_t run = {.action = c->action,
                         .timeout_ms = r->o.timeout_ms > 0 ? r->o.timeout_ms : EXECUTE_TIMEOUT_MS};
    svc_result_t result = {.rc = 0};
    crm_exit_t status = choose_agent(r, c, &run);

    if (status != CRM_EX_OK) {
        return status;
    }
    run.params = params_of(r);
    if (level != NULL) {
        g_hash_table_insert(run.params, g_strdup("OCF_CHECK_LEVEL"), g_strdup(level));
    }
    if (r->o.args.verbosity > 1) {
        setenv("OCF_TRACE_RA", "1", 1);
        setenv("OCF_TRACE_FILE", "/dev/stderr", 1);
    }
    svc_run(&run, &result);
    g_hash_table_unref(run.params);
    print_result(r, c->name, &run, &result);
    status = (crm_exit_t)result.rc;
    svc_result_clear(&result);
    return status;
}
