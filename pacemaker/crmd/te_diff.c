/* Changes of the CIB as the transition engine sees them (controller.md §4.7 "CIB diff handling"). */
#include "pacemaker/crmd/private.h"

/* Whether to look at the remaining changes of the patch. */
enum scan { SCAN_ON, SCAN_STOP };

/* The text in quotes of PATH's component NAME[@id='TEXT'], malloc'ed; NULL when there is none. */
static char *quoted_id(const char *path, const char *component)
{
    char *prefix = g_strdup_printf("/%s[@id='", component);
    const char *start = strstr(path, prefix);
    const char *end = start ? strchr(start + strlen(prefix), '\'') : NULL;
    char *id =
        end ? g_strndup(start + strlen(prefix), (gsize)(end - start - (ptrdiff_t)strlen(prefix))) : NULL;

    g_free(prefix);
    return id;
}

/* The last text in quotes. */
static char *last_quoted(const char *path)
{
    const char *end = strrchr(path, '\'');
    const char *start = end;

    if (end == NULL || end == path) {
        return NULL;
    }
    do {
        start--;
    } while (start > path && *start != '\'');
    return *start == '\'' ? g_strndup(start + 1, (gsize)(end - start - 1)) : NULL;
}

static char *node_of_path(const char *path)
{
    char *id = quoted_id(path, "node_state");

    return id ? id : quoted_id(path, "lrm");
}

static void abort_by_deletion(struct crmd *c, const char *path, const char *text)
{
    char *detail = g_strdup_printf(" by deletion of %s", path);

    te_abort(c, SCORE_INF, DONE_RESTART, text, detail);
    g_free(detail);
}

static void abort_by_change(struct crmd *c, const char *op, const xmlNode *element, const char *path,
                            const char *text)
{
    char *detail = NULL;

    if (same_text(op, "delete") || element == NULL) {
        abort_by_deletion(c, path, text);
        return;
    }
    if (xml_is(element, "nvpair")) {
        detail =
            g_strdup_printf(" by %s doing %s %s=%s", text_or(xml_id(element), "nvpair"), op,
                            text_or(xml_get(element, "name"), "?"), text_or(xml_get(element, "value"), ""));
    } else if (xml_id(element)) {
        detail = g_strdup_printf(" by %s.%s '%s'", xml_name(element), xml_id(element), op);
    } else {
        detail = g_strdup_printf(" by %s '%s'", xml_name(element), op);
    }
    te_abort(c, SCORE_INF, DONE_RESTART, text, detail);
    g_free(detail);
}

/* ---- results inside created or changed elements ---- */

static void process_resource(struct crmd *c, const xmlNode *resource, const char *node)
{
    const char *lock = xml_get(resource, "shutdown-lock");

    xml_foreach(op, resource, "lrm_rsc_op") {
        te_process_result(c, op, node);
    }
    if (lock && int_parse(lock, 0) == 0) {
        abort_by_change(c, "modify", resource, "", "Shutdown lock cleared");
    }
}

static void process_resources(struct crmd *c, const xmlNode *resources, const char *node)
{
    const xmlNode *first = xml_first(resources, "lrm_resource");

    /* a whole history at once cannot be the answer to something we asked for */
    if (c->graph && c->graph->pending == 0 && first && xml_next(first, "lrm_resource")) {
        te_abort(c, SCORE_INF, DONE_RESTART, "History refresh", NULL);
        return;
    }
    xml_foreach(resource, resources, "lrm_resource") {
        process_resource(c, resource, node);
    }
}

static void process_state(struct crmd *c, const xmlNode *state, const char *node)
{
    xml_foreach(lrm, state, "lrm") {
        xml_foreach(resources, lrm, "lrm_resources") {
            process_resources(c, resources, node);
        }
    }
}

static void process_status(struct crmd *c, const xmlNode *status, const char *op)
{
    xml_foreach(state, status, NULL) {
        if (xml_is(state, "node_state") && xml_id(state)) {
            process_state(c, state, xml_id(state));
        } else if (xml_is(state, "tickets")) {
            abort_by_change(c, op, state, "/cib/status/tickets", "Ticket attribute change");
        }
    }
}

static void process_cib(struct crmd *c, const xmlNode *cib, const char *op)
{
    xml_foreach(section, cib, NULL) {
        if (xml_is(section, "status")) {
            process_status(c, section, op);
        } else if (xml_is(section, "configuration")) {
            abort_by_change(c, op, section, "/cib/configuration", "Non-status-only change");
        }
    }
}

static void process_element(struct crmd *c, const xmlNode *element, const char *op, const char *path)
{
    char *node;

    if (xml_is(element, "cib")) {
        process_cib(c, element, op);
        return;
    }
    if (xml_is(element, "status")) {
        process_status(c, element, op);
        return;
    }
    if (xml_is(element, "node_state")) {
        if (xml_id(element)) {
            process_state(c, element, xml_id(element));
        }
        return;
    }
    node = node_of_path(path);
    if (node == NULL && xml_is(element, "lrm") && xml_id(element)) {
        node = g_strdup(xml_id(element));
    }
    if (node == NULL) {
        log_warn("Ignoring change '%s' of %s at %s", op, xml_name(element), path);
        return;
    }
    if (xml_is(element, "lrm")) {
        process_resources(c, xml_first(element, "lrm_resources"), node);
    } else if (xml_is(element, "lrm_resources")) {
        process_resources(c, element, node);
    } else if (xml_is(element, "lrm_resource")) {
        process_resource(c, element, node);
    } else if (xml_is(element, "lrm_rsc_op")) {
        te_process_result(c, element, node);
    } else {
        log_warn("Ignoring change '%s' of %s at %s", op, xml_name(element), path);
    }
    g_free(node);
}

/* ---- deletions ---- */

static void process_deletion(struct crmd *c, const char *path)
{
    char *node = node_of_path(path);

    if (strstr(path, "/lrm_rsc_op[")) {
        char *key = last_quoted(path);

        if (key == NULL || node == NULL || !te_confirm_cancel(c, key, node)) {
            abort_by_deletion(c, path, "Resource operation removal");
        }
        g_free(key);
    } else if (strstr(path, "/lrm[")) {
        if (te_find_downed(c, node) == NULL) {
            abort_by_deletion(c, path, "Resource state removal");
        }
    } else if (strstr(path, "/node_state[")) {
        if (te_find_downed(c, node) == NULL) {
            abort_by_deletion(c, path, "Node state removal");
        }
    }
    g_free(node);
}

static void process_transient(struct crmd *c, const char *op, const xmlNode *element, const char *path)
{
    char *node = node_of_path(path);

    if (same_text(op, "delete") && te_find_downed(c, node)) {
        log_debug("Attributes of %s are deleted because it is going down", node);
    } else {
        abort_by_change(c, op, element, path, "Transient attribute change");
    }
    g_free(node);
}

/* ---- a patch ---- */

static const xmlNode *change_element(const xmlNode *change, const char *op)
{
    if (same_text(op, "create")) {
        return xml_first(change, NULL);
    }
    if (same_text(op, "modify")) {
        return xml_first(xml_first(change, "change-result"), NULL);
    }
    return NULL;
}

static enum scan process_change(struct crmd *c, const xmlNode *change)
{
    const char *op = xml_get(change, "operation");
    const char *path = xml_get(change, "path");
    const xmlNode *element;

    if (op == NULL || path == NULL) {
        return SCAN_ON;
    }
    if (same_text(op, "move") && strstr(path, "/cib/configuration/resources") == NULL) {
        return SCAN_ON;
    }
    element = change_element(change, op);
    if (element == NULL && (same_text(op, "create") || same_text(op, "modify"))) {
        return SCAN_ON;         /* a comment */
    }
    if (strstr(path, "/cib/configuration")) {
        abort_by_change(c, op, element, path, "Configuration change");
        return SCAN_STOP;
    }
    if (strstr(path, "/tickets") || xml_is(element, "tickets")) {
        abort_by_change(c, op, element, path, "Ticket attribute change");
        return SCAN_STOP;
    }
    if (strstr(path, "/transient_attributes[") || xml_is(element, "transient_attributes")) {
        process_transient(c, op, element, path);
        return SCAN_STOP;
    }
    if (same_text(op, "delete")) {
        process_deletion(c, path);
    } else if (element) {
        process_element(c, element, op, path);
    }
    return SCAN_ON;
}

static bool touches_options(const xmlNode *patchset)
{
    xml_foreach(change, patchset, "change") {
        const char *path = xml_get(change, "path");

        if (path == NULL) {
            continue;
        }
        if (strstr(path, "/cib/configuration/crm_config/") || strstr(path, "/cib/configuration/alerts")) {
            return true;
        }
        if (strcmp(path, "/cib/configuration") == 0 && same_text(xml_get(change, "operation"), "create")
            && (xml_is(xml_first(change, NULL), "alerts") || xml_is(xml_first(change, NULL), "crm_config"))) {
            return true;
        }
    }
    return false;
}

/* Where the engine is interested in changes at all. */
static bool te_listens(const struct crmd *c)
{
    if (!crmd_has(c, F_TE_CONNECTED) || c->graph == NULL) {
        return false;
    }
    return !c->graph->complete || c->state == S_IDLE || c->state == S_TRANSITION_ENGINE
           || c->state == S_POLICY_ENGINE;
}

void crmd_cib_diff(crmd_t *c, int rc, const xmlNode *patchset)
{
    if (c->stopped || rc < 0 || patchset == NULL) {
        return;
    }
    if (touches_options(patchset)) {
        options_read(c);
    }
    if (!te_listens(c)) {
        return;
    }
    if (int_parse(xml_get(patchset, "format"), 1) < 2) {
        te_abort(c, SCORE_INF, DONE_RESTART, "Change in an old format", NULL);
        return;
    }
    xml_foreach(change, patchset, "change") {
        if (process_change(c, change) == SCAN_STOP) {
            return;
        }
    }
}
