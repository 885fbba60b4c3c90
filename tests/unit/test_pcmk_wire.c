/* Messages between daemons, local and between nodes: layout, compression, and damage (messaging.md §1.3,
 * §2.2). */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "pacemaker/cluster/cluster_wire.h"
#include "pacemaker/common/bz.h"
#include "pacemaker/common/ipc.h"
#include "pacemaker/common/ipc_wire.h"
#include "pacemaker/common/xml.h"

static xmlNode *sample(size_t filler)
{
    xmlNode *msg = xml_new("msg");
    char *text = malloc(filler + 1);

    memset(text, 'x', filler);
    text[filler] = '\0';
    xml_set(msg, "filler", text);
    free(text);
    return msg;
}

static struct ipc_bytes *encoded(size_t filler, size_t limit)
{
    XML_AUTO xmlNode *msg = sample(filler);
    struct ipc_bytes *bytes = NULL;

    assert_int_equal(ipc_encode(msg, 7, IPC_FLAG_CLIENT_RESPONSE, limit, &bytes), 0);
    return bytes;
}

static void test_ipc_plain(void **state)
{
    struct ipc_bytes *bytes = encoded(3, IPC_BUFFER_DEFAULT);
    struct ipc_header header;
    xmlNode *msg = NULL;
    const unsigned char *raw = (const unsigned char *)bytes->data;

    assert_int_equal(bytes->size, 40 + strlen("<msg filler=\"xxx\"/>") + 1);
    assert_int_equal(raw[0], 7);
    assert_int_equal(raw[8], bytes->size);
    assert_int_equal(raw[24], bytes->size - 40);
    assert_int_equal(raw[28], 0);
    assert_int_equal(raw[33], 2);
    assert_int_equal(raw[36], 1);
    assert_string_equal(bytes->data + 40, "<msg filler=\"xxx\"/>");
    assert_int_equal(ipc_decode(bytes->data, bytes->size, &header, &msg), 0);
    assert_int_equal(header.id, 7);
    assert_string_equal(xml_get(msg, "filler"), "xxx");
    xml_free(msg);
    free(bytes);
}

static void test_ipc_compressed(void **state)
{
    struct ipc_bytes *bytes = encoded(1000000, IPC_BUFFER_DEFAULT);
    struct ipc_header header;
    xmlNode *msg = NULL;

    assert_true(bytes->size < 2000);
    assert_int_equal(ipc_decode(bytes->data, bytes->size, &header, &msg), 0);
    assert_true((header.flags & IPC_FLAG_COMPRESSED) != 0);
    assert_int_equal(header.size_compressed, bytes->size - 40);
    assert_int_equal(strlen(xml_get(msg, "filler")), 1000000);
    xml_free(msg);
    free(bytes);
}

static void test_ipc_too_large(void **state)
{
    XML_AUTO xmlNode *msg = sample(100000);
    struct ipc_bytes *bytes = NULL;

    assert_int_equal(ipc_encode(msg, 1, 0, 100, &bytes), -EMSGSIZE);
    assert_null(bytes);
}

static void refuse_ipc(const struct ipc_bytes *bytes, size_t size, int expected)
{
    struct ipc_header header;
    xmlNode *msg = NULL;
    char *copy = malloc(size > 0 ? size : 1);      /* exact size: reads beyond it are seen */

    memcpy(copy, bytes->data, size);
    assert_int_equal(ipc_decode(copy, size, &header, &msg), expected);
    assert_null(msg);
    free(copy);
}

static struct ipc_header *header_of(struct ipc_bytes *bytes)
{
    return (struct ipc_header *)(void *)bytes->data;
}

static void test_ipc_damaged_header(void **state)
{
    struct ipc_bytes *bytes = encoded(10, IPC_BUFFER_DEFAULT);
    struct ipc_header *header = header_of(bytes), saved = *header;

    for (size_t size = 0; size < bytes->size; size++) {
        refuse_ipc(bytes, size, -EBADMSG);
    }
    header->version = 2;
    refuse_ipc(bytes, bytes->size, -EPROTO);
    *header = saved;
    header->size = -1;
    refuse_ipc(bytes, bytes->size, -EBADMSG);
    *header = saved;
    header->size_uncompressed++;
    refuse_ipc(bytes, bytes->size, -EBADMSG);
    header->size_uncompressed = 0;
    refuse_ipc(bytes, bytes->size, -EBADMSG);
    header->size_uncompressed = UINT32_MAX;
    refuse_ipc(bytes, bytes->size, -EBADMSG);
    *header = saved;
    header->size_compressed = 5;
    refuse_ipc(bytes, bytes->size, -EBADMSG);
    *header = saved;
    bytes->data[bytes->size - 1] = 'x';         /* no NUL at the end */
    refuse_ipc(bytes, bytes->size, -EBADMSG);
    bytes->data[bytes->size - 1] = '\0';
    bytes->data[45] = '\0';                     /* one inside */
    refuse_ipc(bytes, bytes->size, -EBADMSG);
    free(bytes);
}

static void test_ipc_not_xml(void **state)
{
    struct ipc_bytes *bytes = encoded(10, IPC_BUFFER_DEFAULT);

    bytes->data[40] = '#';
    refuse_ipc(bytes, bytes->size, -EBADMSG);
    free(bytes);
}

/* Every single damaged byte of a compressed message is refused or gives a tree, never more. */
static void test_ipc_damaged_bzip2(void **state)
{
    struct ipc_bytes *bytes = encoded(200000, IPC_BUFFER_DEFAULT);
    struct ipc_header *header = header_of(bytes), saved = *header;

    header->size_uncompressed -= 1;
    refuse_ipc(bytes, bytes->size, -EBADMSG);
    header->size_uncompressed += 2;
    refuse_ipc(bytes, bytes->size, -EBADMSG);
    header->size_uncompressed = IPC_TEXT_MAX;
    refuse_ipc(bytes, bytes->size, -EBADMSG);
    *header = saved;
    header->size_compressed--;
    refuse_ipc(bytes, bytes->size, -EBADMSG);
    *header = saved;
    for (size_t i = 40; i < bytes->size; i++) {
        bytes->data[i] ^= 0x55;

        struct ipc_header got;
        xmlNode *msg = NULL;

        if (ipc_decode(bytes->data, bytes->size, &got, &msg) == 0) {
            xml_free(msg);
        }
        bytes->data[i] ^= 0x55;
    }
    free(bytes);
}

static struct cluster_bytes *cluster_encoded(size_t filler, uint32_t to_id, const char *to_name)
{
    XML_AUTO xmlNode *msg = sample(filler);
    struct cluster_bytes *bytes = cluster_wire_encode(msg, 5, 1234, to_id, to_name, 3, "n2", 3);

    assert_non_null(bytes);
    return bytes;
}

static int cluster_decoded(const struct cluster_bytes *bytes, size_t size, uint32_t from, char *sender)
{
    xmlNode *msg = NULL;
    char *copy = malloc(size > 0 ? size : 1);

    memcpy(copy, bytes->data, size);

    int rc = cluster_wire_decode(copy, size, from, 1, "n1", sender, &msg);

    assert_true(rc == 0 ? msg != NULL : msg == NULL);
    xml_free(msg);
    free(copy);
    return rc;
}

static void test_cluster_layout(void **state)
{
    struct cluster_bytes *bytes = cluster_encoded(3, 1, "n1");
    const unsigned char *raw = (const unsigned char *)bytes->data;
    char sender[CLUSTER_NAME_MAX + 1];
    size_t text = strlen("<msg filler=\"xxx\"/>") + 1;
    uint32_t size = 0;

    assert_int_equal(bytes->size, 592 + text);
    memcpy(&size, raw + 8, 4);
    assert_int_equal(size, 592 + text);
    assert_int_equal(raw[16], 1);
    assert_int_equal(raw[24], 5);
    assert_int_equal(raw[32], 1);           /* destination id, type, name */
    assert_int_equal(raw[44], 3);
    assert_int_equal(raw[48], 2);
    assert_memory_equal(raw + 52, "n1", 3);
    assert_int_equal(raw[308], 0);          /* sender id, pid, name */
    assert_int_equal(raw[312] | raw[313] << 8, 1234);
    assert_int_equal(raw[324], 2);
    assert_memory_equal(raw + 328, "n2", 3);
    assert_int_equal(raw[584], text);
    assert_int_equal(cluster_decoded(bytes, bytes->size, 2, sender), 0);
    assert_string_equal(sender, "n2");
    free(bytes);
}

static void test_cluster_destination(void **state)
{
    char sender[CLUSTER_NAME_MAX + 1];
    const struct {
        uint32_t id;
        const char *name;
        int rc;
    } cases[] = {{0, NULL, 0},       {1, NULL, 0},      {0, "N1", 0},
                 {2, NULL, -ENOENT}, {0, "n", -ENOENT}, {1, "n11", -ENOENT}};

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct cluster_bytes *bytes = cluster_encoded(3, cases[i].id, cases[i].name);

        assert_int_equal(cluster_decoded(bytes, bytes->size, 2, sender), cases[i].rc);
        free(bytes);
    }
}

static void test_cluster_damaged(void **state)
{
    struct cluster_bytes *bytes = cluster_encoded(10, 0, NULL);
    struct cluster_header *header = (struct cluster_header *)(void *)bytes->data, saved = *header;
    char sender[CLUSTER_NAME_MAX + 1];

    for (size_t size = 0; size < bytes->size; size++) {
        assert_int_equal(cluster_decoded(bytes, size, 2, sender), -EBADMSG);
    }
    header->sender.id = 3;
    assert_int_equal(cluster_decoded(bytes, bytes->size, 2, sender), -EBADMSG);
    *header = saved;
    header->sender.size = 257;
    assert_int_equal(cluster_decoded(bytes, bytes->size, 2, sender), -EBADMSG);
    *header = saved;
    header->destination.size = UINT32_MAX;
    assert_int_equal(cluster_decoded(bytes, bytes->size, 2, sender), -EBADMSG);
    *header = saved;
    header->error = 0;
    assert_int_equal(cluster_decoded(bytes, bytes->size, 2, sender), -EBADMSG);
    *header = saved;
    header->class = 1;
    assert_int_equal(cluster_decoded(bytes, bytes->size, 2, sender), -EBADMSG);
    *header = saved;
    header->is_compressed = 1;
    header->compressed_size = (uint32_t)(bytes->size - 592);
    assert_int_equal(cluster_decoded(bytes, bytes->size, 2, sender), -EBADMSG);
    *header = saved;
    header->text_size = UINT32_MAX;
    assert_int_equal(cluster_decoded(bytes, bytes->size, 2, sender), -EBADMSG);
    free(bytes);
}

static void test_cluster_longest_name(void **state)
{
    char name[CLUSTER_NAME_MAX + 1], sender[CLUSTER_NAME_MAX + 1];
    XML_AUTO xmlNode *msg = sample(1);

    memset(name, 'n', CLUSTER_NAME_MAX);
    name[CLUSTER_NAME_MAX] = '\0';

    struct cluster_bytes *bytes = cluster_wire_encode(msg, 1, 1, 0, NULL, 4, name, 4);

    assert_int_equal(cluster_decoded(bytes, bytes->size, 2, sender), 0);
    assert_string_equal(sender, name);
    free(bytes);
}

static void test_cluster_compressed(void **state)
{
    struct cluster_bytes *bytes = cluster_encoded(CLUSTER_COMPRESS_FROM, 0, NULL);
    char sender[CLUSTER_NAME_MAX + 1];

    assert_true(bytes->size < 2000);
    assert_int_equal(cluster_decoded(bytes, bytes->size, 2, sender), 0);
    for (size_t i = 592; i < bytes->size; i++) {
        bytes->data[i] ^= 0x55;
        cluster_decoded(bytes, bytes->size, 2, sender);
        bytes->data[i] ^= 0x55;
    }
    free(bytes);
}

static void test_bz_limits(void **state)
{
    char random[1000], *out = NULL;
    size_t size = 0;
    uint32_t seed = 1;

    for (size_t i = 0; i < sizeof(random); i++) {
        seed = seed * 1103515245 + 12345;
        random[i] = (char)(seed >> 16);
    }
    assert_int_equal(bz_compress(random, sizeof(random), 500, &out, &size), -EMSGSIZE);
    assert_int_equal(bz_compress(random, sizeof(random), 5000, &out, &size), 0);
    free(out);
    assert_int_equal(bz_decompress_text("x", 1, 0, &out), -EBADMSG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ipc_plain),          cmocka_unit_test(test_ipc_compressed),
        cmocka_unit_test(test_ipc_too_large),      cmocka_unit_test(test_ipc_damaged_header),
        cmocka_unit_test(test_ipc_not_xml),        cmocka_unit_test(test_ipc_damaged_bzip2),
        cmocka_unit_test(test_cluster_layout),     cmocka_unit_test(test_cluster_destination),
        cmocka_unit_test(test_cluster_damaged),    cmocka_unit_test(test_cluster_longest_name),
        cmocka_unit_test(test_cluster_compressed), cmocka_unit_test(test_bz_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
