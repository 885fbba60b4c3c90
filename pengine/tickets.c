/* Ticket constraints (decisions §5). */
#include "pengine/pe.h"

static bool wrong_role(const pe_rsc *r, enum pcmk_role role)
{
    return role != ROLE_UNKNOWN && role != r->role;
}

static void lost(pe_sched *s, pe_rsc *r, const struct pe_ticket_constraint *c)
{
    switch (c->policy) {
        case LOSS_STOP:
            pe_ban(s, r, NULL, "its ticket is not granted");
            break;
        case LOSS_DEMOTE:
            if (c->role != ROLE_PROMOTED) {
                pe_ban(s, r, NULL, "its ticket is not granted");
            }
            break;
        case LOSS_FENCE:
            if (wrong_role(r, c->role)) {
                return;
            }
            pe_ban(s, r, NULL, "its ticket is not granted");
            for (uint32_t i = 0; i < r->running.n; i++) {
                pe_fence_request(s, r->running.v[i], "deadman ticket was lost", false);
            }
            break;
        case LOSS_FREEZE:
            if (wrong_role(r, c->role)) {
                return;
            }
            if (r->running.n > 0) {
                r->managed = false;
                r->blocked = true;
            }
            break;
    }
}

static void apply(pe_sched *s, pe_rsc *r, const struct pe_ticket_constraint *c)
{
    if (c->ticket->granted && !c->ticket->standby) {
        return;
    }
    if (r->children.n > 0) {
        for (uint32_t i = 0; i < r->children.n; i++) {
            apply(s, r->children.v[i], c);
        }
        return;
    }
    if (!c->ticket->granted && r->running.n > 0) {
        lost(s, r, c);
    } else if (c->role != ROLE_PROMOTED || c->policy == LOSS_STOP) {
        pe_ban(s, r, NULL, c->ticket->granted ? "its ticket is in standby" : "its ticket is not granted");
    }
}

static void add(pe_sched *s, xmlNode *xml, pe_ticket *ticket, pe_rsc *r, const char *role_text)
{
    struct pe_ticket_constraint *c = pe_alloc(s, sizeof(*c));
    const char *policy = xml_get(xml, "loss-policy");
    struct pe_ticket_constraint **grown;
    uint32_t cap = r->n_tickets;

    c->ticket = ticket;
    c->role = role_parse(role_text);
    if (c->role == ROLE_STARTED) {
        c->role = ROLE_UNKNOWN;
    }
    if (policy != NULL && strcasecmp(policy, "fence") == 0) {
        if (s->stonith_enabled) {
            c->policy = LOSS_FENCE;
        } else {
            pe_config_error(s, "rsc_ticket_new", "Resetting 'loss-policy' for ticket '%s' to 'stop' because "
                            "fencing is not configured", ticket->id);
            c->policy = LOSS_STOP;
        }
    } else if (policy != NULL && strcasecmp(policy, "freeze") == 0) {
        c->policy = LOSS_FREEZE;
    } else if (policy != NULL && strcasecmp(policy, "demote") == 0) {
        c->policy = LOSS_DEMOTE;
    } else if (policy != NULL && strcasecmp(policy, "stop") == 0) {
        c->policy = LOSS_STOP;
    } else {
        c->policy = c->role == ROLE_PROMOTED ? LOSS_DEMOTE : LOSS_STOP;
    }
    /* a resource has few tickets: one more slot each time */
    grown = pe_alloc(s, (cap + 1) * sizeof(*grown));
    if (cap > 0) {
        memcpy(grown, r->tickets, cap * sizeof(*grown));
    }
    r->tickets = grown;
    r->tickets[r->n_tickets++] = c;
    apply(s, r, c);
}

static void add_sets(pe_sched *s, xmlNode *xml, pe_ticket *ticket)
{
    xml_foreach(ref, xml, "resource_set") {
        struct rule_context ctx = pe_rule_context(s);
        xmlNode *set = rule_dereference(ref, &ctx);

        xml_foreach(member, set, "resource_ref") {
            pe_rsc *r = xml_id(member) == NULL ? NULL : pe_constraint_rsc(s, xml_id(member));

            if (r == NULL) {
                pe_unknown_member(s, "unpack_rsc_ticket_set", xml, set, member);
                return;
            }
            add(s, xml, ticket, r, xml_get(set, "role"));
        }
    }
}

void pe_unpack_ticket(pe_sched *s, xmlNode *xml)
{
    const char *name = xml_get(xml, "ticket"), *rsc = xml_get(xml, "rsc");
    xmlNode *expanded = pe_expand_tag_sets(s, xml);
    pe_ticket *ticket;
    pe_rsc *r;

    if (name == NULL) {
        pe_config_error(s, "pcmk__unpack_rsc_ticket", "Ignoring constraint '%s' without ticket", xml_id(xml));
        return;
    }
    ticket = pe_ticket_get(s, name, true);
    if (expanded == xml && rsc != NULL && pe_constraint_rsc(s, rsc) == NULL && pe_tag_find(s, rsc) != NULL) {
        const char *role = xml_get(xml, "rsc-role");
        xmlNode *set;

        expanded = xml_add_copy(s->priv->scratch, xml);
        set = pe_tag_to_set(s, expanded, "rsc", false);
        if (role != NULL) {
            xml_set(set, "role", role);
        }
    }
    if (xml_first(expanded, "resource_set") != NULL) {
        add_sets(s, expanded, ticket);
        return;
    }
    r = rsc == NULL ? NULL : pe_constraint_rsc(s, rsc);
    if (r == NULL) {
        pe_unknown_name(s, "unpack_rsc_ticket_tags", xml, rsc);
        return;
    }
    add(s, xml, ticket, r, xml_get(xml, "rsc-role"));
}
