/* Rules of the CIB. */
#include "pacemaker/common/rules.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "pacemaker/common/xml.h"

/* Unique element of that name and id below root; *count tells how many there are. */
static xmlNode *search_tree(xmlNode *root, const char *tag, const char *id, int *count)
{
    xmlNode *found = NULL, *node = root;

    while (node != NULL && *count < 2) {
        if (node->type == XML_ELEMENT_NODE && xml_is(node, tag)) {
            const char *value = xml_id(node);

            if (value != NULL && strcmp(value, id) == 0) {
                found = node;
                (*count)++;
            }
        }
        if (node->type == XML_ELEMENT_NODE && node->children != NULL) {
            node = node->children;
            continue;
        }
        while (node != NULL && node != root && node->next == NULL) {
            node = node->parent;
        }
        node = node == NULL || node == root ? NULL : node->next;
    }
    return found;
}

xmlNode *rule_dereference(xmlNode *element, const struct rule_context *ctx)
{
    for (unsigned depth = 0; element != NULL && depth < RULE_MAX_DEPTH; depth++) {
        const char *ref = xml_get(element, "id-ref");

        if (ref == NULL) {
            return element;
        }
        if (ctx->resolve != NULL) {
            element = ctx->resolve(ctx->resolve_arg, xml_name(element), ref);
        } else {
            int count = 0;
            xmlNode *found = search_tree(xmlDocGetRootElement(element->doc), xml_name(element), ref, &count);

            element = count == 1 ? found : NULL;
        }
    }
    return NULL;
}

static void note_change(struct rule_context *ctx, int64_t when)
{
    if (when > ctx->now.epoch && (ctx->next_change == 0 || when < ctx->next_change)) {
        ctx->next_change = when;
    }
}

/* "N", "A-B", "A-" or "-B" against a value: -1 below, 0 in, 1 above it;
 * an unreadable field does not restrict. */
static int field_compare(const char *text, int64_t value)
{
    bool has_low = true, has_high = true;
    long long low, high = 0;
    char *end;

    if (text == NULL || *text == '\0') {
        return 0;
    }
    low = high = strtoll(*text == '-' ? text + 1 : text, &end, 10);
    if (end == text || end[-1] == '-') {
        return 0;
    }
    if (*text == '-') {
        has_low = false;
    } else if (*end == '-') {
        has_high = end[1] != '\0';
        if (has_high) {
            text = end + 1;
            high = strtoll(text, &end, 10);
            if (end == text) {
                return 0;
            }
        } else {
            end++;
        }
    }
    if (*end != '\0') {
        return 0;
    }
    return has_low && value < low ? -1 : has_high && value > high ? 1 : 0;
}

static enum rule_date date_spec_check(const xmlNode *spec, const struct iso_now *now)
{
    struct iso_time local = iso_from_epoch(now->epoch, now->offset);
    struct iso_fields f = iso_fields_of(&local);
    const struct {
        const char *name;
        int64_t value;
    } fields[] = {
        {"years", f.years}, {"months", f.months}, {"monthdays", f.monthdays}, {"hours", f.hours},
        {"minutes", f.minutes}, {"seconds", f.seconds}, {"yeardays", f.yeardays}, {"weekyears", f.weekyears},
        {"weeks", f.weeks}, {"weekdays", f.weekdays}, {"moon", f.moon},
    };

    if (spec == NULL) {
        return RULE_DATE_UNDETERMINED;
    }
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        int side = field_compare(xml_get(spec, fields[i].name), fields[i].value);

        if (side != 0) {
            return side < 0 ? RULE_DATE_BEFORE : RULE_DATE_AFTER;
        }
    }
    return RULE_DATE_SATISFIED;
}

static int64_t duration_field(const xmlNode *duration, const char *name)
{
    long long value = int_parse(xml_get(duration, name), 0);

    return value > INT32_MAX ? INT32_MAX : value < INT32_MIN ? INT32_MIN : value;
}

static struct iso_time add_duration(const struct iso_time *start, const xmlNode *duration)
{
    struct iso_duration d = {
        .years = duration_field(duration, "years"), .months = duration_field(duration, "months"),
        .weeks = duration_field(duration, "weeks"), .days = duration_field(duration, "days"),
        .hours = duration_field(duration, "hours"), .minutes = duration_field(duration, "minutes"),
        .seconds = duration_field(duration, "seconds"),
    };

    return iso_add(start, &d);
}

static enum rule_date range_check(struct rule_context *ctx, const struct iso_time *start,
                                  const struct iso_time *end)
{
    if (start == NULL && end == NULL) {
        return RULE_DATE_UNDETERMINED;
    }
    if (start != NULL && ctx->now.epoch < iso_epoch(start)) {
        note_change(ctx, iso_epoch(start));
        return RULE_DATE_BEFORE;
    }
    if (end != NULL) {
        if (ctx->now.epoch > iso_epoch(end)) {
            return RULE_DATE_AFTER;
        }
        note_change(ctx, iso_epoch(end) + 1);
    }
    return RULE_DATE_WITHIN;
}

enum rule_date rule_date_check(xmlNode *expression, struct rule_context *ctx)
{
    const char *op = xml_get(expression, "operation");
    struct iso_time start, end;
    bool has_start = iso_parse(xml_get(expression, "start"), &ctx->now, &start);
    bool has_end = iso_parse(xml_get(expression, "end"), &ctx->now, &end);
    xmlNode *duration = xml_first(expression, "duration");

    if (has_start && !has_end && duration != NULL) {
        end = add_duration(&start, duration);
        has_end = true;
    }
    if (op == NULL || strcasecmp(op, "in_range") == 0) {
        return range_check(ctx, has_start ? &start : NULL, has_end ? &end : NULL);
    }
    if (strcasecmp(op, "date_spec") == 0) {
        return date_spec_check(xml_first(expression, "date_spec"), &ctx->now);
    }
    if (strcasecmp(op, "gt") == 0 && has_start) {
        if (ctx->now.epoch > iso_epoch(&start)) {
            return RULE_DATE_WITHIN;
        }
        note_change(ctx, iso_epoch(&start) + 1);
        return RULE_DATE_BEFORE;
    }
    if (strcasecmp(op, "lt") == 0 && has_end) {
        if (ctx->now.epoch >= iso_epoch(&end)) {
            return RULE_DATE_AFTER;
        }
        note_change(ctx, iso_epoch(&end));
        return RULE_DATE_WITHIN;
    }
    return RULE_DATE_UNDETERMINED;
}

static bool date_passes(xmlNode *expression, struct rule_context *ctx)
{
    enum rule_date result = rule_date_check(expression, ctx);

    return result == RULE_DATE_WITHIN || result == RULE_DATE_SATISFIED;
}

char *rule_expand_submatches(const char *text, const char *const *submatches, size_t n)
{
    size_t length = 1, used = 0;
    bool any = false;
    char *out;

    if (text == NULL || n == 0) {
        return NULL;
    }
    for (const char *p = text; *p != '\0'; p++) {
        if (p[0] == '%' && isdigit((unsigned char)p[1])) {
            size_t i = (size_t)(p[1] - '0');

            any = true;
            length += i < n && submatches[i] != NULL ? strlen(submatches[i]) : 0;
            p++;
        } else {
            length++;
        }
    }
    if (!any || (out = malloc(length)) == NULL) {
        return NULL;
    }
    for (const char *p = text; *p != '\0'; p++) {
        if (p[0] == '%' && isdigit((unsigned char)p[1])) {
            size_t i = (size_t)(p[1] - '0');

            if (i < n && submatches[i] != NULL) {
                memcpy(out + used, submatches[i], strlen(submatches[i]));
                used += strlen(submatches[i]);
            }
            p++;
        } else {
            out[used++] = *p;
        }
    }
    out[used] = '\0';
    return out;
}

static bool parse_whole_number(const char *text, double *value)
{
    char *end;

    *value = strtod(text, &end);
    return end != text;
}

/* Order of left against right in the given type; both present. */
static int compare_typed(const char *left, const char *right, const char *type)
{
    if (strcasecmp(type, "string") == 0) {
        return strcasecmp(left, right);
    }
    if (strcasecmp(type, "version") == 0) {
        return version_compare(left, right);
    }
    if (strcasecmp(type, "integer") == 0) {
        long long a, b;

        if (!int_scan(left, &a) || !int_scan(right, &b)) {
            return strcasecmp(left, right);
        }
        return (a > b) - (a < b);
    }
    if (strcasecmp(type, "number") == 0) {
        double a, b;

        if (!parse_whole_number(left, &a) || !parse_whole_number(right, &b)) {
            return strcasecmp(left, right);
        }
        return (a > b) - (a < b);
    }
    return 0;
}

static const char *default_type(const char *op, const char *left, const char *right)
{
    if (strcasecmp(op, "lt") == 0 || strcasecmp(op, "lte") == 0 || strcasecmp(op, "gt") == 0 ||
        strcasecmp(op, "gte") == 0) {
        return (left != NULL && strchr(left, '.') != NULL) || (right != NULL && strchr(right, '.') != NULL) ?
            "number" : "integer";
    }
    return "string";
}

static bool compare_values(const char *left, const char *right, const char *op, const char *type)
{
    int order;

    if (strcasecmp(op, "defined") == 0) {
        return left != NULL;
    }
    if (strcasecmp(op, "not_defined") == 0) {
        return left == NULL;
    }
    if (left == NULL || right == NULL) {
        order = (left != NULL) - (right != NULL);
        if (strcasecmp(op, "eq") == 0) {
            return order == 0;
        }
        return strcasecmp(op, "ne") == 0 && order != 0;
    }
    order = compare_typed(left, right, type != NULL ? type : default_type(op, left, right));
    return (strcasecmp(op, "eq") == 0 && order == 0) || (strcasecmp(op, "ne") == 0 && order != 0) ||
           (strcasecmp(op, "lt") == 0 && order < 0) || (strcasecmp(op, "lte") == 0 && order <= 0) ||
           (strcasecmp(op, "gt") == 0 && order > 0) || (strcasecmp(op, "gte") == 0 && order >= 0);
}

static bool attribute_passes(const xmlNode *e, struct rule_context *ctx)
{
    const char *name = xml_get(e, "attribute"), *op = xml_get(e, "operation");
    const char *value = xml_get(e, "value"), *source = xml_get(e, "value-source");
    char *expanded;
    bool passes;

    if (ctx->node_attribute == NULL || name == NULL || op == NULL) {
        return false;
    }
    if (value != NULL && source != NULL && ctx->resource != NULL) {
        if (strcasecmp(source, "param") == 0 && ctx->parameter != NULL) {
            value = ctx->parameter(ctx->resource, value);
        } else if (strcasecmp(source, "meta") == 0 && ctx->meta != NULL) {
            value = ctx->meta(ctx->resource, value);
        }
    }
    if (value != NULL && *value == '\0') {
        value = NULL;
    }
    expanded = rule_expand_submatches(name, ctx->submatches, ctx->n_submatches);
    passes = compare_values(ctx->node_attribute(ctx->node, expanded != NULL ? expanded : name), value, op,
                            xml_get(e, "type"));
    free(expanded);
    return passes;
}

static bool role_passes(const xmlNode *e, const struct rule_context *ctx)
{
    const char *op = xml_get(e, "operation");
    enum pcmk_role wanted = role_parse(xml_get(e, "value"));

    if (ctx->role == ROLE_UNKNOWN || op == NULL) {
        return false;
    }
    if (strcasecmp(op, "defined") == 0) {
        return ctx->role > ROLE_STARTED;
    }
    if (strcasecmp(op, "not_defined") == 0) {
        return ctx->role < ROLE_UNPROMOTED;
    }
    if (strcasecmp(op, "eq") == 0) {
        return ctx->role == wanted;
    }
    return strcasecmp(op, "ne") == 0 && ctx->role >= ROLE_UNPROMOTED && ctx->role != wanted;
}

static bool rsc_passes(const xmlNode *e, const struct rule_context *ctx)
{
    const char *class = xml_get(e, "class"), *provider = xml_get(e, "provider"), *type = xml_get(e, "type");

    if (!ctx->has_rsc || (class != NULL && (ctx->rsc_class == NULL || strcmp(class, ctx->rsc_class) != 0))) {
        return false;
    }
    if ((provider == NULL) != (ctx->rsc_provider == NULL) ||
        (provider != NULL && strcmp(provider, ctx->rsc_provider) != 0)) {
        return false;
    }
    return type == NULL || (ctx->rsc_type != NULL && strcmp(type, ctx->rsc_type) == 0);
}

static bool op_passes(const xmlNode *e, const struct rule_context *ctx)
{
    const char *name = xml_get(e, "name"), *interval = xml_get(e, "interval");

    if (!ctx->has_op) {
        return false;
    }
    if (interval != NULL) {
        bool valid;
        uint32_t ms = interval_parse(interval, &valid);

        if (!valid || ms != ctx->op_interval) {
            return false;
        }
    }
    return name != NULL && ctx->op_name != NULL && strcmp(name, ctx->op_name) == 0;
}

static bool rule_passes_at(xmlNode *rule, struct rule_context *ctx, unsigned depth);

static bool expression_passes(xmlNode *e, struct rule_context *ctx, unsigned depth)
{
    if (xml_is(e, "rule")) {
        return rule_passes_at(e, ctx, depth + 1);
    }
    if (xml_is(e, "expression")) {
        const char *name = xml_get(e, "attribute");

        bool about_role = name != NULL && strcasecmp(name, "#role") == 0;

        return about_role ? role_passes(e, ctx) : attribute_passes(e, ctx);
    }
    if (xml_is(e, "date_expression")) {
        return date_passes(e, ctx);
    }
    if (xml_is(e, "rsc_expression")) {
        return rsc_passes(e, ctx);
    }
    return xml_is(e, "op_expression") && op_passes(e, ctx);
}

static bool rule_passes_at(xmlNode *rule, struct rule_context *ctx, unsigned depth)
{
    const char *op;
    bool any;

    rule = rule_dereference(rule, ctx);
    if (rule == NULL || depth > RULE_MAX_DEPTH) {
        return false;
    }
    op = xml_get(rule, "boolean-op");
    any = op != NULL && strcasecmp(op, "or") == 0;
    xml_foreach(e, rule, NULL) {
        if (expression_passes(e, ctx, depth) == any) {
            return any;
        }
    }
    return !any;
}

bool rule_passes(xmlNode *rule, struct rule_context *ctx)
{
    return rule_passes_at(rule, ctx, 0);
}

bool rules_pass(xmlNode *element, struct rule_context *ctx)
{
    bool none = true;

    xml_foreach(rule, element, "rule") {
        none = false;
        if (rule_passes(rule, ctx)) {
            return true;
        }
    }
    return none;
}
