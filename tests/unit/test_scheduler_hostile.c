/* The scheduler against configurations nobody would write: cut off, circular, without ids or with the same
 * ones, absurd numbers, enormous. It decides each, reads nothing it should not (the sanitizers look), and
 * says what is wrong with which element. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <glib.h>

#include "pacemaker/common/xml.h"
#include "pengine/pengine.h"

#define HEAD                                                                        \
    "<cib have-quorum='1' dc-uuid='1' validate-with='pacemaker-3.9'><configuration>" \
    "<crm_config><cluster_property_set id='o'>"                                     \
    "<nvpair id='os' name='stonith-enabled' value='false'/>"                        \
    "</cluster_property_set></crm_config>"                                          \
    "<nodes><node id='1' uname='a'/><node id='2' uname='b'/></nodes><resources>"
#define UP(id, name)                                                                \
    "<node_state id='" id "' uname='" name "' in_ccm='true' crmd='online' "         \
    "join='member' expected='member'>"
#define TAIL                                                                        \
    "</configuration><status>" UP("1", "a") "</node_state>"                         \
    UP("2", "b") "</node_state></status></cib>"
#define CIB(resources, constraints)                                                 \
    HEAD resources "</resources><constraints>" constraints "</constraints>" TAIL
#define RSC(id, inside)                                                             \
    "<primitive id='" id "' class='ocf' provider='pacemaker' type='Dummy'>"         \
    inside "</primitive>"
#define META(id, name, value)                                                       \
    "<meta_attributes id='" id "-m'>"                                               \
    "<nvpair id='" id "-n' name='" name "' value='" value "'/></meta_attributes>"
#define NINES "99999999999999999999999999999999"

static GString *said;                       /* the messages of the last decision, one a line */

static void on_message(void *arg, enum pe_severity severity, const char *function, const char *text)
{
    (void)function;
    (void)arg;
    (void)severity;
    g_string_append_printf(said, "%s\n", text);
}

static void decide_tree(xmlNode *cib)
{
    struct pe_hooks hooks = {.message = on_message, .least = PE_INFO};
    pe_sched *s;

    g_string_truncate(said, 0);
    s = pe_schedule(&(struct pe_input){.cib = cib, .now = {.epoch = 1700000000}, .sort_lists = true,
                                       .hooks = &hooks});
    assert_non_null(s);
    assert_non_null(s->graph);
    pe_free(s);
}

/* Whether it was XML at all; if so it was decided. */
static bool decide(const char *text)
{
    xmlNode *cib = xml_parse(text, NULL);

    if (cib == NULL) {
        return false;
    }
    decide_tree(cib);
    xml_free(cib);
    return true;
}

static void expect(const char *text, const char *words)
{
    assert_true(decide(text));
    if (strstr(said->str, words) == NULL) {
        fail_msg("nothing was said about '%s', but: %s", words, said->str);
    }
}

/* ---- cut off ---- */

static const char whole[] = CIB(
    RSC("x", META("x", "target-role", "Started") "<operations><op id='xm' name='monitor' interval='10s'/>"
        "</operations>")
    "<group id='g'>" RSC("y", "") RSC("z", "") "</group>"
    "<clone id='c'>" META("c", "promotable", "true") RSC("p", "") "</clone>"
    "<bundle id='b'><docker image='i' replicas='2'/><network ip-range-start='10.0.0.1'/>" RSC("q", "")
    "</bundle>",
    "<rsc_location id='l' rsc='x'><rule id='r' score='1'><expression id='e' attribute='a' "
    "operation='defined'/></rule></rsc_location><rsc_colocation id='k'><resource_set id='s'>"
    "<resource_ref id='x'/><resource_ref id='g'/></resource_set></rsc_colocation>"
    "<rsc_order id='d' first='x' then='c'/><rsc_ticket id='t' rsc='x' ticket='T'/>");

/* As far as the parser recovers a document its beginning is decided like any other. */
static void cut_off_anywhere(void **state)
{
    size_t length = strlen(whole);

    (void)state;
    for (size_t n = 0; n < length; n += 7) {
        g_autofree char *part = g_strndup(whole, n);

        decide(part);
    }
    assert_true(decide(whole));
}

/* Each attribute in turn taken away. */
static void without_an_attribute(void **state)
{
    const char *at = whole;

    (void)state;
    while ((at = strchr(at + 1, '=')) != NULL) {
        const char *from = at, *to = strchr(at + 2, '\'');
        GString *text = g_string_new(NULL);

        while (*from != ' ') {
            from--;
        }
        g_string_append_len(text, whole, from - whole);
        g_string_append(text, to + 1);
        assert_true(decide(text->str));
        g_string_free(text, TRUE);
        at = to;
    }
}

/* ---- circles ---- */

static void circles(void **state)
{
    (void)state;
    expect(CIB("<template id='t' template='u'/><template id='u' template='t'/>"
               "<primitive id='x' template='t'/><primitive id='y' template='y'/>", ""), "y");
    expect(HEAD RSC("x", "") RSC("y", "") "</resources><constraints><rsc_order id='o1'><resource_set id='s'>"
        "<resource_ref id='t1'/></resource_set></rsc_order></constraints><tags><tag id='t1'>"
        "<obj_ref id='t2'/><obj_ref id='x'/></tag><tag id='t2'><obj_ref id='t1'/><obj_ref id='y'/></tag>"
        "</tags>" TAIL, "o1");
    assert_true(decide(HEAD RSC("x", "") RSC("y", "") "</resources><constraints>"
                       "<rsc_location id='l' rsc='t1' node='a' score='1'/>"
                       "<rsc_colocation id='k' rsc='t1' with-rsc='x' score='1'/>"
                       "<rsc_order id='o1' first='t2' then='x'/></constraints><tags><tag id='t1'>"
                       "<obj_ref id='t2'/><obj_ref id='t1'/><obj_ref id='x'/></tag><tag id='t2'>"
                       "<obj_ref id='t1'/><obj_ref id='y'/></tag></tags>" TAIL));
    assert_true(decide(CIB(RSC("x", "<meta_attributes id-ref='m'/><instance_attributes id='m'>"
                               "<nvpair id='n' id-ref='n' name='a' value='b'/></instance_attributes>"
                               "<operations id='ops' id-ref='ops'/>"),
        "<rsc_location id='l' rsc='x'><rule id='r' score='1'><rule id-ref='r2'/></rule></rsc_location>"
        "<rsc_location id='l2' rsc='x'><rule id='r2' score='1'><rule id-ref='r'/></rule></rsc_location>"
        "<rsc_order id='oo'><resource_set id='rs' id-ref='rs'/></rsc_order>")));
    assert_true(decide(CIB(RSC("x", "") RSC("y", "") RSC("z", ""),
        "<rsc_colocation id='k1' rsc='x' with-rsc='y' score='INFINITY'/>"
        "<rsc_colocation id='k2' rsc='y' with-rsc='z' score='INFINITY'/>"
        "<rsc_colocation id='k3' rsc='z' with-rsc='x' score='-INFINITY'/>"
        "<rsc_order id='o1' first='x' then='y'/><rsc_order id='o2' first='y' then='z'/>"
        "<rsc_order id='o3' first='z' then='x'/>")));
    assert_true(decide(CIB("<group id='g'>" RSC("x", "") RSC("y", "") "</group>",
        "<rsc_order id='o1' first='y' then='x'/><rsc_order id='o2' first='g' then='x'/>"
        "<rsc_colocation id='k1' rsc='g' with-rsc='x' score='INFINITY'/>"
        "<rsc_colocation id='k2' rsc='x' with-rsc='g' score='INFINITY'/>")));
}

static void containers_in_circles(void **state)
{
    (void)state;
    assert_true(decide(CIB(RSC("x", META("x", "container", "x")) RSC("y", META("y", "container", "z"))
                           RSC("z", META("z", "container", "w")) RSC("w", META("w", "container", "y")), "")));
    assert_true(decide(CIB("<group id='g'>" RSC("x", META("x", "container", "g")) "</group><clone id='c'>"
                           RSC("q", META("q", "container", "c")) "</clone>", "")));
    assert_true(decide(CIB(RSC("x", META("x", "remote-node", "x")) RSC("y", META("y", "remote-node", "a"))
                           RSC("z", META("z", "remote-node", "y")), "")));
    assert_true(decide(CIB(RSC("x", META("x", "remote-node", "g1")) RSC("y", META("y", "remote-node", "g2")),
        "<rsc_location id='l1' rsc='x' node='g2' score='INFINITY'/><rsc_location id='l2' rsc='y' node='g1' "
        "score='INFINITY'/>")));
}

/* ---- ids ---- */

static void same_ids(void **state)
{
    (void)state;
    assert_true(decide(CIB(RSC("x", "") RSC("x", "") "<group id='x'>" RSC("x", "") "</group>"
        "<clone id='x'>" RSC("x", "") "</clone>"
        "<bundle id='x'><docker image='i'/><network ip-range-start='1.2.3.4'/>" RSC("x", "") "</bundle>",
        "<rsc_order id='o' first='x' then='x'/><rsc_order id='o' first='x' then='x'/>")));
}

static void broken_history(void **state)
{
    (void)state;
    assert_true(decide(HEAD RSC("x", "") "</resources></configuration><status><node_state/>"
                       "<node_state id='1'/>" UP("1", "a")
        "<lrm><lrm_resources><lrm_resource/><lrm_resource id='x'/>"
        "<lrm_resource id='x' class='ocf' provider='pacemaker' type='Dummy'><lrm_rsc_op/>"
        "<lrm_rsc_op id='q' operation='start' operation_key='x' call-id='" NINES "' rc-code='"
        NINES "' op-status='77' interval='-4' transition-key='garbage' transition-magic=':::'/>"
        "<lrm_rsc_op id='q' operation='monitor' operation_key='___' call-id='-9' rc-code='' op-status='' "
        "interval='zz' last-rc-change='-1'/><lrm_rsc_op id='w' operation='migrate_to' "
        "operation_key='x_migrate_to_0' migrate_target='nowhere' migrate_source='' call-id='3' rc-code='0' "
        "op-status='0'/></lrm_resource><lrm_resource id=':' class='ocf' type='Dummy'>"
        "<lrm_rsc_op id='z' operation='start' operation_key=':_start_0' call-id='1' rc-code='0' "
        "op-status='0'/></lrm_resource></lrm_resources></lrm></node_state><tickets><ticket_state/></tickets>"
        "</status></cib>"));
}

/* ---- numbers ---- */

static void absurd_numbers(void **state)
{
    static const char *const numbers[] = {
        "2147483648", "1000000", "-5", NINES, "-" NINES, "", "-", "1e99", "0x10", "nan", " 5",
        "INFINITY", "-INFINITY",
        "P9999999999Y", "99999999999999999h", "4294967296000ms",
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++) {
        const char *n = numbers[i];
        g_autofree char *text = g_strdup_printf(CIB(
            "<primitive id='x' class='ocf' provider='pacemaker' type='Dummy'><meta_attributes id='xm'>"
            "<nvpair id='x1' name='priority' value='%s'/><nvpair id='x2' name='resource-stickiness' "
            "value='%s'/><nvpair id='x3' name='migration-threshold' value='%s'/>"
            "<nvpair id='x4' name='failure-timeout' value='%s'/></meta_attributes><operations>"
            "<op id='o1' name='monitor' interval='%s' timeout='%s'/></operations></primitive>",
            "<rsc_location id='l' rsc='x' node='a' score='%s'/>"), n, n, n, n, n, n, n);

        assert_true(decide(text));
    }
}

static void too_many_instances(void **state)
{
    (void)state;
    expect(CIB("<clone id='many'>" META("many", "clone-max", "2147483648") RSC("x", "") "</clone>", ""),
           "many: clone-max");
    expect(CIB("<clone id='many'>" META("many", "clone-max", "1000000") RSC("x", "") "</clone>", ""),
           "set a smaller number");
    assert_true(decide(CIB("<clone id='few'>" META("few", "clone-max", "-5") RSC("x", "") "</clone>", "")));
    expect(CIB("<bundle id='many'><docker image='i' replicas='1000000000'/></bundle>", ""),
           "Bundle many: replicas");
}

static void odd_addresses(void **state)
{
    static const char *const addresses[] = {"999.999.999.999", "abc", "", "1.2", "fe80::1",
                                            "1.2.3.4.5.6.7.8.9", "..."};

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(addresses); i++) {
        g_autofree char *text = g_strdup_printf(
            CIB("<bundle id='b'><docker image='i' replicas='3'/>"
                "<network ip-range-start='%s' control-port='%s'/>" RSC("q", "")
                "</bundle>", ""), addresses[i], addresses[i]);

        assert_true(decide(text));
    }
}

/* ---- sizes ---- */

static void add_primitives(GString *text, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        g_string_append_printf(text, RSC("r%u", ""), i);
    }
}

static void add_set(GString *text, const char *id, const char *attributes, unsigned n)
{
    g_string_append_printf(text, "<resource_set id='%s' %s>", id, attributes);
    for (unsigned i = 0; i < n; i++) {
        g_string_append_printf(text, "<resource_ref id='r%u'/>", i);
    }
    g_string_append(text, "</resource_set>");
}

static void large_sets(void **state)
{
    enum { N = 3000 };
    GString *text = g_string_new(HEAD);

    (void)state;
    add_primitives(text, N);
    g_string_append(text, "</resources><constraints><rsc_order id='wide'>");
    add_set(text, "w1", "sequential='false'", N);
    add_set(text, "w2", "sequential='false'", N);
    g_string_append(text, "</rsc_order><rsc_colocation id='apart' score='-INFINITY'>");
    add_set(text, "apart1", "", N);
    g_string_append(text, "</rsc_colocation><rsc_order id='one' kind='Serialize'>");
    add_set(text, "one1", "", N);
    g_string_append(text, "</rsc_order></constraints>" TAIL);
    expect(text->str, "wide");
    assert_non_null(strstr(said->str, "apart1"));
    assert_non_null(strstr(said->str, "one1"));
    g_string_free(text, TRUE);
}

/* Constraints of one resource to the next, all along:
 * the recursion of colocations and orderings is that deep. */
static void a_long_chain(void **state)
{
    enum { N = 1000 };
    GString *text = g_string_new(HEAD);

    (void)state;
    add_primitives(text, N);
    g_string_append(text, "</resources><constraints>");
    for (unsigned i = 0; i + 1 < N; i++) {
        g_string_append_printf(text, "<rsc_order id='o%u' first='r%u' then='r%u'/>"
                               "<rsc_colocation id='k%u' rsc='r%u' with-rsc='r%u' score='INFINITY'/>",
                               i, i, i + 1, i, i + 1, i);
    }
    g_string_append(text, "</constraints>" TAIL);
    assert_true(decide(text->str));
    g_string_free(text, TRUE);
}

/* A whole set one after the other and together: colocations carry scores only so far,
 * and it is said where they end. */
static void a_chain_beyond_the_limit(void **state)
{
    enum { N = 2100 };
    GString *text = g_string_new(HEAD);

    (void)state;
    add_primitives(text, N);
    g_string_append(text, "</resources><constraints><rsc_colocation id='k' score='INFINITY'>");
    add_set(text, "ks", "", N);
    g_string_append(text, "</rsc_colocation><rsc_order id='o'>");
    add_set(text, "os", "", N);
    g_string_append(text, "</rsc_order><rsc_location id='l' node='a' score='1'>");
    add_set(text, "ls", "", N);
    g_string_append(text, "</rsc_location></constraints>" TAIL);
    expect(text->str, "Colocations are followed only as far as r");
    g_string_free(text, TRUE);
}

/* Pairs that each depend on both of the next pair:
 * two to the power of their number are the ways along them. */
static void ways_without_end(void **state)
{
    GString *text = g_string_new(HEAD);

    (void)state;
    for (unsigned i = 0; i < 22; i++) {
        g_string_append_printf(text, RSC("x%u", "") RSC("y%u", ""), i, i);
    }
    g_string_append(text, "</resources><constraints><rsc_colocation id='k' score='100'>");
    for (unsigned i = 0; i < 22; i++) {
        g_string_append_printf(text, "<resource_set id='s%u' sequential='false'><resource_ref id='x%u'/>"
                               "<resource_ref id='y%u'/></resource_set>", i, i, i);
    }
    g_string_append(text, "</rsc_colocation></constraints>" TAIL);
    expect(text->str, "Colocations are followed only as far as");
    g_string_free(text, TRUE);
}

static void a_large_group(void **state)
{
    GString *text = g_string_new(HEAD "<group id='everything'>");

    (void)state;
    add_primitives(text, 3001);
    g_string_append(text, "</group></resources>" TAIL);
    expect(text->str, "Group everything: its members from the 3001th on (r3000) are ignored");
    g_string_free(text, TRUE);
}

static void nested(GString *text, const char *open, const char *close, unsigned depth)
{
    for (unsigned i = 0; i < depth; i++) {
        g_string_append(text, open);
    }
    for (unsigned i = 0; i < depth; i++) {
        g_string_append(text, close);
    }
}

/* The parser has a limit on depth; below it the scheduler must cope,
 * beyond it there is an error and no document. */
static void deep_nesting(void **state)
{
    (void)state;
    for (unsigned depth = 100; depth <= 10000; depth *= 10) {
        GString *rules = g_string_new(HEAD RSC("x", "") "</resources><constraints>"
                                      "<rsc_location id='l' rsc='x'>");
        GString *groups = g_string_new(HEAD);
        char *error = NULL;
        xmlNode *xml;

        nested(rules, "<rule id='r' score='1'>", "</rule>", depth);
        g_string_append(rules, "</rsc_location></constraints>" TAIL);
        decide(rules->str);
        nested(groups, "<group id='g'>", "</group>", depth);
        g_string_append(groups, "</resources>" TAIL);
        decide(groups->str);
        xml = xml_parse(groups->str, &error);
        assert_true(xml != NULL || error != NULL);
        xml_free(xml);
        free(error);
        g_string_free(rules, TRUE);
        g_string_free(groups, TRUE);
    }
}

/* QUORATE_HOSTILE_RESOURCES=100000 for the size of the promise; by default what takes a second. */
static void many_resources(void **state)
{
    const char *wanted = getenv("QUORATE_HOSTILE_RESOURCES");
    unsigned n = wanted != NULL ? (unsigned)strtoul(wanted, NULL, 10) : 5000;
    GString *text = g_string_new(HEAD);

    (void)state;
    add_primitives(text, n);
    g_string_append(text, "</resources><constraints><rsc_order id='o'>");
    add_set(text, "os", "", n);
    g_string_append(text, "</rsc_order></constraints>" TAIL);
    assert_true(decide(text->str));
    g_string_free(text, TRUE);
}

static int start(void **state)
{
    (void)state;
    said = g_string_new(NULL);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    g_string_free(said, TRUE);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cut_off_anywhere),
        cmocka_unit_test(without_an_attribute),
        cmocka_unit_test(circles),
        cmocka_unit_test(containers_in_circles),
        cmocka_unit_test(same_ids),
        cmocka_unit_test(broken_history),
        cmocka_unit_test(absurd_numbers),
        cmocka_unit_test(too_many_instances),
        cmocka_unit_test(odd_addresses),
        cmocka_unit_test(large_sets),
        cmocka_unit_test(a_long_chain),
        cmocka_unit_test(deep_nesting),
        cmocka_unit_test(a_chain_beyond_the_limit),
        cmocka_unit_test(ways_without_end),
        cmocka_unit_test(a_large_group),
        cmocka_unit_test(many_resources),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
