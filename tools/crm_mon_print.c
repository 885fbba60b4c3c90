/* crm_mon: which sections there are and printing them. */
#include "config.h"
#include "tools/crm_mon.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "pacemaker/common/xml.h"
#include "pengine/pe.h"
#include "tools/status_fencing.h"

static const struct {
    const char *name;
    unsigned sections;
} section_names[] = {
    {"attributes", MON_ATTRIBUTES},
    {"bans", MON_BANS},
    {"counts", MON_COUNTS},
    {"dc", MON_DC},
    {"failcounts", MON_FAILCOUNTS},
    {"failures", MON_FAILURES},
    {"fencing", MON_FENCING},
    {"fencing-failed", MON_FENCE_FAILED},
    {"fencing-pending", MON_FENCE_PENDING},
    {"fencing-succeeded", MON_FENCE_SUCCEEDED},
    {"maint-mode", MON_MAINT},
    {"nodes", MON_NODES},
    {"operations", MON_OPERATIONS},
    {"options", MON_OPTIONS},
    {"resources", MON_RESOURCES},
    {"stack", MON_STACK},
    {"summary", MON_SUMMARY | MON_OPTIONS},
    {"tickets", MON_TICKETS},
    {"times", MON_TIMES},
};

const char *mon_sections_help(void)
{
    return "all attributes bans[:PREFIX] counts dc default failcounts failures fencing fencing-failed "
           "fencing-pending fencing-succeeded maint-mode nodes none operations options resources stack "
           "summary tickets times";
}

static unsigned section_mask(const char *word, bool xml, bool *known)
{
    *known = true;
    if (strcmp(word, "all") == 0) {
        return xml ? MON_ALL : MON_ALL & ~(unsigned)MON_OPTIONS;
    }
    for (size_t i = 0; i < sizeof(section_names) / sizeof(section_names[0]); i++) {
        if (strcmp(section_names[i].name, word) == 0) {
            return section_names[i].sections;
        }
    }
    *known = false;
    return 0;
}

bool mon_sections_apply(struct mon_view *view, bool include, const char *list, bool xml, char **error)
{
    char **words = g_strsplit(list, ",", -1);
    bool ok = true;

    for (char **w = words; *w != NULL && ok; w++) {
        bool known;
        unsigned mask;

        if (strcmp(*w, "none") == 0) {
            view->sections = include ? 0 : MON_ALL;
            continue;
        }
        if (include && (strcmp(*w, "default") == 0 || strcmp(*w, "defaults") == 0)) {
            view->sections |= MON_DEFAULT | MON_FENCE_FAILED | MON_FENCE_PENDING;
            continue;
        }
        if (include && g_str_has_prefix(*w, "bans:")) {
            g_free(view->bans_prefix);
            view->bans_prefix = g_strdup(*w + strlen("bans:"));
            view->sections |= MON_BANS;
            continue;
        }
        mask = section_mask(*w, xml, &known);
        if (!known) {
            *error = g_strdup_printf("%s options: %s", include ? "--include" : "--exclude",
                                     mon_sections_help());
            ok = false;
        } else if (include) {
            view->sections |= mask;
        } else {
            view->sections &= ~mask;
        }
    }
    g_strfreev(words);
    return ok;
}

/* ---- what to limit to ---- */

static const char **names_of(pe_sched *s, const char *what)
{
    GPtrArray *names;

    if (what == NULL) {
        return NULL;
    }
    names = g_ptr_array_new();
    g_ptr_array_add(names, (gpointer)what);
    for (uint32_t i = 0; i < s->n_tags; i++) {
        if (strcmp(s->tags[i].id, what) == 0) {
            for (uint32_t k = 0; k < s->tags[i].n; k++) {
                const pe_node *n = pe_node_by_id(s, s->tags[i].refs[k]);

                g_ptr_array_add(names, (gpointer)(n != NULL ? n->name : s->tags[i].refs[k]));
            }
        }
    }
    g_ptr_array_add(names, NULL);
    return (const char **)g_ptr_array_free(names, FALSE);
}

/* ---- printing ---- */

static struct pe_input input_of(const struct mon_data *data)
{
    time_t now = time(NULL);
    struct tm tm;

    localtime_r(&now, &tm);
    return (struct pe_input){.cib = data->cib, .now = {.epoch = now, .offset = (int32_t)tm.tm_gmtoff}};
}

static pe_sched *unpack(const struct pe_input *input, bool constraints)
{
    pe_sched *s = pe_unpack(input);

    if (constraints) {
        pe_unpack_constraints(s);
    }
    return s;
}

static unsigned summary_parts(unsigned sections)
{
    return ((sections & MON_STACK) != 0 ? PART_STACK : 0u) | ((sections & MON_DC) != 0 ? PART_DC : 0u) |
           ((sections & MON_TIMES) != 0 ? PART_TIMES : 0u) |
           ((sections & MON_COUNTS) != 0 ? PART_COUNTS : 0u) |
           ((sections & MON_OPTIONS) != 0 ? PART_OPTIONS : 0u) |
           ((sections & MON_MAINT) != 0 ? PART_MAINT : 0u);
}

static void print_launcher(output_t *out, const struct mon_data *data)
{
    struct iso_time t = iso_from_epoch(data->launcher.last_updated, 0);
    char when[48];

    if (!data->have_launcher) {
        return;
    }
    iso_text(&t, when);
    if (out->kind == OUTPUT_XML) {
        out_xml(out, "pacemakerd", "sys_from", "pacemakerd", "state", data->launcher.state,
                "last_updated", when, NULL);
    } else {
        out_info(out, "Status of pacemakerd: '%s' (last updated %s)",
                 launcher_state_text(data->launcher.state), when);
    }
}

/* Prints sections with an empty line between those that printed something. */
struct printer {
    struct status_view v;
    const struct mon_view *view;
    const struct mon_data *data;
    bool spacer;
};

static void sep(struct printer *p, bool printed)
{
    p->spacer = p->spacer || printed;
}

static void section(struct printer *p)
{
    if (p->spacer) {
        out_spacer(p->v.out);
        p->spacer = false;
    }
}

/* A section may turn out empty, and then must not leave its separating line:
 * probe it on a scratch output first. */
static bool will_print(struct printer *p, bool (*print)(struct printer *))
{
    output_t *real = p->v.out;
    int rc;
    output_t *scratch = output_new("text", "text", "/dev/null", NULL, &rc);
    bool any;

    if (real->kind != OUTPUT_TEXT || scratch == NULL) {
        output_free(scratch);
        return true;
    }
    scratch->fancy = true;
    p->v.out = scratch;
    any = print(p);
    p->v.out = real;
    output_free(scratch);
    return any;
}

static void print_section(struct printer *p, bool wanted, bool (*print)(struct printer *))
{
    if (wanted && will_print(p, print)) {
        section(p);
        sep(p, print(p));
    }
}

static bool print_summary(struct printer *p)
{
    return status_summary(&p->v, summary_parts(p->view->sections), p->v.s->now.epoch);
}

static bool print_nodes(struct printer *p)
{
    return status_nodes(&p->v);
}

static bool print_resources(struct printer *p)
{
    return status_resources(&p->v, true);
}

static bool print_attributes(struct printer *p)
{
    return status_attributes(&p->v, false);
}

static bool print_history(struct printer *p)
{
    return status_history(&p->v, (p->view->sections & MON_OPERATIONS) != 0);
}

static bool print_failures(struct printer *p)
{
    return status_failures(&p->v);
}

static bool print_fence_failed(struct printer *p)
{
    return status_fencing(&p->v, p->data->fencing, p->data->fencing_rc, FENCING_SHOW_FAILED,
                          p->view->full_fencing);
}

static unsigned fencing_kinds(unsigned sections)
{
    return ((sections & MON_FENCE_FAILED) != 0 ? FENCING_SHOW_FAILED : 0u) |
           ((sections & MON_FENCE_PENDING) != 0 ? FENCING_SHOW_PENDING : 0u) |
           ((sections & MON_FENCE_SUCCEEDED) != 0 ? FENCING_SHOW_SUCCEEDED : 0u);
}

static bool print_fencing(struct printer *p)
{
    unsigned kinds = fencing_kinds(p->view->sections);

    if (p->v.out->kind != OUTPUT_XML) {
        kinds &= ~FENCING_SHOW_FAILED;         /* failures have their own section */
        if (p->data->fencing_rc != 0) {
            return false;
        }
    }
    return status_fencing(&p->v, p->data->fencing, p->data->fencing_rc, kinds, p->view->full_fencing);
}

static bool print_tickets(struct printer *p)
{
    return status_tickets(&p->v);
}

static bool print_bans(struct printer *p)
{
    return status_bans(&p->v, p->view->bans_prefix);
}

static void print_sections(struct printer *p)
{
    unsigned s = p->view->sections;
    bool xml = p->v.out->kind == OUTPUT_XML;

    print_section(p, true, print_summary);
    print_section(p, (s & MON_NODES) != 0, print_nodes);
    print_section(p, (s & MON_RESOURCES) != 0, print_resources);
    print_section(p, (s & MON_ATTRIBUTES) != 0, print_attributes);
    print_section(p, (s & (MON_OPERATIONS | MON_FAILCOUNTS)) != 0, print_history);
    print_section(p, (s & MON_FAILURES) != 0, print_failures);
    if (p->data->live) {
        print_section(p, !xml && (s & MON_FENCE_FAILED) != 0, print_fence_failed);
        if (xml) {
            print_section(p, (s & MON_FENCING) != 0, print_fencing);
        }
    }
    print_section(p, (s & MON_TICKETS) != 0, print_tickets);
    print_section(p, (s & MON_BANS) != 0, print_bans);
    if (p->data->live && !xml) {
        print_section(p, (s & (MON_FENCE_SUCCEEDED | MON_FENCE_PENDING)) != 0, print_fencing);
    }
}

void mon_print(output_t *out, const struct mon_view *view, const struct mon_data *data)
{
    struct pe_input input = input_of(data);
    pe_sched *s = unpack(&input, (view->sections & MON_BANS) != 0);
    const char **nodes = names_of(s, view->only_node), **resources = names_of(s, view->only_rsc);
    struct printer p = {
        .v = {.out = out, .s = s, .show = view->show, .only = {.nodes = nodes, .resources = resources}},
        .view = view, .data = data,
    };

    print_launcher(out, data);
    print_sections(&p);
    g_free(nodes);
    g_free(resources);
    pe_free(s);
}

void mon_print_simple(output_t *out, const struct mon_data *data)
{
    struct pe_input input = input_of(data);
    pe_sched *s = pe_unpack(&input);
    unsigned online = 0, standby = 0, maintenance = 0;
    GString *problems = g_string_new(NULL);

    print_launcher(out, data);
    if (s->dc == NULL) {
        g_string_append(problems, ", No DC");
    }
    for (uint32_t i = 0; i < s->nodes.n; i++) {
        const pe_node *n = s->nodes.v[i];

        if (n->standby && n->online) {
            standby++;
        } else if (n->maintenance && n->online) {
            maintenance++;
        } else if (n->online) {
            online++;
        } else {
            g_string_append_printf(problems, ", offline node: %s", n->name);
        }
    }
    if (problems->len > 0) {
        out_info(out, "CLUSTER WARN: %s", problems->str + 2);
    } else {
        GString *line = g_string_new(NULL);

        g_string_append_printf(line, "CLUSTER OK: %u node%s online", online, online == 1 ? "" : "s");
        if (standby > 0) {
            g_string_append_printf(line, ", %u standby node%s", standby, standby == 1 ? "" : "s");
        }
        if (maintenance > 0) {
            g_string_append_printf(line, ", %u maintenance node%s", maintenance, maintenance == 1 ? "" : "s");
        }
        g_string_append_printf(line, ", %d resource instance%s configured", s->n_instances,
                               s->n_instances == 1 ? "" : "s");
        out_info(out, "%s", line->str);
        g_string_free(line, TRUE);
    }
    g_string_free(problems, TRUE);
    pe_free(s);
}
