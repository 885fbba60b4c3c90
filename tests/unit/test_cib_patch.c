/* Patches of the CIB: what they say, that they lead from the old tree to the new one, and that damaged ones
 * do no harm. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <glib.h>
#include "cib/compare.h"
#include "cib/patch.h"
#include "pacemaker/common/results.h"

static xmlNode *tree(const char *text)
{
    xmlNode *root = xml_parse_strict(text, strlen(text), NULL);

    assert_non_null(root);
    tree_strip(root);
    return root;
}

static void assert_tree(const xmlNode *node, const char *expected)
{
    char *text = xml_text(node);

    assert_string_equal(text, expected);
    free(text);
}

static xmlNode *difference(const char *old_text, const char *new_text, bool lazy)
{
    XML_AUTO xmlNode *old = tree(old_text), *fresh = tree(new_text);
    xmlNode *patch;

    track_begin(fresh)->lazy = lazy;
    tree_compare(old, fresh);
    patch = patch_create(2, old, fresh, false, NULL);
    track_end(fresh);
    return patch;
}

static void assert_changes(const char *old, const char *fresh, const char *expected)
{
    XML_AUTO xmlNode *patch = difference(old, fresh, false);

    assert_non_null(patch);
    xml_free(xml_first(patch, "version"));
    assert_tree(patch, expected);
}

static void test_no_difference(void **state)
{
    (void)state;
    assert_null(difference("<cib a='1'><x id='1'/><!-- c --></cib>", "<cib a='1'><x id='1'/><!-- C --></cib>",
                           false));
}

static void test_attributes(void **state)
{
    (void)state;
    assert_changes(
        "<cib><x id='1' a='1' b='2'/></cib>", "<cib><x id='1' b='3' c='4'/></cib>",
        "<diff format=\"2\"><change operation=\"modify\" path=\"/cib/x[@id=&apos;1&apos;]\"><change-list>"
        "<change-attr name=\"b\" operation=\"set\" value=\"3\"/><change-attr name=\"c\" operation=\"set\" "
        "value=\"4\"/>"
        "<change-attr name=\"a\" operation=\"unset\"/></change-list><change-result>"
        "<x id=\"1\" b=\"3\" c=\"4\"/></change-result></change></diff>");
}

static void test_order_of_attributes(void **state)
{
    (void)state;
    assert_null(difference("<cib a='1' b='2'/>", "<cib b='2' a='1'/>", true));
    assert_changes("<cib a='1' b='2'/>", "<cib b='2' a='1'/>",
                   "<diff format=\"2\"><change operation=\"modify\" path=\"/cib\"><change-list>"
                   "<change-attr name=\"b\" operation=\"set\" value=\"2\"/>"
                   "<change-attr name=\"a\" operation=\"set\" value=\"1\"/></change-list><change-result>"
                   "<cib b=\"2\" a=\"1\"/></change-result></change></diff>");
}

static void test_children(void **state)
{
    (void)state;
    assert_changes("<cib><n id='o1'/><n id='o2'/><n id='o3'/></cib>",
                   "<cib><n id='o3'/><n id='o4'/><n id='o1'/></cib>",
                   "<diff format=\"2\"><change operation=\"delete\" path=\"/cib/n[@id=&apos;o2&apos;]\"/>"
                   "<change operation=\"move\" path=\"/cib/n[@id=&apos;o3&apos;]\" position=\"0\"/>"
                   "<change operation=\"create\" path=\"/cib\" position=\"1\"><n id=\"o4\"/></change>"
                   "<change operation=\"move\" path=\"/cib/n[@id=&apos;o1&apos;]\" position=\"2\"/></diff>");
}

static void test_comments(void **state)
{
    (void)state;
    assert_changes("<cib><!-- a --><n/></cib>", "<cib><n/><!-- b --></cib>",
                   "<diff format=\"2\"><change operation=\"delete\" path=\"/cib/comment\" position=\"0\"/>"
                   "<change operation=\"create\" path=\"/cib\" position=\"1\"><!-- b --></change></diff>");
}

/* ---- versions ---- */

static int apply_to(const char *versions, const char *patch_text)
{
    char *text = g_strdup_printf("<cib %s/>", versions);
    XML_AUTO xmlNode *cib = tree(text), *patch = tree(patch_text);

    g_free(text);
    return patch_apply(cib, patch, true);
}

#define V(a, e, n) "admin_epoch='" #a "' epoch='" #e "' num_updates='" #n "'"
#define PATCH(from, to) "<diff format='2'><version><source " from "/><target " to "/></version></diff>"

static void test_versions(void **state)
{
    (void)state;
    assert_int_equal(apply_to(V(0, 1, 2), PATCH(V(0, 1, 2), V(0, 1, 3))), 0);
    assert_int_equal(apply_to(V(0, 1, 1), PATCH(V(0, 1, 2), V(0, 1, 3))), -PCMK_ERR_DIFF_RESYNC);
    assert_int_equal(apply_to(V(0, 1, 3), PATCH(V(0, 1, 2), V(0, 1, 3))), -PCMK_ERR_OLD_DATA);
    assert_int_equal(apply_to(V(1, 0, 0), PATCH(V(0, 9, 9), V(0, 9, 10))), -PCMK_ERR_OLD_DATA);
    assert_int_equal(apply_to(V(0, 1, 2), PATCH(V(0, 1, 2), V(0, 1, 2))), -PCMK_ERR_OLD_DATA);
    assert_int_equal(apply_to("", "<diff format='2'/>"), 0);
    assert_int_equal(apply_to("", "<diff format='3'/>"), -EINVAL);
}

static void test_digest_is_verified(void **state)
{
    XML_AUTO xmlNode *cib = tree("<cib crm_feature_set='3.16.1' epoch='1'/>");
    XML_AUTO xmlNode *patch = tree("<diff format='2' digest='0123456789abcdef0123456789abcdef'/>");

    (void)state;
    assert_int_equal(patch_apply(cib, patch, false), -PCMK_ERR_DIFF_FAILED);
    patch_add_digest(patch, cib, cib);
    assert_int_equal(patch_apply(cib, patch, false), 0);
}

/* ---- any tree to any other ---- */

static unsigned seed;

static unsigned dice(unsigned sides)
{
    seed = seed * 1103515245u + 12345u;
    return (seed >> 16) % sides;
}

static void grow(xmlNode *parent, unsigned depth)
{
    static const char *const names[] = {"a", "b", "c"};
    unsigned children = dice(depth == 0 ? 60 : 6);

    for (unsigned i = 0; i < children; i++) {
        const char *name = names[dice(3)];
        unsigned id = dice(1000);
        xmlNode *child;

        child = xml_add(parent, name);
        xml_setf(child, "id", "%s%u.%u", name, depth, id);
        if (child_find(parent, name, xml_id(child)) != child) {
            xml_free(child);
            continue;
        }
        xml_set_int(child, dice(2) ? "x" : "y", dice(4));
        xml_set_int(child, dice(2) ? "z" : "w", dice(4));
        if (depth < 3) {
            grow(child, depth + 1);
        }
    }
}

static xmlNode *random_tree(void)
{
    xmlNode *root = xml_new("cib");

    xml_set(root, "crm_feature_set", "3.16.1");
    grow(root, 0);
    return root;
}

static void assert_same(const xmlNode *a, const xmlNode *b)
{
    char *x = xml_text(a), *y = xml_text(b);

    assert_string_equal(x, y);
    free(x);
    free(y);
}

/* Without comments: these are found by their place alone, which a patch that also moves elements cannot
 * always say. */
static void test_patches_lead_to_the_new_tree(void **state)
{
    (void)state;
    for (seed = 1; seed < 400; seed++) {
        unsigned start = seed;
        XML_AUTO xmlNode *old = random_tree(), *fresh = random_tree(), *patch = NULL;
        XML_AUTO xmlNode *wanted = xml_copy(fresh);

        seed = start;
        track_begin(fresh);
        tree_compare(old, fresh);
        patch = patch_create(2, old, fresh, false, NULL);
        track_end(fresh);
        assert_same(fresh, wanted);
        if (patch != NULL) {
            assert_int_equal(patch_apply(old, patch, false), 0);
        }
        assert_same(old, wanted);
    }
}

/* ---- damage ---- */

static void test_damaged_patches(void **state)
{
    static const struct {
        const char *changes;
        int rc;
    } cases[] = {
        {"", 0},
        {"<change/>", 0},
        {"<change operation='delete'/>", 0},
        {"<change operation='delete' path='/cib/nothing'/>", 0},
        {"<change operation='delete' path='/cib'/>", -PCMK_ERR_DIFF_FAILED},
        {"<change operation='modify' path='/cib/a'/>", -ENOMSG},
        {"<change operation='modify' path='/cib/comment'><change-result><a/></change-result></change>",
         -ENOMSG},
        {"<change operation='modify' path='/cib/zz'/>", -PCMK_ERR_DIFF_FAILED},
        {"<change operation='modify' path=''/>", -PCMK_ERR_DIFF_FAILED},
        {"<change operation='modify' path='cib'/>", -PCMK_ERR_DIFF_FAILED},
        {"<change operation='modify' path='//'/>", -PCMK_ERR_DIFF_FAILED},
        {"<change operation='modify' path='/cib/'/>", -PCMK_ERR_DIFF_FAILED},
        {"<change operation='modify' path=\"/cib/a[@id='\"/>", -PCMK_ERR_DIFF_FAILED},
        {"<change operation='create' path='/cib'/>", -PCMK_ERR_DIFF_FAILED},
        {"<change operation='create' path='/cib' position='x'><n/></change>", 0},
        {"<change operation='create' path='/cib' position='99999999999999999999'><n/></change>", 0},
        {"<change operation='create' path='/cib/comment' position='0'><n/></change>", -PCMK_ERR_DIFF_FAILED},
        {"<change operation='move' path='/cib/a' position='77'/>", -PCMK_ERR_DIFF_FAILED},
        {"<change operation='move' path='/cib/a'/>", -PCMK_ERR_DIFF_FAILED},
        {"<change operation='move' path='/cib' position='0'/>", -PCMK_ERR_DIFF_FAILED},
        {"<change operation='frobnicate' path='/cib/a'/>", -PCMK_ERR_DIFF_FAILED},
        /* a later change removes what an earlier one refers to */
        {"<change operation='create' path='/cib/a' position='0'><n/></change><change operation='delete' "
         "path='/cib/a'/>",
         0},
        {"<change operation='move' path='/cib/a' position='0'/><change operation='delete' path='/cib/a'/>",
         0},
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        XML_AUTO xmlNode *cib = tree("<cib><a x='1'><b/></a><!-- c --><d/></cib>");
        char *text = g_strdup_printf("<diff format='2'>%s</diff>", cases[i].changes);
        XML_AUTO xmlNode *patch = tree(text);
        int rc = patch_apply(cib, patch, false);

        if (rc != cases[i].rc) {
            fail_msg("%s: %d instead of %d", text, rc, cases[i].rc);
        }
        g_free(text);
    }
    assert_int_equal(patch_apply(NULL, NULL, true), 0);
}

static void test_format_1_leads_to_the_new_tree(void **state)
{
    XML_AUTO xmlNode *old = tree("<cib epoch='1' num_updates='0' admin_epoch='0'><a id='1' x='1' y='2'><b "
                                 "id='2'/></a><c id='3'/></cib>");
    XML_AUTO xmlNode *fresh =
        tree("<cib epoch='2' num_updates='0' admin_epoch='0'><a id='1' x='5'/><c id='3'/><d id='4'/></cib>");
    XML_AUTO xmlNode *wanted = xml_copy(fresh), *patch = NULL;

    (void)state;
    track_begin(fresh);
    tree_compare(old, fresh);
    patch = patch_create(0, old, fresh, false, NULL);
    track_end(fresh);
    assert_int_equal(patch_format(patch), 1);
    patch_add_digest(patch, old, fresh);
    assert_int_equal(patch_apply(old, patch, true), 0);
    assert_same(old, wanted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_difference),
        cmocka_unit_test(test_attributes),
        cmocka_unit_test(test_order_of_attributes),
        cmocka_unit_test(test_children),
        cmocka_unit_test(test_comments),
        cmocka_unit_test(test_versions),
        cmocka_unit_test(test_digest_is_verified),
        cmocka_unit_test(test_patches_lead_to_the_new_tree),
        cmocka_unit_test(test_damaged_patches),
        cmocka_unit_test(test_format_1_leads_to_the_new_tree),
    };

    return cmocka_run_group_tests_name("cib patches", tests, NULL, NULL);
}
