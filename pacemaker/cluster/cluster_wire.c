/* Bytes of a message between peers (cluster_wire.h). */
#include "config.h"

#include "pacemaker/cluster/cluster_wire.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "pacemaker/cluster/cluster.h"
#include "pacemaker/common/bz.h"
#include "pacemaker/common/log.h"
#include "pacemaker/common/xml.h"

#define HEADER_OK 1     /* CS_OK */

static void set_name(struct cluster_host *host, const char *name)
{
    size_t length = name != NULL ? strnlen(name, CLUSTER_NAME_MAX) : 0;

    host->size = (uint32_t)length;
    if (length > 0) {
        memcpy(host->uname, name, length);
    }
}

struct cluster_bytes *cluster_wire_encode(const xmlNode *msg, uint32_t id, uint32_t pid, uint32_t to_id,
                                          const char *to_name, uint32_t to_type, const char *own_name,
                                          uint32_t own_type)
{
    struct cluster_header header;
    char *text = xml_text(msg);
    size_t length = strlen(text) + 1;
    char *data = text, *packed = NULL;
    size_t size = length, packed_size = 0;

    memset(&header, 0, sizeof(header));
    header.error = HEADER_OK;
    header.id = id;
    header.destination.id = to_id;
    header.destination.type = to_type;
    set_name(&header.destination, to_name);
    header.sender.pid = pid;
    header.sender.type = own_type;
    set_name(&header.sender, own_name);
    header.text_size = (uint32_t)length;
    if (length >= CLUSTER_COMPRESS_FROM &&
        bz_compress(text, length, length + length / 100 + 601, &packed, &packed_size) == 0) {
        header.is_compressed = 1;
        header.compressed_size = (uint32_t)packed_size;
        data = packed;
        size = packed_size;
    }
    header.size = (int32_t)(sizeof(header) + size);

    struct cluster_bytes *bytes = malloc(sizeof(*bytes) + sizeof(header) + size);

    if (bytes != NULL) {
        bytes->size = sizeof(header) + size;
        memcpy(bytes->data, &header, sizeof(header));
        memcpy(bytes->data + sizeof(header), data, size);
    }
    free(packed);
    free(text);
    return bytes;
}

static bool for_us(const struct cluster_host *to, uint32_t own_id, const char *own_name)
{
    if (to->id != 0 && to->id != own_id) {
        return false;
    }
    return to->size == 0 ||
           (strlen(own_name) == to->size && strncasecmp(to->uname, own_name, to->size) == 0);
}

/* The text in a message whose header is sane; NULL when it is damaged. */
static char *text_of(const struct cluster_header *header, const char *data, size_t size)
{
    char *text = NULL;

    if (header->is_compressed) {
        if (header->compressed_size != size || header->text_size > CLUSTER_MSG_MAX ||
            bz_decompress_text(data, size, header->text_size, &text) < 0) {
            return NULL;
        }
        return text;
    }
    if (header->text_size != size || size < 2 || memchr(data, '\0', size) != data + size - 1) {
        return NULL;
    }
    return strdup(data);
}

int cluster_wire_decode(const void *data, size_t size, uint32_t sender_id, uint32_t own_id,
                        const char *own_name, char *sender, xmlNode **msg)
{
    struct cluster_header header;

    *msg = NULL;
    sender[0] = '\0';
    if (size < sizeof(header)) {
        return -EBADMSG;
    }
    memcpy(&header, data, sizeof(header));
    if ((header.sender.id != 0 && header.sender.id != sender_id) || header.sender.size > CLUSTER_NAME_MAX ||
        header.destination.size > CLUSTER_NAME_MAX) {
        return -EBADMSG;
    }
    memcpy(sender, header.sender.uname, header.sender.size);
    sender[header.sender.size] = '\0';
    if (!for_us(&header.destination, own_id, own_name)) {
        return -ENOENT;
    }
    if (header.class != 0 || header.error != HEADER_OK || header.size <= (int32_t)sizeof(header) ||
        (size_t)header.size != size) {
        return -EBADMSG;
    }
    char *text = text_of(&header, (const char *)data + sizeof(header), size - sizeof(header));

    if (text == NULL) {
        return -EBADMSG;
    }
    *msg = xml_parse(text, NULL);
    free(text);
    return *msg != NULL ? 0 : -EBADMSG;
}
