/*
 * The cmap service: requests of local clients about the configuration and statistics maps.
 * What nodes tell each other about their configuration's version is in cmap_version.c.
 */
#include "corosync/services/cmap.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "corosync/client/proto_cmap.h"
#include "corosync/services/services.h"

#define MAP_ICMAP 0
#define MAP_STATS 1
#define CLEAR_PREFIX "stats.clear."
#define SCHEDMISS_PREFIX "stats.schedmiss"

/* Of one client. */
#define ITERS_MAX 1024
#define TRACKS_MAX 65536

struct iter {
    LIST_ENTRY(iter) entry;
    uint64_t handle;
    struct icmap_iter iter;
};

struct track {
    LIST_ENTRY(track) entry;
    uint64_t handle;
    uint64_t instance; /* the client's handle */
    struct icmap_track *track;
    struct cmap_client *client;
};

/* Private data of a connection. */
struct cmap_client {
    struct ipc_conn *ipc;
    int map;
    uint64_t last_handle;
    unsigned n_iters;
    unsigned n_tracks;
    LIST_HEAD(, iter) iters;
    LIST_HEAD(, track) tracks;
};

static struct cmap_client *client_of(struct ipc_conn *conn)
{
    return ipc_conn_private(conn);
}

/* The client's map; of the statistics the keys that begin with the prefix are up to date. */
static struct icmap *map_of(const struct cmap_client *client, const char *prefix)
{
    return client->map == MAP_STATS ? engine_stats_map(prefix) : engine_map();
}

/* The key in a request as a string, or NULL when it does not end. */
static const char *key_of(const struct proto_name *name)
{
    return memchr(name->value, '\0', sizeof(name->value)) == NULL ? NULL : (const char *)name->value;
}

/* ---- connections ---- */

static int lib_init(struct ipc_conn *conn)
{
    struct cmap_client *client = client_of(conn);

    client->ipc = conn;
    client->map = MAP_ICMAP;
    LIST_INIT(&client->iters);
    LIST_INIT(&client->tracks);
    return 0;
}

static void iter_free(struct cmap_client *client, struct iter *iter)
{
    LIST_REMOVE(iter, entry);
    client->n_iters--;
    free(iter);
}

/* The map without bringing any statistics up to date, which would notify those that are tracked. */
static struct icmap *map_as_it_is(const struct cmap_client *client)
{
    return client->map == MAP_STATS ? engine_stats_map("none") : engine_map();
}

static void track_free(struct cmap_client *client, struct track *track)
{
    LIST_REMOVE(track, entry);
    client->n_tracks--;
    icmap_track_delete(map_as_it_is(client), track->track);
    free(track);
}

static void lib_exit(struct ipc_conn *conn)
{
    struct cmap_client *client = client_of(conn);

    while (!LIST_EMPTY(&client->iters)) {
        iter_free(client, LIST_FIRST(&client->iters));
    }
    while (!LIST_EMPTY(&client->tracks)) {
        track_free(client, LIST_FIRST(&client->tracks));
    }
}

/* ---- set, delete, adjust ---- */

/* The statistics can only be cleared, and only marked keys of the map are not for clients. */
static cs_error_t write_check(const struct cmap_client *client, const char *key)
{
    if (client->map == MAP_STATS) {
        return CS_ERR_ACCESS;
    }
    return icmap_is_ro(engine_map(), key) ? CS_ERR_ACCESS : CS_OK;
}

static void lib_set(struct ipc_conn *conn, const void *msg, size_t size)
{
    const struct proto_cmap_set *request = msg;
    const char *key = key_of(&request->key);
    cs_error_t error;

    if (key == NULL) {
        error = CS_ERR_NAME_TOO_LONG;
    } else if (client_of(conn)->map == MAP_STATS && strncmp(key, CLEAR_PREFIX, strlen(CLEAR_PREFIX)) == 0) {
        error = engine_stats_clear(key);
    } else {
        error = write_check(client_of(conn), key);
    }
    if (error == CS_OK && client_of(conn)->map == MAP_ICMAP) {
        error = request->value_len > size - sizeof(*request)
                    ? CS_ERR_INVALID_PARAM
                    : icmap_set(engine_map(), key, (enum icmap_type)request->type, request->value,
                                request->value_len);
    }
    ipc_response_error(conn, CMAP_RES_SET, error);
}

static void lib_delete(struct ipc_conn *conn, const void *msg, size_t size)
{
    const struct proto_cmap_key_request *request = msg;
    const char *key = key_of(&request->key);
    cs_error_t error = key == NULL ? CS_ERR_NAME_TOO_LONG : write_check(client_of(conn), key);

    if (error == CS_OK) {
        error = icmap_delete(engine_map(), key);
    }
    ipc_response_error(conn, CMAP_RES_DELETE, error);
}

static void lib_adjust_int(struct ipc_conn *conn, const void *msg, size_t size)
{
    const struct proto_cmap_adjust_int *request = msg;
    const char *key = key_of(&request->key);
    cs_error_t error = key == NULL ? CS_ERR_NAME_TOO_LONG : write_check(client_of(conn), key);

    if (error == CS_OK) {
        error = icmap_adjust(engine_map(), key, request->step);
    }
    ipc_response_error(conn, CMAP_RES_ADJUST_INT, error);
}

/* ---- get ---- */

static void lib_get(struct ipc_conn *conn, const void *msg, size_t size)
{
    const struct proto_cmap_get *request = msg;
    const char *key = key_of(&request->key);
    struct icmap_value value = {0};
    struct proto_cmap_value response = {0};
    cs_error_t error = CS_ERR_NAME_TOO_LONG;

    if (key != NULL) {
        error = icmap_get(map_of(client_of(conn), key), key, &value);
    }
    if (error == CS_OK && request->value_len > 0 && request->value_len < value.len) {
        error = CS_ERR_INVALID_PARAM;
    }
    size_t copied = error == CS_OK && request->value_len > 0 ? value.len : 0;
    struct iovec iov[2] = {{.iov_base = &response, .iov_len = sizeof(response)},
                           {.iov_base = (void *)value.data, .iov_len = copied}};

    response.header.id = CMAP_RES_GET;
    response.header.size = (int32_t)(sizeof(response) + copied);
    response.header.error = error;
    if (error == CS_OK) {
        response.value_len = value.len;
        response.type = (uint8_t)value.type;
    }
    ipc_response_sendv(conn, iov, copied > 0 ? 2 : 1);
}

/* ---- iteration ---- */

static struct iter *iter_find(struct cmap_client *client, uint64_t handle)
{
    struct iter *iter;

    LIST_FOREACH(iter, &client->iters, entry) {
        if (iter->handle == handle) {
            return iter;
        }
    }
    return NULL;
}

static void handle_response(struct ipc_conn *conn, int32_t id, cs_error_t error, uint64_t handle)
{
    struct proto_cmap_handle_response response = {.handle = handle};

    response.header.id = id;
    response.header.size = (int32_t)sizeof(response);
    response.header.error = error;
    ipc_response_send(conn, &response, sizeof(response));
}

static void lib_iter_init(struct ipc_conn *conn, const void *msg, size_t size)
{
    const struct proto_cmap_key_request *request = msg;
    struct cmap_client *client = client_of(conn);
    const char *prefix = key_of(&request->key);
    struct iter *iter = NULL;
    cs_error_t error = CS_OK;

    if (prefix == NULL) {
        error = CS_ERR_NAME_TOO_LONG;
    } else if (client->n_iters >= ITERS_MAX) {
        error = CS_ERR_NO_RESOURCES;
    } else {
        iter = calloc(1, sizeof(*iter));
        error = iter == NULL ? CS_ERR_NO_MEMORY : CS_OK;
    }
    if (iter != NULL) {
        icmap_iter_init(&iter->iter, map_of(client, prefix), prefix);
        iter->handle = ++client->last_handle;
        LIST_INSERT_HEAD(&client->iters, iter, entry);
        client->n_iters++;
    }
    handle_response(conn, CMAP_RES_ITER_INIT, error, iter == NULL ? 0 : iter->handle);
}

static void lib_iter_next(struct ipc_conn *conn, const void *msg, size_t size)
{
    const struct proto_cmap_handle_request *request = msg;
    struct iter *iter = iter_find(client_of(conn), request->handle);
    struct proto_cmap_iter_next response = {0};
    struct icmap_value value = {0};
    const char *key = iter == NULL ? NULL : icmap_iter_next(&iter->iter, &value);

    response.header.id = CMAP_RES_ITER_NEXT;
    response.header.size = (int32_t)sizeof(response);
    response.header.error = iter == NULL ? CS_ERR_BAD_HANDLE : key == NULL ? CS_ERR_NO_SECTIONS : CS_OK;
    if (key != NULL) {
        response.key.length = (uint16_t)strnlen(key, ICMAP_KEY_MAX);
        memcpy(response.key.value, key, response.key.length);
        response.value_len = value.len;
        response.type = (uint8_t)value.type;
    }
    ipc_response_send(conn, &response, sizeof(response));
}

static void lib_iter_finalize(struct ipc_conn *conn, const void *msg, size_t size)
{
    const struct proto_cmap_handle_request *request = msg;
    struct iter *iter = iter_find(client_of(conn), request->handle);

    if (iter != NULL) {
        iter_free(client_of(conn), iter);
    }
    ipc_response_error(conn, CMAP_RES_ITER_FINALIZE, iter == NULL ? CS_ERR_BAD_HANDLE : CS_OK);
}

/* ---- tracking ---- */

static void notify_send(const struct track *track, int event, const char *key,
                        const struct icmap_value *new_value, const struct icmap_value *old_value)
{
    struct proto_cmap_notify message = {.instance = track->instance, .event = event,
                                        .new_type = (uint8_t)new_value->type,
                                        .old_type = (uint8_t)old_value->type,
                                        .new_len = new_value->len, .old_len = old_value->len};
    struct iovec iov[3] = {{.iov_base = &message, .iov_len = sizeof(message)},
                           {.iov_base = (void *)new_value->data, .iov_len = new_value->len},
                           {.iov_base = (void *)old_value->data, .iov_len = old_value->len}};

    message.header.id = CMAP_EV_NOTIFY;
    message.header.size = (int32_t)(sizeof(message) + new_value->len + old_value->len);
    message.header.error = CS_OK;
    message.key.length = (uint16_t)strnlen(key, ICMAP_KEY_MAX);
    memcpy(message.key.value, key, message.key.length);
    ipc_event_sendv(track->client->ipc, iov, 3);
}

static void on_icmap_change(int event, const char *key, const struct icmap_value *new_value,
                            const struct icmap_value *old_value, void *user_data)
{
    notify_send(user_data, event, key, new_value, old_value);
}

/* Of a statistic only the new value is known; schedmiss keys come and go unnoticed. */
static void on_stats_change(int event, const char *key, const struct icmap_value *new_value,
                            const struct icmap_value *old_value, void *user_data)
{
    if (event == ICMAP_TRACK_MODIFY) {
        notify_send(user_data, event, key, new_value, new_value);
    } else if (strncmp(key, SCHEDMISS_PREFIX, strlen(SCHEDMISS_PREFIX)) != 0) {
        notify_send(user_data, event, key, new_value, old_value);
    }
}

static cs_error_t track_start(struct cmap_client *client, struct track *track, const char *key, int32_t mask)
{
    const int32_t both = ICMAP_TRACK_ADD | ICMAP_TRACK_DELETE;

    if (client->map == MAP_ICMAP) {
        return icmap_track_add(engine_map(), key, mask, on_icmap_change, track, &track->track);
    }
    if ((mask & ICMAP_TRACK_PREFIX) != 0) {
        if ((mask & both) != both) {
            return CS_ERR_NOT_SUPPORTED;
        }
        mask &= ~ICMAP_TRACK_MODIFY;
    }
    return icmap_track_add(engine_stats_map(key), key, mask, on_stats_change, track, &track->track);
}

static cs_error_t track_add(struct cmap_client *client, const struct proto_cmap_track_add *request,
                            uint64_t *handle)
{
    const char *key = key_of(&request->key);

    if (key == NULL) {
        return CS_ERR_NAME_TOO_LONG;
    }
    if (client->n_tracks >= TRACKS_MAX) {
        return CS_ERR_NO_RESOURCES;
    }
    struct track *track = calloc(1, sizeof(*track));

    if (track == NULL) {
        return CS_ERR_NO_MEMORY;
    }
    track->client = client;
    track->instance = request->instance;
    cs_error_t error = track_start(client, track, key, request->track_type);

    if (error != CS_OK) {
        free(track);
        return error;
    }
    track->handle = ++client->last_handle;
    LIST_INSERT_HEAD(&client->tracks, track, entry);
    client->n_tracks++;
    *handle = track->handle;
    return CS_OK;
}

static void lib_track_add(struct ipc_conn *conn, const void *msg, size_t size)
{
    uint64_t handle = 0;
    cs_error_t error = track_add(client_of(conn), msg, &handle);

    handle_response(conn, CMAP_RES_TRACK_ADD, error, handle);
}

static struct track *track_find(struct cmap_client *client, uint64_t handle)
{
    struct track *track;

    LIST_FOREACH(track, &client->tracks, entry) {
        if (track->handle == handle) {
            return track;
        }
    }
    return NULL;
}

static void lib_track_delete(struct ipc_conn *conn, const void *msg, size_t size)
{
    const struct proto_cmap_handle_request *request = msg;
    struct track *track = track_find(client_of(conn), request->handle);
    uint64_t instance = track == NULL ? 0 : track->instance;

    if (track != NULL) {
        track_free(client_of(conn), track);
    }
    handle_response(conn, CMAP_RES_TRACK_DELETE, track == NULL ? CS_ERR_BAD_HANDLE : CS_OK, instance);
}

/* ---- choice of the map ---- */

static void lib_set_current_map(struct ipc_conn *conn, const void *msg, size_t size)
{
    const struct proto_cmap_set_map *request = msg;
    struct cmap_client *client = client_of(conn);
    cs_error_t error = CS_OK;

    if (client->n_iters > 0 || client->n_tracks > 0) {
        error = CS_ERR_BUSY;
    } else if (request->map != MAP_ICMAP && request->map != MAP_STATS) {
        error = CS_ERR_NOT_EXIST;
    } else {
        client->map = request->map;
    }
    ipc_response_error(conn, CMAP_RES_SET_CURRENT_MAP, error);
}

static const struct exec_handler exec_handlers[] = {
    {.fn = cmap_version_receive, .min_size = CMAP_VERSION_MESSAGE_MIN},
};

#define EXACT(type) .min_size = sizeof(type), .max_size = sizeof(type)

static const struct lib_handler lib_handlers[CMAP_REQ_COUNT] = {
    [CMAP_REQ_SET] = {.fn = lib_set, .min_size = sizeof(struct proto_cmap_set)},
    [CMAP_REQ_DELETE] = {.fn = lib_delete, EXACT(struct proto_cmap_key_request)},
    [CMAP_REQ_GET] = {.fn = lib_get, EXACT(struct proto_cmap_get)},
    [CMAP_REQ_ADJUST_INT] = {.fn = lib_adjust_int, EXACT(struct proto_cmap_adjust_int)},
    [CMAP_REQ_ITER_INIT] = {.fn = lib_iter_init, EXACT(struct proto_cmap_key_request)},
    [CMAP_REQ_ITER_NEXT] = {.fn = lib_iter_next, EXACT(struct proto_cmap_handle_request)},
    [CMAP_REQ_ITER_FINALIZE] = {.fn = lib_iter_finalize, EXACT(struct proto_cmap_handle_request)},
    [CMAP_REQ_TRACK_ADD] = {.fn = lib_track_add, EXACT(struct proto_cmap_track_add)},
    [CMAP_REQ_TRACK_DELETE] = {.fn = lib_track_delete, EXACT(struct proto_cmap_handle_request)},
    [CMAP_REQ_SET_CURRENT_MAP] = {.fn = lib_set_current_map, EXACT(struct proto_cmap_set_map)},
};

struct service cmap_service = {
    .id = 0,
    .priority = 1,
    .name = "corosync_cmap",
    .ipc_name = "cmap",
    .display_name = "corosync configuration map access",
    .conn_private_size = sizeof(struct cmap_client),
    .exec_handlers = exec_handlers,
    .exec_handler_count = sizeof(exec_handlers) / sizeof(exec_handlers[0]),
    .lib_handlers = lib_handlers,
    .lib_handler_count = CMAP_REQ_COUNT,
    .exec_init = cmap_version_init,
    .lib_init = lib_init,
    .lib_exit = lib_exit,
    .sync_init = cmap_version_sync_init,
    .sync_process = cmap_version_sync_process,
    .sync_activate = cmap_version_sync_activate,
    .sync_abort = cmap_version_sync_abort,
};
