/* The operations on a CIB document. Pure. */
#include "cib/ops.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "cib/cib_client.h"
#include "cib/compare.h"
#include "cib/patch.h"
#include "cib/version.h"
#include "pacemaker/common/log.h"
#include "pacemaker/common/results.h"

static bool has_option(const struct cib_op_args *args, uint32_t option)
{
    return (args->options & option) != 0;
}

/* Matches of the request's XPath; NULL (logged) for an invalid one. */
static xpath_result_t *section_matches(const struct cib_op_args *args)
{
    char *error = NULL;
    xpath_result_t *matches = xpath_eval(args->cib, args->section != NULL ? args->section : "", &error);

    if (matches == NULL) {
        log_notice("Invalid XPath expression '%s': %s", args->section, error);
        free(error);
    }
    return matches;
}

/* ---- query ---- */

static xmlNode *shallow_copy(const xmlNode *node)
{
    xmlNode *copy = xml_new(xml_name(node));

    xml_copy_attrs(copy, node);
    return copy;
}

static void add_match(xmlNode *output, const struct cib_op_args *args, const xmlNode *match)
{
    if (has_option(args, CIB_OPT_XPATH_ADDRESS)) {
        char *path = node_path(match);

        xml_set(xml_add(output, "xpath-query-path"), "id", path);
        g_free(path);
    } else if (has_option(args, CIB_OPT_NO_CHILDREN)) {
        xml_copy_attrs(xml_add(output, xml_name(match)), match);
    } else {
        xml_add_copy(output, match);
    }
}

static int query_xpath(struct cib_op_args *args)
{
    xpath_result_t *matches = section_matches(args);
    size_t count = xpath_count(matches);
    bool wrap = count > 1 || has_option(args, CIB_OPT_XPATH_ADDRESS);

    for (size_t i = 0; i < count; i++) {
        const xmlNode *match = xpath_get(matches, i);

        if (match == NULL) {
            continue;
        }
        if (wrap) {
            args->output = (args->output == NULL) ? xml_new("xpath-query") : args->output;
            add_match(args->output, args, match);
        } else {
            args->output = has_option(args, CIB_OPT_NO_CHILDREN) ? shallow_copy(match) : xml_copy(match);
        }
    }
    xpath_free(matches);
    return args->output == NULL ? -ENXIO : 0;
}

int cib_op_query(struct cib_op_args *args)
{
    const xmlNode *match;

    if (has_option(args, CIB_OPT_XPATH)) {
        return query_xpath(args);
    }
    match = section_find(args->cib, args->section);
    if (match == NULL) {
        return -ENXIO;
    }
    args->output = has_option(args, CIB_OPT_NO_CHILDREN) ? shallow_copy(match) : xml_copy(match);
    return 0;
}

/* ---- modify ---- */

static int modify_xpath(struct cib_op_args *args)
{
    xpath_result_t *matches = section_matches(args);
    size_t count = xpath_count(matches);
    int rc = -ENXIO;

    for (size_t i = 0; i < count; i++) {
        xmlNode *match = xpath_get(matches, i);
        xmlNode *target = (match == NULL) ? NULL : tree_find_same(match, args->input);

        if (target == NULL) {
            rc = -ENXIO;
            continue;
        }
        tree_merge(target, args->input);
        rc = 0;
        if (!has_option(args, CIB_OPT_MULTIPLE)) {
            break;
        }
    }
    xpath_free(matches);
    return rc;
}

static xmlNode *section_or_create(struct cib_op_args *args)
{
    xmlNode *section = section_find(args->cib, args->section), *parent;
    XML_AUTO xmlNode *empty = NULL;

    if (section != NULL) {
        return section;
    }
    parent = section_parent(args->cib, args->section);
    if (parent == NULL || xml_first(parent, args->section) != NULL) {
        return NULL;
    }
    empty = xml_new(args->section);
    return track_add_copy(parent, empty);
}

static int modify_section(struct cib_op_args *args)
{
    xmlNode *section = section_or_create(args), *target;

    if (section == NULL) {
        return -EINVAL;
    }
    target = tree_find_same(section, args->input);
    if (target != NULL) {
        tree_merge(target, args->input);
    } else if (has_option(args, CIB_OPT_CAN_CREATE)) {
        track_add_copy(section, args->input);
    } else {
        return -ENXIO;
    }
    return 0;
}

int cib_op_modify(struct cib_op_args *args)
{
    int rc;

    if (args->input == NULL || args->input->type != XML_ELEMENT_NODE) {
        return -EINVAL;
    }
    rc = has_option(args, CIB_OPT_XPATH) ? modify_xpath(args) : modify_section(args);
    if (rc == 0 && has_option(args, CIB_OPT_MIXED_UPDATE)) {
        for (xmlNode *child = xml_first(args->cib, NULL), *next; child != NULL; child = next) {
            next = xml_next(child, NULL);
            tree_delete_marked(child);
        }
    }
    return rc;
}

/* ---- create ---- */

static void add_failure(struct cib_op_args *args, const xmlNode *object, int rc)
{
    xmlNode *failed, *entry;

    failed = (args->output == NULL) ? xml_new("failed") : args->output;
    args->output = failed;
    entry = xml_add(failed, "failed_update");
    xml_set(entry, "id", is_comment(object) ? NULL : xml_id(object));
    xml_set(entry, "object_type", xml_name(object));
    xml_set(entry, "operation", args->op);
    xml_set(entry, "reason", pcmk_strerror(rc));
    xml_add_copy(entry, object);
}

static bool exists(const xmlNode *section, const child_index_t *index, const xmlNode *object)
{
    const char *name = xml_name(object), *id = xml_id(object);

    if (is_comment(object)) {
        return child_has_comment(section);
    }
    return (index != NULL ? child_index_find(index, name, id) : child_find(section, name, id)) != NULL;
}

static int create_one(struct cib_op_args *args, xmlNode *section, child_index_t *index, const xmlNode *object)
{
    int rc = 0;

    if (section == NULL) {
        rc = -EINVAL;
    } else if (exists(section, index, object)) {
        rc = -EEXIST;
    }
    if (rc != 0) {
        add_failure(args, object, rc);
        return rc;
    }
    section = tree_create(section, object);
    if (index != NULL) {
        child_index_append(index, section);
    }
    return 0;
}

static bool means_root(const char *section)
{
    return section == NULL || strcmp(section, "all") == 0 || strcmp(section, "cib") == 0;
}

static int create_children(struct cib_op_args *args, xmlNode *section)
{
    child_index_t *index = (section == NULL) ? NULL : child_index_new(section);
    int rc = 0;

    for (const xmlNode *child = tree_first(args->input); child != NULL && rc == 0; child = tree_next(child)) {
        rc = create_one(args, section, index, child);
    }
    child_index_free(index);
    return rc;
}

int cib_op_create(struct cib_op_args *args)
{
    const xmlNode *input = args->input;
    xmlNode *section;

    if (input == NULL || input->type != XML_ELEMENT_NODE) {
        return -EINVAL;
    }
    if (means_root(args->section) || xml_is(input, "cib")) {
        return cib_op_modify(args);
    }
    section = section_find(args->cib, args->section);
    if (strcasecmp(xml_name(input), args->section) == 0) {
        return create_children(args, section);
    }
    return create_one(args, section, NULL, input);
}

/* ---- delete ---- */

static bool attributes_match(const xmlNode *node, const xmlNode *wanted)
{
    const char *id = xml_id(wanted);

    if (id != NULL && g_strcmp0(id, xml_id(node)) != 0) {
        return false;
    }
    for (const xmlAttr *attr = wanted->properties; attr != NULL; attr = attr->next) {
        const char *value = xml_get(node, attr_name(attr));

        if (value == NULL || strcasecmp(value, attr_value(attr)) != 0) {
            return false;
        }
    }
    return true;
}

/* Depth-first below node. */
static xmlNode *find_to_delete(xmlNode *node, const xmlNode *wanted)
{
    xml_foreach(child, node, NULL) {
        xmlNode *found = child;

        if (strcasecmp(xml_name(child), xml_name(wanted)) != 0 || !attributes_match(child, wanted)) {
            found = find_to_delete(child, wanted);
        }
        if (found != NULL) {
            return found;
        }
    }
    return NULL;
}

static void delete_one(xmlNode *section, const xmlNode *wanted)
{
    xmlNode *node = find_to_delete(section, wanted);

    if (node != NULL) {
        track_delete(node);
    }
}

static int delete_section(struct cib_op_args *args)
{
    xmlNode *section;

    if (args->input == NULL || args->input->type != XML_ELEMENT_NODE) {
        return -EINVAL;
    }
    section = section_find(args->cib, args->section);
    if (section == NULL) {
        return 0;
    }
    if (args->section == NULL || strcasecmp(xml_name(args->input), args->section) != 0) {
        delete_one(section, args->input);
        return 0;
    }
    xml_foreach(child, args->input, NULL) {
        delete_one(section, child);
    }
    return 0;
}

static bool is_below(const xmlNode *node, GHashTable *set)
{
    for (const xmlNode *up = node->parent; up != NULL && up->type == XML_ELEMENT_NODE; up = up->parent) {
        if (g_hash_table_contains(set, up)) {
            return true;
        }
    }
    return false;
}

/* The elements matched, in document order, without those inside another one or named twice. Only the first
 * unless all are wanted. */
static GPtrArray *outermost_matches(struct cib_op_args *args)
{
    xpath_result_t *matches = section_matches(args);
    GPtrArray *outermost = g_ptr_array_new();
    GHashTable *set = g_hash_table_new(NULL, NULL);
    size_t count = xpath_count(matches);

    if (count > 1 && !has_option(args, CIB_OPT_MULTIPLE)) {
        count = 1;
    }
    for (size_t i = 0; i < count; i++) {
        xmlNode *match = xpath_get(matches, i);

        if (match != NULL && !g_hash_table_contains(set, match) && !is_below(match, set)) {
            g_hash_table_add(set, match);
            g_ptr_array_add(outermost, match);
        }
    }
    g_hash_table_destroy(set);
    xpath_free(matches);
    return outermost;
}

int cib_op_delete(struct cib_op_args *args)
{
    GPtrArray *matches;
    int rc = 0;

    if (!has_option(args, CIB_OPT_XPATH)) {
        return delete_section(args);
    }
    matches = outermost_matches(args);
    for (guint i = 0; i < matches->len; i++) {
        xmlNode *match = matches->pdata[i];

        if (match == args->cib) {
            rc = -EINVAL;
            break;
        }
        track_delete(match);
    }
    g_ptr_array_free(matches, TRUE);
    return rc;
}

/* ---- replace ---- */

static int replace_xpath(struct cib_op_args *args)
{
    GPtrArray *matches = outermost_matches(args);
    int rc = matches->len == 0 ? -ENXIO : 0;

    for (guint i = 0; i < matches->len && rc == 0; i++) {
        xmlNode *match = matches->pdata[i], *parent = match->parent;

        if (match == args->cib) {
            rc = -EINVAL;
            break;
        }
        track_delete(match);
        track_add_copy(parent, args->input);
    }
    g_ptr_array_free(matches, TRUE);
    return rc;
}

static int check_digest(const struct cib_op_args *args)
{
    const char *expected = xml_get(args->message, "digest");
    const char *features = xml_get(args->message, "crm_feature_set");
    char *digest;
    int rc = 0;

    if (expected == NULL) {
        return 0;
    }
    digest = cib_digest(args->input, features);
    if (g_strcmp0(digest, expected) != 0) {
        log_err("Digest of a received configuration is %s, expected %s", digest, expected);
        rc = -PCMK_ERR_OLD_DATA;
    }
    free(digest);
    return rc;
}

static int replace_whole(struct cib_op_args *args)
{
    struct cib_version current = cib_version_of(args->cib, -1), wanted = cib_version_of(args->input, -1);
    int rc = check_digest(args);

    if (rc != 0) {
        return rc;
    }
    if (cib_version_compare(&wanted, &current) < 0) {
        log_info("Not replacing version %lld.%lld.%lld by the older %lld.%lld.%lld", current.admin_epoch,
                 current.epoch, current.num_updates, wanted.admin_epoch, wanted.epoch, wanted.num_updates);
        return -PCMK_ERR_OLD_DATA;
    }
    args->fresh = xml_copy(args->input);
    tree_strip(args->fresh);
    return 0;
}

static bool replaces(const xmlNode *node, const xmlNode *input)
{
    const char *id = xml_id(input);

    return strcasecmp(xml_name(node), xml_name(input)) == 0
           && (id == NULL || g_strcmp0(id, xml_id(node)) == 0);
}

static xmlNode *find_to_replace(xmlNode *node, const xmlNode *input)
{
    xml_foreach(child, node, NULL) {
        xmlNode *found = replaces(child, input) ? child : find_to_replace(child, input);

        if (found != NULL) {
            return found;
        }
    }
    return NULL;
}

/* The copy takes the old element's place; what differs is marked as a comparison of whole trees would. */
static void replace_element(xmlNode *old, const xmlNode *input)
{
    xmlNode *copy;

    if (strcmp(xml_name(old), xml_name(input)) != 0) {
        xmlNode *parent = old->parent;

        track_delete(old);
        track_add_copy(parent, input);
        return;
    }
    copy = xmlDocCopyNode((xmlNode *)input, old->doc, 1);
    tree_strip(copy);
    xmlAddNextSibling(old, copy);
    tree_compare(old, copy);
    xmlUnlinkNode(old);
    xmlFreeNode(old);
    tree_expand_all(copy);
}

int cib_op_replace(struct cib_op_args *args)
{
    const char *section = args->section;
    xmlNode *base, *old;

    if (args->input == NULL || args->input->type != XML_ELEMENT_NODE) {
        return -EINVAL;
    }
    if (has_option(args, CIB_OPT_XPATH)) {
        return replace_xpath(args);
    }
    if (xml_is(args->input, "cib")) {
        return replace_whole(args);
    }
    if (section != NULL && (strcmp(section, "all") == 0 || strcasecmp(section, xml_name(args->input)) == 0)) {
        section = NULL;
    }
    base = section_find(args->cib, section);
    old = (base == NULL) ? NULL : find_to_replace(base, args->input);
    if (old == NULL) {
        return -ENXIO;
    }
    replace_element(old, args->input);
    return 0;
}

/* ---- the rest ---- */

int cib_op_apply_diff(struct cib_op_args *args)
{
    int rc;

    if (args->input == NULL) {
        return 0;
    }
    if (args->input->type != XML_ELEMENT_NODE) {
        return -EINVAL;
    }
    args->fresh = xml_copy(args->cib);
    rc = patch_apply(args->fresh, args->input, true);
    if (rc != 0) {
        xml_free(args->fresh);
        args->fresh = NULL;
    } else {
        tree_strip(args->fresh);
    }
    return rc;
}

static long long field_of(const xmlNode *cib, const char *name)
{
    long long value;

    return xml_get_int(cib, name, &value) == 0 ? value : 0;
}

int cib_op_bump(struct cib_op_args *args)
{
    track_set_attr_int(args->cib, "epoch", field_of(args->cib, "epoch") + 1);
    return 0;
}

int cib_op_erase(struct cib_op_args *args)
{
    args->fresh = cib_empty(0);
    xml_copy_attrs(args->fresh, args->cib);
    xml_set_int(args->fresh, "admin_epoch", field_of(args->cib, "admin_epoch") + 1);
    return 0;
}

int cib_op_noop(struct cib_op_args *args)
{
    (void)args;
    return 0;
}

int cib_op_invalid(struct cib_op_args *args)
{
    (void)args;
    return -EINVAL;
}

static const struct cib_op operations[] = {
    {CIB_OP_QUERY, false, false, cib_op_query},
    {CIB_OP_MODIFY, true, true, cib_op_modify},
    {CIB_OP_APPLY_DIFF, true, true, cib_op_apply_diff},
    {CIB_OP_REPLACE, true, true, cib_op_replace},
    {CIB_OP_CREATE, true, true, cib_op_create},
    {CIB_OP_DELETE, true, true, cib_op_delete},
    {CIB_OP_SYNC, false, true, NULL},
    {CIB_OP_BUMP, true, true, cib_op_bump},
    {CIB_OP_ERASE, true, true, cib_op_erase},
    {CIB_OP_NOOP, false, false, cib_op_noop},
    {CIB_OP_DELETE_ALT, true, true, cib_op_invalid},
    {CIB_OP_UPGRADE, true, true, NULL},
    {CIB_OP_SECONDARY, false, true, NULL},
    {CIB_OP_SECONDARY_ALL, false, true, NULL},
    {CIB_OP_SYNC_ONE, false, true, NULL},
    {CIB_OP_PRIMARY, true, true, NULL},
    {CIB_OP_IS_PRIMARY, false, true, NULL},
    {CIB_OP_SHUTDOWN, false, true, NULL},
    {CIB_OP_PING, false, false, NULL},
};

const struct cib_op *cib_op_find(const char *name)
{
    for (size_t i = 0; name != NULL && i < G_N_ELEMENTS(operations); i++) {
        if (strcmp(name, operations[i].name) == 0) {
            return &operations[i];
        }
    }
    return NULL;
}
