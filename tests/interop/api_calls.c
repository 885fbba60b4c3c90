/*
 * api_calls: calls the client libraries in good and bad ways and prints what comes back, so that
 * runs with other libraries or another daemon can be compared line by line.
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <corosync/cfg.h>
#include <corosync/cmap.h>
#include <corosync/cpg.h>
#include <corosync/quorum.h>
#include <corosync/votequorum.h>

#define QUIET_US 300000 /* what one request leads to comes within that time */
#define SHOW(call) printf("%s: %s\n", #call, cs_strerror(call))

static void *context_of(uintptr_t number)
{
    return (void *)number;
}

/* ---- cmap ---- */

static void on_key(cmap_handle_t handle, cmap_track_handle_t track, int32_t event, const char *key,
                   struct cmap_notify_value new_value, struct cmap_notify_value old_value, void *user_data)
{
    printf("  event %d of %s: new %d/%zu, old %d/%zu, user data %s\n", event, key, new_value.type,
           new_value.len,
           old_value.type, old_value.len, (const char *)user_data);
}

static void cmap_values(cmap_handle_t h)
{
    uint8_t u8 = 0;
    uint32_t u32 = 0;
    int64_t i64 = 0;
    double dbl = 0;
    char *text = NULL;
    char buffer[8];
    size_t length = sizeof(buffer);
    cmap_value_types_t type;

    SHOW(cmap_set_uint8(h, "api.u8", 255));
    SHOW(cmap_inc(h, "api.u8"));
    SHOW(cmap_get_uint8(h, "api.u8", &u8));
    printf("  %u\n", u8);
    SHOW(cmap_dec(h, "api.u8"));
    SHOW(cmap_get_uint32(h, "api.u8", &u32));
    SHOW(cmap_set_int64(h, "api.i64", INT64_MIN));
    SHOW(cmap_get_int64(h, "api.i64", &i64));
    printf("  %" PRId64 "\n", i64);
    SHOW(cmap_set_double(h, "api.dbl", 0.5));
    SHOW(cmap_inc(h, "api.dbl"));
    SHOW(cmap_get_double(h, "api.dbl", &dbl));
    printf("  %f\n", dbl);
    SHOW(cmap_set_string(h, "api.text", "eight888"));
    SHOW(cmap_get(h, "api.text", buffer, &length, &type));
    SHOW(cmap_get(h, "api.text", NULL, &length, &type));
    printf("  %zu %d\n", length, type);
    SHOW(cmap_get(h, "api.text", buffer, NULL, NULL));
    SHOW(cmap_get_string(h, "api.text", &text));
    printf("  %s\n", text);
    free(text);
    SHOW(cmap_get_string(h, "api.u8", &text));
    SHOW(cmap_set(h, "api.text", "ab", 2, CMAP_VALUETYPE_UINT32));
    SHOW(cmap_set(h, "api.text", "abc", 3, (cmap_value_types_t)13));
    SHOW(cmap_set(h, "api.text", NULL, 0, CMAP_VALUETYPE_BINARY));
    SHOW(cmap_set(h, "ab", "x", 1, CMAP_VALUETYPE_STRING));
    SHOW(cmap_set(h, "a b c", "x", 1, CMAP_VALUETYPE_STRING));
    SHOW(cmap_set(h, NULL, "x", 1, CMAP_VALUETYPE_STRING));
    SHOW(cmap_get_uint8(h, "api.none", &u8));
    SHOW(cmap_delete(h, "api.none"));
    SHOW(cmap_inc(h, "api.none"));
    SHOW(cmap_delete(h, "totem.version"));
    SHOW(cmap_inc(h, "totem.version"));
    SHOW(cmap_set_uint32(h, "nodelist.anything", 1));
    SHOW(cmap_set_uint8(h, "uidgid.gid.4711", 1));
    SHOW(cmap_set_uint8(h, "uidgid.config.gid.4711", 1));
}

static void cmap_big(cmap_handle_t h)
{
    static char big[20000];
    size_t length = sizeof(big);
    cmap_value_types_t type;

    memset(big, 'x', sizeof(big));
    SHOW(cmap_set(h, "api.big", big, 16384, CMAP_VALUETYPE_BINARY));
    SHOW(cmap_get(h, "api.big", big, &length, &type));
    printf("  %zu %d\n", length, type);
    SHOW(cmap_set(h, "api.big", big, 16385, CMAP_VALUETYPE_BINARY));
    SHOW(cmap_delete(h, "api.big"));
}

static void cmap_iteration(cmap_handle_t h)
{
    char key[CMAP_KEYNAME_MAXLEN + 1];
    cmap_iter_handle_t iter;
    cmap_value_types_t type;
    size_t length;

    SHOW(cmap_iter_init(h, "api.", &iter));
    while (cmap_iter_next(h, iter, key, &length, &type) == CS_OK) {
        printf("  %s %zu %d\n", key, length, type);
        cmap_delete(h, key);
    }
    SHOW(cmap_iter_next(h, iter, key, NULL, NULL));
    SHOW(cmap_iter_finalize(h, iter));
    SHOW(cmap_iter_finalize(h, iter));
    SHOW(cmap_iter_next(h, iter, key, NULL, NULL));
}

static void cmap_tracking(cmap_handle_t h)
{
    char words[2][8] = {"first", "second"};
    cmap_track_handle_t exact;
    cmap_track_handle_t prefix;

    SHOW(cmap_track_add(h, "api.x", CMAP_TRACK_ADD | CMAP_TRACK_MODIFY | CMAP_TRACK_DELETE, on_key, words[0],
                        &exact));
    SHOW(cmap_track_add(h, "api.", CMAP_TRACK_MODIFY | CMAP_TRACK_PREFIX, on_key, words[1], &prefix));
    SHOW(cmap_track_add(h, "api.", 64, on_key, words[1], &prefix));
    SHOW(cmap_track_add(h, "api.", CMAP_TRACK_ADD, NULL, words[1], &prefix));
    SHOW(cmap_set_uint32(h, "api.x", 1));
    SHOW(cmap_dispatch(h, CS_DISPATCH_ALL));
    SHOW(cmap_set_uint32(h, "api.x", 1));
    SHOW(cmap_set_string(h, "api.x", "text"));
    SHOW(cmap_dispatch(h, CS_DISPATCH_ALL));
    SHOW(cmap_track_delete(h, exact));
    SHOW(cmap_track_delete(h, exact));
    SHOW(cmap_set_uint32(h, "api.xy", 1));
    SHOW(cmap_delete(h, "api.x"));
    SHOW(cmap_dispatch(h, CS_DISPATCH_ONE_NONBLOCKING));
    SHOW(cmap_delete(h, "api.xy"));
}

static void cmap_calls(void)
{
    cmap_handle_t h;
    cmap_handle_t stats;
    const void *context;
    cmap_track_handle_t track;
    uint64_t u64;
    int fd;

    SHOW(cmap_initialize(&h));
    SHOW(cmap_context_set(h, context_of(5)));
    SHOW(cmap_context_get(h, &context));
    printf("  %zu\n", (size_t)(uintptr_t)context);
    SHOW(cmap_fd_get(h, &fd));
    cmap_values(h);
    cmap_big(h);
    cmap_iteration(h);
    cmap_tracking(h);
    SHOW(cmap_finalize(h));
    SHOW(cmap_finalize(h));
    SHOW(cmap_fd_get(h, &fd));
    SHOW(cmap_dispatch(h, CS_DISPATCH_ALL));
    SHOW(cmap_initialize_map(&stats, CMAP_MAP_STATS));
    SHOW(cmap_get_uint64(stats, "stats.ipcs.global.active", &u64));
    SHOW(cmap_set_uint32(stats, "stats.pg.msg_reserved", 1));
    SHOW(cmap_set_uint32(stats, "stats.clear.ipc", 1));
    SHOW(cmap_set_uint32(stats, "stats.clear.nothing", 1));
    SHOW(cmap_delete(stats, "stats.pg.msg_reserved"));
    SHOW(cmap_inc(stats, "stats.pg.msg_reserved"));
    SHOW(cmap_track_add(stats, "stats.", CMAP_TRACK_ADD | CMAP_TRACK_PREFIX, on_key, NULL, &track));
    SHOW(cmap_track_add(stats, "stats.knet.", CMAP_TRACK_ADD | CMAP_TRACK_DELETE | CMAP_TRACK_PREFIX, on_key,
                        NULL,
                        &track));
    SHOW(cmap_track_add(stats, "stats.pg.msg_reserved", CMAP_TRACK_MODIFY, on_key, NULL, &track));
    SHOW(cmap_finalize(stats));
    SHOW(cmap_initialize_map(&stats, (cmap_map_t)7));
    SHOW(cmap_finalize(stats));
}

/* ---- cpg ---- */

static void list_print(const char *word, const struct cpg_address *list, size_t count)
{
    printf(" %s", word);
    for (size_t i = 0; i < count; i++) {
        printf(" %u%s/%u", list[i].nodeid, list[i].pid == (uint32_t)getpid() ? "" : "?", list[i].reason);
    }
}

static void on_confchg(cpg_handle_t handle, const struct cpg_name *group, const struct cpg_address *members,
                       size_t n, const struct cpg_address *left, size_t n_left,
                       const struct cpg_address *joined,
                       size_t n_joined)
{
    printf("  change of %.*s:", (int)group->length, group->value);
    list_print("members", members, n);
    list_print("left", left, n_left);
    list_print("joined", joined, n_joined);
    printf("\n");
}

static void on_deliver(cpg_handle_t handle, const struct cpg_name *group, uint32_t nodeid, uint32_t pid,
                       void *msg,
                       size_t len)
{
    printf("  message in %.*s from %u: %zu bytes %.*s\n", (int)group->length, group->value, nodeid, len,
           len < 32 ? (int)len : 0, (const char *)msg);
}

static void on_totem(cpg_handle_t handle, struct cpg_ring_id ring, uint32_t n, const uint32_t *list)
{
    printf("  ring of %u, %u nodes\n", ring.nodeid, n);
}

/* Waits for an event, so that all runs see it at the same place. */
static void cpg_wait(cpg_handle_t h)
{
    struct pollfd pollfd = {.events = POLLIN};

    cpg_fd_get(h, &pollfd.fd);
    poll(&pollfd, 1, 20000);
    usleep(QUIET_US);
    SHOW(cpg_dispatch(h, CS_DISPATCH_ALL));
}

static void cpg_iterations(cpg_handle_t h, const struct cpg_name *group)
{
    struct cpg_iteration_description_t entry;
    cpg_iteration_handle_t iter;

    SHOW(cpg_iteration_initialize(h, CPG_ITERATION_ALL, group, &iter));
    SHOW(cpg_iteration_initialize(h, CPG_ITERATION_ONE_GROUP, NULL, &iter));
    for (cpg_iteration_type_t type = CPG_ITERATION_NAME_ONLY; type <= CPG_ITERATION_ALL; type++) {
        SHOW(cpg_iteration_initialize(h, type, type == CPG_ITERATION_ONE_GROUP ? group : NULL, &iter));
        while (cpg_iteration_next(iter, &entry) == CS_OK) {
            printf("  %.*s %u %s\n", (int)entry.group.length, entry.group.value, entry.nodeid,
                   entry.pid == (uint32_t)getpid() ? "we" : entry.pid == 0 ? "nobody" : "somebody");
        }
        SHOW(cpg_iteration_finalize(iter));
        SHOW(cpg_iteration_finalize(iter));
    }
}

static void cpg_zero_copy(cpg_handle_t h)
{
    void *buffer = NULL;

    SHOW(cpg_zcb_alloc(h, 100000, &buffer));
    memset(buffer, 'z', 100000);
    SHOW(cpg_zcb_mcast_joined(h, CPG_TYPE_AGREED, buffer, 100000));
    cpg_wait(h);
    memcpy(buffer, "shared", 6);
    SHOW(cpg_zcb_mcast_joined(h, CPG_TYPE_AGREED, buffer, 6));
    cpg_wait(h);
    SHOW(cpg_zcb_free(h, buffer));
}

static void cpg_calls(void)
{
    cpg_model_v1_data_t model = {.model = CPG_MODEL_V1, .cpg_deliver_fn = on_deliver,
                                 .cpg_confchg_fn = on_confchg,
                                 .cpg_totem_confchg_fn = on_totem,
                                 .flags = CPG_MODEL_V1_DELIVER_INITIAL_TOTEM_CONF};
    struct cpg_name group = {.length = 9, .value = "api_calls"};
    struct cpg_name too_long = {.length = 129};
    struct iovec iov[3] = {{.iov_base = "one", .iov_len = 3}, {.iov_base = "", .iov_len = 0},
                           {.iov_base = "two", .iov_len = 3}};
    struct cpg_address members[CPG_MEMBERS_MAX];
    cpg_flow_control_state_t flow;
    cpg_handle_t h;
    void *context;
    unsigned nodeid;
    uint32_t size;
    int count = 0;

    SHOW(cpg_model_initialize(&h, (cpg_model_t)2, (cpg_model_data_t *)&model, NULL));
    model.flags = 2;
    SHOW(cpg_model_initialize(&h, CPG_MODEL_V1, (cpg_model_data_t *)&model, NULL));
    model.flags = CPG_MODEL_V1_DELIVER_INITIAL_TOTEM_CONF;
    SHOW(cpg_model_initialize(&h, CPG_MODEL_V1, (cpg_model_data_t *)&model, context_of(3)));
    SHOW(cpg_context_get(h, &context));
    printf("  %zu\n", (size_t)(uintptr_t)context);
    SHOW(cpg_max_atomic_msgsize_get(h, &size));
    printf("  %u\n", size);
    SHOW(cpg_local_get(h, &nodeid));
    printf("  %u\n", nodeid);
    SHOW(cpg_flow_control_state_get(h, &flow));
    printf("  %d\n", flow);
    SHOW(cpg_dispatch(h, CS_DISPATCH_ONE_NONBLOCKING));
    SHOW(cpg_leave(h, &group));
    SHOW(cpg_join(h, &too_long));
    SHOW(cpg_join(h, &group));
    SHOW(cpg_join(h, &group));
    cpg_wait(h);
    SHOW(cpg_mcast_joined(h, CPG_TYPE_AGREED, iov, 3));
    cpg_wait(h);
    SHOW(cpg_mcast_joined(h, CPG_TYPE_SAFE, iov, 0));
    cpg_wait(h);
    SHOW(cpg_membership_get(h, &group, members, &count));
    printf("  %d\n", count);
    SHOW(cpg_membership_get(h, &group, NULL, &count));
    cpg_iterations(h, &group);
    cpg_zero_copy(h);
    SHOW(cpg_leave(h, &group));
    cpg_wait(h);
    SHOW(cpg_leave(h, &group));
    SHOW(cpg_finalize(h));
    SHOW(cpg_finalize(h));
    SHOW(cpg_join(h, &group));
}

/* ---- cfg ---- */

static void cfg_calls(void)
{
    corosync_cfg_handle_t h;
    struct corosync_cfg_node_status_v1 status;
    corosync_cfg_node_address_t addrs[8];
    char **names = NULL;
    char **states = NULL;
    unsigned count = 0;
    unsigned nodeid;
    int n = 0;

    SHOW(corosync_cfg_initialize(&h, NULL));
    SHOW(corosync_cfg_local_get(h, &nodeid));
    printf("  %u\n", nodeid);
    SHOW(corosync_cfg_ring_status_get(h, &names, &states, &count));
    for (unsigned i = 0; i < count; i++) {
        printf("  %s: %s\n", names[i], states[i]);
        free(names[i]);
        free(states[i]);
    }
    free(names);
    free(states);
    SHOW(corosync_cfg_node_status_get(h, 1, CFG_NODE_STATUS_V1, &status));
    printf("  node %u reachable %u link %u %u %u %s %s\n", status.nodeid, status.reachable,
           status.link_status[0].enabled, status.link_status[0].connected, status.link_status[0].dynconnected,
           status.link_status[0].src_ipaddr, status.link_status[0].dst_ipaddr);
    SHOW(corosync_cfg_node_status_get(h, 77, CFG_NODE_STATUS_V1, &status));
    SHOW(corosync_cfg_node_status_get(h, 1, (corosync_cfg_node_status_version_t)2, &status));
    SHOW(corosync_cfg_get_node_addrs(h, 0, 8, &n, addrs));
    printf("  %d family %d length %d\n", n, ((struct sockaddr *)(void *)addrs[0].address)->sa_family,
           addrs[0].address_length);
    SHOW(corosync_cfg_get_node_addrs(h, 77, 8, &n, addrs));
    SHOW(corosync_cfg_kill_node(h, 77, "test"));
    SHOW(corosync_cfg_trackstart(h, 0));
    SHOW(corosync_cfg_trackstop(h));
    SHOW(corosync_cfg_trackstop(h));
    SHOW(corosync_cfg_replyto_shutdown(h, COROSYNC_CFG_SHUTDOWN_FLAG_YES));
    SHOW(corosync_cfg_reopen_log_files(h));
    SHOW(corosync_cfg_reload_config(h));
    SHOW(corosync_cfg_dispatch(h, CS_DISPATCH_ALL));
    SHOW(corosync_cfg_finalize(h));
    SHOW(corosync_cfg_local_get(h, &nodeid));
}

/* ---- quorum and votequorum ---- */

static void on_quorum(quorum_handle_t handle, uint32_t quorate, uint64_t seq, uint32_t n, uint32_t *list)
{
    printf("  quorate %u, %u nodes, first %u\n", quorate, n, n > 0 ? list[0] : 0);
}

static void on_quorum_v1(quorum_handle_t handle, uint32_t quorate, struct quorum_ring_id ring, uint32_t n,
                         const uint32_t *list)
{
    printf("  model 1: quorate %u, ring of %u, %u nodes\n", quorate, ring.nodeid, n);
}

static void on_nodelist_v1(quorum_handle_t handle, struct quorum_ring_id ring, uint32_t n,
                           const uint32_t *list,
                           uint32_t n_joined, const uint32_t *joined, uint32_t n_left, const uint32_t *left)
{
    printf("  model 1: ring of %u, %u nodes, %u joined, %u left\n", ring.nodeid, n, n_joined, n_left);
}

static void quorum_calls(void)
{
    quorum_callbacks_t callbacks = {.quorum_notify_fn = on_quorum};
    quorum_model_v1_data_t v1 = {.model = QUORUM_MODEL_V1, .quorum_notify_fn = on_quorum_v1,
                                 .nodelist_notify_fn = on_nodelist_v1};
    quorum_handle_t h;
    uint32_t type = 9;
    int quorate = 9;

    SHOW(quorum_initialize(&h, &callbacks, &type));
    printf("  %u\n", type);
    SHOW(quorum_getquorate(h, &quorate));
    printf("  %d\n", quorate);
    SHOW(quorum_dispatch(h, (cs_dispatch_flags_t)9));
    SHOW(quorum_trackstop(h));
    SHOW(quorum_trackstart(h, CS_TRACK_CURRENT));
    SHOW(quorum_dispatch(h, CS_DISPATCH_ONE));
    SHOW(quorum_trackstart(h, CS_TRACK_CHANGES_ONLY));
    SHOW(quorum_trackstart(h, CS_TRACK_CHANGES));
    SHOW(quorum_dispatch(h, CS_DISPATCH_ALL));
    SHOW(quorum_trackstop(h));
    SHOW(quorum_finalize(h));
    SHOW(quorum_finalize(h));
    SHOW(quorum_model_initialize(&h, (quorum_model_t)2, NULL, &type, NULL));
    SHOW(quorum_model_initialize(&h, QUORUM_MODEL_V1, (quorum_model_data_t *)&v1, &type, NULL));
    SHOW(quorum_trackstart(h, CS_TRACK_CURRENT));
    SHOW(quorum_dispatch(h, CS_DISPATCH_ALL));
    SHOW(quorum_finalize(h));
}

static void on_votes(votequorum_handle_t handle, uint64_t context, uint32_t quorate, uint32_t n,
                     votequorum_node_t list[])
{
    printf("  context %" PRIu64 ", quorate %u, %u nodes:", context, quorate, n);
    for (uint32_t i = 0; i < n; i++) {
        printf(" %u/%u", list[i].nodeid, list[i].state);
    }
    printf("\n");
}

static void on_expected(votequorum_handle_t handle, uint64_t context, uint32_t expected)
{
    printf("  context %" PRIu64 ", expected votes %u\n", context, expected);
}

static void on_nodelist(votequorum_handle_t handle, uint64_t context, votequorum_ring_id_t ring, uint32_t n,
                        uint32_t list[])
{
    printf("  context %" PRIu64 ", ring of %u, %u nodes\n", context, ring.nodeid, n);
}

static void info_print(const struct votequorum_info *info)
{
    printf("  node %u state %u votes %u expected %u highest %u total %u quorum %u flags %u device %u '%s'\n",
           info->node_id, info->node_state, info->node_votes, info->node_expected_votes,
           info->highest_expected,
           info->total_votes, info->quorum, info->flags, info->qdevice_votes, info->qdevice_name);
}

static void votequorum_calls(void)
{
    votequorum_callbacks_t callbacks = {.votequorum_quorum_notify_fn = on_votes,
                                        .votequorum_expectedvotes_notify_fn = on_expected,
                                        .votequorum_nodelist_notify_fn = on_nodelist};
    votequorum_ring_id_t ring = {.nodeid = 1, .seq = 1};
    struct votequorum_info info = {0};
    votequorum_handle_t h;
    char long_name[300];

    memset(long_name, 'x', sizeof(long_name) - 1);
    long_name[sizeof(long_name) - 1] = '\0';
    SHOW(votequorum_initialize(&h, &callbacks));
    SHOW(votequorum_getinfo(h, 0, &info));
    info_print(&info);
    SHOW(votequorum_getinfo(h, 1, &info));
    info_print(&info);
    SHOW(votequorum_getinfo(h, 77, &info));
    SHOW(votequorum_dispatch(h, (cs_dispatch_flags_t)0));
    SHOW(votequorum_trackstop(h));
    SHOW(votequorum_trackstart(h, 11, CS_TRACK_CHANGES));
    SHOW(votequorum_trackstart(h, 12, CS_TRACK_CURRENT));
    SHOW(votequorum_setexpected(h, 0));
    SHOW(votequorum_setexpected(h, 3));
    SHOW(votequorum_setexpected(h, 1));
    SHOW(votequorum_setvotes(h, 77, 1));
    SHOW(votequorum_setvotes(h, 1, 2));
    usleep(QUIET_US);
    SHOW(votequorum_dispatch(h, CS_DISPATCH_ALL));
    SHOW(votequorum_getinfo(h, 1, &info));
    info_print(&info);
    SHOW(votequorum_setvotes(h, 1, 1));
    SHOW(votequorum_qdevice_register(h, ""));
    SHOW(votequorum_qdevice_register(h, long_name));
    SHOW(votequorum_qdevice_unregister(h, "Qdevice"));
    SHOW(votequorum_qdevice_poll(h, "Qdevice", 1, ring));
    SHOW(votequorum_qdevice_master_wins(h, "Qdevice", 1));
    SHOW(votequorum_qdevice_update(h, "Qdevice", "other"));
    SHOW(votequorum_qdevice_register(h, "Qdevice"));
    SHOW(votequorum_qdevice_register(h, "Qdevice"));
    SHOW(votequorum_qdevice_register(h, "other"));
    SHOW(votequorum_qdevice_poll(h, "Qdevice", 1, ring));
    SHOW(votequorum_qdevice_unregister(h, "other"));
    SHOW(votequorum_qdevice_unregister(h, "Qdevice"));
    SHOW(votequorum_trackstop(h));
    usleep(QUIET_US);
    SHOW(votequorum_dispatch(h, CS_DISPATCH_ALL));
    SHOW(votequorum_finalize(h));
    SHOW(votequorum_finalize(h));
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    cmap_calls();
    cpg_calls();
    cfg_calls();
    quorum_calls();
    votequorum_calls();
    return 0;
}
