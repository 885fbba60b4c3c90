/* One operation from request to result. Pure. */
#include "config.h"
#include "cib/perform.h"

#include <errno.h>
#include <string.h>
#include "cib/acl.h"
#include "cib/cib_client.h"
#include "cib/compare.h"
#include "cib/patch.h"
#include "cib/version.h"
#include "pacemaker/common/log.h"
#include "pacemaker/common/results.h"

/* Seconds between patches that carry a digest. */
#define DIGEST_INTERVAL 60

static void perform_query(struct cib_env *env, const struct cib_change *change, const struct cib_op *op,
                          xmlNode *current, struct cib_result *result)
{
    struct cib_op_args args = {
        .op = change->op, .section = change->section, .options = change->options,
        .message = change->message, .input = change->input, .cib = current,
    };
    XML_AUTO xmlNode *filtered = NULL;

    if (acl_applies(current, change->user)) {
        filtered = acl_filtered_copy(env, current, current, change->user);
        if (filtered == NULL) {
            result->rc = -EACCES;
            return;
        }
        args.cib = filtered;
    }
    result->rc = op->fn(&args);
    result->output = args.output;
}

/* ---- changes ---- */

static bool edits_in_place(const struct cib_change *change, const xmlNode *current)
{
    /* a patch of format 1 needs the old tree */
    return change->section != NULL && strcmp(change->section, "status") == 0
        && (change->options & CIB_OPT_DRYRUN) == 0
        && feature_set_compare(xml_get(current, "crm_feature_set"), "3.0.8") > 0;
}

static long long number_of(const xmlNode *cib, const char *name)
{
    long long value;

    return xml_get_int(cib, name, &value) == 0 ? value : 0;
}

static int run_upgrade(struct cib_env *env, const struct cib_change *change, struct cib_op_args *args)
{
    const char *max = xml_get(change->message, "cib_schema_max");
    long long admin_epoch = number_of(args->cib, "admin_epoch");
    xmlNode *upgraded = NULL;
    int rc;

    if (env->upgrade == NULL) {
        return -EPROTONOSUPPORT;
    }
    args->fresh = xml_copy(args->cib);
    rc = env->upgrade(env->arg, args->fresh, max, &upgraded);
    if (upgraded != NULL) {
        xml_free(args->fresh);
        args->fresh = upgraded;
    }
    if (rc != 0) {
        xml_free(args->fresh);
        args->fresh = NULL;
        return rc;
    }
    xml_set_int(args->fresh, "admin_epoch", admin_epoch + 1);
    xml_set(args->fresh, "epoch", "1");
    xml_set(args->fresh, "num_updates", "1");
    return 0;
}

/* Some operations make a new tree instead of editing a working copy. */
static bool makes_new_tree(const struct cib_change *change)
{
    if (strcmp(change->op, CIB_OP_REPLACE) == 0) {
        return xml_is(change->input, "cib") && (change->options & CIB_OPT_XPATH) == 0;
    }
    return strcmp(change->op, CIB_OP_APPLY_DIFF) == 0 || strcmp(change->op, CIB_OP_ERASE) == 0
        || strcmp(change->op, CIB_OP_UPGRADE) == 0;
}

/* Its marks come from comparing it with the old one. */
static void track_new_tree(struct cib_env *env, const struct cib_change *change, const xmlNode *current,
                           xmlNode *fresh)
{
    track_begin(fresh);
    if (acl_applies(current, change->user)) {
        acl_mark(env, fresh, current, change->user);
        acl_mark(env, (xmlNode *)current, current, change->user);
    }
    tree_compare(current, fresh);
    tree_expand_all(fresh);
    if (acl_applies(current, change->user)) {
        acl_unmark((xmlNode *)current);
    }
}

static int check_guards(const xmlNode *old_root, const xmlNode *cib, bool *stop)
{
    struct cib_version was = cib_version_of(old_root, 0), is = cib_version_of(cib, 0);
    const char *features = xml_get(cib, "crm_feature_set");

    *stop = false;
    if (features != NULL && feature_set_compare(features, CRM_FEATURE_SET) > 0) {
        log_err("The configuration's feature set %s is newer than ours, %s", features, CRM_FEATURE_SET);
        *stop = true;
        return -EPROTONOSUPPORT;
    }
    if (is.admin_epoch < was.admin_epoch || (is.admin_epoch == was.admin_epoch && is.epoch < was.epoch)) {
        log_err("Version %lld.%lld would go back to %lld.%lld", was.admin_epoch, was.epoch, is.admin_epoch,
                is.epoch);
        return -PCMK_ERR_OLD_DATA;
    }
    return 0;
}

static void set_or_unset(xmlNode *cib, const char *name, const char *value)
{
    if (value != NULL) {
        xml_set(cib, name, value);
    } else {
        xml_unset(cib, name);
    }
}

static void stamp(struct cib_env *env, const struct cib_change *change, xmlNode *cib)
{
    char text[64] = "";

    if (env->time_text != NULL) {
        env->time_text(env->arg, text, sizeof(text));
        xml_set(cib, "cib-last-written", text);
    }
    if (env->schema_at_least == NULL
        || !env->schema_at_least(env->arg, xml_get(cib, "validate-with"), "pacemaker-1.2")) {
        return;
    }
    set_or_unset(cib, "update-origin", change->origin);
    set_or_unset(cib, "update-client", change->client);
    set_or_unset(cib, "update-user", change->user);
}

static void add_digest(struct cib_env *env, const xmlNode *old_root, bool in_place, const xmlNode *cib,
                       xmlNode *patch)
{
    long long now = env->monotonic_seconds != NULL ? env->monotonic_seconds(env->arg) : 0;
    bool due = !in_place && now - env->last_digest > DIGEST_INTERVAL;

    if (patch_format(patch) == 1 || due) {
        patch_add_digest(patch, old_root, cib);
        env->last_digest = now;
    }
}

/* Everything after the operation itself; the tree is tracked. */
static int finish(struct cib_env *env, const struct cib_change *change, const xmlNode *old_root, xmlNode *cib,
                  struct cib_result *result)
{
    bool stop;
    int rc = check_guards(old_root, cib, &stop);

    if (stop) {
        return rc;
    }
    tree_expand(cib);
    result->patch = patch_create(0, old_root, cib, change->count_versions, &result->config_changed);
    track_end(cib);
    if (result->patch != NULL) {
        add_digest(env, old_root, result->in_place, cib, result->patch);
    }
    if (result->config_changed && (change->options & CIB_OPT_NO_MTIME) == 0) {
        stamp(env, change, cib);
    }
    if (rc == 0 && env->validate != NULL
        && (change->section == NULL || strcmp(change->section, "status") != 0)) {
        rc = env->validate(env->arg, cib);
    }
    return rc;
}

static xmlNode *copy_root(const xmlNode *cib)
{
    xmlNode *root = xml_new(xml_name(cib));

    xml_copy_attrs(root, cib);
    return root;
}

/* A rejected tree goes back to the client, as far as it may see it. */
static void return_rejected(struct cib_env *env, const struct cib_change *change, const xmlNode *current,
                            xmlNode *rejected, struct cib_result *result)
{
    if (result->output != NULL) {
        return;
    }
    result->output = acl_applies(current, change->user)
        ? acl_filtered_copy(env, rejected, current, change->user) : xml_copy(rejected);
}

/* What remains to be done with the tracked tree that holds the operation's result. */
static void conclude(struct cib_env *env, const struct cib_change *change, const xmlNode *current,
                     const xmlNode *old_root, xmlNode *tree, struct cib_result *result)
{
    if (result->rc == 0 && acl_applies(current, change->user)
        && !acl_check_created(env, tree, current, change->user)) {
        result->rc = -EACCES;
    }
    if (result->rc == 0) {
        result->rc = finish(env, change, old_root, tree, result);
    }
    track_end(tree);
    if (result->in_place) {
        return;
    }
    if (result->rc == -PCMK_ERR_SCHEMA_VALIDATION) {
        return_rejected(env, change, current, tree, result);
    }
    if (result->rc == 0) {
        result->cib = tree;
    } else {
        xml_free(tree);
    }
}

static void perform_new_tree(struct cib_env *env, const struct cib_change *change, const struct cib_op *op,
                             xmlNode *current, struct cib_op_args *args, struct cib_result *result)
{
    args->cib = current;
    result->rc = op->fn != NULL ? op->fn(args) : run_upgrade(env, change, args);
    if (result->rc == 0 && args->fresh != NULL) {
        track_new_tree(env, change, current, args->fresh);
        conclude(env, change, current, current, args->fresh, result);
    }
}

static void perform_edit(struct cib_env *env, const struct cib_change *change, const struct cib_op *op,
                         xmlNode *current, struct cib_op_args *args, struct cib_result *result)
{
    XML_AUTO xmlNode *old_root = NULL;

    result->in_place = edits_in_place(change, current);
    old_root = result->in_place ? copy_root(current) : NULL;
    args->cib = result->in_place ? current : xml_copy(current);
    track_begin(args->cib);
    if (acl_applies(current, change->user)) {
        acl_mark(env, args->cib, current, change->user);
    }
    result->rc = op->fn(args);
    result->output = args->output;
    conclude(env, change, current, old_root != NULL ? old_root : current, args->cib, result);
}

static void perform_change(struct cib_env *env, const struct cib_change *change, const struct cib_op *op,
                           xmlNode *current, struct cib_result *result)
{
    struct cib_op_args args = {
        .op = change->op, .section = change->section, .options = change->options,
        .message = change->message, .input = change->input,
    };

    if (makes_new_tree(change)) {
        perform_new_tree(env, change, op, current, &args, result);
    } else {
        perform_edit(env, change, op, current, &args, result);
    }
}

void cib_perform(struct cib_env *env, const struct cib_change *change, xmlNode *current,
                 struct cib_result *result)
{
    const struct cib_op *op = cib_op_find(change->op);

    memset(result, 0, sizeof(*result));
    if (op == NULL || (op->fn == NULL && strcmp(op->name, CIB_OP_UPGRADE) != 0)) {
        result->rc = -EPROTONOSUPPORT;
    } else if (op->privileged && !change->privileged) {
        result->rc = -EACCES;
    } else if (op->modifies) {
        perform_change(env, change, op, current, result);
    } else {
        perform_query(env, change, op, current, result);
    }
}

void cib_result_clear(struct cib_result *result)
{
    xml_free(result->cib);
    xml_free(result->output);
    xml_free(result->patch);
    memset(result, 0, sizeof(*result));
}
