/*
 * Feeds the decoders of pacemaker's local and cluster messages with bytes as a broken or hostile
 * process would send them. The first byte chooses the decoder. A message that is accepted must
 * survive being made anew from its tree.
 *
 * fuzz-sources: pacemaker/common/bz.c pacemaker/common/ipc_wire.c pacemaker/common/log.c
 * fuzz-sources: pacemaker/common/md5.c pacemaker/common/xml.c pacemaker/common/xml_parse.c
 * fuzz-sources: pacemaker/common/xml_plain.c pacemaker/common/xml_text.c pacemaker/cluster/cluster_wire.c
 * fuzz-flags: -I/usr/include/libxml2 -lxml2 -lbz2
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "pacemaker/cluster/cluster_wire.h"
#include "pacemaker/common/ipc_wire.h"
#include "pacemaker/common/xml.h"

static void require(int condition)
{
    if (!condition) {
        abort();
    }
}

static void try_ipc(const uint8_t *data, size_t size)
{
    struct ipc_header header;
    struct ipc_bytes *again = NULL;
    xmlNode *msg = NULL, *copy = NULL;

    if (ipc_decode(data, size, &header, &msg) < 0) {
        require(msg == NULL);
        return;
    }
    if (ipc_encode(msg, header.id, header.flags, IPC_BUFFER_DEFAULT, &again) == 0) {
        require(again->size <= IPC_BUFFER_DEFAULT);
        ipc_decode(again->data, again->size, &header, &copy);
    }
    xml_free(copy);
    free(again);
    xml_free(msg);
}

static void try_cluster(const uint8_t *data, size_t size)
{
    char sender[CLUSTER_NAME_MAX + 1];
    xmlNode *msg = NULL, *copy = NULL;

    if (cluster_wire_decode(data, size, 2, 1, "n1", sender, &msg) < 0) {
        require(msg == NULL);
        return;
    }
    require(strlen(sender) <= CLUSTER_NAME_MAX);

    struct cluster_bytes *again = cluster_wire_encode(msg, 1, 1, 1, "n1", 4, sender, 4);

    cluster_wire_decode(again->data, again->size, 2, 1, "n1", sender, &copy);
    xml_free(copy);
    free(again);
    xml_free(msg);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    if (data[0] % 2 == 0) {
        try_ipc(data + 1, size - 1);
    } else {
        try_cluster(data + 1, size - 1);
    }
    return 0;
}
