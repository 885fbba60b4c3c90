/*
 * The public headers promise sizes, offsets and values that existing programs were compiled
 * with. Most of the checks are made by the compiler; the run covers libcorosync_common.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <corosync/cfg.h>
#include <corosync/cmap.h>
#include <corosync/corodefs.h>
#include <corosync/corotypes.h>
#include <corosync/cpg.h>
#include <corosync/hdb.h>
#include <corosync/quorum.h>
#include <corosync/sam.h>
#include <corosync/votequorum.h>

#define SIZE(type, size) _Static_assert(sizeof(type) == (size), "size of " #type)
#define AT(type, field, offset) _Static_assert(offsetof(type, field) == (offset), #type "." #field)
#define VALUE(name, value) _Static_assert((name) == (value), "value of " #name)

SIZE(cs_error_t, 4);
SIZE(cs_name_t, 258);
AT(cs_name_t, value, 2);
SIZE(cs_time_t, 8);
SIZE(cs_version_t, 3);
VALUE(CS_MAX_NAME_LENGTH, 256);
VALUE(CS_DISPATCH_ONE, 1);
VALUE(CS_DISPATCH_ALL, 2);
VALUE(CS_DISPATCH_BLOCKING, 3);
VALUE(CS_DISPATCH_ONE_NONBLOCKING, 4);
VALUE(CS_TRACK_CURRENT, 1);
VALUE(CS_TRACK_CHANGES, 2);
VALUE(CS_TRACK_CHANGES_ONLY, 4);
VALUE(CS_OK, 1);
VALUE(CS_ERR_LIBRARY, 2);
VALUE(CS_ERR_VERSION, 3);
VALUE(CS_ERR_INIT, 4);
VALUE(CS_ERR_TIMEOUT, 5);
VALUE(CS_ERR_TRY_AGAIN, 6);
VALUE(CS_ERR_INVALID_PARAM, 7);
VALUE(CS_ERR_NO_MEMORY, 8);
VALUE(CS_ERR_BAD_HANDLE, 9);
VALUE(CS_ERR_BUSY, 10);
VALUE(CS_ERR_ACCESS, 11);
VALUE(CS_ERR_NOT_EXIST, 12);
VALUE(CS_ERR_NAME_TOO_LONG, 13);
VALUE(CS_ERR_EXIST, 14);
VALUE(CS_ERR_NO_SPACE, 15);
VALUE(CS_ERR_INTERRUPT, 16);
VALUE(CS_ERR_NAME_NOT_FOUND, 17);
VALUE(CS_ERR_NO_RESOURCES, 18);
VALUE(CS_ERR_NOT_SUPPORTED, 19);
VALUE(CS_ERR_BAD_OPERATION, 20);
VALUE(CS_ERR_FAILED_OPERATION, 21);
VALUE(CS_ERR_MESSAGE_ERROR, 22);
VALUE(CS_ERR_QUEUE_FULL, 23);
VALUE(CS_ERR_QUEUE_NOT_AVAILABLE, 24);
VALUE(CS_ERR_BAD_FLAGS, 25);
VALUE(CS_ERR_TOO_BIG, 26);
VALUE(CS_ERR_NO_SECTIONS, 27);
VALUE(CS_ERR_CONTEXT_NOT_FOUND, 28);
VALUE(CS_ERR_TOO_MANY_GROUPS, 30);
VALUE(CS_ERR_SECURITY, 100);
VALUE(CS_TIME_MS_IN_SEC, 1000);
VALUE(CS_TIME_US_IN_SEC, 1000000);
VALUE(CS_TIME_NS_IN_SEC, 1000000000);
VALUE(CS_TIME_US_IN_MSEC, 1000);
VALUE(CS_TIME_NS_IN_MSEC, 1000000);
VALUE(CS_TIME_NS_IN_USEC, 1000);
VALUE(CS_IPC_TIMEOUT_MS, -1);
VALUE(CMAP_SERVICE, 0);
VALUE(CFG_SERVICE, 1);
VALUE(CPG_SERVICE, 2);
VALUE(QUORUM_SERVICE, 3);
VALUE(PLOAD_SERVICE, 4);
VALUE(VOTEQUORUM_SERVICE, 5);
VALUE(MON_SERVICE, 6);
VALUE(WD_SERVICE, 7);

SIZE(cpg_handle_t, 8);
SIZE(cpg_iteration_handle_t, 8);
SIZE(struct cpg_name, 132);
AT(struct cpg_name, value, 4);
SIZE(struct cpg_address, 12);
AT(struct cpg_address, pid, 4);
AT(struct cpg_address, reason, 8);
SIZE(struct cpg_ring_id, 16);
AT(struct cpg_ring_id, seq, 8);
SIZE(struct cpg_iteration_description_t, 140);
AT(struct cpg_iteration_description_t, nodeid, 132);
AT(struct cpg_iteration_description_t, pid, 136);
SIZE(cpg_callbacks_t, 16);
AT(cpg_callbacks_t, cpg_confchg_fn, 8);
SIZE(cpg_model_data_t, 4);
SIZE(cpg_model_v1_data_t, 40);
AT(cpg_model_v1_data_t, cpg_deliver_fn, 8);
AT(cpg_model_v1_data_t, cpg_confchg_fn, 16);
AT(cpg_model_v1_data_t, cpg_totem_confchg_fn, 24);
AT(cpg_model_v1_data_t, flags, 32);
VALUE(CPG_MAX_NAME_LENGTH, 128);
VALUE(CPG_MEMBERS_MAX, 128);
VALUE(CPG_MODEL_V1, 1);
VALUE(CPG_MODEL_V1_DELIVER_INITIAL_TOTEM_CONF, 1);
VALUE(CPG_TYPE_UNORDERED, 0);
VALUE(CPG_TYPE_FIFO, 1);
VALUE(CPG_TYPE_AGREED, 2);
VALUE(CPG_TYPE_SAFE, 3);
VALUE(CPG_FLOW_CONTROL_DISABLED, 0);
VALUE(CPG_FLOW_CONTROL_ENABLED, 1);
VALUE(CPG_REASON_UNDEFINED, 0);
VALUE(CPG_REASON_JOIN, 1);
VALUE(CPG_REASON_LEAVE, 2);
VALUE(CPG_REASON_NODEDOWN, 3);
VALUE(CPG_REASON_NODEUP, 4);
VALUE(CPG_REASON_PROCDOWN, 5);
VALUE(CPG_ITERATION_NAME_ONLY, 1);
VALUE(CPG_ITERATION_ONE_GROUP, 2);
VALUE(CPG_ITERATION_ALL, 3);

SIZE(cmap_handle_t, 8);
SIZE(cmap_iter_handle_t, 8);
SIZE(cmap_track_handle_t, 8);
SIZE(struct cmap_notify_value, 24);
AT(struct cmap_notify_value, len, 8);
AT(struct cmap_notify_value, data, 16);
VALUE(CMAP_KEYNAME_MAXLEN, 255);
VALUE(CMAP_KEYNAME_MINLEN, 3);
VALUE(CMAP_TRACK_DELETE, 1);
VALUE(CMAP_TRACK_MODIFY, 2);
VALUE(CMAP_TRACK_ADD, 4);
VALUE(CMAP_TRACK_PREFIX, 8);
VALUE(CMAP_VALUETYPE_INT8, 1);
VALUE(CMAP_VALUETYPE_UINT8, 2);
VALUE(CMAP_VALUETYPE_INT16, 3);
VALUE(CMAP_VALUETYPE_UINT16, 4);
VALUE(CMAP_VALUETYPE_INT32, 5);
VALUE(CMAP_VALUETYPE_UINT32, 6);
VALUE(CMAP_VALUETYPE_INT64, 7);
VALUE(CMAP_VALUETYPE_UINT64, 8);
VALUE(CMAP_VALUETYPE_FLOAT, 9);
VALUE(CMAP_VALUETYPE_DOUBLE, 10);
VALUE(CMAP_VALUETYPE_STRING, 11);
VALUE(CMAP_VALUETYPE_BINARY, 12);
VALUE(CMAP_MAP_DEFAULT, 0);
VALUE(CMAP_MAP_ICMAP, 0);
VALUE(CMAP_MAP_STATS, 1);

SIZE(corosync_cfg_handle_t, 8);
SIZE(corosync_cfg_callbacks_t, 8);
SIZE(corosync_cfg_node_address_t, 32);
AT(corosync_cfg_node_address_t, address, 4);
SIZE(struct corosync_cfg_node_status_v1, 4176);
AT(struct corosync_cfg_node_status_v1, nodeid, 4);
AT(struct corosync_cfg_node_status_v1, reachable, 8);
AT(struct corosync_cfg_node_status_v1, remote, 9);
AT(struct corosync_cfg_node_status_v1, external, 10);
AT(struct corosync_cfg_node_status_v1, onwire_min, 11);
AT(struct corosync_cfg_node_status_v1, onwire_max, 12);
AT(struct corosync_cfg_node_status_v1, onwire_ver, 13);
AT(struct corosync_cfg_node_status_v1, link_status, 16);
AT(struct corosync_cfg_node_status_v1, link_status[1].enabled, 16 + 520);
AT(struct corosync_cfg_node_status_v1, link_status[0].connected, 17);
AT(struct corosync_cfg_node_status_v1, link_status[0].dynconnected, 18);
AT(struct corosync_cfg_node_status_v1, link_status[0].mtu, 20);
AT(struct corosync_cfg_node_status_v1, link_status[0].src_ipaddr, 24);
AT(struct corosync_cfg_node_status_v1, link_status[0].dst_ipaddr, 280);
SIZE(struct corosync_knet_link_status_v1, 520);
VALUE(CFG_NODE_STATUS_V1, 1);
VALUE(CFG_MAX_LINKS, 8);
VALUE(CFG_MAX_HOST_LEN, 256);
VALUE(COROSYNC_CFG_SHUTDOWN_FLAG_REQUEST, 0);
VALUE(COROSYNC_CFG_SHUTDOWN_FLAG_REGARDLESS, 1);
VALUE(COROSYNC_CFG_SHUTDOWN_FLAG_IMMEDIATE, 2);
VALUE(COROSYNC_CFG_SHUTDOWN_FLAG_NO, 0);
VALUE(COROSYNC_CFG_SHUTDOWN_FLAG_YES, 1);

SIZE(quorum_handle_t, 8);
SIZE(struct quorum_ring_id, 16);
AT(struct quorum_ring_id, seq, 8);
SIZE(quorum_callbacks_t, 8);
SIZE(quorum_model_data_t, 4);
SIZE(quorum_model_v0_data_t, 16);
AT(quorum_model_v0_data_t, quorum_notify_fn, 8);
SIZE(quorum_model_v1_data_t, 24);
AT(quorum_model_v1_data_t, quorum_notify_fn, 8);
AT(quorum_model_v1_data_t, nodelist_notify_fn, 16);
VALUE(QUORUM_FREE, 0);
VALUE(QUORUM_SET, 1);
VALUE(QUORUM_MODEL_V0, 0);
VALUE(QUORUM_MODEL_V1, 1);

SIZE(votequorum_handle_t, 8);
SIZE(struct votequorum_info, 292);
AT(struct votequorum_info, node_state, 4);
AT(struct votequorum_info, node_votes, 8);
AT(struct votequorum_info, node_expected_votes, 12);
AT(struct votequorum_info, highest_expected, 16);
AT(struct votequorum_info, total_votes, 20);
AT(struct votequorum_info, quorum, 24);
AT(struct votequorum_info, flags, 28);
AT(struct votequorum_info, qdevice_votes, 32);
AT(struct votequorum_info, qdevice_name, 36);
SIZE(votequorum_node_t, 8);
AT(votequorum_node_t, state, 4);
SIZE(votequorum_ring_id_t, 16);
AT(votequorum_ring_id_t, seq, 8);
SIZE(votequorum_callbacks_t, 24);
AT(votequorum_callbacks_t, votequorum_expectedvotes_notify_fn, 8);
AT(votequorum_callbacks_t, votequorum_nodelist_notify_fn, 16);
VALUE(VOTEQUORUM_INFO_TWONODE, 1);
VALUE(VOTEQUORUM_INFO_QUORATE, 2);
VALUE(VOTEQUORUM_INFO_WAIT_FOR_ALL, 4);
VALUE(VOTEQUORUM_INFO_LAST_MAN_STANDING, 8);
VALUE(VOTEQUORUM_INFO_AUTO_TIE_BREAKER, 16);
VALUE(VOTEQUORUM_INFO_ALLOW_DOWNSCALE, 32);
VALUE(VOTEQUORUM_INFO_QDEVICE_REGISTERED, 64);
VALUE(VOTEQUORUM_INFO_QDEVICE_ALIVE, 128);
VALUE(VOTEQUORUM_INFO_QDEVICE_CAST_VOTE, 256);
VALUE(VOTEQUORUM_INFO_QDEVICE_MASTER_WINS, 512);
VALUE(VOTEQUORUM_QDEVICE_NODEID, 0);
VALUE(VOTEQUORUM_QDEVICE_MAX_NAME_LEN, 255);
VALUE(VOTEQUORUM_QDEVICE_DEFAULT_TIMEOUT, 10000);
VALUE(VOTEQUORUM_QDEVICE_DEFAULT_SYNC_TIMEOUT, 30000);
VALUE(VOTEQUORUM_NODESTATE_MEMBER, 1);
VALUE(VOTEQUORUM_NODESTATE_DEAD, 2);
VALUE(VOTEQUORUM_NODESTATE_LEAVING, 3);

VALUE(SAM_RECOVERY_POLICY_QUIT, 1);
VALUE(SAM_RECOVERY_POLICY_RESTART, 2);
VALUE(SAM_RECOVERY_POLICY_QUORUM, 8);
VALUE(SAM_RECOVERY_POLICY_QUORUM_QUIT, 9);
VALUE(SAM_RECOVERY_POLICY_QUORUM_RESTART, 10);
VALUE(SAM_RECOVERY_POLICY_CMAP, 16);
VALUE(SAM_RECOVERY_POLICY_CONFDB, 16);

/* Programs name their callbacks' types; these initialisers fail to compile when a signature differs. */
static void on_deliver(cpg_handle_t handle, const struct cpg_name *group, uint32_t nodeid, uint32_t pid,
                       void *msg, size_t len)
{
}

static void on_confchg(cpg_handle_t handle, const struct cpg_name *group, const struct cpg_address *members,
                       size_t n, const struct cpg_address *left, size_t n_left,
                       const struct cpg_address *joined, size_t n_joined)
{
}

static void on_totem_confchg(cpg_handle_t handle, struct cpg_ring_id ring, uint32_t n, const uint32_t *list)
{
}

static void on_key(cmap_handle_t handle, cmap_track_handle_t track, int32_t event, const char *key,
                   struct cmap_notify_value new_value, struct cmap_notify_value old_value, void *user_data)
{
}

static void on_shutdown(corosync_cfg_handle_t handle, corosync_cfg_shutdown_flags_t flags)
{
}

static void on_quorum(quorum_handle_t handle, uint32_t quorate, uint64_t seq, uint32_t n, uint32_t *list)
{
}

static void on_quorum_v1(quorum_handle_t handle, uint32_t quorate, struct quorum_ring_id ring, uint32_t n,
                         const uint32_t *list)
{
}

static void on_nodelist_v1(quorum_handle_t handle, struct quorum_ring_id ring, uint32_t n,
                           const uint32_t *list,
                           uint32_t n_joined, const uint32_t *joined, uint32_t n_left, const uint32_t *left)
{
}

static void on_votes(votequorum_handle_t handle, uint64_t context, uint32_t quorate, uint32_t n,
                     votequorum_node_t list[])
{
}

static void on_expected(votequorum_handle_t handle, uint64_t context, uint32_t expected)
{
}

static void on_nodelist(votequorum_handle_t handle, uint64_t context, votequorum_ring_id_t ring, uint32_t n,
                        uint32_t list[])
{
}

static int on_health_check(void)
{
    return 0;
}

static void callback_types_fit(void **state)
{
    cpg_callbacks_t cpg = {.cpg_deliver_fn = on_deliver, .cpg_confchg_fn = on_confchg};
    cpg_model_v1_data_t cpg_v1 = {.model = CPG_MODEL_V1, .cpg_totem_confchg_fn = on_totem_confchg};
    cmap_notify_fn_t cmap = on_key;
    corosync_cfg_callbacks_t cfg = {.corosync_cfg_shutdown_callback = on_shutdown};
    quorum_callbacks_t quorum = {.quorum_notify_fn = on_quorum};
    quorum_model_v0_data_t quorum_v0 = {.model = QUORUM_MODEL_V0, .quorum_notify_fn = on_quorum};
    quorum_model_v1_data_t quorum_v1 = {.model = QUORUM_MODEL_V1, .quorum_notify_fn = on_quorum_v1,
                                        .nodelist_notify_fn = on_nodelist_v1};
    votequorum_callbacks_t votes = {.votequorum_quorum_notify_fn = on_votes,
                                    .votequorum_expectedvotes_notify_fn = on_expected,
                                    .votequorum_nodelist_notify_fn = on_nodelist};
    sam_hc_callback_t sam = on_health_check;

    assert_non_null(cpg.cpg_deliver_fn);
    assert_non_null(cpg_v1.cpg_totem_confchg_fn);
    assert_non_null(cmap);
    assert_non_null(cfg.corosync_cfg_shutdown_callback);
    assert_non_null(quorum.quorum_notify_fn);
    assert_non_null(quorum_v0.quorum_notify_fn);
    assert_non_null(quorum_v1.nodelist_notify_fn);
    assert_non_null(votes.votequorum_nodelist_notify_fn);
    assert_non_null(sam);
}

static void errors_have_names(void **state)
{
    assert_string_equal(cs_strerror(CS_OK), "success");
    assert_string_equal(cs_strerror(CS_ERR_TRY_AGAIN), "CS_ERR_TRY_AGAIN");
    assert_string_equal(cs_strerror(CS_ERR_TOO_MANY_GROUPS), "CS_ERR_TOO_MANY_GROUPS");
    assert_string_equal(cs_strerror(CS_ERR_SECURITY), "CS_ERR_SECURITY");
    assert_string_equal(cs_strerror((cs_error_t)0), "unknown error");
    assert_string_equal(cs_strerror((cs_error_t)29), "unknown error");
    assert_string_equal(cs_strerror((cs_error_t)101), "unknown error");
    assert_string_equal(cs_strerror((cs_error_t)-1), "unknown error");
}

static void transport_errors_translate(void **state)
{
    static const struct {
        int errno_value;
        cs_error_t expected;
    } cases[] = {
        {EBADF, CS_ERR_BAD_HANDLE},      {ENOMEM, CS_ERR_NO_MEMORY},      {ENOMSG, CS_ERR_TRY_AGAIN},
        {ENOBUFS, CS_ERR_TRY_AGAIN},     {ETIMEDOUT, CS_ERR_TRY_AGAIN},   {EAGAIN, CS_ERR_TRY_AGAIN},
        {EBADE, CS_ERR_FAILED_OPERATION}, {ETIME, CS_ERR_TIMEOUT},        {EINVAL, CS_ERR_INVALID_PARAM},
        {EBUSY, CS_ERR_BUSY},            {EACCES, CS_ERR_ACCESS},         {EOVERFLOW, CS_ERR_NAME_TOO_LONG},
        {EEXIST, CS_ERR_EXIST},          {ENOSPC, CS_ERR_NO_SPACE},       {EINTR, CS_ERR_INTERRUPT},
        {ENOENT, CS_ERR_NOT_EXIST},      {ENODEV, CS_ERR_NOT_EXIST},      {ENOSYS, CS_ERR_NOT_SUPPORTED},
        {ENOTSUP, CS_ERR_NOT_SUPPORTED}, {EBADMSG, CS_ERR_MESSAGE_ERROR}, {EMSGSIZE, CS_ERR_TOO_BIG},
        {E2BIG, CS_ERR_TOO_BIG},         {ECONNREFUSED, CS_ERR_LIBRARY},  {ENOTCONN, CS_ERR_LIBRARY},
    };

    assert_int_equal(qb_to_cs_error(0), CS_OK);
    assert_int_equal(qb_to_cs_error(77), CS_OK);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(qb_to_cs_error(-cases[i].errno_value), cases[i].expected);
    }
}

static void handle_errors_translate(void **state)
{
    assert_int_equal(hdb_error_to_cs(0), CS_OK);
    assert_int_equal(hdb_error_to_cs(-EBADF), CS_ERR_BAD_HANDLE);
    assert_int_equal(hdb_error_to_cs(-ENOMEM), CS_ERR_NO_MEMORY);
    assert_int_equal(hdb_error_to_cs(-EMFILE), CS_ERR_NO_RESOURCES);
    assert_int_equal(hdb_error_to_cs(-EACCES), CS_ERR_ACCESS);
    assert_int_equal(hdb_error_to_cs(-EIO), CS_ERR_LIBRARY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(callback_types_fit),
        cmocka_unit_test(errors_have_names),
        cmocka_unit_test(transport_errors_translate),
        cmocka_unit_test(handle_errors_translate),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
