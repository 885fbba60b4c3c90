/* The quick check against the schemas beside libxml2's validator: on the recorded cluster states, on a
 * configuration with something of everything, and on all of these changed at random, against old and new
 * schemas. What the quick check calls valid must be valid; what is valid it must nearly always know. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <glib.h>
#include <libxml/relaxng.h>

#include "cib/rng.h"
#include "pacemaker/common/input.h"
#include "pacemaker/common/xml.h"

#define MUTANTS 6000
#define SMALL 40000u /* bytes of text of a document that is worth changing */

static const char *const schemas[] = {
    "pacemaker-3.9.rng", "pacemaker-next.rng", "pacemaker-3.5.rng", "pacemaker-3.0.rng", "pacemaker-2.10.rng",
    "pacemaker-2.5.rng", "pacemaker-1.3.rng",  "pacemaker-1.2.rng", "pacemaker-1.0.rng",
};
#define N_SCHEMAS G_N_ELEMENTS(schemas)

static char *folder, *schema_folder;
static GPtrArray *documents;                      /* root elements */
static GPtrArray *elements, *attributes, *values; /* words of the schemas, and of documents */
static xmlRelaxNG *slow[N_SCHEMAS];
static struct rng *quick;
static uint64_t seed;

static uint32_t below(uint32_t n)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((seed >> 33) % n);
}

static const char *one_of(const GPtrArray *words)
{
    return words->pdata[below(words->len)];
}

/* ---- both verdicts ---- */

static char *read_schema(void *arg, const char *file)
{
    g_autofree char *path = g_build_filename(schema_folder, file, NULL);

    (void)arg;
    return input_read_file(path);
}

static void say_nothing(void *arg, xmlError *error)
{
    (void)arg;
    (void)error;
}

static bool is_valid(size_t schema, xmlNode *root)
{
    xmlRelaxNGValidCtxt *validator;
    int rc;

    if (slow[schema] == NULL) {
        g_autofree char *path = g_build_filename(schema_folder, schemas[schema], NULL);
        xmlRelaxNGParserCtxt *parser = xmlRelaxNGNewParserCtxt(path);

        slow[schema] = xmlRelaxNGParse(parser);
        xmlRelaxNGFreeParserCtxt(parser);
        assert_non_null(slow[schema]);
    }
    validator = xmlRelaxNGNewValidCtxt(slow[schema]);
    xmlSetStructuredErrorFunc(NULL, say_nothing);
    rc = xmlRelaxNGValidateDoc(validator, root->doc);
    xmlSetStructuredErrorFunc(NULL, NULL);
    xmlRelaxNGFreeValidCtxt(validator);
    return rc == 0;
}

/* Counts what is valid and what is known to be; fails when what is said to be valid is not. */
struct score {
    unsigned documents, valid, known;
};

static void judge(size_t schema, xmlNode *root, struct score *score)
{
    bool known = rng_surely_valid(quick, schemas[schema], root->doc), valid = is_valid(schema, root);

    score->documents++;
    score->valid += valid;
    score->known += known;
    if (known != valid && (known || getenv("SHOW_UNKNOWN") != NULL)) {
        char *text = xml_text_pretty(root);

        print_message("%s by libxml2, %s: %s\n%s", valid ? "valid" : "invalid",
                      known ? "called valid" : "not known", schemas[schema], text);
        free(text);
    }
    assert_false(known && !valid);
}

static size_t schema_of(const xmlNode *root)
{
    g_autofree char *file = g_strdup_printf("%s.rng", xml_get(root, "validate-with"));

    for (size_t i = 0; i < N_SCHEMAS; i++) {
        if (strcmp(file, schemas[i]) == 0) {
            return i;
        }
    }
    return 0;
}

/* ---- changes ---- */

/* Some element of the tree, the root too. */
static xmlNode *some_element(xmlNode *root)
{
    xmlNode *node = root;

    while (below(8) != 0) {
        unsigned n = 0, pick;
        xmlNode *child;

        xml_foreach(each, node, NULL) {
            n++;
        }
        if (n == 0) {
            break;
        }
        pick = below(n);
        for (child = xml_first(node, NULL); pick > 0; pick--) {
            child = xml_next(child, NULL);
        }
        node = child;
    }
    return node;
}

static xmlAttr *some_attribute(const xmlNode *node)
{
    xmlAttr *found = NULL;
    unsigned n = 0;

    for (xmlAttr *a = node->properties; a != NULL; a = a->next) {
        if (below(++n) == 0) {
            found = a;
        }
    }
    return found;
}

static const char *some_value(xmlNode *root)
{
    static const char *const odd[] = {"",
                                      " ",
                                      "a b",
                                      " a",
                                      "a ",
                                      "a:b",
                                      "\xc3\xa4",
                                      "1",
                                      "+1",
                                      "-1",
                                      "-0",
                                      "00",
                                      "1.5",
                                      "0x1",
                                      "1 ",
                                      "\t1",
                                      "99999999999999999999",
                                      "INFINITY",
                                      "+INFINITY",
                                      "infinity",
                                      "true",
                                      "TRUE",
                                      "yes",
                                      "Promoted",
                                      "Master",
                                      "1-2",
                                      "1--",
                                      "a,b",
                                      "a,",
                                      "value  two",
                                      "openais",
                                      "classic openais",
                                      "9x",
                                      ".a",
                                      "_",
                                      "pacemaker-3.9",
                                      "none"};
    const xmlAttr *other = some_attribute(some_element(root));

    switch (below(4)) {
    case 0:
        return odd[below(G_N_ELEMENTS(odd))];
    case 1:
        return one_of(values);
    default:
        return other != NULL && other->children != NULL ? (const char *)other->children->content : "x";
    }
}

static void change_attribute(xmlNode *root, xmlNode *node, unsigned how)
{
    xmlAttr *attribute = some_attribute(node);
    g_autofree char *value = g_strdup(some_value(root));

    if (how == 0 || attribute == NULL) {
        xml_set(node, one_of(attributes), value);
    } else if (how == 1) {
        xmlRemoveProp(attribute);
    } else if (how == 2) {
        xml_set(node, (const char *)attribute->name, value);
    } else if (how == 3) {
        g_autofree char *old = g_strdup(xml_get(node, (const char *)attribute->name));

        xmlRemoveProp(attribute);
        xml_set(node, one_of(attributes), old);
    } else { /* another place among its siblings */
        g_autofree char *name = g_strdup((const char *)attribute->name);
        g_autofree char *old = g_strdup(xml_get(node, name));

        xmlRemoveProp(attribute);
        xml_set(node, name, old);
    }
}

static bool is_inside(const xmlNode *node, const xmlNode *other)
{
    while (node != NULL && node != other) {
        node = node->parent;
    }
    return node == other;
}

static void rename_ids(xmlNode *node)
{
    static unsigned count;

    if (xml_id(node) != NULL) {
        xml_setf(node, "id", "new-%u", ++count);
    }
    xml_foreach(child, node, NULL) {
        rename_ids(child);
    }
}

/* A copy of an element of another document, often under identifiers of its own, as sibling of node. */
static void graft(xmlNode *node, xmlNode *from)
{
    xmlNode *copy = xmlDocCopyNode(from, node->doc, 1);

    if (below(3) != 0) {
        rename_ids(copy);
    }
    if (below(2) == 0) {
        xmlAddNextSibling(node, copy);
    } else {
        xmlAddChild(node, copy);
    }
}

static void change_element(xmlNode *root, xmlNode *node, unsigned how)
{
    xmlNode *other = some_element(root), *donor = documents->pdata[below(documents->len)];

    if (node == root) {
        return;
    }
    if (how == 0) {
        xmlNodeSetName(node, (const xmlChar *)one_of(elements));
    } else if (how == 1) {
        xmlUnlinkNode(node);
        xmlFreeNode(node);
    } else if (how == 2 && other != root && !is_inside(other, node)) {
        xmlUnlinkNode(node);
        xmlAddNextSibling(other, node);
    } else if (how == 3) {
        graft(node, node);
    } else if (how == 4) {
        xmlNode *from = some_element(donor), *beside = from->parent;

        for (; node != root && beside->type == XML_ELEMENT_NODE;
             node = node->parent) { /* where the like is */
            if (strcmp(xml_name(node->parent), xml_name(beside)) == 0) {
                graft(node, from);
                return;
            }
        }
    } else if (how == 5) {
        xmlAddChild(node, xmlNewText((const xmlChar *)(below(2) ? " \n" : "text")));
    } else if (how == 6) {
        xmlAddChild(node, xmlNewComment((const xmlChar *)"comment"));
    } else if (how == 7) {
        xml_add(node, one_of(elements));
    }
}

static void change(xmlNode *root)
{
    xmlNode *configuration = xml_first(root, "configuration");
    xmlNode *part = configuration == NULL || below(20) == 0 ? root : configuration,
            *node = some_element(part);

    if (below(2) == 0) {
        change_attribute(root, node, below(5));
    } else {
        change_element(root, node, below(9));
    }
}

/* ---- the tests ---- */

/* Every element and most attributes a current schema knows. */
static const char everything[] =
    "<cib validate-with='pacemaker-3.9' admin_epoch='0' epoch='1' num_updates='0' have-quorum='1' "
    "dc-uuid='1'>"
    "<configuration><crm_config><cluster_property_set id='o'><nvpair id='o1' name='stonith-enabled' "
    "value='true'/>"
    "<rule id='or' score='INFINITY'><expression id='ore' attribute='#uname' operation='eq' value='x' "
    "type='string' "
    "value-source='literal'/></rule></cluster_property_set><cluster_property_set "
    "id-ref='o'/></crm_config><nodes><node "
    "id='1' uname='a' type='member' score='1'><utilization id='nu'><nvpair id='nu1' name='cpu' "
    "value='2'/></utilization>"
    "<instance_attributes id='ni' score='-INFINITY'><nvpair id-ref='nu1' "
    "name='x'/></instance_attributes></node></nodes>"
    "<resources><template id='t' class='ocf' provider='p' type='T'><operations id='to'><op id='t-m' "
    "name='monitor' "
    "interval='10s' role='Promoted' on-fail='demote' enabled='true' timeout='1s'><meta_attributes "
    "id='tmm'/></op>"
    "</operations></template><primitive id='p1' template='t'/><group id='g' description='d'><meta_attributes "
    "id='gm'>"
    "<nvpair id='gm1' name='target-role' value='Started'/></meta_attributes><primitive id='p2' class='lsb' "
    "type='x'/>"
    "<primitive id='p3' class='stonith' type='f'><utilization id='pu'/><instance_attributes "
    "id='pi'/></primitive></group>"
    "<clone id='c'><primitive id='p4' class='systemd' type='y'/><meta_attributes id='cm'/></clone><master "
    "id='m'><group "
    "id='mg'><primitive id='p5' class='service' type='z'/></group></master><bundle id='b'><podman image='i' "
    "replicas='2' "
    "replicas-per-host='1' promoted-max='1' run-command='r' network='n' options='o'/><network "
    "ip-range-start='1' "
    "control-port='9' host-interface='e' host-netmask='24' add-host='true'><port-mapping id='bp' port='80' "
    "internal-port='8080'/><port-mapping id='bq' range='80-90'/></network><storage><storage-mapping id='bs' "
    "source-dir='/a' target-dir='/b' options='rw'/></storage><primitive id='p6' class='ocf' provider='p' "
    "type='T'/>"
    "<meta_attributes id='bm'/></bundle></resources><constraints><rsc_location id='l1' rsc='p1' node='a' "
    "score='1' "
    "resource-discovery='never' role='Started'/><rsc_location id='l2' rsc-pattern='p.*'><rule id='lr' "
    "score='-INFINITY' "
    "boolean-op='or' role='Master'><date_expression id='lrd' operation='date_spec'><date_spec id='lrs' "
    "hours='1-2'/>"
    "</date_expression><date_expression id='lrf' operation='in_range' start='x'><duration id='lru' "
    "hours='1'/>"
    "</date_expression><rule id='lrr' score-attribute='q'><rsc_expression id='lrx' "
    "class='ocf'/><op_expression id='lro' "
    "name='monitor' interval='1'/></rule></rule></rsc_location><rsc_location id='l3' score='1' "
    "node='a'><resource_set "
    "id='ls'><resource_ref id='p1'/></resource_set></rsc_location><rsc_colocation id='c1' score='1' rsc='p1' "
    "with-rsc='p2' "
    "rsc-role='Unpromoted' node-attribute='n' influence='true'/><rsc_colocation id='c2'><resource_set "
    "id='cs' "
    "sequential='true' role='Promoted'><resource_ref id='p1'/><resource_ref "
    "id='p2'/></resource_set></rsc_colocation>"
    "<rsc_order id='r1' first='p1' then='p2' first-action='promote' kind='Serialize' symmetrical='false' "
    "require-all='true'/><rsc_order id='r2' score='1'><resource_set id='rs' action='start' "
    "ordering='group'><resource_ref "
    "id='p3'/></resource_set><resource_set id-ref='rs'/></rsc_order><rsc_ticket id='k1' rsc='p1' ticket='T' "
    "rsc-role='Master' loss-policy='fence'/><rsc_ticket id='k2' ticket='T'><resource_set "
    "id='ks'><resource_ref id='p4'/>"
    "</resource_set></rsc_ticket></constraints><rsc_defaults><meta_attributes id='rd'><rule "
    "id='rdr'><rsc_expression "
    "id='rde' type='T'/></rule><nvpair id='rd1' name='x' "
    "value='y'/></meta_attributes></rsc_defaults><op_defaults>"
    "<meta_attributes id='od'/></op_defaults><fencing-topology><fencing-level id='f1' target='a' index='1' "
    "devices='p3,x'/>"
    "<fencing-level id='f2' target-attribute='q' target-value='v' index='2' devices='p3'/><fencing-level "
    "id='f3' "
    "target-pattern='a.*' index='3' devices='d_1.x'/></fencing-topology><acls><acl_target id='u'><role "
    "id='ar'/>"
    "</acl_target><acl_group id='ag' name='n'><role id='ar'/></acl_group><acl_role id='ar'><acl_permission "
    "id='ap' "
    "kind='read' xpath='/cib'/><acl_permission id='aq' kind='write' reference='p1'/><acl_permission id='as' "
    "kind='deny' "
    "object-type='node' attribute='x'/></acl_role></acls><tags><tag id='tag'><obj_ref id='p1'/><obj_ref "
    "id='p2'/></tag>"
    "</tags><alerts><alert id='al' path='/x'><meta_attributes "
    "id='alm'/><select><select_attributes><attribute id='ala' "
    "name='n'/></select_attributes><select_fencing/><select_nodes/><select_resources/></select><recipient "
    "id='alr' "
    "value='v'><instance_attributes "
    "id='ali'/></recipient></alert></alerts></configuration><status><node_state id='1' "
    "odd='x'><anything id='1'/>text</node_state></status></cib>";

static void everything_is_known(void **state)
{
    XML_AUTO xmlNode *root = xml_parse_strict(everything, strlen(everything), NULL);
    struct score score = {0};

    (void)state;
    judge(0, root, &score);
    assert_int_equal(score.valid, 1);
    assert_int_equal(score.known, 1);
}

static void recorded_states(void **state)
{
    struct score own = {0}, others = {0};

    (void)state;
    for (guint i = 0; i < documents->len; i++) {
        XML_AUTO xmlNode *mine = xml_copy(documents->pdata[i]), *other = xml_copy(documents->pdata[i]);

        judge(schema_of(mine), mine, &own);
        judge(i % N_SCHEMAS, other, &others);
    }
    print_message("# %u states, %u valid, %u known to be; with other schemas %u valid, %u known to be\n",
                  own.documents, own.valid, own.known, others.valid, others.known);
    assert_true(own.valid > 300);
    assert_int_equal(own.known, own.valid);
    assert_int_equal(others.known, others.valid);
}

static void changed_at_random(void **state)
{
    unsigned long mutants = getenv("MUTANTS") != NULL ? strtoul(getenv("MUTANTS"), NULL, 10) : MUTANTS;
    struct score score = {0};

    (void)state;
    seed = getenv("SEED") != NULL ? strtoul(getenv("SEED"), NULL, 10) : 1;
    for (unsigned long i = 0; i < mutants; i++) {
        guint pick = below(4) == 0 ? documents->len - 1 : below(documents->len);
        XML_AUTO xmlNode *root = xml_copy(documents->pdata[pick]);

        for (unsigned n = 1 + below(3); n > 0; n--) {
            change(root);
        }
        judge(below(3) != 0 ? schema_of(root) : below(N_SCHEMAS), root, &score);
    }
    print_message("# %u changed documents, %u valid, %u known to be\n", score.documents, score.valid,
                  score.known);
    assert_true(score.valid > mutants / 10);
    assert_true(score.known >= score.valid - score.valid / 50); /* names beyond ASCII, blanks in values */
}

/* Documents of a daemon's life: the same one again, then damaged, then whole. */
static void what_was_learnt_stays_right(void **state)
{
    XML_AUTO xmlNode *root = xml_parse_strict(everything, strlen(everything), NULL);
    xmlNode *resources = xml_find_below(root, "resources", 3);

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        xmlNode *extra;

        assert_true(rng_surely_valid(quick, schemas[0], root->doc));
        extra = xml_add(resources, "primitive");
        xml_set(extra, "id", "p1"); /* taken, and what it is remains unsaid */
        assert_false(rng_surely_valid(quick, schemas[0], root->doc));
        xml_set(extra, "template", "t");
        assert_false(rng_surely_valid(quick, schemas[0], root->doc));
        xml_set(extra, "id", "p7");
        assert_true(rng_surely_valid(quick, schemas[0], root->doc));
        xml_set(extra, "template", "nobody");
        assert_false(rng_surely_valid(quick, schemas[0], root->doc));
        xml_free(extra);
    }
}

/* ---- schemas with something unknown ---- */

static char *given_schema(void *arg, const char *file)
{
    (void)file;
    return arg != NULL ? strdup(arg) : NULL;
}

static bool fits(const char *schema, const char *document)
{
    XML_AUTO xmlNode *root = xml_parse_strict(document, strlen(document), NULL);
    struct rng *own = rng_new(given_schema, (void *)schema);
    bool valid = rng_surely_valid(own, "x.rng", root->doc);

    rng_free(own);
    return valid;
}

#define GRAMMAR(body)                                                                                        \
    "<grammar xmlns='http://relaxng.org/ns/structure/1.0' "                                                  \
    "datatypeLibrary='http://www.w3.org/2001/XMLSchema-datatypes'>" body "</grammar>"
#define A(content) GRAMMAR("<start><element name='a'>" content "</element></start>")

static void unknown_constructs(void **state)
{
    static const char *const bad[] = {
        NULL,
        "",
        "text",
        "<grammar/>",
        GRAMMAR(""),
        GRAMMAR("<start/>"),
        GRAMMAR("<start><ref name='x'/></start>"),
        A(""),
        A("<text/>"),
        A("<data type='ID'/>"),
        A("<mixed><empty/></mixed>"),
        A("<empty/><notAllowed/>"),
        A("<list><empty/></list>"),
        A("<optional><attribute name='b'><data type='token'/></attribute></optional>"),
        A("<optional><attribute><anyName/></attribute></optional>"),
        A("<ref name='x'/>"),
        A("<optional><element><anyName/><empty/></element></optional>"),
        A("<externalRef href='x.rng'/>"),
        A("<externalRef href='../x.rng'/>"),
        GRAMMAR("<include href='y.rng'/><start><element name='a'><empty/></element></start>"),
        GRAMMAR("<start combine='choice'><element name='a'><empty/></element></start>"),
        GRAMMAR("<start><element name='a' ns='urn:x'><empty/></element></start>"),
        GRAMMAR("<start><element name='a'><empty/></element></start><start><element "
                "name='b'><empty/></element></start>"),
        GRAMMAR("<start><element name='a'><ref name='r'/></element></start><define name='r'><ref "
                "name='r'/></define>"),
    };

    (void)state;
    assert_true(fits(A("<empty/>"), "<a/>"));
    assert_true(fits(A("<optional><attribute name='b'><text/></attribute></optional>"), "<a b='c'/>"));
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        if (fits(bad[i], "<a/>")) {
            fail_msg("used: %s", bad[i]);
        }
    }
}

/* Definitions that say what others say, twice: as many as two to the power of 60. */
static void definitions_of_definitions(void **state)
{
    GString *schema = g_string_new("<grammar xmlns='http://relaxng.org/ns/structure/1.0'><start>"
                                   "<element name='a'><ref name='d0'/></element></start>");

    (void)state;
    for (unsigned i = 0; i < 60; i++) {
        g_string_append_printf(schema, "<define name='d%u'><ref name='d%u'/><ref name='d%u'/></define>", i,
                               i + 1, i + 1);
    }
    g_string_append(schema, "<define name='d60'><empty/></define></grammar>");
    assert_true(fits(schema->str, "<a/>"));
    assert_false(fits(schema->str, "<a b='c'/>"));
    g_string_free(schema, TRUE);
}

/* An identifier in one way that is none in another: libxml2 remembers what it tried. */
static void doubtful_identifiers(void **state)
{
    static const char schema[] = A("<choice><group><attribute name='i'><data type='ID'/></attribute>"
                                   "<attribute name='x'/></group><attribute name='i'/></choice>");

    (void)state;
    assert_false(fits(schema, "<a i='1'/>"));
    assert_false(fits(schema, "<a i='b' x='c'/>"));
    assert_false(fits(A("<attribute name='i'/>"), "<a i='b' xmlns='urn:x'/>"));
    assert_false(fits(A("<attribute name='i'/>"), "<a i='b' xml:id='c'/>"));
}

/* ---- preparation ---- */

static void add_words(const xmlNode *node)
{
    const char *name = xml_get(node, "name");

    if (name != NULL && xml_is(node, "element")) {
        g_ptr_array_add(elements, g_strdup(name));
    } else if (name != NULL && xml_is(node, "attribute")) {
        g_ptr_array_add(attributes, g_strdup(name));
    } else if (xml_is(node, "value")) {
        g_ptr_array_add(values, (char *)xmlNodeGetContent(node));
    }
    xml_foreach(child, node, NULL) {
        add_words(child);
    }
}

static void add_document(char *text)
{
    xmlNode *root = xml_parse(text, NULL);

    assert_non_null(root);
    if (xml_first(root, "status") != NULL && strlen(text) > SMALL) {
        xml_free(xml_first(root, "status"));
    }
    g_ptr_array_add(documents, root);
    free(text);
}

static gint by_text(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void each_file(const char *in, const char *suffix, void (*use)(char *text))
{
    const char *name;
    GDir *dir = g_dir_open(in, 0, NULL);
    GPtrArray *paths = g_ptr_array_new_with_free_func(g_free);

    assert_non_null(dir);
    while ((name = g_dir_read_name(dir)) != NULL) {
        if (g_str_has_suffix(name, suffix)) {
            g_ptr_array_add(paths, g_build_filename(in, name, NULL));
        }
    }
    g_dir_close(dir);
    g_ptr_array_sort(paths, by_text);
    for (guint i = 0; i < paths->len; i++) {
        use(input_read_file(paths->pdata[i]));
    }
    g_ptr_array_free(paths, TRUE);
}

static void use_schema(char *text)
{
    XML_AUTO xmlNode *grammar = xml_parse(text, NULL);

    assert_non_null(grammar);
    add_words(grammar);
    free(text);
}

static void run(char *command)
{
    assert_int_equal(system(command), 0);
    g_free(command);
}

static int unpack(void **state)
{
    const char *top = getenv("top_srcdir"), *build = getenv("top_builddir");
    g_autofree char *archive = g_build_filename(top != NULL ? top : ".", "tests/conformance/scheduler.tar.xz",
                                                NULL);
    g_autofree char *cases = NULL;

    (void)state;
    schema_folder = g_build_filename(build != NULL ? build : ".", "xml", NULL);
    folder = g_dir_make_tmp("rng-XXXXXX", NULL);
    run(g_strdup_printf("tar -xJf '%s' -C '%s'", archive, folder));
    cases = g_build_filename(folder, "scheduler", NULL);
    documents = g_ptr_array_new_with_free_func((GDestroyNotify)xml_free);
    elements = g_ptr_array_new_with_free_func(g_free);
    attributes = g_ptr_array_new_with_free_func(g_free);
    values = g_ptr_array_new_with_free_func(xmlFree);
    each_file(schema_folder, ".rng", use_schema);
    each_file(cases, ".xml", add_document);
    add_document(strdup(everything));
    assert_true(documents->len > 400);
    quick = rng_new(read_schema, NULL);
    return 0;
}

static int clean_up(void **state)
{
    (void)state;
    run(g_strdup_printf("rm -rf '%s'", folder));
    rng_free(quick);
    for (size_t i = 0; i < N_SCHEMAS; i++) {
        xmlRelaxNGFree(slow[i]);
    }
    xmlRelaxNGCleanupTypes();
    g_ptr_array_free(documents, TRUE);
    g_ptr_array_free(elements, TRUE);
    g_ptr_array_free(attributes, TRUE);
    g_ptr_array_free(values, TRUE);
    g_free(folder);
    g_free(schema_folder);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_is_known), cmocka_unit_test(recorded_states),
        cmocka_unit_test(changed_at_random),   cmocka_unit_test(what_was_learnt_stays_right),
        cmocka_unit_test(unknown_constructs),  cmocka_unit_test(definitions_of_definitions),
        cmocka_unit_test(doubtful_identifiers),
    };

    return cmocka_run_group_tests(tests, unpack, clean_up);
}
