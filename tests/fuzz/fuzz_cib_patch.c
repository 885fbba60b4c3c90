/*
 * Feeds the CIB with patches and requests as a broken or hostile peer would make them.
 *
 * The input is XML text: an element <fuzz> whose first child is the CIB and whose further children are
 * patches or requests (elements with cib_op); without that form the whole text is applied as a patch to a
 * fixed CIB. After every step the tree must still be one, and a patch made from any change must lead back to
 * the changed tree.
 *
 * fuzz-sources: cib/acl.c cib/cib_core.c cib/compare.c cib/core_sync.c cib/merge.c cib/ops.c cib/patch.c
 * fuzz-sources: cib/patch1.c cib/patch_apply.c cib/perform.c cib/sections.c cib/track.c cib/version.c
 * fuzz-sources: pacemaker/common/log.c pacemaker/common/md5.c pacemaker/common/results.c
 * fuzz-sources: pacemaker/common/xml.c pacemaker/common/xml_parse.c
 * fuzz-sources: pacemaker/common/xml_plain.c pacemaker/common/xml_text.c
 * fuzz-flags: -I/usr/include/libxml2 -I/usr/include/glib-2.0 -I/usr/lib/x86_64-linux-gnu/glib-2.0/include
 * fuzz-flags: -DCRM_FEATURE_SET="3.16.1" -lxml2 -lglib-2.0
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cib/cib_core.h"
#include "cib/compare.h"
#include "cib/patch.h"

#define INPUT_MAX 65536u
#define STEPS_MAX 50u

static const char fixed_cib[] =
    "<cib crm_feature_set='3.16.1' epoch='1' num_updates='0' admin_epoch='0'><configuration><crm_config>"
    "<cluster_property_set id='o'><nvpair id='e' name='enable-acl' "
    "value='true'/></cluster_property_set></crm_config>"
    "<nodes/><resources><primitive id='a' class='ocf'/><!-- c --><group id='g'><primitive "
    "id='b'/></group></resources>"
    "<constraints/><acls><acl_target id='u'><role id='r'/></acl_target><acl_role id='r'><acl_permission "
    "id='p' kind='write'"
    " xpath='//primitive'/></acl_role></acls></configuration><status><node_state id='1'/></status></cib>";

static void reply(void *arg, const char *client, const xmlNode *message, bool sync)
{
}

static int send_message(void *arg, const char *node, const xmlNode *message)
{
    return 0;
}

static void notify(void *arg, const char *type, const xmlNode *message)
{
}

static void nothing(void *arg)
{
}

static void arm(void *arg, unsigned ms)
{
}

/* Whatever a change did: the patch between before and after leads from one to the other. */
static void check_patch(const xmlNode *before, const xmlNode *after)
{
    XML_AUTO xmlNode *from = xml_copy(before), *to = xml_copy(after), *patch = NULL;

    if (strcmp(xml_name(before), xml_name(after)) != 0) {
        return;
    }
    track_begin(to);
    tree_compare(from, to);
    patch = patch_create(2, from, to, false, NULL);
    track_end(to);
    if (patch != NULL) {
        patch_apply(from, patch, false);
    }
}

static void step(cib_core_t *core, const xmlNode *change, unsigned number)
{
    XML_AUTO xmlNode *before = xml_copy(cib_core_cib(core)), *message = xml_copy(change);

    if (xml_get(change, "cib_op") == NULL) {
        XML_AUTO xmlNode *tree = xml_copy(before);

        patch_apply(tree, change, (number & 1) != 0);
        if (!xml_is(tree, xml_name(before))) {
            abort();
        }
        return;
    }
    if ((number & 1) != 0) {
        cib_core_request(core, message, true);
    } else {
        cib_core_peer_message(core, "peer", message);
    }
    if (cib_core_cib(core) == NULL || cib_core_cib(core)->type != XML_ELEMENT_NODE) {
        abort();
    }
    check_patch(before, cib_core_cib(core));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct cib_core_ops ops = {
        .reply = reply, .send = send_message, .notify = notify, .write = nothing, .arm_digest_timer = arm,
        .options_changed = nothing, .may_leave = nothing,
    };
    struct cib_env env = {0};
    XML_AUTO xmlNode *input = NULL, *cib = xml_parse_strict(fixed_cib, sizeof(fixed_cib) - 1, NULL);
    char *text;
    cib_core_t *core;
    unsigned number = 0;

    if (size == 0 || size > INPUT_MAX) {
        return 0;
    }
    text = malloc(size + 1);
    memcpy(text, data, size);
    text[size] = '\0';
    input = xml_parse(text, NULL);
    free(text);
    if (input == NULL) {
        return 0;
    }
    if (xml_is(input, "fuzz") && xml_first(input, "cib") != NULL) {
        xml_free(cib);
        cib = xml_copy(xml_first(input, "cib"));
        tree_strip(cib);
    }
    core = cib_core_new("own", &ops, NULL, &env, xml_copy(cib), 0);
    cib_core_set_alone(core, true);
    if (!xml_is(input, "fuzz")) {
        step(core, input, 0);
    }
    xml_foreach(change, xml_is(input, "fuzz") ? input : NULL, NULL) {
        if (!xml_is(change, "cib") && number < STEPS_MAX) {
            step(core, change, number++);
        }
    }
    cib_core_free(core);
    return 0;
}
