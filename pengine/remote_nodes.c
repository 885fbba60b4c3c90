/* Remote and guest nodes: implied by resources, and linked to them (scheduler input §6.3 - §6.5). */
#include "pengine/pe.h"

static void add_nvpair(xmlNode *block, pe_sched *s, const char *name, const char *value)
{
    xmlNode *pair = xml_add(block, "nvpair");

    xml_set(pair, "id", pe_printf(s, "%s-%s", xml_id(block), name));
    xml_set(pair, "name", name);
    xml_set(pair, "value", value);
}

static void add_op(xmlNode *list, pe_sched *s, const char *prefix, const char *task, const char *interval,
                   const char *timeout)
{
    xmlNode *op = xml_add(list, "op");

    xml_set(op, "id", pe_printf(s, "%s-%s-%s", prefix, task, interval));
    xml_set(op, "interval", interval);
    xml_set(op, "name", task);
    if (timeout != NULL) {
        xml_set(op, "timeout", timeout);
    }
}

xmlNode *pe_make_connection_xml(pe_sched *s, const char *name, const char *container, const char *migratable,
                                const char *managed, const char *start_timeout, const char *server,
                                const char *port)
{
    xmlNode *xml = xml_add(s->priv->scratch, "primitive"), *block;

    xml_set(xml, "id", name);
    xml_set(xml, "class", "ocf");
    xml_set(xml, "provider", "pacemaker");
    xml_set(xml, "type", "remote");
    block = xml_add(xml, "meta_attributes");
    xml_set(block, "id", pe_printf(s, "%s-meta_attributes", name));
    add_nvpair(block, s, "internal_rsc", "true");
    if (container != NULL) {
        add_nvpair(block, s, "container", container);
    }
    if (migratable != NULL) {
        add_nvpair(block, s, "allow-migrate", migratable);
    }
    if (managed != NULL) {
        add_nvpair(block, s, "is-managed", managed);
    }
    if (server != NULL || port != NULL) {
        block = xml_add(xml, "instance_attributes");
        xml_set(block, "id", pe_printf(s, "%s-instance_attributes", name));
        if (server != NULL) {
            add_nvpair(block, s, "addr", server);
        }
        if (port != NULL) {
            add_nvpair(block, s, "port", port);
        }
    }
    block = xml_add(xml, "operations");
    add_op(block, s, name, "monitor", "30s", "30s");
    if (start_timeout != NULL) {
        add_op(block, s, name, "start", "0", start_timeout);
    }
    return xml;
}

struct guest {
    const char *name, *addr, *port, *timeout, *migrate, *managed;
};

static void read_guest(xmlNode *primitive, struct guest *g)
{
    *g = (struct guest){.timeout = "60s"};
    xml_foreach(block, primitive, "meta_attributes") {
        xml_foreach(pair, block, "nvpair") {
            const char *name = xml_get(pair, "name"), *value = xml_get(pair, "value");

            if (name == NULL) {
                continue;
            }
            if (strcmp(name, "remote-node") == 0) {
                g->name = value;
            } else if (strcmp(name, "remote-addr") == 0) {
                g->addr = value;
            } else if (strcmp(name, "remote-port") == 0) {
                g->port = value;
            } else if (strcmp(name, "remote-connect-timeout") == 0) {
                g->timeout = value;
            } else if (strcmp(name, "remote-allow-migrate") == 0) {
                g->migrate = value;
            } else if (strcmp(name, "is-managed") == 0) {
                g->managed = value;
            }
        }
    }
}

static bool is_connection_xml(const xmlNode *xml)
{
    const char *class = xml_get(xml, "class"), *provider = xml_get(xml, "provider"),
               *type = xml_get(xml, "type");

    return class != NULL && provider != NULL && type != NULL && strcasecmp(class, "ocf") == 0 &&
           strcasecmp(provider, "pacemaker") == 0 && strcasecmp(type, "remote") == 0;
}

static void need_node(pe_sched *s, const char *name)
{
    if (name != NULL && pe_node_by_name(s, name) == NULL) {
        pe_node_new(s, name, name, PE_REMOTE, NULL);
    }
}

static void add_virtual(pe_sched *s, xmlNode *xml, uint32_t *n, uint32_t *cap)
{
    if (*n + 2 > *cap) {
        s->priv->virtual_conns = pe_grow(s, s->priv->virtual_conns, cap, *cap, sizeof(xmlNode *));
    }
    s->priv->virtual_conns[(*n)++] = xml;
    s->priv->virtual_conns[*n] = NULL;
}

static void unpack_guest(pe_sched *s, xmlNode *primitive, uint32_t *n, uint32_t *cap)
{
    struct guest g;
    xmlNode *connection;

    read_guest(primitive, &g);
    if (g.name == NULL || *g.name == '\0' || xml_id(primitive) == NULL) {
        return;
    }
    if (xml_find(s->priv->resources, NULL, "id", g.name) != NULL) {
        return;
    }
    connection = pe_make_connection_xml(s, g.name, xml_id(primitive), g.migrate, g.managed, g.timeout,
                                        g.addr, g.port);
    add_virtual(s, connection, n, cap);
    need_node(s, g.name);
}

void pe_unpack_remote_nodes(pe_sched *s)
{
    uint32_t n = 0, cap = 0;

    xml_foreach(xml, s->priv->resources, NULL) {
        if (is_connection_xml(xml)) {       /* a template of connections makes a node of its name, too */
            need_node(s, xml_id(xml));
        } else if (xml_is(xml, "primitive")) {
            unpack_guest(s, xml, &n, &cap);
        } else if (xml_is(xml, "group")) {
            xml_foreach(member, xml, "primitive") {
                unpack_guest(s, member, &n, &cap);
            }
        }
    }
}

void pe_link_connection(pe_sched *s, pe_rsc *conn)
{
    pe_node *n = pe_node_by_name(s, conn->id);

    if (!conn->is_conn || n == NULL) {
        return;
    }
    n->conn = conn;
    if (conn->container == NULL) {
        pe_node_startup_fencing(s, n);
    } else {
        pe_table_set(s, &n->attrs, "#kind", "container");
    }
}

static void link_container(pe_sched *s, pe_rsc *r)
{
    const char *name;
    pe_rsc *container;

    for (uint32_t i = 0; i < r->children.n; i++) {
        link_container(s, r->children.v[i]);
    }
    if (r->children.n > 0) {
        return;
    }
    name = pe_meta(r, "container");
    if (name == NULL || strcmp(name, r->id) == 0) {
        return;
    }
    container = pe_rsc_by_id(s, name);
    if (container == NULL) {
        pe_error(s, "setup_container", "Resource %s: Unknown resource container (%s)", r->id, name);
        return;
    }
    for (const pe_rsc *up = container; up != NULL; up = up->container) {
        if (up == r) {
            pe_config_error(s, __func__, "Resource %s: the container '%s' is contained in the resource "
                            "itself", r->id, name);
            return;
        }
    }
    r->container = container;
    container->is_container = true;
    PE_PUSH(s, &container->fillers, r);
}

void pe_link_containers(pe_sched *s)
{
    for (uint32_t i = 0; i < s->resources.n; i++) {
        pe_rsc *r = s->resources.v[i];

        link_container(s, r);
        pe_link_connection(s, r);
    }
}
