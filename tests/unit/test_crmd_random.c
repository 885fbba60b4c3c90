/* Controllers under random failures from a seed: crashes, partitions, restarts and shutdowns at any moment.
 * When the cluster is whole again and left alone, there must be exactly one DC that everybody follows, and
 * the CIB must say so. CRMD_SEEDS sets how many seeds are run, CRMD_SEED the first one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "pacemaker/common/xml.h"
#include "tests/unit/crmd_cluster.h"

#define EVENTS 14
#define CALM_MS 60000

static uint64_t dice;

/* xorshift: the same seed gives the same run everywhere */
static unsigned roll(unsigned sides)
{
    dice ^= dice << 13;
    dice ^= dice >> 7;
    dice ^= dice << 17;
    return (unsigned)(dice % sides);
}

static void random_partition(vcluster_t *vc, unsigned n)
{
    int groups[VC_MAX_NODES];

    for (unsigned i = 0; i < n; i++) {
        groups[i] = (int)roll(2);
    }
    vc_partition(vc, groups);
}

static void heal(vcluster_t *vc)
{
    static const int together[VC_MAX_NODES] = {0};

    vc_partition(vc, together);
}

static void graph_that_stops(vcluster_t *vc, unsigned node)
{
    char text[600];

    snprintf(text, sizeof text,
             "<synapse id='0'><action_set><crm_event id='1' operation='do_shutdown' "
             "operation_key='do_shutdown-node%u' "
             "on_node='node%u' on_node_uuid='%u'><attributes CRM_meta_op_no_wait='true'/><downed><node "
             "id='%u'/></downed>"
             "</crm_event></action_set><inputs/></synapse>",
             node, node, node, node);
    vc_next_graph(vc, text);
}

static void random_event(vcluster_t *vc, unsigned n)
{
    unsigned node = 1 + roll(n);
    bool runs = vc_core(vc, node) != NULL;

    switch (roll(7)) {
        case 0:
            if (runs) {
                vc_crash(vc, node);
            }
            break;
        case 1:
            if (!runs) {
                vc_start(vc, node);
            }
            break;
        case 2:
            random_partition(vc, n);
            break;
        case 3:
            heal(vc);
            break;
        case 4:
            if (runs) {
                graph_that_stops(vc, node);
                vc_shutdown(vc, node);
            }
            break;
        case 5:
            if (runs) {
                vc_cib_modify(vc, node, "crm_config",
                              "<cluster_property_set id='s'><nvpair id='n' name='n' value='n++'/>"
                              "</cluster_property_set>");
            }
            break;
        default:
            break;
    }
    vc_run(vc, roll(4) == 0 ? roll(60) : roll(3) ? roll(3000) : roll(40000));
}

/* What must hold at the end; NULL when it does. */
static const char *complaint(vcluster_t *vc, unsigned n)
{
    const char *dc = NULL;
    unsigned dcs = 0;

    for (unsigned i = 1; i <= n; i++) {
        crmd_t *core = vc_core(vc, i);

        if (core == NULL) {
            return "a controller ended by itself";
        }
        dcs += crmd_is_dc(core);
        if (crmd_dc(core) == NULL || (dc && strcmp(dc, crmd_dc(core)) != 0)) {
            return "the nodes do not follow one DC";
        }
        dc = crmd_dc(core);
        if (strcmp(crmd_state_name(core), crmd_is_dc(core) ? "S_IDLE" : "S_NOT_DC") != 0) {
            return "a controller is not at rest";
        }
    }
    if (dcs != 1) {
        return dcs ? "there are several DCs" : "there is no DC";
    }
    for (unsigned i = 1; i <= n; i++) {
        char xpath[100];

        snprintf(xpath, sizeof xpath,
                 "//node_state[@id='%u'][@join='member'][@crmd='online'][@in_ccm='true']", i);
        if (vc_cib_get(vc, 1, xpath, "id") == NULL) {
            return "the CIB does not show every node as a member";
        }
    }
    return NULL;
}

/* Who runs has nothing left to wait for, whatever happened last and whoever is missing. */
static const char *restless(vcluster_t *vc, unsigned n)
{
    for (unsigned i = 1; i <= n; i++) {
        crmd_t *core = vc_core(vc, i);

        if (core && !vc_is_leaving(vc, i)
            && strcmp(crmd_state_name(core), crmd_is_dc(core) ? "S_IDLE" : "S_NOT_DC") != 0) {
            return "a controller is not at rest after the last failure";
        }
    }
    return NULL;
}

static void bring_all_back(vcluster_t *vc, unsigned n)
{
    heal(vc);
    vc_next_graph(vc, "");
    for (unsigned i = 1; i <= n; i++) {
        if (vc_core(vc, i) && vc_is_leaving(vc, i)) {
            vc_crash(vc, i);
        }
        if (vc_core(vc, i) == NULL) {
            vc_start(vc, i);
        }
    }
    vc_run(vc, CALM_MS);
}

static void run_seed(uint64_t seed)
{
    unsigned n;
    vcluster_t *vc;
    const char *wrong;

    dice = seed * UINT64_C(0x9E3779B97F4A7C15) + 1;
    n = 2 + roll(4);
    vc = vc_new(n, NULL);
    if (seed % 2) {
        vc_configure(vc);           /* a complete cluster does not wait for dc-deadtime */
    }
    for (unsigned i = 1; i <= n; i++) {
        vc_start(vc, i);
        vc_run(vc, roll(3000));
    }
    for (unsigned i = 0; i < EVENTS; i++) {
        random_event(vc, n);
    }
    vc_run(vc, CALM_MS);
    wrong = restless(vc, n);
    if (wrong == NULL) {
        bring_all_back(vc, n);
        wrong = complaint(vc, n);
    }
    if (wrong) {
        char *story = vc_story(vc);

        print_message("# seed %llu: %s\n%s", (unsigned long long)seed, wrong, story);
        free(story);
        fail_msg("seed %llu: %s", (unsigned long long)seed, wrong);
    }
    vc_free(vc);
}

static unsigned long env_number(const char *name, unsigned long fallback)
{
    const char *text = getenv(name);

    return text ? strtoul(text, NULL, 10) : fallback;
}

static void clusters_recover_from_anything(void **state)
{
    unsigned long first = env_number("CRMD_SEED", 1), count = env_number("CRMD_SEEDS", 60);

    (void)state;
    for (unsigned long seed = first; seed < first + count; seed++) {
        run_seed(seed);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(clusters_recover_from_anything),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
