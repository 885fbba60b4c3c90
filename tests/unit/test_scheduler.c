/* The scheduler as a library: several clusters in one process, and configurations that make no sense. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "pacemaker/common/xml.h"
#include "pengine/pengine.h"

#define NODES "<nodes><node id='1' uname='a'/><node id='2' uname='b'/></nodes>"
#define NO_FENCING                                                                  \
    "<crm_config><cluster_property_set id='o'>"                                     \
    "<nvpair id='os' name='stonith-enabled' value='false'/>"                        \
    "</cluster_property_set></crm_config>"
#define UP(id, name)                                                                \
    "<node_state id='" id "' uname='" name "' in_ccm='true' crmd='online' "         \
    "join='member' expected='member'/>"
#define CIB(resources, constraints)                                                 \
    "<cib have-quorum='1' dc-uuid='1' validate-with='pacemaker-3.9'><configuration>" \
    NO_FENCING NODES "<resources>" resources "</resources>"                         \
    "<constraints>" constraints "</constraints></configuration>"                    \
    "<status>" UP("1", "a") UP("2", "b") "</status></cib>"
#define DUMMY(id) "<primitive id='" id "' class='ocf' provider='pacemaker' type='Dummy'/>"

struct cluster {
    xmlNode *cib;
    pe_sched *s;
    int messages;
};

static void count_message(void *arg, enum pe_severity severity, const char *function, const char *text)
{
    (void)function;
    (void)severity;
    assert_non_null(text);
    ((struct cluster *)arg)->messages++;
}

static void decide(struct cluster *c, const char *text)
{
    struct pe_hooks hooks = {.message = count_message, .least = PE_WARNING, .arg = c};

    *c = (struct cluster){.cib = xml_parse_strict(text, strlen(text), NULL)};
    assert_non_null(c->cib);
    c->s = pe_schedule(&(struct pe_input){.cib = c->cib, .now = {.epoch = 1700000000}, .sort_lists = true,
                                          .hooks = &hooks});
    assert_non_null(c->s);
    assert_non_null(c->s->graph);
}

static void done(struct cluster *c)
{
    pe_free(c->s);
    xml_free(c->cib);
}

static const char *place_of(const struct cluster *c, const char *id)
{
    pe_rsc *r = pe_rsc_by_id(c->s, id);

    assert_non_null(r);
    return r->assigned != NULL ? r->assigned->name : "nowhere";
}

static void a_preference_decides(void **state)
{
    struct cluster c;

    (void)state;
    decide(&c, CIB(DUMMY("x") DUMMY("y"), "<rsc_location id='l' rsc='x' node='b' score='10'/>"
                   "<rsc_colocation id='k' rsc='y' with-rsc='x' score='INFINITY'/>"));
    assert_string_equal(place_of(&c, "x"), "b");
    assert_string_equal(place_of(&c, "y"), "b");
    done(&c);
}

static void two_clusters_do_not_mix(void **state)
{
    struct cluster one, two;

    (void)state;
    decide(&one, CIB(DUMMY("x"), "<rsc_location id='l' rsc='x' node='a' score='10'/>"));
    decide(&two, CIB(DUMMY("x"), "<rsc_location id='l' rsc='x' node='b' score='10'/>"));
    assert_string_equal(place_of(&one, "x"), "a");
    assert_string_equal(place_of(&two, "x"), "b");
    done(&one);
    done(&two);
}

static void nonsense_is_reported_and_survived(void **state)
{
    static const char *const inputs[] = {
        CIB("<primitive class='ocf' type='Dummy'/>", ""),
        CIB("<group id='g'/>", ""), CIB("<clone id='c'/>", ""), CIB("<bundle id='b'/>", ""),
        CIB("<bundle id='b'><docker image='i' replicas='99999999999'/>" DUMMY("x") "</bundle>", ""),
        CIB("<primitive id='x' template='x'/>", ""), CIB("<primitive id='x' template='missing'/>", ""),
        CIB("<clone id='c'><meta_attributes id='m'><nvpair id='n' name='promotable' value='true'/>"
            "</meta_attributes><primitive id='x' class='lsb' type='y'/></clone>", ""),
        CIB(DUMMY("x"), "<rsc_order id='o' first='x' then='missing'/>"),
        CIB(DUMMY("x"), "<rsc_colocation id='o' rsc='missing' with-rsc='x' score='1'/>"),
        CIB(DUMMY("x"), "<rsc_location id='l' rsc-pattern='(' node='a' score='1'/>"),
        CIB(DUMMY("x"), "<rsc_location id='l' rsc='x'/>"),
        CIB(DUMMY("x"), "<rsc_ticket id='t' rsc='x'/>"), CIB(DUMMY("x"), "<rsc_order first='x' then='x'/>"),
        CIB(DUMMY("x"), "<nonsense id='n'/>"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof(inputs) / sizeof(inputs[0]); i++) {
        struct cluster c;

        decide(&c, inputs[i]);
        assert_true(c.messages > 0);
        done(&c);
    }
}

static void circles_end(void **state)
{
    static const char *const inputs[] = {
        CIB(DUMMY("x") DUMMY("y"), "<rsc_colocation id='k' rsc='y' with-rsc='x' score='INFINITY'/>"
            "<rsc_colocation id='j' rsc='x' with-rsc='y' score='INFINITY'/>"),
        CIB(DUMMY("x") DUMMY("y"),
            "<rsc_order id='k' first='y' then='x'/><rsc_order id='j' first='x' then='y'/>"),
        CIB(DUMMY("x"), "<rsc_colocation id='k' rsc='x' with-rsc='x' score='INFINITY'/>"
            "<rsc_order id='j' first='x' then='x'/>"),
        CIB("<primitive id='x' class='ocf' provider='pacemaker' type='Dummy'><meta_attributes id='m'>"
            "<nvpair id='n' name='container' value='y'/></meta_attributes></primitive>"
            "<primitive id='y' class='ocf' provider='pacemaker' type='Dummy'><meta_attributes id='m2'>"
            "<nvpair id='n2' name='container' value='x'/></meta_attributes></primitive>",
            ""),
    };

    (void)state;
    for (size_t i = 0; i < sizeof(inputs) / sizeof(inputs[0]); i++) {
        struct cluster c;

        decide(&c, inputs[i]);
        done(&c);
    }
}

static void an_empty_document_is_decided(void **state)
{
    struct cluster c;

    (void)state;
    decide(&c, "<cib/>");
    assert_int_equal(c.s->resources.n, 0);
    done(&c);
    decide(&c, "<cib><configuration/><status><node_state/><node_state id='9' uname='z'><lrm/></node_state>"
           "</status></cib>");
    done(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_preference_decides), cmocka_unit_test(two_clusters_do_not_mix),
        cmocka_unit_test(nonsense_is_reported_and_survived), cmocka_unit_test(circles_end),
        cmocka_unit_test(an_empty_document_is_decided),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
