/* Bytes of a local IPC message (ipc_wire.h). */
#include "config.h"

#include "pacemaker/common/ipc_wire.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "pacemaker/common/bz.h"
#include "pacemaker/common/ipc.h"
#include "pacemaker/common/log.h"
#include "pacemaker/common/xml.h"

static struct ipc_bytes *assemble(struct ipc_header *header, const char *payload, size_t size)
{
    struct ipc_bytes *bytes = malloc(sizeof(*bytes) + sizeof(*header) + size);

    if (bytes == NULL) {
        return NULL;
    }
    header->size = (int32_t)(sizeof(*header) + size);
    bytes->size = sizeof(*header) + size;
    memcpy(bytes->data, header, sizeof(*header));
    memcpy(bytes->data + sizeof(*header), payload, size);
    return bytes;
}

int ipc_encode(const xmlNode *msg, int32_t id, uint32_t flags, size_t limit, struct ipc_bytes **out)
{
    struct ipc_header header;
    char *text = xml_text(msg);
    size_t length = strlen(text) + 1;
    char *packed = NULL;
    size_t packed_size = 0;
    int rc = 0;

    memset(&header, 0, sizeof(header));
    header.id = id;
    header.version = IPC_PROTOCOL_VERSION;
    header.flags = flags;
    header.size_uncompressed = (uint32_t)length;
    if (length > IPC_TEXT_MAX) {
        rc = -EMSGSIZE;
    } else if (sizeof(header) + length < limit) {
        *out = assemble(&header, text, length);
    } else {
        rc = bz_compress(text, length, limit - sizeof(header), &packed, &packed_size);
    }
    if (packed != NULL) {
        header.flags |= IPC_FLAG_COMPRESSED;
        header.size_compressed = (uint32_t)packed_size;
        *out = assemble(&header, packed, packed_size);
        free(packed);
    }
    if (rc == -EMSGSIZE) {
        log_err("Could not send <%s> of %zu bytes: it does not fit into %zu bytes even when compressed; "
                "a larger PCMK_ipc_buffer may help",
                xml_name(msg), length, limit);
    }
    free(text);
    return rc == 0 && *out == NULL ? -ENOMEM : rc;
}

/* The XML text of a message whose sizes have been checked; NULL when the payload is damaged. */
static char *payload_text(const struct ipc_header *header, const char *payload, size_t size)
{
    char *text = NULL;

    if (header->size_compressed != 0) {
        if (header->size_compressed != size ||
            bz_decompress_text(payload, size, header->size_uncompressed, &text) < 0) {
            return NULL;
        }
        return text;
    }
    /* plain text: all of the payload, with one NUL at its end */
    if (header->size_uncompressed != size || memchr(payload, '\0', size) != payload + size - 1) {
        return NULL;
    }
    return strdup(payload);
}

int ipc_decode(const void *data, size_t size, struct ipc_header *header, xmlNode **msg)
{
    *msg = NULL;
    memset(header, 0, sizeof(*header));
    if (size < sizeof(*header)) {
        return -EBADMSG;
    }
    memcpy(header, data, sizeof(*header));
    if (header->version > IPC_PROTOCOL_VERSION) {
        return -EPROTO;
    }
    if (header->size < (int32_t)sizeof(*header) || (size_t)header->size != size || size == sizeof(*header) ||
        header->size_uncompressed == 0 || header->size_uncompressed > IPC_TEXT_MAX) {
        return -EBADMSG;
    }
    char *text = payload_text(header, (const char *)data + sizeof(*header), size - sizeof(*header));

    if (text == NULL) {
        return -EBADMSG;
    }
    *msg = xml_parse(text, NULL);
    free(text);
    return *msg != NULL ? 0 : -EBADMSG;
}
