/*
 * A configuration and its key file at start, then a second of both at reload: whatever they hold, the
 * daemon's own reload code ends, its flags are reset, and what is in force afterwards is consistent. Input:
 * two bytes with the length of the key, the key, the first configuration, a form feed, the second one.
 *
 * fuzz-sources: corosync/engine/conf_parse.c corosync/engine/conf_keys.c corosync/engine/icmap.c
 * fuzz-sources: corosync/engine/totem_conf.c corosync/engine/totem_validate.c corosync/engine/local_node.c
 * fuzz-sources: corosync/engine/reload.c corosync/net/net_conf.c corosync/totem/[a-z]*.c
 * fuzz-flags: -DSYSCONFDIR="/etc" -lqb -ldl
 */
#include <dlfcn.h>
#include <netdb.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "corosync/engine/engine.h"

#define SEPARATOR '\f'
#define INPUT_MAX 65536                 /* bytes */
#define PATH_SIZE 64

struct engine engine;

/* ---- the parts of the daemon that reload.c calls ---- */

static const char *const models[] = {"nss", "openssl", NULL};
static const char *const compressions[] = {"zlib", "lz4", NULL};
static bool refuse_keys;                /* libknet does not take the new keys */

struct conf_choices engine_conf_choices(void)
{
    return (struct conf_choices){models, compressions};
}

void ring_reconfigure(const struct engine_conf *next)
{
    if (next->net.nodeid != next->totem.my_id || next->net.node_count > NET_NODES_MAX ||
        next->net.crypto.key_len > NET_KEY_MAX) {
        abort();
    }
}

int ring_crypto_prepare(const struct net_crypto *crypto, char *err, size_t err_size)
{
    if (net_crypto_enabled(crypto) && crypto->key_len < NET_KEY_MIN) {
        abort();
    }
    snprintf(err, err_size, "refused");
    return refuse_keys ? -1 : 0;
}

void log_blackbox_dump(void)
{
}

void services_dump(void)
{
}

void engine_force_gather(void)
{
}

/* Names are not looked up: numeric addresses only. */
int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **result)
{
    static int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
    struct addrinfo numeric = {0};

    if (real == NULL) {
        *(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
    }
    if (hints != NULL) {
        numeric = *hints;
    }
    numeric.ai_flags |= AI_NUMERICHOST;
    return real(node, service, &numeric, result);
}

/* ---- the run ---- */

static int file_of(const uint8_t *data, size_t size, char path[PATH_SIZE])
{
    int fd = memfd_create("fuzz", MFD_CLOEXEC);

    if (fd < 0 || write(fd, data, size) != (ssize_t)size) {
        abort();
    }
    snprintf(path, PATH_SIZE, "/proc/self/fd/%d", fd);
    return fd;
}

/* The daemon's start as far as totem's configuration goes. */
static bool start(const char *key_path)
{
    struct totem_conf_warnings warnings;
    struct conf_choices choices = engine_conf_choices();
    char err[CONF_ERROR_MAX];
    bool plain;

    if (conf_load(engine.map, engine.config_path, &choices, err, sizeof(err)) != 0) {
        return false;
    }
    (void)icmap_set_string(engine.map, "totem.keyfile", key_path);
    return totem_conf_read(engine.map, false, engine.conf, &warnings, err, sizeof(err)) == 0 &&
           totem_conf_validate(engine.map, false, engine.conf, &plain, err, sizeof(err)) == 0;
}

static void reload(void)
{
    uint8_t flag = 1;
    int32_t status = -1;
    bool crypto_changed;
    cs_error_t result = engine_reload(1, &crypto_changed);

    if (icmap_get_u8(engine.map, "config.totemconfig_reload_in_progress", &flag) != CS_OK || flag != 0 ||
        icmap_get_i32(engine.map, "config.reload_status", &status) != CS_OK || status != (int32_t)result) {
        abort();
    }
}

/* text with its last bytes replaced, so that a reload finds the key:
 * the totem section comes last and wins. */
static int second_file(const uint8_t *text, size_t size, const char *key_path, char path[PATH_SIZE])
{
    char section[128];
    int length = snprintf(section, sizeof(section), "\ntotem {\n keyfile: %s\n}\n", key_path);
    int fd = file_of(text, size, path);

    if (write(fd, section, (size_t)length) != length) {
        abort();
    }
    return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char key_path[PATH_SIZE], first_path[PATH_SIZE], second_path[PATH_SIZE];
    const uint8_t *text, *separator;
    size_t key_size;
    int key, first, second;

    if (size < 3 || size > INPUT_MAX) {
        return 0;
    }
    key_size = (data[0] | (size_t)data[1] << 8) % (size - 2);
    refuse_keys = (data[1] & 0x80) != 0;
    text = data + 2 + key_size;
    separator = memchr(text, SEPARATOR, (size_t)(data + size - text));
    if (separator == NULL) {
        return 0;
    }
    key = file_of(data + 2, key_size, key_path);
    first = file_of(text, (size_t)(separator - text), first_path);
    second = second_file(separator + 1, (size_t)(data + size - separator - 1), key_path, second_path);
    engine.map = icmap_new();
    engine.conf = calloc(1, sizeof(*engine.conf));
    if (engine.map == NULL || engine.conf == NULL) {
        abort();
    }
    engine.config_path = first_path;
    if (start(key_path)) {
        runtime_keys_init();
        engine.config_path = second_path;
        reload();
        reload();
        (void)icmap_set_u32(engine.map, "totem.token", (uint32_t)data[0] << 8);
    }
    net_conf_free(&engine.conf->net);
    free(engine.conf);
    icmap_free(engine.map);
    close(key);
    close(first);
    close(second);
    return 0;
}
