/*
 * Feeds a controller with what broken or hostile peers, clients, schedulers and remote nodes may send.
 *
 * The input is XML text: an element <fuzz> with one child a step. <msg from="node2"> a peer's message
 * (its first child), <client> a local client's, <graph> the scheduler's next answer, <diff> a change of
 * the CIB, <remote> a proxied client's, <run ms="N"/> time passes; anything else is taken as a peer's
 * message. A cluster of two controllers must survive all of it without an error of memory or
 * arithmetic, and without running for ever.
 *
 * fuzz-sources: pacemaker/crmd/alerts.c pacemaker/crmd/cibcalls.c pacemaker/crmd/control.c
 * fuzz-sources: pacemaker/crmd/elect.c pacemaker/crmd/f*.c pacemaker/crmd/join*.c pacemaker/crmd/l*.c
 * fuzz-sources: pacemaker/crmd/me*.c pacemaker/crmd/options.c pacemaker/crmd/pe.c pacemaker/crmd/remote*.c
 * fuzz-sources: pacemaker/crmd/t*.c tests/unit/crmd_cluster.c pacemaker/cluster/election.c
 * fuzz-sources: pacemaker/cluster/peers.c cib/acl.c cib/compare.c cib/merge.c cib/ops.c cib/patch.c
 * fuzz-sources: cib/patch1.c cib/patch_apply.c cib/perform.c cib/sections.c cib/track.c cib/version.c
 * fuzz-sources: pacemaker/common/iso8601.c pacemaker/common/log.c pacemaker/common/md5.c
 * fuzz-sources: pacemaker/common/message.c pacemaker/common/nvsets.c pacemaker/common/results.c
 * fuzz-sources: pacemaker/common/rules.c pacemaker/common/score.c pacemaker/common/xml.c
 * fuzz-sources: pacemaker/common/xml_parse.c pacemaker/common/xml_plain.c pacemaker/common/xml_text.c
 * fuzz-flags: -I/usr/include/libxml2 -I/usr/include/glib-2.0 -I/usr/lib/x86_64-linux-gnu/glib-2.0/include
 * fuzz-flags: -DCRM_FEATURE_SET="3.16.1" -lxml2 -lglib-2.0
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "pacemaker/common/score.h"
#include "pacemaker/common/xml.h"
#include "tests/unit/crmd_cluster.h"

#define INPUT_MAX 65536u
#define STEPS_MAX 40u
#define RUN_MAX 5000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void poke(vcluster_t *vc)
{
    vc_cib_modify(vc, 1, "crm_config",
                  "<cluster_property_set id='p'><nvpair id='q' name='p' value='value++'/>"
                  "</cluster_property_set>");
}

static void set_graph(vcluster_t *vc, const xmlNode *step)
{
    char *text = xml_text(step);
    char *begin = strchr(text, '>');
    char *end = strrchr(text, '<');

    if (begin && end && end > begin) {
        *end = '\0';
        vc_next_graph(vc, begin + 1);
        poke(vc);
    }
    free(text);
}

static void inject(vcluster_t *vc, const char *sender, const xmlNode *msg)
{
    char *text = xml_text(msg);

    vc_inject(vc, 1, sender, text);
    free(text);
}

static void remote_message(vcluster_t *vc, const xmlNode *msg)
{
    char *text = xml_text(msg);

    vc_remote_message(vc, 1, "far", text);
    free(text);
}

static void step(vcluster_t *vc, const xmlNode *element)
{
    const xmlNode *content = xml_first(element, NULL);
    long long ms = int_parse(xml_get(element, "ms"), 20);

    if (xml_is(element, "run")) {
        vc_run(vc, ms < 0 ? 0 : ms > RUN_MAX ? RUN_MAX : (unsigned)ms);
    } else if (xml_is(element, "graph")) {
        set_graph(vc, element);
    } else if (xml_is(element, "client") && content) {
        inject(vc, NULL, content);
    } else if (xml_is(element, "diff") && content) {
        crmd_cib_diff(vc_core(vc, 1), 0, content);
    } else if (xml_is(element, "remote") && content) {
        remote_message(vc, content);
    } else if (xml_is(element, "msg") && content) {
        inject(vc, xml_get(element, "from") ? xml_get(element, "from") : "node2", content);
    } else {
        inject(vc, "node2", element);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text;
    xmlNode *input;
    vcluster_t *vc;
    unsigned steps = 0;

    if (size == 0 || size > INPUT_MAX) {
        return 0;
    }
    text = strndup((const char *)data, size);
    input = xml_parse(text, NULL);
    free(text);
    if (input == NULL) {
        return 0;
    }
    vc = vc_new(2, NULL);
    vc_start(vc, 1);
    vc_start(vc, 2);
    vc_run(vc, 30000);
    xml_foreach(element, input, NULL) {
        if (steps++ >= STEPS_MAX || vc_core(vc, 1) == NULL) {
            break;
        }
        step(vc, element);
        vc_run(vc, 10);
    }
    vc_run(vc, 1000);
    vc_free(vc);
    xml_free(input);
    return 0;
}
