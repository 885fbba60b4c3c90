/* The recorded cluster states decided by the library in one process: one after another, and two
 * at a time that take turns at every message and score, so that anything they shared would
 * show. What tests/conformance/scheduler.py compares of crm_simulate is compared here of the
 * library: scores, dot file and graph. */
#include <dirent.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>
#include <glib.h>

#include "cib/schema.h"
#include "pacemaker/common/xml.h"
#include "pengine/dot.h"
#include "pengine/pengine.h"

#define STACK_BYTES ((size_t)512 << 20)     /* the scheduler recurses over chains of constraints */

static char *folder;                        /* the unpacked archive */
static GPtrArray *names;                    /* of the cases, sorted */

/* ---- texts without blanks, in an order that does not matter ---- */

static gint by_text(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The lines that are not empty, without blanks, sorted; unique: each once. */
static char *squeezed(const char *text, bool unique)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_autoptr(GPtrArray) kept = g_ptr_array_new();
    GString *all = g_string_new(NULL);

    for (size_t i = 0; lines[i] != NULL; i++) {
        char *to = lines[i];

        for (const char *from = lines[i]; *from != '\0'; from++) {
            if (!g_ascii_isspace(*from)) {
                *to++ = *from;
            }
        }
        *to = '\0';
        if (to != lines[i]) {
            g_ptr_array_add(kept, lines[i]);
        }
    }
    g_ptr_array_sort(kept, by_text);
    for (guint i = 0; i < kept->len; i++) {
        if (!unique || i == 0 || strcmp(kept->pdata[i], kept->pdata[i - 1]) != 0) {
            g_string_append_printf(all, "%s\n", (char *)kept->pdata[i]);
        }
    }
    return g_string_free(all, FALSE);
}

/* The elements of list in sorted order between brackets; the list is released. */
static void append_sorted(GString *out, GPtrArray *list)
{
    g_ptr_array_sort(list, by_text);
    g_string_append_c(out, '[');
    for (guint i = 0; i < list->len; i++) {
        g_string_append_printf(out, "%s ", (char *)list->pdata[i]);
    }
    g_string_append_c(out, ']');
    g_ptr_array_free(list, TRUE);
}

static char *element_text(xmlNode *e, bool with_id)
{
    GString *out = g_string_new((const char *)e->name);
    GPtrArray *attrs = g_ptr_array_new_with_free_func(g_free);
    GPtrArray *children = g_ptr_array_new_with_free_func(g_free);

    for (xmlAttr *a = e->properties; a != NULL; a = a->next) {
        const char *name = (const char *)a->name;

        if (strcmp(name, "crm_feature_set") != 0 && strcmp(name, "batch-limit") != 0 &&
            (with_id || strcmp(name, "id") != 0)) {
            g_ptr_array_add(attrs, g_strdup_printf("%s=%s", name, xml_get(e, name)));
        }
    }
    xml_foreach(child, e, NULL) {
        g_ptr_array_add(children, element_text(child, true));
    }
    append_sorted(out, attrs);
    append_sorted(out, children);
    return g_string_free(out, FALSE);
}

static GHashTable *action_names(xmlNode *graph)
{
    GHashTable *table = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);

    xml_foreach(synapse, graph, "synapse") {
        xml_foreach(action, xml_first(synapse, "action_set"), NULL) {
            const char *node = xml_get(action, "on_node");

            g_hash_table_insert(table, (char *)xml_id(action),
                                g_strdup_printf("%s %s %s", (const char *)action->name,
                                                xml_get(action, "operation_key"), node != NULL ? node : "-"));
        }
    }
    return table;
}

/* The graph without the numbering of its actions: one line a synapse, sorted. */
static char *graph_text(xmlNode *graph)
{
    g_autoptr(GHashTable) actions = action_names(graph);
    GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
    GString *all = g_string_new(NULL);

    xml_foreach(synapse, graph, "synapse") {
        GPtrArray *set = g_ptr_array_new_with_free_func(g_free), *inputs = g_ptr_array_new();
        GString *line = g_string_new(xml_get(synapse, "priority"));

        xml_foreach(action, xml_first(synapse, "action_set"), NULL) {
            g_ptr_array_add(set, element_text(action, false));
        }
        xml_foreach(trigger, xml_first(synapse, "inputs"), "trigger") {
            xml_foreach(action, trigger, NULL) {
                const char *name = g_hash_table_lookup(actions, xml_id(action));

                g_ptr_array_add(inputs, (char *)(name != NULL ? name : "?"));
            }
        }
        append_sorted(line, set);
        append_sorted(line, inputs);
        g_ptr_array_add(lines, g_string_free(line, FALSE));
    }
    append_sorted(all, lines);
    return g_string_free(all, FALSE);
}

/* ---- one case ---- */

struct turns;

struct decision {
    const char *name;
    GString *scores;
    struct turns *turns;                    /* NULL: nobody else */
    int side;
};

static void hand_over(struct decision *d);

static void on_message(void *arg, enum pe_severity severity, const char *function, const char *text)
{
    (void)function;
    (void)severity;
    (void)text;
    hand_over(arg);
}

static void on_score(void *arg, const char *function, const pe_rsc *r, const pe_node *n, int score)
{
    struct decision *d = arg;
    char text[16];

    g_string_append_printf(d->scores, "%s: %s allocation score on %s: %s\n", function, r->id, n->name,
                           score_text(score, text));
    hand_over(d);
}

static void on_promotion(void *arg, const pe_rsc *r, const pe_node *n, int score)
{
    struct decision *d = arg;
    char text[16];

    g_string_append_printf(d->scores, "%s promotion score on %s: %s\n", r->id, n != NULL ? n->name : "none",
                           score_text(score, text));
    hand_over(d);
}

static char *case_file(const char *name, const char *suffix)
{
    g_autofree char *path = g_strdup_printf("%s/scheduler/%s%s", folder, name, suffix);
    char *text = NULL;

    if (!g_file_get_contents(path, &text, NULL, NULL)) {
        fail_msg("cannot read %s", path);
    }
    return text;
}

static xmlNode *case_xml(const char *name, const char *suffix)
{
    g_autofree char *text = case_file(name, suffix);
    xmlNode *xml = xml_parse(text, NULL);

    assert_non_null(xml);
    return xml;
}

/* The CIB as crm_simulate hands it to the scheduler. */
static xmlNode *case_input(const char *name)
{
    xmlNode *cib = case_xml(name, ".xml");
    const char *schema = xml_get(cib, "validate-with");
    int best;

    if (xml_first(cib, "status") == NULL) {
        xml_add(cib, "status");
    }
    if (schema == NULL || (strcmp(schema, "none") != 0 && !schema_at_least(schema, "pacemaker-3.0"))) {
        assert_int_equal(schema_upgrade(cib, NULL, true, &best, NULL, NULL), 0);
    }
    return cib;
}

/* The time of the calculation: what args.json sets, else what the CIB recorded, else now. */
static struct iso_now case_time(const char *name, const xmlNode *cib)
{
    g_autofree char *args = case_file("args", ".json");
    g_autofree char *key = g_strdup_printf("\"%s\"", name);
    struct iso_now now = {.epoch = pe_cib_time(cib) >= 0 ? pe_cib_time(cib) : time(NULL)};
    const char *at = strstr(args, key);
    struct iso_time t;

    if (at != NULL && (at = strstr(at, "\"-t\"")) != NULL && (at = strchr(at + 4, '"')) != NULL) {
        g_autofree char *date = g_strndup(at + 1, strcspn(at + 1, "\""));

        assert_true(iso_parse(date, &now, &t));
        now.epoch = iso_epoch(&t);
    }
    return now;
}

static bool same(const char *part, const char *name, char *got, char *wanted)
{
    bool equal = strcmp(got, wanted) == 0;

    if (!equal) {
        print_message("# %s: %s differ\n", name, part);
    }
    g_free(got);
    g_free(wanted);
    return equal;
}

static bool as_recorded(const struct decision *d, pe_sched *s)
{
    g_autofree char *scores = case_file(d->name, ".scores"), *wanted_dot = case_file(d->name, ".dot");
    g_autofree char *dot = pe_dot(s, false, false);
    xmlNode *graph = case_xml(d->name, ".exp");
    bool equal = same("scores", d->name, squeezed(d->scores->str, false), squeezed(scores, false));

    equal = same("dot", d->name, squeezed(dot, true), squeezed(wanted_dot, true)) && equal;
    equal = same("graph", d->name, graph_text(s->graph), graph_text(graph)) && equal;
    xml_free(graph);
    return equal;
}

static bool decide(struct decision *d)
{
    struct pe_hooks hooks = {
        .message = on_message, .least = PE_INFO, .score = on_score, .promotion_score = on_promotion, .arg = d,
    };
    xmlNode *cib = case_input(d->name);
    struct pe_input input = {.cib = cib,
                             .now = case_time(d->name, cib),
                             .sanitized = true,
                             .sort_lists = true,
                             .hooks = &hooks};
    pe_sched *s;
    bool equal;

    d->scores = g_string_new(NULL);
    s = pe_schedule(&input);
    equal = as_recorded(d, s);
    pe_free(s);
    xml_free(cib);
    g_string_free(d->scores, TRUE);
    return equal;
}

/* ---- two at a time ---- */

struct turns {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int whose;                              /* side that may run */
    bool done[2];
    bool equal[2];
};

/* Lets the other side run until it hands over in its turn or has finished. */
static void hand_over(struct decision *d)
{
    struct turns *t = d->turns;

    if (t == NULL) {
        return;
    }
    pthread_mutex_lock(&t->lock);
    if (!t->done[1 - d->side]) {
        t->whose = 1 - d->side;
        pthread_cond_broadcast(&t->changed);
        while (t->whose != d->side) {
            pthread_cond_wait(&t->changed, &t->lock);
        }
    }
    pthread_mutex_unlock(&t->lock);
}

static void *one_side(void *arg)
{
    struct decision *d = arg;
    struct turns *t = d->turns;

    pthread_mutex_lock(&t->lock);
    while (t->whose != d->side) {
        pthread_cond_wait(&t->changed, &t->lock);
    }
    pthread_mutex_unlock(&t->lock);
    t->equal[d->side] = decide(d);
    pthread_mutex_lock(&t->lock);
    t->done[d->side] = true;
    t->whose = 1 - d->side;
    pthread_cond_broadcast(&t->changed);
    pthread_mutex_unlock(&t->lock);
    return NULL;
}

static bool decide_two(const char *a, const char *b)
{
    struct turns t = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
    struct decision sides[2] = {{.name = a, .turns = &t, .side = 0}, {.name = b, .turns = &t, .side = 1}};
    pthread_t threads[2];
    pthread_attr_t attr;

    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK_BYTES);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(pthread_create(&threads[i], &attr, one_side, &sides[i]), 0);
    }
    for (size_t i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
    }
    pthread_attr_destroy(&attr);
    return t.equal[0] && t.equal[1];
}

/* ---- the tests ---- */

static void one_after_another(void **state)
{
    unsigned differ = 0;

    (void)state;
    for (guint i = 0; i < names->len; i++) {
        struct decision d = {.name = names->pdata[i]};

        differ += !decide(&d);
    }
    assert_int_equal(differ, 0);
}

static void two_taking_turns(void **state)
{
    unsigned differ = 0;

    (void)state;
    /* neighbours by name are much alike, so pairs are made across */
    for (guint i = 0; i < names->len / 2; i++) {
        differ += !decide_two(names->pdata[i], names->pdata[names->len - 1 - i]);
    }
    assert_int_equal(differ, 0);
}

static void run(char *command)
{
    assert_int_equal(system(command), 0);
    g_free(command);
}

static int unpack(void **state)
{
    const char *top = getenv("top_srcdir"), *build = getenv("top_builddir");
    g_autofree char *archive = g_build_filename(top != NULL ? top : ".",
                                                "tests/conformance/scheduler.tar.xz", NULL);
    g_autofree char *schemas = g_build_filename(build != NULL ? build : ".", "xml", NULL), *cases = NULL;
    struct dirent *entry;
    DIR *dir;

    (void)state;
    setenv("PCMK_schema_directory", schemas, 0);
    folder = g_dir_make_tmp("scheduler-cases-XXXXXX", NULL);
    assert_non_null(folder);
    run(g_strdup_printf("tar -xJf '%s' -C '%s'", archive, folder));
    cases = g_build_filename(folder, "scheduler", NULL);
    dir = opendir(cases);
    assert_non_null(dir);
    names = g_ptr_array_new_with_free_func(g_free);
    while ((entry = readdir(dir)) != NULL) {
        if (g_str_has_suffix(entry->d_name, ".xml")) {
            g_ptr_array_add(names, g_strndup(entry->d_name, strlen(entry->d_name) - 4));
        }
    }
    closedir(dir);
    g_ptr_array_sort(names, by_text);
    assert_true(names->len > 400);
    return 0;
}

static int clean_up(void **state)
{
    (void)state;
    run(g_strdup_printf("rm -rf '%s'", folder));
    g_ptr_array_free(names, TRUE);
    g_free(folder);
    schema_cleanup();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_after_another), cmocka_unit_test(two_taking_turns),
    };

    return cmocka_run_group_tests(tests, unpack, clean_up);
}
