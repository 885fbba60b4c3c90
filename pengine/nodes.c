/* Nodes: creation, attributes, availability, order of preference (scheduler input §6, decisions §9.2). */
#include "pacemaker/common/table_order.h"
#include "pengine/pe.h"

#include <ctype.h>
#include <stdlib.h>

bool pe_is_remote(const pe_node *n)
{
    return n->type == PE_REMOTE && (n->conn == NULL || n->conn->container == NULL);
}

bool pe_is_guest(const pe_node *n)
{
    return n->type == PE_REMOTE && n->conn != NULL && n->conn->container != NULL;
}

pe_rsc *pe_node_container(const pe_node *n)
{
    return n->conn != NULL ? n->conn->container : NULL;
}

bool pe_is_bundle_node(const pe_node *n)
{
    return pe_is_guest(n) && n->conn->parent != NULL && n->conn->parent->variant == PE_BUNDLE;
}

/* Numbers inside names count as numbers. */
int pe_compare_node_names(const char *a, const char *b)
{
    while (*a != '\0' && *b != '\0') {
        if (isdigit((unsigned char)*a) && isdigit((unsigned char)*b)) {
            size_t n = strspn(a, "0123456789"), m = strspn(b, "0123456789"), zn = strspn(a, "0"),
                   zm = strspn(b, "0");
            size_t dn = n - (zn < n ? zn : n), dm = m - (zm < m ? zm : m);
            int order = dn != dm ? (dn < dm ? -1 : 1) : strncmp(a + n - dn, b + m - dm, dn);

            if (order != 0) {
                return order < 0 ? -1 : 1;
            }
            if (n != m) {
                return n < m ? -1 : 1;
            }
            a += n;
            b += m;
            continue;
        }
        int x = tolower((unsigned char)*a), y = tolower((unsigned char)*b);

        if (x != y) {
            return x < y ? -1 : 1;
        }
        a++;
        b++;
    }
    return *a == *b ? 0 : *a == '\0' ? -1 : 1;
}

/* Tables of nodes are keyed by id: of several nodes with one id (a cluster node's id may be a guest's name)
 * all share the entry, which stands for the one that comes first in the list of nodes. */
static void index_node(pe_sched *s, pe_node *n, char *key)
{
    const pe_node *other = g_hash_table_lookup(s->priv->node_ids, key);
    bool shared = other != NULL && strcmp(other->id, n->id) == 0;

    n->index = shared ? other->index : s->nodes_by_index.n;
    if (!shared) {
        PE_PUSH(s, &s->nodes_by_index, n);
    } else if (pe_compare_node_names(other->name, n->name) < 0) {
        g_free(key);
        return;
    } else if (s->resources.n == 0) {       /* later there are entries already, which stay what they are */
        s->nodes_by_index.v[n->index] = n;
    }
    g_hash_table_insert(s->priv->node_ids, key, n);
}

pe_node *pe_node_new(pe_sched *s, const char *id, const char *name, enum pe_node_type type, const char *score)
{
    pe_node *n = pe_alloc(s, sizeof(*n));
    uint32_t at = 0, end = s->nodes.n;

    if (pe_node_by_name(s, name) != NULL) {
        pe_config_warn(s, "pe_create_node", "More than one node entry has name '%s'", name);
    }
    n->id = id;
    n->name = name;
    n->type = type;
    n->score = score_parse(score, &s->health);
    n->discovery_enabled = true;
    n->discover = DISCOVER_ALWAYS;
    index_node(s, n, g_ascii_strdown(id, -1));
    if (type == PE_REMOTE) {
        s->have_remotes = true;
    }
    pe_table_set(s, &n->attrs, "#kind", type == PE_REMOTE ? "remote" : "cluster");
    {
        char *key = g_ascii_strdown(name, -1);

        if (g_hash_table_contains(s->priv->node_names, key)) {
            g_free(key);
        } else {
            g_hash_table_insert(s->priv->node_names, key, n);
        }
    }
    while (at < end) {
        uint32_t middle = at + (end - at) / 2;

        if (pe_compare_node_names(s->nodes.v[middle]->name, name) < 0) {
            at = middle + 1;
        } else {
            end = middle;
        }
    }
    PE_PUSH(s, &s->nodes, n);
    memmove(&s->nodes.v[at + 1], &s->nodes.v[at], (s->nodes.n - 1 - at) * sizeof(*s->nodes.v));
    s->nodes.v[at] = n;
    return n;
}

struct pe_entry *pe_own_entry(const pe_sched *s, const struct pe_node_table *t, const pe_node *n)
{
    return s->nodes_by_index.v[n->index] == n ? pe_entry_of(t, n) : NULL;
}

void pe_node_startup_fencing(pe_sched *s, pe_node *n)
{
    if (n->type == PE_REMOTE && n->conn == NULL) {
        return;
    }
    n->unclean = s->startup_fencing;
    n->unseen = true;
}

static const char *node_attribute(void *arg, const char *name)
{
    return pe_attr(arg, name);
}

const char *pe_attr(const pe_node *n, const char *name)
{
    return pe_table_get(&n->attrs, name);
}

const char *pe_node_attr(pe_sched *s, pe_node *n, const char *name, pe_rsc *r)
{
    if (r != NULL && pe_node_container(n) != NULL) {
        const char *target = pe_meta(r, "container-attribute-target");

        if (target != NULL && strcasecmp(target, "host") == 0) {
            n = pe_current(pe_node_container(n), NULL, NULL);
            if (n == NULL) {
                return NULL;
            }
        }
    }
    return pe_attr(n, name);
}

void pe_node_attributes(pe_sched *s, pe_node *n, xmlNode *element, bool overwrite)
{
    struct rule_context ctx = pe_rule_context(s);
    const char *site;

    ctx.node_attribute = node_attribute;
    ctx.node = n;
    pe_table_set(s, &n->attrs, "#uname", n->name);
    pe_table_set(s, &n->attrs, "#id", n->id);
    if (s->dc_uuid != NULL && strcasecmp(n->id, s->dc_uuid) == 0) {
        s->dc = n;
        n->is_dc = true;
    }
    pe_table_set(s, &n->attrs, "#is_dc", n->is_dc ? "true" : "false");
    if (s->cluster_name != NULL) {
        pe_table_set(s, &n->attrs, "#cluster-name", s->cluster_name);
    }
    pe_unpack_table(s, element, "instance_attributes", &ctx, overwrite, &n->attrs);
    pe_unpack_table(s, element, "utilization", &ctx, overwrite, &n->utilization);
    site = pe_table_get(&n->attrs, "#site-name");
    if (site == NULL) {
        site = pe_table_get(&n->attrs, "site-name");
        site = site != NULL ? site : s->cluster_name;
        if (site != NULL) {
            pe_table_set(s, &n->attrs, "#site-name", site);
        }
    }
}

static void report_ping(pe_sched *s, const char *name, const char *type)
{
    if (strcasecmp(type, "ping") != 0) {
        pe_config_warn(s, "pe_create_node", "Node %s has unrecognized type '%s', assuming 'ping'", name,
                       type);
    }
    pe_warn_once(s, PE_ONCE_PING, "pe_create_node", "Support for nodes of type 'ping' (such as %s) is "
                 "deprecated and will be removed in a future release", name);
}

void pe_unpack_nodes(pe_sched *s)
{
    xml_foreach(xml, xml_first(s->priv->config, "nodes"), "node") {
        const char *id = xml_id(xml), *name = xml_get(xml, "uname"), *type = xml_get(xml, "type");
        enum pe_node_type kind = PE_PING;
        pe_node *n;

        if (id == NULL) {
            pe_config_error(s, "unpack_nodes", "Ignoring <node> entry in configuration without id");
            continue;
        }
        if (s->nodes.n >= PE_MAX_NODES) {
            pe_config_error(s, __func__, "Ignoring node '%s': more than %u nodes", id, PE_MAX_NODES);
            break;
        }
        if (type == NULL || strcasecmp(type, "member") == 0) {
            kind = PE_MEMBER;
        } else if (strcasecmp(type, "remote") == 0) {
            kind = PE_REMOTE;
        } else {
            report_ping(s, name != NULL ? name : id, type);
        }
        n = pe_node_new(s, id, name != NULL ? name : id, kind, xml_get(xml, "score"));
        pe_node_startup_fencing(s, n);
        pe_node_attributes(s, n, xml, false);
    }
}

bool pe_node_available(const pe_node *n, int score, bool consider_score)
{
    return n->online && !n->shutdown && !n->unclean && !n->standby && !n->maintenance &&
           (!consider_score || score >= 0);
}

bool pe_guest_can_run(const pe_node *n)
{
    return !pe_is_guest(n) || pe_where_is(n->conn->container, WHERE_NEXT) != NULL;
}

bool pe_entry_available(const struct pe_node_table *t, const pe_node *n, bool consider_score)
{
    const struct pe_entry *e = pe_entry_of(t, n);

    return e != NULL && pe_node_available(n, e->score, consider_score);
}

bool pe_any_available(pe_sched *s, const struct pe_node_table *t, bool consider_score)
{
    for (uint32_t i = 0; i < t->n; i++) {
        if (t->e[i].present && pe_node_available(s->nodes_by_index.v[i], t->e[i].score, consider_score)) {
            return true;
        }
    }
    return false;
}

static int number_of(const struct pe_table *t, const char *name)
{
    return (int)int_parse(pe_table_get(t, name), 0);
}

/* Negative when a has more free capacity than b. */
int pe_compare_capacity(const pe_node *a, const pe_node *b)
{
    int result = 0;

    for (uint32_t i = 0; i < a->utilization.n; i++) {
        const struct pe_pair *p = &a->utilization.pairs[i];

        if (p->value != NULL) {
            int x = (int)int_parse(p->value, 0), y = number_of(&b->utilization, p->name);

            result += x > y ? -1 : x < y;
        }
    }
    for (uint32_t i = 0; i < b->utilization.n; i++) {
        const struct pe_pair *p = &b->utilization.pairs[i];

        if (p->value != NULL && pe_table_get(&a->utilization, p->name) == NULL) {
            int y = (int)int_parse(p->value, 0);

            result += y > 0 ? 1 : y < 0 ? -1 : 0;
        }
    }
    return result;
}

GHashTable *pe_hashed_nodes(pe_sched *s, const struct pe_node_table *t)
{
    GHashTable *h = g_hash_table_new(table_order_hash, g_str_equal);

    for (uint32_t seq = 1; seq <= t->next_seq; seq++) {
        for (uint32_t i = 0; i < t->n; i++) {
            if (t->e[i].present && t->e[i].seq == seq) {
                g_hash_table_insert(h, (char *)s->nodes_by_index.v[i]->id, s->nodes_by_index.v[i]);
            }
        }
    }
    return h;
}

struct node_order {
    pe_sched *s;
    const struct pe_node_table *table;
    pe_node *active;
};

static int weight(const struct node_order *o, const pe_node *n)
{
    int score = o->table->e[n->index].score;

    return pe_node_available(n, score, false) ? score : -SCORE_INF;
}

static int compare_nodes(const void *va, const void *vb, void *arg)
{
    const pe_node *a = va, *b = vb;
    const struct node_order *o = arg;
    int x = weight(o, a), y = weight(o, b);

    if (x != y) {
        return x > y ? -1 : 1;
    }
    if (o->s->placement == PLACE_MINIMAL) {
        return strcmp(a->name, b->name);
    }
    if (o->s->placement == PLACE_BALANCED) {
        int order = pe_compare_capacity(a, b);

        if (order != 0) {
            return order;
        }
    }
    if (a->n_assigned != b->n_assigned) {
        return a->n_assigned < b->n_assigned ? -1 : 1;
    }
    if (a == o->active) {
        return -1;
    }
    if (b == o->active) {
        return 1;
    }
    return strcmp(a->name, b->name);
}

void pe_sort_node_list(pe_sched *s, const struct pe_node_table *t, pe_node *active, pe_node **list,
                       uint32_t n)
{
    struct node_order order = {s, t, active};

    pe_sort((void **)list, n, compare_nodes, &order);
}

uint32_t pe_sort_nodes(pe_sched *s, const struct pe_node_table *t, pe_node *active, pe_node **out)
{
    uint32_t n = 0;

    /* capacities do not compare transitively: where the sort starts matters */
    if (s->placement == PLACE_BALANCED) {
        GHashTable *hashed = pe_hashed_nodes(s, t);
        GList *list = g_hash_table_get_values(hashed);

        for (const GList *at = list; at != NULL; at = at->next) {
            out[n++] = at->data;
        }
        g_list_free(list);
        g_hash_table_destroy(hashed);
    }
    for (uint32_t i = 0; i < s->nodes.n && s->placement != PLACE_BALANCED; i++) {
        if (pe_own_entry(s, t, s->nodes.v[i]) != NULL) {
            out[n++] = s->nodes.v[i];
        }
    }
    pe_sort_node_list(s, t, active, out, n);
    return n;
}

/* A guest is fenced by stopping its container, wherever that runs. */
static bool can_fence_guest(pe_sched *s, pe_node *guest)
{
    const pe_rsc *container = guest->conn->container;
    bool can = true;

    if (guest->asked) {         /* guests may be recorded as each other's hosts */
        return false;
    }
    guest->asked = true;
    for (uint32_t i = 0; can && i < container->running.n; i++) {
        can = container->running.v[i]->online || pe_can_fence(s, container->running.v[i]);
    }
    guest->asked = false;
    return can;
}

bool pe_can_fence(pe_sched *s, pe_node *n)
{
    if (pe_is_guest(n)) {
        return can_fence_guest(s, n);
    }
    if (!s->stonith_enabled || !s->fence_device_exists) {
        return false;
    }
    if (s->quorum || s->no_quorum_policy == QUORUM_IGNORE) {
        return true;
    }
    if (n->online) {
        pe_message(s, PE_NOTICE, "pe_can_fence", "We can fence %s without quorum because they're in our "
                   "membership", n->name);
    }
    return n->online;
}

int pe_node_health(const pe_sched *s, const pe_node *n)
{
    int result = 1;

    if (strcasecmp(s->health_strategy, "none") == 0) {
        return 1;
    }
    for (uint32_t i = 0; i < n->attrs.n; i++) {
        const struct pe_pair *p = &n->attrs.pairs[i];
        int one = 1;

        if (p->value == NULL || strncmp(p->name, "#health", 7) != 0) {
            continue;
        }
        if (strcasecmp(p->value, "red") == 0) {
            one = -1;
        } else if (strcasecmp(p->value, "yellow") == 0) {
            one = 0;
        } else {                        /* "green" is the score configured for it */
            int score = score_parse(p->value, &s->health);

            bool yellow = score <= s->health.yellow && s->health.yellow != s->health.green;

            one = score <= s->health.red ? -1 : yellow ? 0 : 1;
        }
        result = one < result ? one : result;
    }
    return result;
}
