/*
 * libcmap: the daemon's configuration and statistics maps for client programs.
 */
#include <corosync/cmap.h>

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "corosync/client/client.h"
#include "corosync/client/proto_cmap.h"

#define VALUE_MAX 16384 /* bytes; the daemon refuses longer values */

/* A tracked key: its own handle travels to the daemon and comes back in events. */
struct track {
    LIST_ENTRY(track) entry;
    uint64_t instance;
    cmap_track_handle_t server_handle;
    cmap_notify_fn_t notify;
    void *user_data;
};

struct cmap_client {
    struct client client; /* must be first */
    LIST_HEAD(, track) tracks; /* under client.lock */
};

static struct handle_table track_handles = HANDLE_TABLE_INIT(free);

static void cmap_destroy(void *object)
{
    struct cmap_client *cmap = object;

    while (!LIST_EMPTY(&cmap->tracks)) {
        struct track *track = LIST_FIRST(&cmap->tracks);

        LIST_REMOVE(track, entry);
        handle_remove(&track_handles, track->instance);
    }
    client_close(&cmap->client);
    free(cmap);
}

static struct handle_table cmap_handles = HANDLE_TABLE_INIT(cmap_destroy);

cs_error_t cmap_initialize(cmap_handle_t *handle)
{
    struct cmap_client *cmap = calloc(1, sizeof(*cmap));

    if (cmap == NULL) {
        return CS_ERR_NO_MEMORY;
    }
    cs_error_t error = client_open(&cmap->client, "cmap", PROTO_MESSAGE_MAX);

    if (error != CS_OK) {
        free(cmap);
        return error;
    }
    error = handle_add(&cmap_handles, cmap, handle);
    if (error != CS_OK) {
        cmap_destroy(cmap);
    }
    return error;
}

/* Sends a request whose answer is only an error. */
static cs_error_t call_simple(cmap_handle_t handle, const void *request, size_t size)
{
    struct cmap_client *cmap = handle_get(&cmap_handles, handle);

    if (cmap == NULL) {
        return CS_ERR_BAD_HANDLE;
    }
    cs_error_t error = client_call_simple(&cmap->client, request, size);

    handle_put(&cmap_handles, handle);
    return error;
}

/* Sends a request whose answer has a body; the answer is complete when CS_OK is returned. */
static cs_error_t call(cmap_handle_t handle, const void *request, size_t size, void *response,
                       size_t response_size)
{
    struct cmap_client *cmap = handle_get(&cmap_handles, handle);

    if (cmap == NULL) {
        return CS_ERR_BAD_HANDLE;
    }
    cs_error_t error = client_call(&cmap->client, request, size, response, response_size, response_size);

    handle_put(&cmap_handles, handle);
    return error;
}

cs_error_t cmap_initialize_map(cmap_handle_t *handle, cmap_map_t map)
{
    cs_error_t error = cmap_initialize(handle);

    if (error != CS_OK) {
        return error;
    }
    struct proto_cmap_set_map request = {.map = (int32_t)map};

    client_header(&request.header, CMAP_REQ_SET_CURRENT_MAP, sizeof(request));
    return call_simple(*handle, &request, sizeof(request));
}

cs_error_t cmap_finalize(cmap_handle_t handle)
{
    return handle_remove(&cmap_handles, handle) ? CS_OK : CS_ERR_BAD_HANDLE;
}

cs_error_t cmap_fd_get(cmap_handle_t handle, int *fd)
{
    return client_fd(&cmap_handles, handle, fd);
}

cs_error_t cmap_context_get(cmap_handle_t handle, const void **context)
{
    return client_context_get(&cmap_handles, handle, (void **)context);
}

cs_error_t cmap_context_set(cmap_handle_t handle, const void *context)
{
    return client_context_set(&cmap_handles, handle, (void *)context);
}

/* ---- events ---- */

static void value_from_wire(struct cmap_notify_value *value, uint8_t type, uint64_t len, const void *data)
{
    value->type = (cmap_value_types_t)type;
    value->len = len;
    value->data = len == 0 ? NULL : data;
}

static cs_error_t on_notify(cmap_handle_t handle, struct proto_cmap_notify *event, size_t size)
{
    if (event->new_len > PROTO_MESSAGE_MAX || event->old_len > PROTO_MESSAGE_MAX ||
        !event_has(size, sizeof(*event), event->new_len + event->old_len, 1)) {
        return CS_ERR_LIBRARY;
    }
    struct track *track = handle_get(&track_handles, event->instance);

    if (track == NULL) {
        return CS_OK; /* deleted while the event was on its way */
    }
    struct cmap_notify_value new_value;
    struct cmap_notify_value old_value;
    /* the old value follows the new one at any address: move it to an aligned one */
    uint8_t *old_data = malloc(event->old_len + 1);
    char key[CMAP_KEYNAME_MAXLEN + 1] = "";

    if (old_data == NULL) {
        handle_put(&track_handles, event->instance);
        return CS_ERR_NO_MEMORY;
    }
    memcpy(old_data, event->values + event->new_len, event->old_len);
    memcpy(key, event->key.value, CMAP_KEYNAME_MAXLEN);
    value_from_wire(&new_value, event->new_type, event->new_len, event->values);
    value_from_wire(&old_value, event->old_type, event->old_len, old_data);
    track->notify(handle, track->server_handle, event->event, key, new_value, old_value, track->user_data);
    free(old_data);
    handle_put(&track_handles, event->instance);
    return CS_OK;
}

static cs_error_t on_event(void *object, uint64_t handle, void *event, size_t size)
{
    if (((const proto_response *)event)->id != CMAP_EV_NOTIFY || size < sizeof(struct proto_cmap_notify)) {
        return CS_ERR_LIBRARY;
    }
    return on_notify(handle, event, size);
}

cs_error_t cmap_dispatch(cmap_handle_t handle, cs_dispatch_flags_t dispatch_types)
{
    return client_dispatch(&cmap_handles, handle, dispatch_types, false, on_event);
}

/* ---- set, delete, adjust ---- */

/* False when the key is too long for the wire; its rules are the daemon's to check. */
static bool key_to_wire(struct proto_name *wire, const char *key)
{
    size_t length = strlen(key);

    if (length > CMAP_KEYNAME_MAXLEN) {
        return false;
    }
    wire->length = (uint16_t)length;
    memcpy(wire->value, key, length);
    return true;
}

cs_error_t cmap_set(cmap_handle_t handle, const char *key_name, const void *value, size_t value_len,
                    cmap_value_types_t type)
{
    struct proto_cmap_set request = {.value_len = value_len, .type = (uint8_t)type};
    proto_response response;

    if (key_name == NULL || value == NULL || value_len > PROTO_MESSAGE_MAX - sizeof(request)) {
        return CS_ERR_INVALID_PARAM;
    }
    if (!key_to_wire(&request.key, key_name)) {
        return CS_ERR_NAME_TOO_LONG;
    }
    struct cmap_client *cmap = handle_get(&cmap_handles, handle);

    if (cmap == NULL) {
        return CS_ERR_BAD_HANDLE;
    }
    struct iovec iov[2] = {
        {.iov_base = &request, .iov_len = sizeof(request)},
        {.iov_base = (void *)value, .iov_len = value_len},
    };

    client_header(&request.header, CMAP_REQ_SET, sizeof(request) + value_len);
    cs_error_t error = client_callv(&cmap->client, iov, 2, &response, sizeof(response), sizeof(response));

    handle_put(&cmap_handles, handle);
    return error;
}

#define SET_NUMBER(name, ctype, value_type)                                                \
    cs_error_t cmap_set_##name(cmap_handle_t handle, const char *key_name, ctype value)    \
    {                                                                                      \
        return cmap_set(handle, key_name, &value, sizeof(value), CMAP_VALUETYPE_##value_type); \
    }

SET_NUMBER(int8, int8_t, INT8)
SET_NUMBER(uint8, uint8_t, UINT8)
SET_NUMBER(int16, int16_t, INT16)
SET_NUMBER(uint16, uint16_t, UINT16)
SET_NUMBER(int32, int32_t, INT32)
SET_NUMBER(uint32, uint32_t, UINT32)
SET_NUMBER(int64, int64_t, INT64)
SET_NUMBER(uint64, uint64_t, UINT64)
SET_NUMBER(float, float, FLOAT)
SET_NUMBER(double, double, DOUBLE)

cs_error_t cmap_set_string(cmap_handle_t handle, const char *key_name, const char *value)
{
    if (value == NULL) {
        return CS_ERR_INVALID_PARAM;
    }
    return cmap_set(handle, key_name, value, strlen(value), CMAP_VALUETYPE_STRING);
}

cs_error_t cmap_delete(cmap_handle_t handle, const char *key_name)
{
    struct proto_cmap_key_request request = {0};

    if (key_name == NULL) {
        return CS_ERR_INVALID_PARAM;
    }
    if (!key_to_wire(&request.key, key_name)) {
        return CS_ERR_NAME_TOO_LONG;
    }
    client_header(&request.header, CMAP_REQ_DELETE, sizeof(request));
    return call_simple(handle, &request, sizeof(request));
}

static cs_error_t adjust(cmap_handle_t handle, const char *key_name, int32_t step)
{
    struct proto_cmap_adjust_int request = {.step = step};

    if (key_name == NULL) {
        return CS_ERR_INVALID_PARAM;
    }
    if (!key_to_wire(&request.key, key_name)) {
        return CS_ERR_NAME_TOO_LONG;
    }
    client_header(&request.header, CMAP_REQ_ADJUST_INT, sizeof(request));
    return call_simple(handle, &request, sizeof(request));
}

cs_error_t cmap_inc(cmap_handle_t handle, const char *key_name)
{
    return adjust(handle, key_name, 1);
}

cs_error_t cmap_dec(cmap_handle_t handle, const char *key_name)
{
    return adjust(handle, key_name, -1);
}

/* ---- get ---- */

/* Asks for a value of at most `room` bytes. *response becomes the answer, which the caller frees. */
static cs_error_t value_request(cmap_handle_t handle, const char *key_name, size_t room,
                                struct proto_cmap_value **response)
{
    struct proto_cmap_get request = {.value_len = room};

    *response = NULL;
    if (!key_to_wire(&request.key, key_name)) {
        return CS_ERR_NAME_TOO_LONG;
    }
    struct cmap_client *cmap = handle_get(&cmap_handles, handle);

    if (cmap == NULL) {
        return CS_ERR_BAD_HANDLE;
    }
    size_t size = sizeof(**response) + room;
    cs_error_t error = CS_ERR_NO_MEMORY;

    *response = malloc(size);
    client_header(&request.header, CMAP_REQ_GET, sizeof(request));
    if (*response != NULL) {
        error = client_call(&cmap->client, &request, sizeof(request), *response, size, sizeof(**response));
    }
    handle_put(&cmap_handles, handle);
    if (error == CS_OK && room > 0 && (*response)->value_len > room) {
        return CS_ERR_LIBRARY;
    }
    return error;
}

cs_error_t cmap_get(cmap_handle_t handle, const char *key_name, void *value, size_t *value_len,
                    cmap_value_types_t *type)
{
    struct proto_cmap_value *response;

    if (key_name == NULL || (value != NULL && value_len == NULL)) {
        return CS_ERR_INVALID_PARAM;
    }
    size_t room = value == NULL ? 0 : *value_len;

    if (room > PROTO_MESSAGE_MAX - sizeof(*response)) {
        room = PROTO_MESSAGE_MAX - sizeof(*response);
    }
    cs_error_t error = value_request(handle, key_name, room, &response);

    if (error == CS_OK) {
        if (room > 0) {
            memcpy(value, response->value, response->value_len);
        }
        if (value_len != NULL) {
            *value_len = response->value_len;
        }
        if (type != NULL) {
            *type = (cmap_value_types_t)response->type;
        }
    }
    free(response);
    return error;
}

static cs_error_t get_number(cmap_handle_t handle, const char *key_name, void *number, size_t size,
                             cmap_value_types_t wanted)
{
    cmap_value_types_t type;
    uint64_t buffer; /* as long as the longest number */
    size_t length = sizeof(buffer);
    cs_error_t error = cmap_get(handle, key_name, &buffer, &length, &type);

    if (error != CS_OK) {
        return error;
    }
    if (type != wanted || length != size) {
        return CS_ERR_INVALID_PARAM;
    }
    memcpy(number, &buffer, size);
    return CS_OK;
}

#define GET_NUMBER(name, ctype, value_type)                                                       \
    cs_error_t cmap_get_##name(cmap_handle_t handle, const char *key_name, ctype *number)         \
    {                                                                                             \
        return get_number(handle, key_name, number, sizeof(*number), CMAP_VALUETYPE_##value_type); \
    }

GET_NUMBER(int8, int8_t, INT8)
GET_NUMBER(uint8, uint8_t, UINT8)
GET_NUMBER(int16, int16_t, INT16)
GET_NUMBER(uint16, uint16_t, UINT16)
GET_NUMBER(int32, int32_t, INT32)
GET_NUMBER(uint32, uint32_t, UINT32)
GET_NUMBER(int64, int64_t, INT64)
GET_NUMBER(uint64, uint64_t, UINT64)
GET_NUMBER(float, float, FLOAT)
GET_NUMBER(double, double, DOUBLE)

cs_error_t cmap_get_string(cmap_handle_t handle, const char *key_name, char **str)
{
    struct proto_cmap_value *response;

    if (key_name == NULL || str == NULL) {
        return CS_ERR_INVALID_PARAM;
    }
    cs_error_t error = value_request(handle, key_name, VALUE_MAX + 1, &response);

    if (error == CS_OK && response->type != CMAP_VALUETYPE_STRING) {
        error = CS_ERR_INVALID_PARAM;
    }
    if (error == CS_OK) {
        *str = strndup((const char *)response->value, response->value_len);
        error = *str == NULL ? CS_ERR_NO_MEMORY : CS_OK;
    }
    free(response);
    return error;
}

/* ---- iteration ---- */

cs_error_t cmap_iter_init(cmap_handle_t handle, const char *prefix, cmap_iter_handle_t *cmap_iter_handle)
{
    struct proto_cmap_key_request request = {0};
    struct proto_cmap_handle_response response;

    if (cmap_iter_handle == NULL) {
        return CS_ERR_INVALID_PARAM;
    }
    if (!key_to_wire(&request.key, prefix == NULL ? "" : prefix)) {
        return CS_ERR_NAME_TOO_LONG;
    }
    client_header(&request.header, CMAP_REQ_ITER_INIT, sizeof(request));
    cs_error_t error = call(handle, &request, sizeof(request), &response, sizeof(response));

    if (error == CS_OK) {
        *cmap_iter_handle = response.handle;
    }
    return error;
}

cs_error_t cmap_iter_next(cmap_handle_t handle, cmap_iter_handle_t iter_handle,
                          char key_name[CMAP_KEYNAME_MAXLEN + 1], size_t *value_len,
                          cmap_value_types_t *type)
{
    struct proto_cmap_handle_request request = {.handle = iter_handle};
    struct proto_cmap_iter_next response;

    if (key_name == NULL) {
        return CS_ERR_INVALID_PARAM;
    }
    client_header(&request.header, CMAP_REQ_ITER_NEXT, sizeof(request));
    cs_error_t error = call(handle, &request, sizeof(request), &response, sizeof(response));

    if (error != CS_OK) {
        return error;
    }
    if (response.key.length > CMAP_KEYNAME_MAXLEN) {
        return CS_ERR_LIBRARY;
    }
    memcpy(key_name, response.key.value, response.key.length);
    key_name[response.key.length] = '\0';
    if (value_len != NULL) {
        *value_len = response.value_len;
    }
    if (type != NULL) {
        *type = (cmap_value_types_t)response.type;
    }
    return CS_OK;
}

cs_error_t cmap_iter_finalize(cmap_handle_t handle, cmap_iter_handle_t iter_handle)
{
    struct proto_cmap_handle_request request = {.handle = iter_handle};

    client_header(&request.header, CMAP_REQ_ITER_FINALIZE, sizeof(request));
    return call_simple(handle, &request, sizeof(request));
}

/* ---- tracking ---- */

static cs_error_t track_register(struct cmap_client *cmap, struct track *track,
                                 struct proto_cmap_track_add *request)
{
    struct proto_cmap_handle_response response;
    cs_error_t error = handle_add(&track_handles, track, &track->instance);

    if (error != CS_OK) {
        free(track);
        return error;
    }
    request->instance = track->instance;
    client_header(&request->header, CMAP_REQ_TRACK_ADD, sizeof(*request));
    error = client_call(&cmap->client, request, sizeof(*request), &response, sizeof(response),
                        sizeof(response));
    if (error != CS_OK) {
        handle_remove(&track_handles, track->instance);
        return error;
    }
    pthread_mutex_lock(&cmap->client.lock);
    track->server_handle = response.handle;
    LIST_INSERT_HEAD(&cmap->tracks, track, entry);
    pthread_mutex_unlock(&cmap->client.lock);
    return CS_OK;
}

cs_error_t cmap_track_add(cmap_handle_t handle, const char *key_name, int32_t track_type,
                          cmap_notify_fn_t notify_fn, void *user_data,
                          cmap_track_handle_t *cmap_track_handle)
{
    struct proto_cmap_track_add request = {.track_type = track_type};

    if (cmap_track_handle == NULL || notify_fn == NULL) {
        return CS_ERR_INVALID_PARAM;
    }
    if (!key_to_wire(&request.key, key_name == NULL ? "" : key_name)) {
        return CS_ERR_NAME_TOO_LONG;
    }
    struct cmap_client *cmap = handle_get(&cmap_handles, handle);

    if (cmap == NULL) {
        return CS_ERR_BAD_HANDLE;
    }
    cs_error_t error = CS_ERR_NO_MEMORY;
    struct track *track = calloc(1, sizeof(*track));

    if (track != NULL) {
        track->notify = notify_fn;
        track->user_data = user_data;
        error = track_register(cmap, track, &request);
    }
    if (error == CS_OK) {
        *cmap_track_handle = track->server_handle;
    }
    handle_put(&cmap_handles, handle);
    return error;
}

/* The daemon named the track by our own handle. */
static void track_forget(struct cmap_client *cmap, uint64_t instance)
{
    struct track *track = handle_get(&track_handles, instance);

    if (track == NULL) {
        return;
    }
    pthread_mutex_lock(&cmap->client.lock);
    LIST_REMOVE(track, entry);
    pthread_mutex_unlock(&cmap->client.lock);
    handle_remove(&track_handles, instance);
    handle_put(&track_handles, instance);
}

cs_error_t cmap_track_delete(cmap_handle_t handle, cmap_track_handle_t track_handle)
{
    struct proto_cmap_handle_request request = {.handle = track_handle};
    struct proto_cmap_handle_response response;
    struct cmap_client *cmap = handle_get(&cmap_handles, handle);

    if (cmap == NULL) {
        return CS_ERR_BAD_HANDLE;
    }
    client_header(&request.header, CMAP_REQ_TRACK_DELETE, sizeof(request));
    cs_error_t error = client_call(&cmap->client, &request, sizeof(request), &response, sizeof(response),
                                   sizeof(response));

    if (error == CS_OK) {
        track_forget(cmap, response.handle);
    }
    handle_put(&cmap_handles, handle);
    return error;
}
