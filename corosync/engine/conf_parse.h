/*
 * corosync.conf and uidgid.d: the grammar, typed keys, and error texts (config-and-tools.md 1, 2).
 */
#ifndef COROSYNC_ENGINE_CONF_PARSE_H
#define COROSYNC_ENGINE_CONF_PARSE_H

#include <stddef.h>
#include <stdio.h>

#include "corosync/engine/icmap.h"

#define CONF_ERROR_MAX 384              /* bytes that hold any error text, with NUL */

/* Names of the two list-valued libraries' choices, for validation; comma-separated texts for messages. */
struct conf_choices {
    const char *const *crypto_models;       /* NULL-terminated */
    const char *const *compression_models;  /* NULL-terminated */
};

/*
 * Read the file at path and every file of uidgid.d beside it into map.
 * 0, or -1 with a complete message in err. What was read before an error stays in the map.
 */
int conf_load(struct icmap *map, const char *path, const struct conf_choices *choices, char *err,
              size_t err_size);

/* The same for an open stream; name is used in messages. uidgid_only: the grammar of uidgid.d. */
int conf_parse_stream(struct icmap *map, FILE *stream, const char *name, bool uidgid_only,
                      const struct conf_choices *choices, char *err, size_t err_size);

#endif
