/* Messages over TLS between the cluster and pacemaker-remoted (executor.md §13; messaging.md §8): frames,
 * keys, and the client's side of a connection. GLib main loop. */
#ifndef LRMD_REMOTE_H
#define LRMD_REMOTE_H

#include <stdbool.h>
#include <stdint.h>
#include <glib.h>
#include <gnutls/gnutls.h>
#include <libxml/tree.h>

/* The largest message accepted, bytes, header included. */
#define REMOTE_MSG_MAX (64u * 1024 * 1024)

/* ---- one end of a TLS connection ---- */

/* Assembles messages from TLS records. Owned by its user; zero-initialised. */
typedef struct {
    gnutls_session_t session;
    GByteArray *input;               /* bytes of the message being received */
} remote_stream_t;

void remote_stream_init(remote_stream_t *stream, gnutls_session_t session);
void remote_stream_clear(remote_stream_t *stream);      /* ends the session */
/* One whole message: header and text in records of their own. 0 or negative errno; waits while the peer reads
 * slowly, at most timeout_ms. */
int remote_stream_send(remote_stream_t *stream, const xmlNode *msg, unsigned timeout_ms);
/* Read what is there without waiting. 0, or -ENOTCONN / -EBADMSG when the connection must be given up. */
int remote_stream_read(remote_stream_t *stream);
/* Take the next whole message, NULL when there is none yet; *error is set when the input is no message. */
xmlNode *remote_stream_next(remote_stream_t *stream, int *error);

/* The shared key (cached for a minute). 0 or negative errno, logged. */
int remote_load_key(gnutls_datum_t *key);
/* Priority string for PSK. g_free(). */
char *remote_priorities(void);

/* ---- client ---- */

typedef struct remote_client remote_client_t;

typedef struct {
/* Notifications and proxy traffic; freed after. */
    void (*message)(remote_client_t *client, xmlNode *msg,
                    void *arg);
    void (*closed)(remote_client_t *client, void *arg);
    void (*ready)(remote_client_t *client, int rc, void *arg); /* end of remote_client_connect_async() */
} remote_client_ops_t;

remote_client_t *remote_client_new(const char *server, int port, const remote_client_ops_t *ops, void *arg);
void remote_client_free(remote_client_t *client);                        /* no callback */
int remote_client_connect(remote_client_t *client, unsigned timeout_ms); /* waits */
int remote_client_connect_async(remote_client_t *client, unsigned timeout_ms);
bool remote_client_alive(const remote_client_t *client);
int remote_client_call(remote_client_t *client, const xmlNode *msg, xmlNode **reply);
int remote_client_send(remote_client_t *client, const xmlNode *msg);     /* the answer is discarded */

#endif
