/*
 * Between the line parser (conf_parse.c) and the storing of keys by section (conf_keys.c).
 */
#ifndef COROSYNC_ENGINE_CONF_KEYS_H
#define COROSYNC_ENGINE_CONF_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "corosync/engine/conf_parse.h"

#define CONF_DEPTH_MAX 130              /* a path of 255 characters has fewer components */

/* How the keys of a section are handled; a nested section without a class of its own inherits. */
enum conf_class {
    CONF_CLASS_TOP, CONF_CLASS_PLAIN, CONF_CLASS_TOTEM, CONF_CLASS_INTERFACE, CONF_CLASS_MEMBER,
    CONF_CLASS_NODELIST, CONF_CLASS_NODE, CONF_CLASS_QUORUM, CONF_CLASS_QDEVICE, CONF_CLASS_SYSTEM,
    CONF_CLASS_LOGGER_SUBSYS, CONF_CLASS_LOGGING_DAEMON, CONF_CLASS_UIDGID, CONF_CLASS_UIDGID_FILE,
    CONF_CLASS_RESOURCES, CONF_CLASS_ERROR,
};

struct conf_section {
    enum conf_class class;
    size_t parent_path_len;
};

/* A key whose place is known only at the closing brace of its section. */
struct conf_pending {
    struct conf_pending *next;
    enum icmap_type type;
    uint64_t number;
    char *text;                         /* strings only */
    char key[];
};

struct conf_parser {
    struct icmap *map;
    const char *file;
    const struct conf_choices *choices;
    unsigned line;                      /* 1-based */
    char path[ICMAP_KEY_MAX + 1];       /* components joined with '.' */
    unsigned depth;
    struct conf_section sections[CONF_DEPTH_MAX];
    struct conf_pending *pending;       /* of the open interface, logger_subsys or logging_daemon section */
    unsigned link;                      /* linknumber of the open interface section */
    unsigned member;                    /* members seen in the open interface section */
    unsigned node;                      /* next node position in the open nodelist */
    char error[256];
};

/* Sets the parser's error text, returns -1. */
int conf_error(struct conf_parser *parser, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The parser's path is that of the section. CONF_CLASS_ERROR after conf_error. */
enum conf_class conf_section_class(struct conf_parser *parser, enum conf_class parent, const char *name);
int conf_section_start(struct conf_parser *parser, enum conf_class section);
int conf_section_end(struct conf_parser *parser, enum conf_class section, enum conf_class parent);
/* The parser's path is that of the key. 0, or -1 after conf_error. */
int conf_key(struct conf_parser *parser, enum conf_class section, const char *key, const char *value);
void conf_keys_free(struct conf_parser *parser);

#endif
