/*
 * corosync.conf: grammar, typed keys, error texts, damaged files; derived values of totem.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include <cmocka.h>

#include "corosync/engine/conf_parse.h"
#include "corosync/engine/totem_conf.h"

static const char *const crypto_models[] = {"nss", "openssl", NULL};
static const char *const compression_models[] = {"zlib", "lz4", NULL};
static const struct conf_choices choices = {crypto_models, compression_models};

/* Parses text into a new map; err is "" on success. */
static struct icmap *parse(const char *text, size_t len, bool uidgid_only, char err[CONF_ERROR_MAX])
{
    struct icmap *map = icmap_new();
    FILE *stream = fmemopen((void *)(uintptr_t)text, len, "r");

    err[0] = '\0';
    assert_non_null(map);
    assert_non_null(stream);
    conf_parse_stream(map, stream, "f", uidgid_only, &choices, err, CONF_ERROR_MAX);
    fclose(stream);
    return map;
}

static void expect_error(const char *text, const char *expected)
{
    char err[CONF_ERROR_MAX];
    struct icmap *map = parse(text, strlen(text), false, err);

    assert_string_equal(err, expected);
    icmap_free(map);
}

static struct icmap *expect_ok(const char *text)
{
    char err[CONF_ERROR_MAX];
    struct icmap *map = parse(text, strlen(text), false, err);

    assert_string_equal(err, "");
    return map;
}

static void test_structure_errors(void **state)
{
    expect_error("{\n}\n", "parser error: f:1: Missing section name before opening bracket '{'");
    expect_error("foo { x\n}\n", "parser error: f:1: Extra characters after opening bracket '{'");
    expect_error("foo {\n x }\n", "parser error: f:2: Extra characters before or after closing bracket '}'");
    expect_error("}\n", "parser error: f:1: Unexpected closing brace");
    expect_error("\ngarbage\n", "parser error: f:2: Line is not opening or closing section or key value");
    expect_error("foo {\nbar: 1\n", "parser error: f:2: Missing closing brace");
    expect_error("foo: a{b\n", "parser error: f:1: Extra characters after opening bracket '{'");
    expect_error(
        "foo {\n b@d: 1\n}\n",
        "parser error: f:2: Can't store key \"foo.b@d\" into icmap, returned error is CS_ERR_NAME_TOO_LONG");
}

static void test_lengths(void **state)
{
    char line[700];
    char section[600];

    snprintf(line, sizeof(line), "a.b: %0505d\n", 0);
    icmap_free(expect_ok(line));
    snprintf(line, sizeof(line), "a.b: %0506d\n", 0);
    expect_error(line, "parser error: f:1: Line too long");
    snprintf(section, sizeof(section), "%0200d {\n%060d {\n}\n}\n", 0, 0);
    expect_error(section, "parser error: f:2: Start of section makes total cmap path too long");
    snprintf(section, sizeof(section), "%0200d {\n%060d: 1\n}\n", 0, 0);
    expect_error(section, "parser error: f:2: New key makes total cmap path too long");
}

static void test_lexical_rules(void **state)
{
    struct icmap *map =
        expect_ok("# comment\r\n\t\r\n  top :  value # not a comment \r\nsec: {\r\n k:a:b}\r\n}\r\nlast: x");

    assert_string_equal(icmap_get_string(map, "top"), "value # not a comment");
    assert_string_equal(icmap_get_string(map, "sec.k"), "a:b}");
    assert_string_equal(icmap_get_string(map, "last"), "x");
    icmap_free(map);
}

static void test_typed_keys(void **state)
{
    struct icmap *map = expect_ok(
        "totem {\n token: +5000\n config_version: 7\n knet_compression_level: -3\n odd {\n token: x\n }\n}\n"
        "quorum {\n two_node: 1\n device {\n votes: 2\n net {\n port: 5403\n }\n }\n}\n"
        "nodelist {\n node {\n nodeid: 1\n datacenterid: 4\n }\n node {\n nodeid: 2\n }\n}\n"
        "logging {\n logger_subsys {\n subsys: QUORUM\n debug: on\n }\n}\n"
        "resources {\n system {\n x {\n poll_period: 5\n }\n }\n}\n");
    struct icmap_value value;
    uint32_t u32 = 0;
    uint8_t u8 = 0;
    int32_t i32 = 0;
    uint64_t u64 = 0;

    assert_int_equal(icmap_get_u32(map, "totem.token", &u32), CS_OK);
    assert_int_equal(u32, 5000);
    assert_int_equal(icmap_get_u64(map, "totem.config_version", &u64), CS_OK);
    assert_int_equal(icmap_get_i32(map, "totem.knet_compression_level", &i32), CS_OK);
    assert_int_equal(i32, -3);
    assert_string_equal(icmap_get_string(map, "totem.odd.token"), "x");
    assert_int_equal(icmap_get_u8(map, "quorum.two_node", &u8), CS_OK);
    assert_int_equal(icmap_get_u32(map, "quorum.device.votes", &u32), CS_OK);
    assert_string_equal(icmap_get_string(map, "quorum.device.net.port"), "5403");
    assert_int_equal(icmap_get_u32(map, "nodelist.node.1.nodeid", &u32), CS_OK);
    assert_int_equal(u32, 2);
    assert_string_equal(icmap_get_string(map, "nodelist.node.0.datacenterid"), "4");
    assert_string_equal(icmap_get_string(map, "logging.logger_subsys.QUORUM.debug"), "on");
    assert_int_equal(icmap_get(map, "resources.system.x.poll_period", &value), CS_OK);
    assert_int_equal(value.type, ICMAP_U64);
    icmap_free(map);
}

static void test_interface_section(void **state)
{
    struct icmap *map =
        expect_ok("totem {\n interface {\n mcastport: 5500\n linknumber: 3\n ttl: 9\n foo: bar\n"
                  " member {\n memberaddr: a\n }\n member {\n memberaddr: b\n }\n }\n}\n");
    uint16_t port = 0;
    struct icmap_value value;

    assert_int_equal(icmap_get_u16(map, "totem.interface.3.mcastport", &port), CS_OK);
    assert_int_equal(port, 5500);
    assert_string_equal(icmap_get_string(map, "totem.interface.3.member.1"), "b");
    assert_string_equal(icmap_get_string(map, "totem.interface.foo"), "bar");
    assert_int_equal(icmap_get(map, "totem.interface.3.linknumber", &value), CS_ERR_NOT_EXIST);
    icmap_free(map);
    expect_error("totem {\n interface {\n member {\n x: y\n",
                 "parser error: f:4: Only memberaddr is allowed in member section");
}

static void test_value_errors(void **state)
{
    expect_error("totem {\n token: 4294967296\n}\n",
                 "parser error: f:2: Value of key \"totem.token\" is expected to "
                 "be integer in range (0..4294967295), but \"4294967296\" was given");
    expect_error("totem {\n token:\n}\n",
                 "parser error: f:2: Value of key \"totem.token\" is expected to be integer "
                 "in range (0..4294967295), but \"\" was given");
    expect_error("totem {\n interface {\n ttl: 0x1\n",
                 "parser error: f:3: Value of key \"totem.interface.ttl\" is "
                 "expected to be integer in range (0..255), but \"0x1\" was given");
    expect_error(
        "nodelist {\n node {\n }\n node {\n nodeid: x\n",
        "parser error: f:5: Value of key "
        "\"nodelist.node.1.nodeid\" is expected to be integer in range (0..4294967295), but \"x\" was given");
    expect_error("totem {\n crypto_cipher: 3des\n",
                 "parser error: f:2: Invalid cipher type. Should be none, aes256, "
                 "aes192 or aes128");
    expect_error("totem {\n crypto_model: x\n",
                 "parser error: f:2: Invalid crypto model. Should be nss or openssl");
    expect_error("totem {\n knet_compression_model: none\n",
                 "parser error: f:2: Invalid compression model. Should be zlib or lz4");
    expect_error("system {\n sched_rr: maybe\n", "parser error: f:2: Invalid system.sched_rr value");
    expect_error("logging {\n logger_subsys {\n debug: on\n }\n",
                 "parser error: f:4: No subsys key in logger_subsys directive");
    expect_error("uidgid {\n uid: no-such-user\n",
                 "parser error: f:2: The 'no-such-user' user is not found in "
                 "/etc/passwd, please read the documentation.");
}

static void test_uidgid_file(void **state)
{
    const char *good = "uidgid {\n uid: 33\n gid: root\n}\n";
    const char *bad = "totem {\n}\n";
    char err[CONF_ERROR_MAX];
    struct icmap *map = parse(good, strlen(good), true, err);
    uint8_t u8 = 0;

    assert_string_equal(err, "");
    assert_int_equal(icmap_get_u8(map, "uidgid.config.uid.33", &u8), CS_OK);
    assert_int_equal(u8, 1);
    assert_int_equal(icmap_get_u8(map, "uidgid.config.gid.0", &u8), CS_OK);
    icmap_free(map);
    map = parse(bad, strlen(bad), true, err);
    assert_string_equal(err, "parser error: f:1: uidgid: Can't add subsection different than uidgid");
    icmap_free(map);
}

static const char sample[] =
    "totem {\n    version: 2\n    cluster_name: test\n    transport: knet\n    interface {\n        "
    "linknumber: 0\n"
    "        knet_transport: udp\n    }\n}\nlogging {\n    debug: off\n    logger_subsys {\n        subsys: "
    "MAIN\n"
    "    }\n}\nquorum {\n    provider: corosync_votequorum\n    device {\n        model: net\n    "
    "}\n}\nnodelist {\n"
    "    node {\n        ring0_addr: 127.0.0.1\n        nodeid: 1\n    }\n}\nuidgid {\n    uid: 0\n}\n";

/* Every prefix, and every byte replaced: an answer or an error text, never a crash. */
static void test_damaged_files(void **state)
{
    static const char replacements[] = "{}:#\n\0 \xff" "0";
    char text[sizeof(sample)];
    char err[CONF_ERROR_MAX];

    for (size_t len = 1; len < sizeof(sample); len++) {
        icmap_free(parse(sample, len, false, err));
    }
    for (size_t at = 0; at + 1 < sizeof(sample); at++) {
        for (size_t i = 0; i < sizeof(replacements) - 1; i++) {
            memcpy(text, sample, sizeof(sample));
            text[at] = replacements[i];
            icmap_free(parse(text, sizeof(sample) - 1, false, err));
        }
    }
}

/* A configuration with count nodes of which the first is this host. */
static struct icmap *cluster(unsigned count, const char *totem)
{
    char text[8192];
    struct utsname uts;
    size_t used;

    assert_int_equal(uname(&uts), 0);
    used = (size_t)snprintf(text, sizeof(text), "totem {\nversion: 2\n%s\n}\nnodelist {\n", totem);
    for (unsigned i = 1; i <= count; i++) {
        used += (size_t)snprintf(text + used, sizeof(text) - used,
                                 "node {\nnodeid: %u\nname: %s%s\nring0_addr: 127.0.0.%u\n}\n", i,
                                 i == 1 ? uts.nodename : "other", i == 1 ? "" : "s", i);
    }
    snprintf(text + used, sizeof(text) - used, "}\n");
    return expect_ok(text);
}

static void expect_invalid(unsigned nodes, const char *totem, const char *expected)
{
    struct icmap *map = cluster(nodes, totem);
    struct engine_conf conf;
    struct totem_conf_warnings warnings;
    char err[TOTEM_CONF_ERROR_MAX] = "";
    bool plain;

    if (totem_conf_read(map, false, &conf, &warnings, err, sizeof(err)) == 0) {
        assert_int_equal(totem_conf_validate(map, false, &conf, &plain, err, sizeof(err)), -1);
    }
    assert_string_equal(err, expected);
    net_conf_free(&conf.net);
    icmap_free(map);
}

static void test_derived_values(void **state)
{
    struct icmap *map = cluster(3, "");
    struct engine_conf conf;
    struct totem_conf_warnings warnings;
    char err[TOTEM_CONF_ERROR_MAX];
    bool plain;
    uint32_t u32 = 0;

    assert_int_equal(totem_conf_read(map, false, &conf, &warnings, err, sizeof(err)), 0);
    assert_int_equal(totem_conf_validate(map, false, &conf, &plain, err, sizeof(err)), 0);
    totem_conf_ping_defaults(&conf.net, conf.totem.token);
    totem_conf_publish(map, &conf);
    totem_conf_publish_pings(map, &conf.net);
    assert_int_equal(conf.totem.token, 3650);
    assert_int_equal(conf.totem.token_retransmit, 869);
    assert_int_equal(conf.totem.hold, 685);
    assert_int_equal(conf.totem.consensus, 4380);
    assert_int_equal(icmap_get_u32(map, "runtime.config.totem.interface.0.knet_ping_interval", &u32), CS_OK);
    assert_int_equal(u32, 912);
    assert_int_equal(icmap_get_u32(map, "nodelist.local_node_pos", &u32), CS_OK);
    assert_int_equal(u32, 0);
    assert_int_equal(conf.net.links[0].port, 5405);
    assert_int_equal(conf.net.node_count, 3);
    net_conf_free(&conf.net);
    icmap_free(map);
}

static void test_validation(void **state)
{
    expect_invalid(1, "transport: foo", "Invalid transport type. Should be udpu, udp or knet");
    expect_invalid(1, "crypto_cipher: aes256",
                   "crypto_cipher requires crypto_hash with value other than none");
    expect_invalid(1, "crypto_cipher: aes256\ncrypto_hash: sha256\nkey: short", "key is too short");
    expect_invalid(1, "crypto_cipher: aes256\ncrypto_hash: sha256\nkeyfile: /nonexistent/key",
                   "Could not open /nonexistent/key: No such file or directory");
    expect_invalid(1, "version: 1", "This totem parser can only parse version 2 configurations.");
    expect_invalid(2, "token: 10", "The token timeout parameter (10 ms) may not be less than (30 ms).");
    expect_invalid(2, "link_mode: x",
                   "The Knet link mode \"x\" specified is invalid.  It must be active, passive or rr.");
    expect_invalid(2, "interface {\nlinknumber: 8\nttl: 1\n}",
                   "parse error in config: interface ring number 8 is bigger than allowed maximum 7");
    expect_invalid(2, "interface {\nttl: 3\n}",
                   "Can only set ttl on multicast transport types for interface 0");
    expect_invalid(2, "transport: udp\ninterface {\nmcastaddr: 10.0.0.1\n}",
                   "mcastaddr is not a correct multicast address for interface 0");
    expect_invalid(
        2,
        "transport: udpu\ncrypto_hash: sha1\nkey: "
        "00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
        "000000000000000000000000000000000000000",
        "crypto_cipher & crypto_hash are only valid for the Knet transport.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_structure_errors), cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_lexical_rules), cmocka_unit_test(test_typed_keys),
        cmocka_unit_test(test_interface_section), cmocka_unit_test(test_value_errors),
        cmocka_unit_test(test_uidgid_file), cmocka_unit_test(test_damaged_files),
        cmocka_unit_test(test_derived_values), cmocka_unit_test(test_validation),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
