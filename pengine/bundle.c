/* Bundles: unpacking, and the resources they imply (scheduler input §7.5). */
#include "pengine/pe.h"

#include <stdio.h>
#include <stdlib.h>

#define DEFAULT_PORT "3121"

static void add_nvpair(pe_sched *s, xmlNode *block, const char *name, const char *value)
{
    xmlNode *pair = xml_add(block, "nvpair");

    xml_set(pair, "id", pe_safe_id(pe_printf(s, "%s-%s", xml_id(block), name)));
    xml_set(pair, "name", name);
    xml_set(pair, "value", value);
}

static xmlNode *new_primitive(pe_sched *s, const char *id, const char *type)
{
    xmlNode *xml = xml_add(s->priv->scratch, "primitive");

    xml_set(xml, "id", id);
    xml_set(xml, "class", "ocf");
    xml_set(xml, "provider", "heartbeat");
    xml_set(xml, "type", type);
    return xml;
}

static void add_monitor(pe_sched *s, xmlNode *xml)
{
    xmlNode *op = xml_add(xml_add(xml, "operations"), "op");

    xml_set(op, "id", pe_safe_id(pe_printf(s, "%s-monitor-60s", xml_id(xml))));
    xml_set(op, "interval", "60s");
    xml_set(op, "name", "monitor");
}

/* ---- configuration ---- */

static bool read_agent(pe_sched *s, pe_rsc *r, xmlNode **agent)
{
    static const char *const agents[] = {"docker", "rkt", "podman"};
    struct pe_bundle_data *b = r->bundle;
    const char *value;

    *agent = NULL;
    for (size_t i = 0; i < 3 && *agent == NULL; i++) {
        *agent = xml_first(r->xml, agents[i]);
        b->agent = agents[i];
    }
    if (*agent == NULL) {
        pe_config_error(s, __func__, "Bundle %s names no container technology (docker, rkt or podman)",
                        r->id);
        return false;
    }
    value = xml_get(*agent, "promoted-max");
    value = value != NULL ? value : xml_get(*agent, "masters");
    b->promoted_max = int_parse_min(value, 0);
    value = xml_get(*agent, "replicas");
    b->n_replicas = value == NULL ? (b->promoted_max > 0 ? b->promoted_max : 1) : int_parse_min(value, 1);
    if (b->n_replicas > PE_MAX_REPLICAS) {
        pe_config_error(s, __func__, "Bundle %s: replicas is %s, more than the %d supported: set a smaller "
                        "number", r->id, value != NULL ? value : "promoted-max", PE_MAX_REPLICAS);
        b->n_replicas = PE_MAX_REPLICAS;
    }
    b->per_host = int_parse_min(xml_get(*agent, "replicas-per-host"), 1);
    if (b->per_host == 1) {
        r->unique = false;
    }
    b->run_command = xml_get(*agent, "run-command");
    b->options = xml_get(*agent, "options");
    b->image = xml_get(*agent, "image");
    b->network = xml_get(*agent, "network");
    return true;
}

static void add_port(pe_sched *s, struct pe_bundle_data *b, uint32_t *cap, const char *source,
                     const char *target)
{
    if (b->n_ports == *cap) {
        b->ports = pe_grow(s, b->ports, cap, b->n_ports, sizeof(*b->ports));
    }
    b->ports[b->n_ports++] = (struct pe_port){source, target};
}

static void read_network(pe_sched *s, struct pe_bundle_data *b, xmlNode *network, uint32_t *cap)
{
    const char *add_host = xml_get(network, "add-host");

    b->add_host = add_host == NULL || bool_true(add_host);
    b->ip_start = xml_get(network, "ip-range-start");
    b->netmask = xml_get(network, "host-netmask");
    b->interface = xml_get(network, "host-interface");
    b->control_port = xml_get(network, "control-port");
    xml_foreach(port, network, "port-mapping") {
        const char *source = xml_get(port, "port"), *target = xml_get(port, "internal-port");

        if (source == NULL) {
            source = target = xml_get(port, "range");
        } else if (target == NULL) {
            target = source;
        }
        if (source != NULL && *source != '\0') {
            add_port(s, b, cap, source, target);
        }
    }
}

static void add_mount(pe_sched *s, struct pe_bundle_data *b, uint32_t *cap, const char *source,
                      const char *target, const char *options, bool per_replica)
{
    if (b->n_mounts == *cap) {
        b->mounts = pe_grow(s, b->mounts, cap, b->n_mounts, sizeof(*b->mounts));
    }
    b->mounts[b->n_mounts++] = (struct pe_mount){source, target, options, per_replica};
}

static bool read_storage(pe_sched *s, struct pe_bundle_data *b, xmlNode *storage, uint32_t *cap)
{
    bool need_log = true;

    xml_foreach(mount, storage, "storage-mapping") {
        const char *source = xml_get(mount, "source-dir"), *target = xml_get(mount, "target-dir");
        bool per_replica = source == NULL;

        if (per_replica) {
            source = xml_get(mount, "source-dir-root");
        }
        if (source != NULL && target != NULL) {
            add_mount(s, b, cap, source, target, xml_get(mount, "options"), per_replica);
            if (strcmp(target, "/var/log") == 0) {
                need_log = false;
            }
        } else {
            pe_error(s, "pe__unpack_bundle", "Invalid mount directive %s", xml_id(mount));
        }
    }
    return need_log;
}

/* ---- implicit clone ---- */

static void add_meta(pe_sched *s, xmlNode *block, const char *name, const char *value)
{
    add_nvpair(s, block, name, value);
}

static xmlNode *make_clone_xml(pe_sched *s, pe_rsc *r, xmlNode *primitive)
{
    struct pe_bundle_data *b = r->bundle;
    xmlNode *xml = xml_add(s->priv->scratch, "clone"), *block;

    xml_set(xml, "id", pe_safe_id(pe_printf(s, "%s-%s", r->id, b->promoted_max > 0 ? "master" : "clone")));
    block = xml_add(xml, "meta_attributes");
    xml_set(block, "id", pe_safe_id(pe_printf(s, "%s-%s-meta", r->id, "clone")));
    add_meta(s, block, "ordered", "true");
    add_meta(s, block, "clone-max", pe_printf(s, "%d", b->n_replicas));
    add_meta(s, block, "clone-node-max", pe_printf(s, "%d", b->per_host));
    add_meta(s, block, "globally-unique", b->per_host > 1 ? "true" : "false");
    if (b->promoted_max > 0) {
        add_meta(s, block, "promotable", "true");
        add_meta(s, block, "promoted-max", pe_printf(s, "%d", b->promoted_max));
    }
    xml_add_copy(xml, primitive);
    return xml;
}

/* ---- replicas ---- */

static const char *next_ip(pe_sched *s, const char *last)
{
    unsigned a, b, c, d;

    if (sscanf(last, "%u.%u.%u.%u", &a, &b, &c, &d) != 4) {
        return NULL;
    }
    if (c > 253) {
        return NULL;
    }
    if (d > 253) {
        c++;
        d = 1;
    } else {
        d++;
    }
    return pe_printf(s, "%u.%u.%u.%u", a, b, c, d);
}

static void assign_addresses(pe_sched *s, pe_rsc *r)
{
    struct pe_bundle_data *b = r->bundle;
    GString *hosts = g_string_new(NULL);
    const char *last = NULL;

    for (uint32_t i = 0; b->ip_start != NULL && i < b->n; i++) {
        struct pe_replica *p = &b->replicas[i];

        p->ipaddr = last == NULL ? b->ip_start : next_ip(s, last);
        if (p->ipaddr == NULL) {
            break;
        }
        last = p->ipaddr;
        if (strcmp(b->agent, "rkt") != 0 && b->add_host) {
            g_string_append_printf(hosts, " --add-host=%s-%d:%s", r->id, p->offset, p->ipaddr);
        } else {
            g_string_append_printf(hosts, " --hosts-entry=%s=%s-%d", p->ipaddr, r->id, p->offset);
        }
    }
    b->host_entries = pe_strdup(s, hosts->str);
    g_string_free(hosts, TRUE);
}

static void append_mounts(pe_sched *s, pe_rsc *r, const struct pe_replica *p, GString *opts, GString *dirs)
{
    struct pe_bundle_data *b = r->bundle;
    bool rkt = strcmp(b->agent, "rkt") == 0;

    for (uint32_t i = 0; i < b->n_mounts; i++) {
        const struct pe_mount *m = &b->mounts[i];
        const char *source = m->source;

        if (m->per_replica) {
            source = pe_printf(s, "%s/%s-%d", m->source, r->id, p->offset);
            g_string_append_printf(dirs, "%s%s", dirs->len > 0 ? "," : "", source);
        }
        if (rkt) {
            g_string_append_printf(opts,
                                   " --volume vol%u,kind=host,source=%s%s%s --mount volume=vol%u,target=%s",
                                   i, source, m->options != NULL ? "," : "",
                                   m->options != NULL ? m->options : "", i, m->target);
        } else {
            g_string_append_printf(opts, " -v %s:%s%s%s", source, m->target, m->options != NULL ? ":" : "",
                                   m->options != NULL ? m->options : "");
        }
    }
}

static void append_ports(const struct pe_bundle_data *b, const struct pe_replica *p, GString *opts)
{
    bool rkt = strcmp(b->agent, "rkt") == 0;

    for (uint32_t i = 0; i < b->n_ports; i++) {
        const struct pe_port *port = &b->ports[i];

        if (p->ipaddr != NULL) {
            if (rkt) {
                g_string_append_printf(opts, " --port=%s:%s:%s", port->target, p->ipaddr, port->source);
            } else {
                g_string_append_printf(opts, " -p %s:%s:%s", p->ipaddr, port->source, port->target);
            }
        } else if (rkt || b->network == NULL || strcmp(b->network, "host") != 0) {
            if (rkt) {
                g_string_append_printf(opts, " --port=%s:%s", port->target, port->source);
            } else {
                g_string_append_printf(opts, " -p %s:%s", port->source, port->target);
            }
        }
    }
}

static char *run_options(pe_sched *s, pe_rsc *r, const struct pe_replica *p, GString *dirs)
{
    struct pe_bundle_data *b = r->bundle;
    bool rkt = strcmp(b->agent, "rkt") == 0;
    const char *env = rkt ? "--environment=" : "-e ";
    GString *o = g_string_new(NULL);
    char *result;

    if (strcmp(b->agent, "docker") == 0) {
        g_string_append(o, " --restart=no");
    }
    if (b->ip_start != NULL) {
        g_string_append_printf(o, rkt ? " --hostname=%s-%d" : " -h %s-%d", r->id, p->offset);
    }
    g_string_append_printf(o, " %sPCMK_stderr=1", env);
    if (b->network != NULL) {
        g_string_append_printf(o, " --net=%s", b->network);
    }
    g_string_append_printf(o, " %sPCMK_remote_port=%s", env,
                           b->control_port != NULL ? b->control_port : DEFAULT_PORT);
    append_mounts(s, r, p, o, dirs);
    append_ports(b, p, o);
    if (b->options != NULL) {
        g_string_append_printf(o, " %s", b->options);
    }
    g_string_append_printf(o, " %s", b->host_entries);
    result = pe_strdup(s, o->str);
    g_string_free(o, TRUE);
    return result;
}

static bool make_container(pe_sched *s, pe_rsc *r, struct pe_replica *p)
{
    struct pe_bundle_data *b = r->bundle;
    GString *dirs = g_string_new(NULL);
    xmlNode *xml, *block;

    xml = new_primitive(s, pe_safe_id(pe_printf(s, "%s-%s-%d", r->id, b->agent, p->offset)), b->agent);
    block = xml_add(xml, "instance_attributes");
    xml_set(block, "id", pe_safe_id(pe_printf(s, "%s-attributes-%d", r->id, p->offset)));
    add_nvpair(s, block, "image", b->image != NULL ? b->image : "");
    add_nvpair(s, block, "allow_pull", "true");
    add_nvpair(s, block, "force_kill", "false");
    add_nvpair(s, block, "reuse", "false");
    add_nvpair(s, block, "run_opts", run_options(s, r, p, dirs));
    add_nvpair(s, block, "mount_points", dirs->str);
    g_string_free(dirs, TRUE);
    if (p->child != NULL) {
        add_nvpair(s, block, "run_cmd",
                   b->run_command != NULL ? b->run_command : "/usr/sbin/pacemaker-remoted");
        add_nvpair(s, block, "monitor_cmd", "/bin/true");
    } else {
        if (b->run_command != NULL) {
            add_nvpair(s, block, "run_cmd", b->run_command);
        }
        add_nvpair(s, block, "monitor_cmd", "/bin/true");
    }
    add_monitor(s, xml);
    p->container = pe_unpack_rsc(s, xml, r, -1);
    if (p->container == NULL) {
        return false;
    }
    PE_PUSH(s, &r->children, p->container);
    return true;
}

static bool make_ip(pe_sched *s, pe_rsc *r, struct pe_replica *p)
{
    struct pe_bundle_data *b = r->bundle;
    xmlNode *xml, *block;

    if (b->ip_start == NULL) {
        return true;
    }
    if (p->ipaddr == NULL) {
        pe_config_error(s, __func__, "Bundle %s: the address range starting at %s is too small", r->id,
                        b->ip_start);
        return false;
    }
    xml = new_primitive(s, pe_safe_id(pe_printf(s, "%s-ip-%s", r->id, p->ipaddr)), "IPaddr2");
    block = xml_add(xml, "instance_attributes");
    xml_set(block, "id", pe_safe_id(pe_printf(s, "%s-attributes-%d", r->id, p->offset)));
    add_nvpair(s, block, "ip", p->ipaddr);
    if (b->interface != NULL) {
        add_nvpair(s, block, "nic", b->interface);
    }
    add_nvpair(s, block, "cidr_netmask", b->netmask != NULL ? b->netmask : "32");
    add_monitor(s, xml);
    p->ip = pe_unpack_rsc(s, xml, r, -1);
    if (p->ip == NULL) {
        return false;
    }
    PE_PUSH(s, &r->children, p->ip);
    return true;
}

/* No resource but the replica's own may ever run on a bundle node. */
static void disallow(pe_sched *s, pe_rsc *r, pe_node *n)
{
    struct pe_entry *e = pe_entry_of(&r->allowed, n);

    if (e != NULL) {
        e->score = -SCORE_INF;
        e->discover = DISCOVER_NEVER;
    }
    for (uint32_t i = 0; i < r->children.n; i++) {
        disallow(s, r->children.v[i], n);
    }
}

static bool make_remote(pe_sched *s, pe_rsc *r, struct pe_replica *p)
{
    struct pe_bundle_data *b = r->bundle;
    const char *id, *port = b->control_port != NULL ? b->control_port : DEFAULT_PORT;
    struct pe_entry *e;
    xmlNode *xml;

    if (p->child == NULL) {
        return true;
    }
    id = pe_printf(s, "%s-%d", r->id, p->offset);
    if (pe_rsc_by_id(s, id) != NULL) {
        id = pe_printf(s, "pcmk-internal-%s-remote-%d", p->child->id, p->offset);
    }
    xml = pe_make_connection_xml(s, id, p->container->id, NULL, NULL, NULL,
                                 p->ipaddr != NULL ? p->ipaddr : "#uname", port);
    p->node = pe_node_by_id(s, id);
    if (p->node == NULL) {
        p->node = pe_node_new(s, id, id, PE_REMOTE, "-INFINITY");
    } else {
        p->node->score = -SCORE_INF;
    }
    p->node->discover = DISCOVER_NEVER;
    for (uint32_t i = 0; i < s->resources.n; i++) {
        disallow(s, s->resources.v[i], p->node);
    }
    p->child->allowed = (struct pe_node_table){0};
    e = pe_entry_add(s, &p->child->allowed, p->node);
    e->score = 500;
    e->discover = DISCOVER_EXCLUSIVE;
    e = pe_entry_add(s, &b->child->allowed, p->node);
    e->score = -SCORE_INF;
    p->remote = pe_unpack_rsc(s, xml, r, -1);
    if (p->remote == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < s->nodes.n; i++) {
        e = pe_own_entry(s, &p->remote->allowed, s->nodes.v[i]);
        if (e != NULL && s->nodes.v[i]->type == PE_REMOTE) {
            e->score = -SCORE_INF;
        }
    }
    p->node->conn = p->remote;
    p->remote->container = p->container;
    p->container->is_container = true;
    PE_PUSH(s, &p->container->fillers, p->remote);
    pe_table_set(s, &p->node->attrs, "#kind", "container");
    p->remote->nested_ok = true;
    PE_PUSH(s, &r->children, p->remote);
    return true;
}

static bool make_replica(pe_sched *s, pe_rsc *r, struct pe_replica *p)
{
    if (!make_container(s, r, p) || !make_ip(s, r, p) || !make_remote(s, r, p)) {
        return false;
    }
    if (p->child != NULL && p->ipaddr != NULL) {
        pe_table_add(s, &p->child->meta, "external-ip", p->ipaddr);
    }
    if (p->child != NULL) {
        struct pe_table swap = p->child->utilization;

        p->child->utilization = p->container->utilization;
        p->container->utilization = swap;
    }
    return true;
}

static bool unpack_child(pe_sched *s, pe_rsc *r, xmlNode *primitive, uint32_t *mount_cap, uint32_t *port_cap,
                         bool need_log)
{
    struct pe_bundle_data *b = r->bundle;
    uint32_t i = 0;

    if (b->ip_start == NULL && b->control_port == NULL) {
        pe_error(s, "pe__unpack_bundle", "Cannot control %s inside %s without either ip-range-start or "
                 "control-port", r->id, xml_id(primitive));
        return false;
    }
    if (b->ip_start == NULL && b->per_host > 1) {
        pe_error(s, "valid_network", "Specifying the 'control-port' for %s requires 'replicas-per-host=1'",
                 r->id);
        b->per_host = 1;
    }
    b->child = pe_unpack_rsc(s, make_clone_xml(s, r, primitive), r, -1);
    if (b->child == NULL) {
        return false;
    }
    add_mount(s, b, mount_cap, "/etc/pacemaker/authkey", "/etc/pacemaker/authkey", NULL, false);
    if (need_log) {
        add_mount(s, b, mount_cap, "/var/log/pacemaker/bundles", "/var/log", NULL, true);
    }
    add_port(s, b, port_cap, b->control_port != NULL ? b->control_port : DEFAULT_PORT,
             b->control_port != NULL ? b->control_port : DEFAULT_PORT);
    b->n = b->child->children.n;
    b->replicas = pe_alloc(s, b->n * sizeof(*b->replicas));
    for (i = 0; i < b->n; i++) {
        pe_rsc *child = b->child->children.v[i];

        child->exclusive = true;
        b->replicas[i] = (struct pe_replica){.child = child, .offset = (int)i};
        if (child->notify) {
            b->child->notify = true;
        }
        if (b->attribute_target == NULL) {
            b->attribute_target = pe_meta(child, "container-attribute-target");
            if (b->attribute_target != NULL) {
                pe_table_set(s, &r->meta, "container-attribute-target", b->attribute_target);
                pe_table_set(s, &b->child->meta, "container-attribute-target", b->attribute_target);
            }
        }
    }
    return true;
}

bool pe_unpack_bundle(pe_sched *s, pe_rsc *r)
{
    struct pe_bundle_data *b = pe_alloc(s, sizeof(*b));
    uint32_t mount_cap = 0, port_cap = 0;
    xmlNode *agent, *primitive;
    bool need_log;

    r->bundle = b;
    b->add_host = true;
    if (!read_agent(s, r, &agent)) {
        return false;
    }
    if (xml_first(r->xml, "network") != NULL) {
        read_network(s, b, xml_first(r->xml, "network"), &port_cap);
    }
    need_log = read_storage(s, b, xml_first(r->xml, "storage"), &mount_cap);
    primitive = xml_first(r->xml, "primitive");
    if (primitive != NULL) {
        if (!unpack_child(s, r, primitive, &mount_cap, &port_cap, need_log)) {
            return false;
        }
    } else {
        b->n = (uint32_t)b->n_replicas;
        b->replicas = pe_alloc(s, b->n * sizeof(*b->replicas));
        for (uint32_t i = 0; i < b->n; i++) {
            b->replicas[i].offset = (int)i;
        }
    }
    assign_addresses(s, r);
    for (uint32_t i = 0; i < b->n; i++) {
        if (!make_replica(s, r, &b->replicas[i])) {
            pe_config_error(s, __func__, "Bundle %s: replica %u cannot be created", r->id, i);
            return false;
        }
    }
    if (b->child != NULL) {
        PE_PUSH(s, &r->children, b->child);
    }
    return true;
}

/* ---- questions ---- */

pe_rsc *pe_bundle_of(const pe_rsc *r)
{
    for (; r != NULL; r = r->parent) {
        if (r->variant == PE_BUNDLE) {
            return (pe_rsc *)r;
        }
    }
    return NULL;
}

struct pe_replica *pe_replica_of_container(const pe_rsc *bundle, const pe_rsc *container)
{
    for (uint32_t i = 0; i < bundle->bundle->n; i++) {
        if (bundle->bundle->replicas[i].container == container) {
            return &bundle->bundle->replicas[i];
        }
    }
    return NULL;
}

struct pe_replica *pe_replica_on_node(const pe_rsc *bundle, const pe_node *node)
{
    for (uint32_t i = 0; i < bundle->bundle->n; i++) {
        if (bundle->bundle->replicas[i].node == node) {
            return &bundle->bundle->replicas[i];
        }
    }
    return NULL;
}

bool pe_needs_uname_addr(const pe_rsc *r)
{
    struct pe_replica *p;
    const char *addr;

    if (!r->is_conn || r->parent == NULL || r->parent->variant != PE_BUNDLE) {
        return false;
    }
    p = NULL;
    for (uint32_t i = 0; i < r->parent->bundle->n; i++) {
        if (r->parent->bundle->replicas[i].remote == r) {
            p = &r->parent->bundle->replicas[i];
        }
    }
    addr = p == NULL ? NULL : p->ipaddr;
    return p != NULL && addr == NULL;
}

const char *pe_remote_addr(pe_sched *s, pe_rsc *r, struct pe_table *params)
{
    const pe_rsc *container = r->container;
    pe_node *host;

    if (!pe_needs_uname_addr(r) || container == NULL) {
        return NULL;
    }
    host = container->assigned != NULL ? container->assigned :
        container->running.n > 0 ? container->running.v[0] : NULL;
    if (host == NULL) {
        return NULL;
    }
    if (params != NULL) {
        pe_table_set(s, params, "addr", host->name);
    }
    return host->name;
}
