/* Resources as text (and the choice of what is shown); their XML form is in status_resources_xml.c. */
#include "config.h"
#include "tools/status_internal.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- growing text ---- */

void text_add(struct text *t, const char *fmt, ...)
{
    va_list ap;
    char *more = NULL, *all = NULL;

    va_start(ap, fmt);
    if (vasprintf(&more, fmt, ap) < 0) {
        abort();
    }
    va_end(ap);
    if (asprintf(&all, "%s%s", t->s != NULL ? t->s : "", more) < 0) {
        abort();
    }
    free(more);
    free(t->s);
    t->s = all;
}

/* Adds a word to the parenthesised list of flags. */
static void add_flag(struct text *t, bool *open, const char *fmt, const char *value)
{
    text_add(t, *open ? ", " : " (");
    *open = true;
    if (value != NULL) {
        text_add(t, "%s:%s", fmt, value);
    } else {
        text_add(t, "%s", fmt);
    }
}

/* ---- questions ---- */

static bool name_in(const char *const *list, const char *name)
{
    if (list == NULL) {
        return true;
    }
    for (; *list != NULL; list++) {
        if (strcasecmp(*list, name) == 0) {
            return true;
        }
    }
    return false;
}

bool status_node_wanted(const struct status_view *v, const char *name)
{
    return name_in(v->only.nodes, name);
}

bool status_rsc_wanted(const struct status_view *v, const pe_rsc *r)
{
    if (v->only.resources == NULL) {
        return true;
    }
    for (const pe_rsc *up = r; up != NULL; up = up->parent) {
        if (name_in(v->only.resources, up->id) || name_in(v->only.resources, xml_id(up->xml))) {
            return true;
        }
    }
    for (uint32_t i = 0; i < r->children.n; i++) {
        const pe_rsc *child = r->children.v[i];

        if (name_in(v->only.resources, child->id) || name_in(v->only.resources, xml_id(child->xml))) {
            return true;
        }
    }
    return false;
}

/* Whether the resource or a child of it is active on one of the nodes. */
static bool runs_on_any(const pe_rsc *r, const char *const *nodes)
{
    for (uint32_t i = 0; i < r->running.n; i++) {
        if (name_in(nodes, r->running.v[i]->name)) {
            return true;
        }
    }
    for (uint32_t i = 0; i < r->children.n; i++) {
        if (runs_on_any(r->children.v[i], nodes)) {
            return true;
        }
    }
    return false;
}

bool rsc_runs_where_wanted(const struct status_view *v, const pe_rsc *r)
{
    return v->only.nodes == NULL || runs_on_any(r, v->only.nodes);
}

enum pcmk_role displayed_role(const pe_rsc *r)
{
    const pe_rsc *top = pe_top(r);

    return r->role == ROLE_STARTED && top->variant == PE_CLONE && top->promotable ? ROLE_UNPROMOTED : r->role;
}

static const char *pending_word(const pe_rsc *r)
{
    static const struct {
        const char *task, *word;
    } words[] = {{"start", "Starting"},       {"stop", "Stopping"},     {"migrate_to", "Migrating"},
                 {"migrate_from", "Migrating"}, {"promote", "Promoting"}, {"demote", "Demoting"}};

    for (size_t i = 0; r->pending_task != NULL && i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(words[i].task, r->pending_task) == 0) {
            return words[i].word;
        }
    }
    return NULL;
}

bool monitor_pending(const pe_rsc *r)
{
    return r->pending_task != NULL && strcmp(r->pending_task, "monitor") == 0;
}

const char *displayed_state(const struct status_view *v, const pe_rsc *r)
{
    const char *pending = (v->show & SHOW_PENDING) != 0 ? pending_word(r) : NULL;

    return pending != NULL ? pending : role_text(displayed_role(r));
}

/* The history entry of a probe that failed in a way that means "not here" (node NULL: anywhere). What a clone
 * contains is known by the configured id of the clone's child. */
static const xmlNode *failed_probe(const pe_sched *s, const pe_rsc *r, const char *node)
{
    const pe_rsc *top = pe_top(r);
    const char *id = top->variant == PE_CLONE ? xml_id(top->clone->child_xml) : r->id;

    for (uint32_t i = 0; i < s->n_failed; i++) {
        const struct pe_failed_op *f = &s->failed[i];

        const char *on_node = xml_get(f->xml, "on_node");

        if (pe_maskable_probe(f->xml) && on_node != NULL &&
            (node == NULL || strcasecmp(on_node, node) == 0) && f->key_rsc != NULL &&
            strcmp(f->key_rsc, id) == 0) {
            return f->xml;
        }
    }
    return NULL;
}

/* What the resource is to be, otherwise what its first child is to be. */
static enum pcmk_role configured_role(const pe_rsc *r)
{
    const char *target = pe_meta(r, "target-role");

    if (target == NULL && r->children.n > 0) {
        target = pe_meta(r->children.v[0], "target-role");
    }
    return role_parse(target);
}

static bool is_disabled(const pe_rsc *r)
{
    enum pcmk_role target = role_parse(pe_meta(r, "target-role"));

    return target == ROLE_STOPPED || (target == ROLE_UNPROMOTED && pe_top(r)->promotable);
}

const char *rsc_shown_name(const pe_rsc *r)
{
    return r->unique ? r->id : xml_id(r->xml);
}

/* "class[:provider]:type" */
char *agent_text(const pe_rsc *r)
{
    struct text t = {NULL};

    text_add(&t, "%s%s%s:%s", r->class, r->provider != NULL ? ":" : "",
             r->provider != NULL ? r->provider : "", r->type);
    return t.s;
}

/* ---- primitives ---- */

static void add_state(struct text *t, const struct status_view *v, pe_rsc *r, const pe_node *node)
{
    if (r->orphan) {
        text_add(t, " ORPHANED");
    }
    if (r->failed) {
        enum pcmk_role role = displayed_role(r);

        text_add(t, role > ROLE_UNPROMOTED ? " FAILED %s" : " FAILED", role_text(role));
    } else {
        text_add(t, " %s", displayed_state(v, r));
    }
    if (node != NULL) {
        text_add(t, " %s", node->name);
    }
    if (displayed_role(r) == ROLE_STOPPED) {
        const xmlNode *probe = failed_probe(v->s, r, node != NULL ? node->name : NULL);

        if (probe != NULL) {
            text_add(t, " (%s) ", ocf_exit_str(atoi(xml_get(probe, "rc-code"))));
        }
    }
}

static void add_flags(struct text *t, const struct status_view *v, pe_rsc *r, const pe_node *node)
{
    bool open = false;
    const char *target = pe_meta(r, "target-role");
    enum pcmk_role role = role_parse(target);

    if (node != NULL && !node->online && node->unclean) {
        add_flag(t, &open, "UNCLEAN", NULL);
    }
    if (node != NULL && node == r->lock_node) {
        add_flag(t, &open, "LOCKED", NULL);
    }
    if ((v->show & SHOW_PENDING) != 0 && monitor_pending(r)) {
        add_flag(t, &open, "Monitoring", NULL);
    }
    /* a target role is worth a word only when it restricts what the resource may do */
    if (role == ROLE_STOPPED) {
        add_flag(t, &open, "disabled", NULL);
    } else if (role == ROLE_UNPROMOTED && pe_top(r)->promotable) {
        add_flag(t, &open, "target-role", target);
    }
    if (r->blocked) {
        add_flag(t, &open, "blocked", NULL);
    } else if (!r->managed) {
        add_flag(t, &open, "unmanaged", NULL);
    }
    if (r->fail_ignored) {
        add_flag(t, &open, "failure ignored", NULL);
    }
    if (open) {
        text_add(t, ")");
    }
}

char *status_primitive_text(const struct status_view *v, pe_rsc *r, const char *name, const pe_node *node)
{
    struct text t = {NULL};
    char *agent = agent_text(r);
    bool several = r->running.n > 1;

    node = several ? NULL : node;
    text_add(&t, "%s\t(%s):\t", name, agent);
    free(agent);
    add_state(&t, v, r, node);
    add_flags(&t, v, r, node);
    if ((v->show & SHOW_RSC_ONLY) != 0 || several) {
        const char *description = xml_get(r->xml, "description");

        if (description != NULL) {
            text_add(&t, " %s", description);
        }
    }
    if ((v->show & SHOW_RSC_ONLY) == 0 && several) {
        text_add(&t, " [");
        for (uint32_t i = 0; i < r->running.n; i++) {
            text_add(&t, " %s", r->running.v[i]->name);
        }
        text_add(&t, " ]");
    }
    return t.s;
}

static void primitive(const struct status_view *v, pe_rsc *r)
{
    /* without a usable node: active nowhere or on several */
    const pe_node *node = r->running.n == 1 ? r->running.v[0] : r->running.n > 1 ? NULL :
        r->pending_node != NULL ? r->pending_node : r->lock_node;

    node = (v->show & SHOW_RSC_ONLY) == 0 ? node : NULL;
    char *line = status_primitive_text(v, r, rsc_shown_name(r), node);

    out_list_item(v->out, NULL, "%s", line);
    free(line);
}

/* ---- groups ---- */

static bool rsc_hidden(const struct status_view *v, pe_rsc *r)
{
    if (!status_rsc_wanted(v, r)) {
        return true;
    }
    return (v->show & SHOW_INACTIVE) == 0 && !pe_active(r, false);
}

static void group(const struct status_view *v, pe_rsc *r)
{
    const char *separator = " (";
    unsigned inactive = 0;
    struct text t = {NULL};

    for (uint32_t i = 0; i < r->children.n; i++) {
        inactive += !pe_active(r->children.v[i], true);
    }
    text_add(&t, "Resource Group: %s", r->id);
    if (inactive > 0 && (v->show & SHOW_INACTIVE) == 0) {
        text_add(&t, "%s%u member%s inactive", separator, inactive, inactive == 1 ? "" : "s");
        separator = ", ";
    }
    if (!r->managed) {
        text_add(&t, "%sunmanaged", separator);
        separator = ", ";
    }
    if (is_disabled(r)) {
        text_add(&t, "%sdisabled", separator);
        separator = ", ";
    }
    text_add(&t, *separator == ',' ? ")" : "");
    out_list_begin(v->out, NULL, NULL, "%s", t.s);
    free(t.s);
    if ((v->show & SHOW_BRIEF) != 0) {
        struct status_view all = *v;

        all.show |= SHOW_INACTIVE;
        status_brief(&all, r->children.v, r->children.n);
    } else {
        for (uint32_t i = 0; i < r->children.n; i++) {
            if (!rsc_hidden(v, r->children.v[i])) {
                status_resource(v, r->children.v[i]);
            }
        }
    }
    out_list_end(v->out);
}

/* ---- clones ---- */

struct clone_text {
    const struct status_view *v;
    pe_rsc *clone;
    bool open;                     /* heading printed */
};

static void clone_heading(struct clone_text *c)
{
    pe_rsc *r = c->clone;
    struct text t = {NULL};
    const struct {
        bool on;
        const char *word;
    } words[] = {{r->promotable, "promotable"},
                 {r->unique, "unique"},
                 {!r->managed, "unmanaged"},
                 {is_disabled(r), "disabled"}};
    bool any = false;

    if (c->open) {
        return;
    }
    c->open = true;
    text_add(&t, "Clone Set: %s [%s]", r->id, xml_id(r->clone->child_xml));
    for (int i = 0; i < 4; i++) {
        if (words[i].on) {
            text_add(&t, "%s%s", any ? ", " : " (", words[i].word);
            any = true;
        }
    }
    text_add(&t, any ? ")" : "");
    out_list_begin(c->v->out, NULL, NULL, "%s", t.s);
    free(t.s);
}

static bool flag_anywhere(const pe_rsc *r, bool (*test)(const pe_rsc *))
{
    if (test(r)) {
        return true;
    }
    for (uint32_t i = 0; i < r->children.n; i++) {
        if (flag_anywhere(r->children.v[i], test)) {
            return true;
        }
    }
    return false;
}

static bool is_orphan(const pe_rsc *r)
{
    return r->orphan;
}

static bool is_unmanaged(const pe_rsc *r)
{
    return !r->managed;
}

static bool is_failed(const pe_rsc *r)
{
    return r->failed;
}

enum instance_place { INSTANCE_FULL, INSTANCE_PROMOTED, INSTANCE_STARTED, INSTANCE_STOPPED, INSTANCE_HIDDEN };

/* How an instance is shown: by itself or as a name in one of the lists. */
static enum instance_place instance_place(const struct status_view *v, const pe_rsc *clone, pe_rsc *child,
                                          pe_node **where)
{
    bool partial = pe_active(child, false);

    *where = NULL;
    if ((v->show & SHOW_DETAIL) != 0) {
        return INSTANCE_FULL;
    }
    if (clone->unique) {
        return partial || !clone->orphan ? INSTANCE_FULL : INSTANCE_HIDDEN;
    }
    if ((v->show & SHOW_PENDING) != 0 && child->pending_task != NULL &&
        strcmp(child->pending_task, "probe") != 0) {
        return INSTANCE_FULL;
    }
    if (!partial) {
        return !child->orphan && (v->show & SHOW_INACTIVE) != 0 ? INSTANCE_STOPPED : INSTANCE_HIDDEN;
    }
    if (flag_anywhere(child, is_orphan) || flag_anywhere(child, is_unmanaged) ||
        flag_anywhere(child, is_failed)) {
        return INSTANCE_FULL;
    }
    if (pe_active(child, true)) {
        *where = pe_where_is(child, WHERE_CURRENT);
        if (*where != NULL && ((*where)->online || !(*where)->unclean)) {
            return pe_state(child, true) > ROLE_UNPROMOTED ? INSTANCE_PROMOTED : INSTANCE_STARTED;
        }
    }
    return INSTANCE_FULL;
}

static bool skip_instance(const struct status_view *v, const pe_rsc *clone, pe_rsc *child, bool partial)
{
    if (!partial && (v->show & SHOW_INACTIVE) == 0 && !clone->unique) {
        return true;
    }
    if (v->only.nodes != NULL && partial) {
        const pe_node *at = pe_where_is(child, WHERE_CURRENT);

        if (at != NULL && !status_node_wanted(v, at->name)) {
            return true;
        }
    }
    return !status_rsc_wanted(v, clone) && !status_rsc_wanted(v, child);
}

static int by_name(const void *a, const void *b)
{
    return pe_compare_node_names((*(pe_node *const *)a)->name, (*(pe_node *const *)b)->name);
}

static void add_names(struct text *t, const struct status_view *v, pe_node **nodes, uint32_t n)
{
    qsort(nodes, n, sizeof(nodes[0]), by_name);
    for (uint32_t i = 0; i < n; i++) {
        if (status_node_wanted(v, nodes[i]->name)) {
            text_add(t, "%s%s", t->s != NULL ? " " : "", nodes[i]->name);
        }
    }
}

static uint32_t list_names(struct clone_text *c, const char *heading, pe_node **nodes, uint32_t n)
{
    struct text t = {NULL};

    add_names(&t, c->v, nodes, n);
    if (t.s == NULL) {
        return 0;
    }
    clone_heading(c);
    out_list_item(c->v->out, NULL, "%s: [ %s ]", heading, t.s);
    free(t.s);
    return n;
}

/* One stopped place: what it is called and why it is stopped. */
struct stopped {
    const char *name;
    char *why;
};

static int by_why(const void *a, const void *b)
{
    const struct stopped *x = a, *y = b;
    int rc = strcmp(x->why, y->why);

    return rc != 0 ? rc : pe_compare_node_names(x->name, y->name);
}

static char *stopped_why(const struct clone_text *c, const pe_node *n)
{
    const xmlNode *probe = failed_probe(c->v->s, c->clone, n->name);
    struct text t = {NULL};

    if (probe != NULL) {
        text_add(&t, "Stopped (%s)", ocf_exit_str(atoi(xml_get(probe, "rc-code"))));
    } else {
        text_add(&t, configured_role(c->clone) == ROLE_STOPPED ? "Stopped (disabled)" : "Stopped");
    }
    return t.s;
}

/* Nodes an anonymous clone might run on but does not, grouped by reason. */
static void list_stopped(struct clone_text *c, uint32_t active)
{
    pe_rsc *r = c->clone;
    const struct pe_node_table *table = &r->allowed;
    struct stopped *list = calloc(c->v->s->nodes.n + 1, sizeof(*list));
    uint32_t n = 0;

    if (list == NULL) {
        abort();
    }
    if (!r->unique && r->clone->max > (int)active) {
        bool any = false;

        for (uint32_t i = 0; i < r->allowed.n; i++) {
            any = any || r->allowed.e[i].present;
        }
        table = any ? table : &r->known;
        for (uint32_t i = 0; i < c->v->s->nodes.n; i++) {
            pe_node *node = c->v->s->nodes.v[i];

            if (node->index < table->n && table->e[node->index].present &&
                c->v->s->nodes_by_index.v[node->index] == node && !pe_runs_on(r, node) &&
                status_node_wanted(c->v, node->name)) {
                list[n++] = (struct stopped){node->name, stopped_why(c, node)};
            }
        }
    }
    qsort(list, n, sizeof(list[0]), by_why);
    for (uint32_t i = 0; i < n;) {
        struct text t = {NULL};
        uint32_t first = i;

        for (; i < n && strcmp(list[i].why, list[first].why) == 0; i++) {
            text_add(&t, "%s%s", t.s != NULL ? " " : "", list[i].name);
        }
        clone_heading(c);
        out_list_item(c->v->out, NULL, "%s: [ %s ]", list[first].why, t.s);
        free(t.s);
    }
    for (uint32_t i = 0; i < n; i++) {
        free(list[i].why);
    }
    free(list);
    if (n == 0 && active == 0) {
        clone_heading(c);          /* no instances and nowhere to run: the heading alone */
    }
}

static void clone_rsc(const struct status_view *v, pe_rsc *r)
{
    struct clone_text c = {v, r, false};
    pe_node **promoted = calloc(r->children.n + 1, sizeof(*promoted)),
            **started = calloc(r->children.n + 1, sizeof(*started));
    uint32_t n_promoted = 0, n_started = 0, active = 0;

    if (promoted == NULL || started == NULL) {
        abort();
    }
    for (uint32_t i = 0; i < r->children.n; i++) {
        pe_rsc *child = r->children.v[i];
        pe_node *where;

        if (skip_instance(v, r, child, pe_active(child, false))) {
            continue;
        }
        switch (instance_place(v, r, child, &where)) {
        case INSTANCE_FULL: {
            struct status_view inside = *v;

            if (child->variant == PE_GROUP && child->running.n == 0 && pe_active(child, false)) {
                break;          /* active, but it does not know where: unmanaged members on an offline node */
            }
            clone_heading(&c);
            inside.only.resources = NULL;
            status_resource(&inside, child);
            break;
        }
        case INSTANCE_PROMOTED:
            promoted[n_promoted++] = where;
            break;
        case INSTANCE_STARTED:
            started[n_started++] = where;
            break;
        default:
            break;
        }
    }
    if ((v->show & SHOW_DETAIL) == 0) {
        const char *heading = "Started";

        if (r->promotable) {
            heading = configured_role(r) == ROLE_UNPROMOTED ? "Unpromoted (target-role)" : "Unpromoted";
        }
        active += list_names(&c, "Promoted", promoted, n_promoted);
        active += list_names(&c, heading, started, n_started);
        if ((v->show & SHOW_INACTIVE) != 0) {
            list_stopped(&c, active);
        }
    }
    if (c.open) {
        out_list_end(v->out);
    }
    free(promoted);
    free(started);
}

/* ---- bundles ---- */

static void replica_line(const struct status_view *v, const struct pe_replica *p)
{
    pe_rsc *shown = p->child != NULL ? p->child : p->container;
    struct text name = {NULL};
    const pe_node *node = p->container->running.n > 0 ? p->container->running.v[0] : shown->lock_node;
    char *line;

    text_add(&name, "%s", p->remote != NULL ? rsc_shown_name(p->remote) : rsc_shown_name(p->container));
    if (p->ipaddr != NULL) {
        text_add(&name, " (%s)", p->ipaddr);
    }
    line = status_primitive_text(v, shown, name.s, (v->show & SHOW_RSC_ONLY) == 0 ? node : NULL);
    out_list_item(v->out, NULL, "%s", line);
    free(line);
    free(name.s);
}

static void replica_detail(const struct status_view *v, const struct pe_replica *p, bool several)
{
    pe_rsc *const parts[] = {p->ip, p->child, p->container, p->remote};

    if (several) {
        out_list_item(v->out, NULL, "Replica[%d]", p->offset);
    }
    out_list_begin(v->out, NULL, NULL, "%s", "");
    for (int i = 0; i < 4; i++) {
        if (parts[i] != NULL) {
            status_resource(v, parts[i]);
        }
    }
    out_list_end(v->out);
}

static bool replica_shown(const struct status_view *v, const struct pe_replica *p)
{
    return rsc_runs_where_wanted(v, p->container) || p->container->running.n == 0;
}

static void bundle(const struct status_view *v, pe_rsc *r)
{
    const struct pe_bundle_data *b = r->bundle;

    out_list_begin(v->out, NULL, NULL, "Container bundle%s: %s [%s]%s%s", b->n > 1 ? " set" : "", r->id,
                   b->image, r->unique ? " (unique)" : "", r->managed ? "" : " (unmanaged)");
    for (uint32_t i = 0; i < b->n; i++) {
        if (!replica_shown(v, &b->replicas[i])) {
            continue;
        }
        if ((v->show & SHOW_DETAIL) != 0) {
            replica_detail(v, &b->replicas[i], b->n > 1);
        } else {
            replica_line(v, &b->replicas[i]);
        }
    }
    out_list_end(v->out);
}

/* ---- the list ---- */

void status_resource(const struct status_view *v, pe_rsc *r)
{
    if (v->out->kind == OUTPUT_XML) {
        resource_xml(v, r);
        return;
    }
    switch (r->variant) {
    case PE_PRIMITIVE:
        primitive(v, r);
        break;
    case PE_GROUP:
        group(v, r);
        break;
    case PE_CLONE:
        clone_rsc(v, r);
        break;
    case PE_BUNDLE:
        bundle(v, r);
        break;
    }
}

static const char *list_heading(unsigned show)
{
    if ((show & SHOW_BY_NODE) != 0) {
        return "Inactive Resources";
    }
    return (show & SHOW_INACTIVE) != 0 ? "Full List of Resources" : "Active Resources";
}

bool status_container_stands_for(const struct status_view *v, const pe_rsc *r)
{
    return pe_is_guest_conn(r) && !r->orphan && v->out->kind != OUTPUT_XML && (v->show & SHOW_DETAIL) == 0;
}

static bool listed(const struct status_view *v, pe_rsc *r)
{
    bool partial = pe_active(r, false);

    if (!status_rsc_wanted(v, r) || (r->orphan && !pe_active(r, true))) {
        return false;
    }
    if (status_container_stands_for(v, r)) {
        return false;
    }
    if ((v->show & SHOW_BY_NODE) != 0 && pe_active(r, true)) {
        return false;              /* shown below its node */
    }
    if ((v->show & SHOW_BRIEF) != 0 && r->variant == PE_PRIMITIVE) {
        return false;              /* counted in the brief lines */
    }
    if (!partial) {
        return (v->show & SHOW_INACTIVE) != 0;
    }
    /* a collective resource whose members are blocked where they are counts as running nowhere */
    for (uint32_t i = 0; i < r->running.n; i++) {
        if (status_node_wanted(v, r->running.v[i]->name)) {
            return true;
        }
    }
    return false;
}

bool status_resources(const struct status_view *v, bool always)
{
    const pe_sched *s = v->s;
    bool open = false, any = false;

    if ((v->show & SHOW_BY_NODE) != 0 && (v->show & SHOW_INACTIVE) == 0) {
        return false;
    }
    if ((v->show & SHOW_BRIEF) != 0 && (v->show & SHOW_BY_NODE) == 0 && v->out->kind != OUTPUT_XML) {
        out_list_begin(v->out, NULL, NULL, "%s", list_heading(v->show));
        open = true;
        any = status_brief(v, s->resources.v, s->resources.n);
    }
    for (uint32_t i = 0; i < s->resources.n; i++) {
        if (!listed(v, s->resources.v[i])) {
            continue;
        }
        if (!open) {
            out_list_begin(v->out, NULL, NULL, "%s", list_heading(v->show));
            open = true;
        }
        any = true;
        status_resource(v, s->resources.v[i]);
    }
    if (!any && always && !(v->out->kind == OUTPUT_XML && (v->show & SHOW_BY_NODE) != 0)) {
        if (!open) {
            out_list_begin(v->out, NULL, NULL, "%s", list_heading(v->show));
        }
        if (v->out->kind != OUTPUT_XML) {
            out_list_item(v->out, NULL, "%s",
                          (v->show & SHOW_BY_NODE) != 0 ? "No inactive resources" :
                          (v->show & SHOW_INACTIVE) != 0 ? "No resources" : "No active resources");
        }
        open = true;
    }
    if (open) {
        out_list_end(v->out);
    }
    return open;
}
