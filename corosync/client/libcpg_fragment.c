/*
 * libcpg: sending. Messages that fit go out in one request without an answer; larger ones are
 * cut into fragments that the receiving library puts together again (services.md 6.5).
 */
#include "corosync/client/libcpg.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MCAST_IOV_MAX 63           /* parts of a message, besides our header */
#define FRAGMENT_RETRY_US 10000    /* pause before a fragment is sent again */
#define FRAGMENT_RETRIES 100
#define ASSEMBLY_MAX ((size_t)1 << 30) /* bytes of a message that we are ready to put together */
#define ASSEMBLIES_MAX 1024        /* incomplete messages at a time */

/* One request without an answer. The flow control limit lets the daemon refuse during sync, too. */
static cs_error_t mcast_whole(struct cpg_client *cpg, cpg_guarantee_t guarantee, const struct iovec *iov,
                              unsigned int iov_count, size_t length)
{
    struct proto_cpg_mcast request = {.guarantee = guarantee, .msglen = (uint32_t)length};
    struct iovec parts[MCAST_IOV_MAX + 1];

    request.header.id = CPG_REQ_MCAST;
    request.header.size = (int32_t)(sizeof(request) + length);
    parts[0] = (struct iovec){.iov_base = &request, .iov_len = sizeof(request)};
    memcpy(&parts[1], iov, iov_count * sizeof(*iov));

    pthread_mutex_lock(&cpg->client.lock);
    qb_ipcc_fc_enable_max_set(cpg->client.ipc, 2);
    ssize_t sent = qb_ipcc_sendv(cpg->client.ipc, parts, iov_count + 1);

    qb_ipcc_fc_enable_max_set(cpg->client.ipc, 1);
    pthread_mutex_unlock(&cpg->client.lock);
    return qb_to_cs_error((int)sent);
}

/* One fragment and its answer, sent again while the transport is congested. */
static cs_error_t fragment_send(struct cpg_client *cpg, struct proto_cpg_partial_mcast *request, void *data)
{
    struct iovec parts[2] = {
        {.iov_base = request, .iov_len = sizeof(*request)},
        {.iov_base = data, .iov_len = request->fraglen},
    };
    proto_response response;
    ssize_t received = -EAGAIN;

    request->header.id = CPG_REQ_PARTIAL_MCAST;
    request->header.size = (int32_t)(sizeof(*request) + request->fraglen);
    for (int attempt = 0; attempt <= FRAGMENT_RETRIES && received == -EAGAIN; attempt++) {
        if (attempt > 0) {
            usleep(FRAGMENT_RETRY_US);
        }
        memset(&response, 0, sizeof(response));
        pthread_mutex_lock(&cpg->client.lock);
        qb_ipcc_fc_enable_max_set(cpg->client.ipc, 2);
        received = qb_ipcc_sendv_recv(cpg->client.ipc, parts, 2, &response, sizeof(response),
                                      CS_IPC_TIMEOUT_MS);
        qb_ipcc_fc_enable_max_set(cpg->client.ipc, 1);
        pthread_mutex_unlock(&cpg->client.lock);
    }
    if (received < 0) {
        return qb_to_cs_error((int)received);
    }
    return (size_t)received < sizeof(response) ? CS_ERR_LIBRARY : (cs_error_t)response.error;
}

static cs_error_t mcast_fragments(struct cpg_client *cpg, cpg_guarantee_t guarantee, const struct iovec *iov,
                                  unsigned int iov_count, size_t length)
{
    struct proto_cpg_partial_mcast request = {.guarantee = guarantee, .msglen = (uint32_t)length};
    cs_error_t error = CS_OK;
    size_t sent = 0;

    for (unsigned int i = 0; i < iov_count && error == CS_OK; i++) {
        size_t size;

        for (size_t at = 0; at < iov[i].iov_len && error == CS_OK; at += size) {
            size = iov[i].iov_len - at;
            if (size > PROTO_CPG_ATOMIC_MAX) {
                size = PROTO_CPG_ATOMIC_MAX;
            }
            request.fraglen = (uint32_t)size;
            request.type = sent == 0                ? CPG_FRAGMENT_FIRST
                           : sent + size == length ? CPG_FRAGMENT_LAST
                                                    : CPG_FRAGMENT_CONTINUED;
            error = fragment_send(cpg, &request, (uint8_t *)iov[i].iov_base + at);
            sent += size;
        }
    }
    return error;
}

cs_error_t cpg_mcast_joined(cpg_handle_t handle, cpg_guarantee_t guarantee, const struct iovec *iovec,
                            unsigned int iov_len)
{
    size_t length = 0;

    for (unsigned int i = 0; i < iov_len; i++) {
        if (iovec[i].iov_len > UINT32_MAX - length) {
            return CS_ERR_TOO_BIG;
        }
        length += iovec[i].iov_len;
    }
    if (length <= PROTO_CPG_ATOMIC_MAX && iov_len > MCAST_IOV_MAX) {
        return CS_ERR_INVALID_PARAM;
    }
    struct cpg_client *cpg = handle_get(&cpg_handles, handle);

    if (cpg == NULL) {
        return CS_ERR_BAD_HANDLE;
    }
    cs_error_t error = length <= PROTO_CPG_ATOMIC_MAX
                           ? mcast_whole(cpg, guarantee, iovec, iov_len, length)
                           : mcast_fragments(cpg, guarantee, iovec, iov_len, length);

    handle_put(&cpg_handles, handle);
    return error;
}

/* ---- putting together ---- */

static struct assembly *assembly_find(struct assembly_list *list, uint32_t nodeid, uint32_t pid)
{
    struct assembly *assembly;

    LIST_FOREACH(assembly, list, entry) {
        if (assembly->nodeid == nodeid && assembly->pid == pid) {
            return assembly;
        }
    }
    return NULL;
}

static unsigned int assembly_count(const struct assembly_list *list)
{
    const struct assembly *assembly;
    unsigned int count = 0;

    LIST_FOREACH(assembly, list, entry) {
        count++;
    }
    return count;
}

static struct assembly *assembly_begin(struct assembly_list *list,
                                       const struct proto_cpg_partial_deliver *first)
{
    assembly_discard(list, first->nodeid, first->pid);
    if (first->msglen > ASSEMBLY_MAX || assembly_count(list) >= ASSEMBLIES_MAX) {
        return NULL;
    }
    struct assembly *assembly = malloc(sizeof(*assembly) + first->msglen);

    if (assembly != NULL) {
        assembly->nodeid = first->nodeid;
        assembly->pid = first->pid;
        assembly->length = first->msglen;
        assembly->received = 0;
        LIST_INSERT_HEAD(list, assembly, entry);
    }
    return assembly;
}

struct assembly *assembly_add(struct assembly_list *list, const struct proto_cpg_partial_deliver *fragment)
{
    struct assembly *assembly = fragment->type == CPG_FRAGMENT_FIRST
                                    ? assembly_begin(list, fragment)
                                    : assembly_find(list, fragment->nodeid, fragment->pid);

    if (assembly == NULL) {
        return NULL;
    }
    if (fragment->fraglen > assembly->length - assembly->received) {
        assembly_discard(list, fragment->nodeid, fragment->pid);
        return NULL;
    }
    memcpy(assembly->data + assembly->received, fragment->message, fragment->fraglen);
    assembly->received += fragment->fraglen;
    if (fragment->type != CPG_FRAGMENT_LAST) {
        return NULL;
    }
    LIST_REMOVE(assembly, entry);
    if (assembly->received != assembly->length) {
        assembly_free(assembly);
        return NULL;
    }
    return assembly;
}

void assembly_free(struct assembly *assembly)
{
    free(assembly);
}

void assembly_discard(struct assembly_list *list, uint32_t nodeid, uint32_t pid)
{
    struct assembly *assembly = assembly_find(list, nodeid, pid);

    if (assembly != NULL) {
        LIST_REMOVE(assembly, entry);
        assembly_free(assembly);
    }
}

void assemblies_free(struct assembly_list *list)
{
    while (!LIST_EMPTY(list)) {
        struct assembly *assembly = LIST_FIRST(list);

        LIST_REMOVE(assembly, entry);
        assembly_free(assembly);
    }
}
