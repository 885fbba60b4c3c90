/* The CIB's version triple, feature sets, digests and the empty CIB. Pure. */
#include "config.h"
#include "cib/version.h"

#include <stdlib.h>

static long long version_field(const xmlNode *node, const char *name, long long missing)
{
    long long value;

    return (xml_get_int(node, name, &value) == 0 && value >= 0) ? value : missing;
}

struct cib_version cib_version_of(const xmlNode *node, long long missing)
{
    struct cib_version version = {
        version_field(node, "admin_epoch", missing),
        version_field(node, "epoch", missing),
        version_field(node, "num_updates", missing),
    };

    return version;
}

static int compare_numbers(long long a, long long b)
{
    return (a > b) - (a < b);
}

int cib_version_compare(const struct cib_version *a, const struct cib_version *b)
{
    int order = compare_numbers(a->admin_epoch, b->admin_epoch);

    if (order == 0) {
        order = compare_numbers(a->epoch, b->epoch);
    }
    return order != 0 ? order : compare_numbers(a->num_updates, b->num_updates);
}

/* The number at *text; moves behind the dot that ends the field. */
static long take_field(const char **text)
{
    long value = strtol(*text, NULL, 10);

    while (**text != '\0' && **text != '.') {
        (*text)++;
    }
    if (**text == '.') {
        (*text)++;
    }
    return value;
}

int feature_set_compare(const char *a, const char *b)
{
    a = (a == NULL) ? "" : a;
    b = (b == NULL) ? "" : b;
    while (*a != '\0' || *b != '\0') {
        long field_a = take_field(&a), field_b = take_field(&b);

        if (field_a != field_b) {
            return field_a < field_b ? -1 : 1;
        }
    }
    return 0;
}

char *cib_digest(const xmlNode *cib, const char *feature_set)
{
    if (feature_set == NULL || feature_set_compare(feature_set, "3.0.5") < 0) {
        return xml_digest_v1(cib, false, false);
    }
    return xml_digest_v2(cib, true);
}

xmlNode *cib_empty(long long epoch)
{
    static const char *const sections[] = {"crm_config", "nodes", "resources", "constraints"};
    xmlNode *cib = xml_new("cib"), *configuration;

    xml_set(cib, "crm_feature_set", CRM_FEATURE_SET);
    xml_set(cib, "validate-with", CIB_LATEST_SCHEMA);
    xml_set_int(cib, "epoch", epoch);
    xml_set_int(cib, "num_updates", 0);
    xml_set_int(cib, "admin_epoch", 0);
    configuration = xml_add(cib, "configuration");
    for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
        xml_add(configuration, sections[i]);
    }
    xml_add(cib, "status");
    return cib;
}
