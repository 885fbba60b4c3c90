/* Frames over TLS, and the shared key (messaging.md §8.1, §8.2). */
#include "config.h"
#include "lrmd/lrmd_remote.h"

#include <byteswap.h>
#include <bzlib.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pacemaker/common/daemon.h"
#include "pacemaker/common/log.h"
#include "pacemaker/common/xml.h"

#define FRAME_MARK 0xBADADBBDu
#define FRAME_VERSION 1u
#define KEY_CACHE_US (60 * G_USEC_PER_SEC)
#define KEY_MAX_BYTES (64u * 1024)
#define READ_ROUNDS_MAX 1000u

struct frame {
    uint32_t mark;                   /* FRAME_MARK in the sender's byte order */
    uint32_t version;
    uint64_t id;
    uint64_t flags;
    uint32_t total;                  /* header and payload, bytes */
    uint32_t payload_offset;
    uint32_t compressed;             /* bzip2 bytes, 0 = plain */
    uint32_t uncompressed;           /* XML text with its NUL, bytes */
} __attribute__((packed));

void remote_stream_init(remote_stream_t *stream, gnutls_session_t session)
{
    stream->session = session;
    stream->input = g_byte_array_new();
}

void remote_stream_clear(remote_stream_t *stream)
{
    if (stream->session != NULL) {
        gnutls_bye(stream->session, GNUTLS_SHUT_WR);
        gnutls_deinit(stream->session);
        stream->session = NULL;
    }
    if (stream->input != NULL) {
        g_byte_array_unref(stream->input);
        stream->input = NULL;
    }
}

/* ---- sending ---- */

static int wait_writable(gnutls_session_t session, gint64 limit)
{
    struct pollfd fd = {.fd = gnutls_transport_get_int(session), .events = POLLOUT};
    gint64 left = (limit - g_get_monotonic_time()) / 1000;

    return left > 0 && poll(&fd, 1, (int)left) > 0 ? 0 : -ETIMEDOUT;
}

static int send_record(gnutls_session_t session, const void *data, size_t length, gint64 limit)
{
    const uint8_t *next = data;

    while (length > 0) {
        ssize_t n = gnutls_record_send(session, next, length);

        if (n == GNUTLS_E_AGAIN || n == GNUTLS_E_INTERRUPTED) {
            int rc = wait_writable(session, limit);
            if (rc < 0) {
                return rc;
            }
        } else if (n < 0) {
            log_info("Cannot send to remote executor: %s", gnutls_strerror((int)n));
            return -ENOTCONN;
        } else {
            next += n;
            length -= (size_t)n;
        }
    }
    return 0;
}

int remote_stream_send(remote_stream_t *stream, const xmlNode *msg, unsigned timeout_ms)
{
    static uint64_t next_id = 0;
    gint64 limit = g_get_monotonic_time() + (gint64)timeout_ms * 1000;
    char *text = xml_text(msg);
    size_t length = strlen(text) + 1;
    struct frame frame = {
        .mark = FRAME_MARK, .version = FRAME_VERSION, .id = ++next_id, .payload_offset = sizeof(frame),
        .total = (uint32_t)(sizeof(frame) + length), .uncompressed = (uint32_t)length,
    };
    int rc = stream->session == NULL ? -ENOTCONN : length > REMOTE_MSG_MAX - sizeof(frame) ? -EMSGSIZE : 0;

    /* the original reader takes one record at a time: header and text in records of their own */
    if (rc == 0) {
        rc = send_record(stream->session, &frame, sizeof(frame), limit);
    }
    if (rc == 0) {
        rc = send_record(stream->session, text, length, limit);
    }
    free(text);
    return rc;
}

/* ---- receiving ---- */

int remote_stream_read(remote_stream_t *stream)
{
    uint8_t buffer[16 * 1024 + 64];

    for (unsigned i = 0; stream->session != NULL && i < READ_ROUNDS_MAX; i++) {
        ssize_t n = gnutls_record_recv(stream->session, buffer, sizeof(buffer));

        if (n > 0) {
            g_byte_array_append(stream->input, buffer, (guint)n);
            if (stream->input->len > REMOTE_MSG_MAX) {
                return 0;            /* remote_stream_next() judges it */
            }
        } else if (n == GNUTLS_E_AGAIN) {
            return 0;
        } else if (n != GNUTLS_E_INTERRUPTED && n != GNUTLS_E_REHANDSHAKE) {
            return n == 0 || gnutls_error_is_fatal((int)n) ? -ENOTCONN : 0;
        }
    }
    return stream->session != NULL ? 0 : -ENOTCONN;
}

static void swap_frame(struct frame *frame)
{
    frame->mark = bswap_32(frame->mark);
    frame->version = bswap_32(frame->version);
    frame->id = bswap_64(frame->id);
    frame->flags = bswap_64(frame->flags);
    frame->total = bswap_32(frame->total);
    frame->payload_offset = bswap_32(frame->payload_offset);
    frame->compressed = bswap_32(frame->compressed);
    frame->uncompressed = bswap_32(frame->uncompressed);
}

/* Header of the message that begins the input; false: it is none. */
static bool parse_frame(const GByteArray *input, struct frame *frame)
{
    memcpy(frame, input->data, sizeof(*frame));
    if (frame->mark == bswap_32(FRAME_MARK)) {
        swap_frame(frame);
    }
    if (frame->mark != FRAME_MARK || frame->total > REMOTE_MSG_MAX || frame->uncompressed > REMOTE_MSG_MAX
        || frame->payload_offset < sizeof(*frame) || frame->payload_offset > frame->total) {
        return false;
    }
    uint32_t payload = frame->total - frame->payload_offset;
    return frame->uncompressed > 0
           && (frame->compressed != 0 ? frame->compressed : frame->uncompressed) <= payload;
}

static xmlNode *parse_payload(const GByteArray *input, const struct frame *frame)
{
    char *payload = (char *)input->data + frame->payload_offset;
    char *text = malloc((size_t)frame->uncompressed + 1);
    unsigned length = frame->uncompressed;
    xmlNode *msg = NULL;

    if (text == NULL) {
        return NULL;
    }
    if (frame->compressed == 0) {
        memcpy(text, payload, length);
    } else if (BZ2_bzBuffToBuffDecompress(text, &length, payload, frame->compressed, 1, 0) != BZ_OK) {
        length = 0;
    }
    if (length > 0 && text[length - 1] == '\0') {
        msg = xml_parse(text, NULL);
    }
    free(text);
    return msg;
}

xmlNode *remote_stream_next(remote_stream_t *stream, int *error)
{
    GByteArray *input = stream->input;
    struct frame frame;

    *error = 0;
    if (input == NULL || input->len < sizeof(frame)) {
        return NULL;
    }
    if (!parse_frame(input, &frame)) {
        log_err("Message header of remote peer is invalid");
        *error = -EBADMSG;
        return NULL;
    }
    if (input->len < frame.total) {
        return NULL;
    }
    xmlNode *msg = parse_payload(input, &frame);
    g_byte_array_remove_range(input, 0, frame.total);
    if (msg == NULL) {
        log_err("Message of remote peer (version %u, %u bytes) cannot be parsed", frame.version, frame.total);
        *error = -EBADMSG;
    }
    return msg;
}

/* ---- key ---- */

static char *cached_key;
static gsize cached_length;
static gint64 cached_at;

static bool read_key(const char *path)
{
    char *data = NULL;
    gsize length = 0;

    if (path == NULL || !g_file_get_contents(path, &data, &length, NULL)) {
        return false;
    }
    if (length == 0 || length > KEY_MAX_BYTES) {
        log_warn("Key file %s is unusable: %zu bytes", path, length);
        g_free(data);
        return false;
    }
    g_free(cached_key);
    cached_key = data;
    cached_length = length;
    cached_at = g_get_monotonic_time();
    return true;
}

int remote_load_key(gnutls_datum_t *key)
{
    bool fresh = cached_key != NULL && g_get_monotonic_time() - cached_at < KEY_CACHE_US;

    if (!fresh && !read_key(env_option("authkey_location")) && !read_key(SYSCONFDIR "/pacemaker/authkey")
        && !read_key(SYSCONFDIR "/corosync/authkey")) {
        log_err("No key for connections with remote nodes: %s/pacemaker/authkey cannot be read", SYSCONFDIR);
        return -ENOKEY;
    }
    key->data = gnutls_malloc(cached_length);
    if (key->data == NULL) {
        return -ENOMEM;
    }
    memcpy(key->data, cached_key, cached_length);
    key->size = (unsigned)cached_length;
    return 0;
}

char *remote_priorities(void)
{
    const char *base = env_option("tls_priorities");

    return g_strdup_printf("%s:+DHE-PSK:+PSK", base != NULL && base[0] != '\0' ? base : "NORMAL");
}
