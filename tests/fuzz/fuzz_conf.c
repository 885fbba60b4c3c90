/*
 * Feeds the parser of corosync.conf and of uidgid.d files; what it accepts must be a consistent map from
 * which the timers can be derived.
 *
 * fuzz-sources: corosync/engine/conf_parse.c corosync/engine/conf_keys.c corosync/engine/icmap.c
 * fuzz-sources: corosync/engine/totem_conf.c corosync/engine/totem_validate.c corosync/engine/local_node.c
 * fuzz-sources: corosync/net/net_conf.c corosync/totem/[a-z]*.c
 * fuzz-flags: -DSYSCONFDIR="/etc"
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "corosync/engine/conf_parse.h"
#include "corosync/engine/totem_conf.h"

static const char *const models[] = {"nss", "openssl", "zlib", NULL};
static const struct conf_choices choices = {models, models};

static void check_map(const struct icmap *map)
{
    struct icmap_iter iter;
    struct icmap_value value;
    const char *key;
    char last[ICMAP_KEY_MAX + 1] = "";

    icmap_iter_init(&iter, map, NULL);
    while ((key = icmap_iter_next(&iter, &value)) != NULL) {
        if (!icmap_key_valid(key) || strcmp(last, key) >= 0 || value.len > ICMAP_VALUE_MAX) {
            abort();
        }
        strcpy(last, key);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char err[CONF_ERROR_MAX];
    struct icmap *map;
    FILE *stream;

    if (size < 2 || size > 65536) {
        return 0;
    }
    map = icmap_new();
    stream = fmemopen((void *)(uintptr_t)(data + 1), size - 1, "r");
    if (map == NULL || stream == NULL) {
        abort();
    }
    if (conf_parse_stream(map, stream, "fuzz", (data[0] & 1) != 0, &choices, err, sizeof(err)) == 0) {
        struct engine_conf *conf = calloc(1, sizeof(*conf));

        totem_conf_read_values(map, conf);
        totem_conf_read_links(map, &conf->net);
        (void)totem_conf_derive(conf, err, sizeof(err));
        free(conf);
    }
    check_map(map);
    fclose(stream);
    icmap_free(map);
    return 0;
}
