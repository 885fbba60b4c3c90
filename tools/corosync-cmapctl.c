/*
 * corosync-cmapctl: shows, changes and watches the daemon's configuration and statistics maps.
 */
#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <corosync/cmap.h>

#define CONNECT_RETRIES 10 /* one a second */
#define BINARY_MAX 16384   /* bytes; longer values are refused by the daemon */
#define LINE_BLANKS " \t"

static const char usage[] =
    "\n"
    "usage:  corosync-cmapctl [-b] [-DdghsqTCt] [-p filename] [-m map] [params...]\n"
    "\n"
    "    -b    show binary values\n"
    "    -m    map to use: 'icmap' (also 'default'), the configuration and state, or 'stats',\n"
    "          statistics of ring, links and clients\n"
    "\n"
    "Show all keys:\n"
    "    corosync-cmapctl [-b]\n"
    "Show keys that begin with a prefix:\n"
    "    corosync-cmapctl [-b] prefix...\n"
    "Show keys:\n"
    "    corosync-cmapctl [-b] -g key...\n"
    "Show values only:\n"
    "    corosync-cmapctl [-b] -q -g key...\n"
    "Set a key:\n"
    "    corosync-cmapctl -s key type value\n"
    "    type is one of i8 u8 i16 u16 i32 u32 i64 u64 flt dbl str bin;\n"
    "    the value of bin is the name of a file, or - for the standard input\n"
    "Delete keys:\n"
    "    corosync-cmapctl -d key...\n"
    "Delete keys that begin with a prefix:\n"
    "    corosync-cmapctl -D prefix...\n"
    "Set and delete keys as a file says:\n"
    "    corosync-cmapctl -p filename\n"
    "    each line is [^[^]]key[ type value]: ^ deletes a key, ^^ the keys with a prefix,\n"
    "    other lines set a key\n"
    "Watch keys:\n"
    "    corosync-cmapctl [-b] -t key...\n"
    "Watch keys that begin with a prefix:\n"
    "    corosync-cmapctl [-b] -T prefix...\n"
    "Clear statistics:\n"
    "    corosync-cmapctl -C [knet|ipc|totem|schedmiss|all]\n"
    "\n";

static cmap_handle_t cmap;
static bool show_binary;
static bool quiet;

static const struct {
    cmap_value_types_t type;
    const char *word;
} types[] = {
    {CMAP_VALUETYPE_INT8, "i8"},     {CMAP_VALUETYPE_UINT8, "u8"},   {CMAP_VALUETYPE_INT16, "i16"},
    {CMAP_VALUETYPE_UINT16, "u16"},  {CMAP_VALUETYPE_INT32, "i32"},  {CMAP_VALUETYPE_UINT32, "u32"},
    {CMAP_VALUETYPE_INT64, "i64"},   {CMAP_VALUETYPE_UINT64, "u64"}, {CMAP_VALUETYPE_FLOAT, "flt"},
    {CMAP_VALUETYPE_DOUBLE, "dbl"},  {CMAP_VALUETYPE_STRING, "str"}, {CMAP_VALUETYPE_BINARY, "bin"},
};

/* ---- showing ---- */

static const char *type_word(cmap_value_types_t type)
{
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (types[i].type == type) {
            return types[i].word;
        }
    }
    return "unknown";
}

static void binary_print(const uint8_t *bytes, size_t length)
{
    if (length == 0) {
        fputs("*empty*", stdout);
    }
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] == '\\') {
            fputs("\\\\", stdout);
        } else if (bytes[i] < 0x80 && isprint(bytes[i])) {
            putchar(bytes[i]);
        } else {
            printf("\\x%02X", bytes[i]);
        }
    }
}

/* A number of any type; the value is not aligned. */
static void number_print(cmap_value_types_t type, const void *value, size_t length)
{
    union {
        int8_t i8;
        uint8_t u8;
        int16_t i16;
        uint16_t u16;
        int32_t i32;
        uint32_t u32;
        int64_t i64;
        uint64_t u64;
        float flt;
        double dbl;
    } number = {0};

    memcpy(&number, value, length < sizeof(number) ? length : sizeof(number));
    switch (type) {
    case CMAP_VALUETYPE_INT8:
        printf("%" PRIi8, number.i8);
        break;
    case CMAP_VALUETYPE_UINT8:
        printf("%" PRIu8, number.u8);
        break;
    case CMAP_VALUETYPE_INT16:
        printf("%" PRIi16, number.i16);
        break;
    case CMAP_VALUETYPE_UINT16:
        printf("%" PRIu16, number.u16);
        break;
    case CMAP_VALUETYPE_INT32:
        printf("%" PRIi32, number.i32);
        break;
    case CMAP_VALUETYPE_UINT32:
        printf("%" PRIu32, number.u32);
        break;
    case CMAP_VALUETYPE_INT64:
        printf("%" PRIi64, number.i64);
        break;
    case CMAP_VALUETYPE_UINT64:
        printf("%" PRIu64, number.u64);
        break;
    case CMAP_VALUETYPE_FLOAT:
        printf("%f", (double)number.flt);
        break;
    default:
        printf("%f", number.dbl);
        break;
    }
}

static void value_print(cmap_value_types_t type, const void *value, size_t length)
{
    if (type == CMAP_VALUETYPE_STRING) {
        printf("%.*s", (int)strnlen(value, length), (const char *)value);
    } else if (type == CMAP_VALUETYPE_BINARY) {
        binary_print(value, length);
    } else {
        number_print(type, value, length);
    }
}

/* "name (type) = value", or only the value. */
static void key_print(const char *key, cmap_value_types_t type, const void *value, size_t length)
{
    bool hidden = type == CMAP_VALUETYPE_BINARY && !show_binary;

    if (!quiet) {
        printf("%s (%s)%s", key, type_word(type), hidden ? "" : " = ");
    }
    if (!hidden) {
        value_print(type, value, length);
    }
    putchar('\n');
}

static cs_error_t key_show(const char *key)
{
    cmap_value_types_t type;
    size_t length = 0;
    cs_error_t error = cmap_get(cmap, key, NULL, &length, &type);

    if (error != CS_OK) {
        return error;
    }
    size_t room = length + 1024; /* it may grow meanwhile */
    void *value = malloc(room);

    if (value == NULL) {
        return CS_ERR_NO_MEMORY;
    }
    length = room;
    error = cmap_get(cmap, key, value, &length, &type);
    if (error == CS_OK) {
        key_print(key, type, value, length);
    }
    free(value);
    return error;
}

/* Shows the keys that begin with the prefix (NULL: all). The number of them. */
static size_t prefix_show(const char *prefix)
{
    char key[CMAP_KEYNAME_MAXLEN + 1];
    cmap_iter_handle_t iter;
    size_t count = 0;
    cs_error_t error = cmap_iter_init(cmap, prefix, &iter);

    if (error != CS_OK) {
        fprintf(stderr, "Failed to initialize iteration. Error %s\n", cs_strerror(error));
        exit(EXIT_FAILURE);
    }
    while (cmap_iter_next(cmap, iter, key, NULL, NULL) == CS_OK) {
        key_show(key);
        count++;
    }
    cmap_iter_finalize(cmap, iter);
    return count;
}

static int show_prefixes(int count, char **prefixes)
{
    size_t shown = 0;

    if (count == 0) {
        prefix_show(NULL);
        return EXIT_SUCCESS;
    }
    for (int i = 0; i < count; i++) {
        shown += prefix_show(prefixes[i]);
    }
    return shown == 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int show_keys(int count, char **keys)
{
    for (int i = 0; i < count; i++) {
        cs_error_t error = key_show(keys[i]);

        if (error != CS_OK) {
            fflush(stdout);
            fprintf(stderr, "Can't get key %s. Error %s\n", keys[i], cs_strerror(error));
            return EXIT_FAILURE;
        }
    }
    return EXIT_SUCCESS;
}

/* ---- setting ---- */

/* The content of a file, or of the standard input for "-". NULL after a message. */
static void *file_read(const char *name, size_t *length)
{
    FILE *file = strcmp(name, "-") == 0 ? stdin : fopen(name, "re");
    uint8_t *bytes = malloc(BINARY_MAX + 1);

    if (file == NULL || bytes == NULL) {
        fprintf(stderr, "Can't open input file: %s\n", strerror(errno));
        free(bytes);
        return NULL;
    }
    *length = fread(bytes, 1, BINARY_MAX + 1, file);
    if (ferror(file)) {
        fprintf(stderr, "Can't read input file: %s\n", strerror(errno));
        free(bytes);
        bytes = NULL;
    }
    if (file != stdin) {
        fclose(file);
    }
    return bytes;
}

/* Checks an integer for its type and stores it as such. False when it does not fit. */
static bool integer_store(cmap_value_types_t type, intmax_t number, uintmax_t positive, bool negative,
                          void *out,
                          size_t *length)
{
    static const struct {
        size_t size;
        bool is_signed;
    } shapes[] = {
        [CMAP_VALUETYPE_INT8] = {1, true},   [CMAP_VALUETYPE_UINT8] = {1, false},
        [CMAP_VALUETYPE_INT16] = {2, true},  [CMAP_VALUETYPE_UINT16] = {2, false},
        [CMAP_VALUETYPE_INT32] = {4, true},  [CMAP_VALUETYPE_UINT32] = {4, false},
        [CMAP_VALUETYPE_INT64] = {8, true},  [CMAP_VALUETYPE_UINT64] = {8, false},
    };
    size_t bits = shapes[type].size * 8;
    bool is_signed = shapes[type].is_signed;
    intmax_t max = bits == 64 ? INTMAX_MAX : ((intmax_t)1 << (is_signed ? bits - 1 : bits)) - 1;

    *length = shapes[type].size;
    if (is_signed) {
        if ((!negative && positive > (uintmax_t)max) || (negative && number < -max - 1)) {
            return false;
        }
        memcpy(out, &number, *length);
        return true;
    }
    if (negative || (bits < 64 && positive > (uintmax_t)max)) {
        return false;
    }
    memcpy(out, &positive, *length);
    return true;
}

enum parse_result {
    PARSE_OK,
    PARSE_NOT_A_NUMBER,
    PARSE_OUT_OF_RANGE,
};

static enum parse_result number_store(cmap_value_types_t type, const char *text, void *out, size_t *length)
{
    const char *first = text + strspn(text, " \t");
    char *end;

    errno = 0;
    if (type == CMAP_VALUETYPE_FLOAT || type == CMAP_VALUETYPE_DOUBLE) {
        double real = strtod(text, &end);
        float single = (float)real;

        *length = type == CMAP_VALUETYPE_FLOAT ? sizeof(single) : sizeof(real);
        memcpy(out, type == CMAP_VALUETYPE_FLOAT ? (void *)&single : (void *)&real, *length);
        return end == text || *end != '\0' ? PARSE_NOT_A_NUMBER : PARSE_OK;
    }
    bool negative = *first == '-';
    intmax_t number = negative ? strtoimax(text, &end, 0) : 0;
    uintmax_t positive = negative ? 0 : strtoumax(text, &end, 0);

    if (end == text || *end != '\0') {
        return PARSE_NOT_A_NUMBER;
    }
    if (errno != 0 || !integer_store(type, number, positive, negative, out, length)) {
        return PARSE_OUT_OF_RANGE;
    }
    return PARSE_OK;
}

static cmap_value_types_t type_find(const char *word)
{
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (strcmp(types[i].word, word) == 0) {
            return types[i].type;
        }
    }
    fprintf(stderr, "Unknown type %s\n", word);
    exit(EXIT_FAILURE);
}

static cs_error_t binary_set(const char *key, const char *file)
{
    size_t length;
    void *bytes = file_read(file, &length);

    if (bytes == NULL) {
        exit(EXIT_FAILURE);
    }
    cs_error_t error = cmap_set(cmap, key, bytes, length, CMAP_VALUETYPE_BINARY);

    free(bytes);
    return error;
}

/* Sets a key; ends the program on any error. */
static void key_set(const char *key, const char *type_name, const char *text)
{
    cmap_value_types_t type = type_find(type_name);
    uint64_t number = 0;
    size_t length;
    cs_error_t error;

    if (type == CMAP_VALUETYPE_STRING) {
        error = cmap_set_string(cmap, key, text);
    } else if (type == CMAP_VALUETYPE_BINARY) {
        error = binary_set(key, text);
    } else {
        enum parse_result result = number_store(type, text, &number, &length);

        if (result == PARSE_NOT_A_NUMBER) {
            fprintf(stderr, "%s is not valid %s type value\n", text, type_name);
            exit(EXIT_FAILURE);
        }
        if (result == PARSE_OUT_OF_RANGE) {
            fprintf(stderr, "%s is not valid %s integer\n", text, type_name);
            exit(EXIT_FAILURE);
        }
        error = cmap_set(cmap, key, &number, length, type);
    }
    if (error != CS_OK) {
        fprintf(stderr, "Failed to set key %s. Error %s\n", key, cs_strerror(error));
        exit(EXIT_FAILURE);
    }
}

/* ---- deleting ---- */

static cs_error_t key_delete(const char *key)
{
    cs_error_t error = cmap_delete(cmap, key);

    if (error != CS_OK) {
        fprintf(stderr, "Can't delete key %s. Error %s\n", key, cs_strerror(error));
    }
    return error;
}

static void prefix_delete(const char *prefix)
{
    char key[CMAP_KEYNAME_MAXLEN + 1];
    cmap_iter_handle_t iter;
    cs_error_t error = cmap_iter_init(cmap, prefix, &iter);

    if (error != CS_OK) {
        fprintf(stderr, "Failed to initialize iteration. Error %s\n", cs_strerror(error));
        exit(EXIT_FAILURE);
    }
    while (cmap_iter_next(cmap, iter, key, NULL, NULL) == CS_OK) {
        key_delete(key);
    }
    cmap_iter_finalize(cmap, iter);
}

/* ---- a file of changes ---- */

static void line_apply(char *line)
{
    char *key = strtok(line, LINE_BLANKS);
    char *type = key == NULL ? NULL : strtok(NULL, LINE_BLANKS);
    char *value = type == NULL ? NULL : strtok(NULL, LINE_BLANKS);

    if (key == NULL || key[0] == '#') {
        return;
    }
    if (strncmp(key, "^^", 2) == 0) {
        prefix_delete(key + 2);
    } else if (key[0] == '^') {
        key_delete(key + 1);
    } else if (value == NULL) {
        fprintf(stderr, "Both type and value for key %s are required\n", key);
        exit(EXIT_FAILURE);
    } else {
        key_set(key, type, value);
    }
}

static void file_apply(const char *name)
{
    FILE *file = fopen(name, "re");
    char *line = NULL;
    size_t size = 0;

    if (file == NULL) {
        fprintf(stderr, "Couldn't open file.: %s\n", strerror(errno));
        return;
    }
    while (getline(&line, &size, file) >= 0) {
        line[strcspn(line, "\r\n")] = '\0';
        line_apply(line);
    }
    free(line);
    fclose(file);
}

/* ---- watching ---- */

static void on_change(cmap_handle_t handle, cmap_track_handle_t track, int32_t event, const char *key,
                      struct cmap_notify_value new_value, struct cmap_notify_value old_value, void *user_data)
{
    const struct cmap_notify_value *value = event == CMAP_TRACK_DELETE ? &old_value : &new_value;

    printf("%s> ", event == CMAP_TRACK_ADD ? "create" : event == CMAP_TRACK_DELETE ? "delete" : "modify");
    key_print(key, value->type, value->data == NULL ? "" : value->data, value->len);
    fflush(stdout);
}

static void track_add(const char *key, int32_t flags)
{
    cmap_track_handle_t track;
    cs_error_t error = cmap_track_add(cmap, key,
                                      CMAP_TRACK_ADD | CMAP_TRACK_DELETE | CMAP_TRACK_MODIFY | flags,
                                      on_change, NULL, &track);

    if (error != CS_OK) {
        fprintf(stderr, "Failed to add tracking function. Error %s\n", cs_strerror(error));
        exit(EXIT_FAILURE);
    }
}

/* True when the user has enough: a q, or the end of the input. */
static bool user_quits(void)
{
    char text[64];
    ssize_t length = read(STDIN_FILENO, text, sizeof(text));

    return length <= 0 || memchr(text, 'q', (size_t)length) != NULL;
}

static void watch(int count, char **keys, int32_t flags)
{
    struct pollfd fds[2] = {{.fd = -1, .events = POLLIN}, {.fd = STDIN_FILENO, .events = POLLIN}};

    for (int i = 0; i < count; i++) {
        track_add(keys[i], flags);
    }
    if (cmap_fd_get(cmap, &fds[0].fd) != CS_OK) {
        fprintf(stderr, "Failed to get file handle. Error %s\n", cs_strerror(CS_ERR_LIBRARY));
        exit(EXIT_FAILURE);
    }
    printf("Type \"q\" to finish\n");
    fflush(stdout);
    for (;;) {
        if (poll(fds, 2, -1) < 0 && errno != EINTR) {
            return;
        }
        if (fds[0].revents != 0) {
            cs_error_t error = cmap_dispatch(cmap, CS_DISPATCH_ALL);

            if (error != CS_OK) {
                fprintf(stderr, "Dispatch error %s\n", cs_strerror(error));
                return;
            }
        }
        if (fds[1].revents != 0 && user_quits()) {
            return;
        }
    }
}

/* ---- command line ---- */

struct request {
    int action; /* option letter; 0 shows keys with a prefix */
    cmap_map_t map;
    const char *argument; /* of -p and -C */
};

static cmap_map_t map_find(const char *name)
{
    if (strcmp(name, "stats") == 0) {
        return CMAP_MAP_STATS;
    }
    if (strcmp(name, "icmap") != 0 && strcmp(name, "default") != 0) {
        fprintf(stderr, "invalid map name, must be 'default', 'icmap' or 'stats'\n");
        exit(EXIT_FAILURE);
    }
    return CMAP_MAP_ICMAP;
}

static void clear_check(const char *what)
{
    static const char *const words[] = {"knet", "totem", "ipc", "schedmiss", "all"};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(words[i], what) == 0) {
            return;
        }
    }
    fprintf(stderr, "argument to -C should be 'knet', 'totem', 'ipc', 'schedmiss' or 'all'\n");
    exit(EXIT_FAILURE);
}

static void request_parse(struct request *request, int argc, char **argv)
{
    int option;

    while ((option = getopt(argc, argv, "m:hqgsdDtTbp:C:")) != -1) {
        switch (option) {
        case 'm':
            request->map = map_find(optarg);
            break;
        case 'h':
            fputs(usage, stdout);
            exit(EXIT_SUCCESS);
        case 'b':
            show_binary = true;
            break;
        case 'q':
            quiet = true;
            break;
        case 'C':
            clear_check(optarg);
            request->map = CMAP_MAP_STATS;
            request->action = option;
            request->argument = optarg;
            break;
        case 'p':
            request->action = option;
            request->argument = optarg;
            break;
        case 'g':
        case 's':
        case 'd':
        case 'D':
        case 't':
        case 'T':
            request->action = option;
            break;
        default:
            exit(EXIT_FAILURE);
        }
    }
}

static void arguments_check(const struct request *request, int count)
{
    bool needs_key = request->action != 0 && strchr("gsdDtT", request->action) != NULL;

    if (needs_key && count == 0) {
        fprintf(stderr, "Expected key after options\n");
        exit(EXIT_FAILURE);
    }
}

static void connect_to_daemon(cmap_map_t map)
{
    cs_error_t error = cmap_initialize_map(&cmap, map);

    for (int i = 0; error == CS_ERR_TRY_AGAIN && i < CONNECT_RETRIES; i++) {
        sleep(1);
        error = cmap_initialize_map(&cmap, map);
    }
    if (error != CS_OK) {
        fprintf(stderr, "Failed to initialize the cmap API. Error %s\n", cs_strerror(error));
        exit(EXIT_FAILURE);
    }
}

static void stats_clear(const char *what)
{
    char key[CMAP_KEYNAME_MAXLEN + 1];

    snprintf(key, sizeof(key), "stats.clear.%s", what);
    cs_error_t error = cmap_set_uint32(cmap, key, 1);

    if (error != CS_OK) {
        fprintf(stderr, "Failed to clear stats. Error %s\n", cs_strerror(error));
        exit(EXIT_FAILURE);
    }
}

static int act(const struct request *request, int count, char **arguments)
{
    switch (request->action) {
    case 'g':
        return show_keys(count, arguments);
    case 's':
        if (count < 3) {
            fprintf(stderr, "At least 3 parameters are expected for set\n");
            return EXIT_FAILURE;
        }
        key_set(arguments[0], arguments[1], arguments[2]);
        return EXIT_SUCCESS;
    case 'd':
        for (int i = 0; i < count; i++) {
            if (key_delete(arguments[i]) != CS_OK) {
                return EXIT_FAILURE;
            }
        }
        return EXIT_SUCCESS;
    case 'D':
        for (int i = 0; i < count; i++) {
            prefix_delete(arguments[i]);
        }
        return EXIT_SUCCESS;
    case 'p':
        file_apply(request->argument);
        return EXIT_SUCCESS;
    case 'C':
        stats_clear(request->argument);
        return EXIT_SUCCESS;
    case 't':
    case 'T':
        watch(count, arguments, request->action == 'T' ? CMAP_TRACK_PREFIX : 0);
        return EXIT_SUCCESS;
    default:
        return show_prefixes(count, arguments);
    }
}

int main(int argc, char **argv)
{
    struct request request = {.map = CMAP_MAP_ICMAP};

    request_parse(&request, argc, argv);
    arguments_check(&request, argc - optind);
    connect_to_daemon(request.map);
    int status = act(&request, argc - optind, argv + optind);

    cmap_finalize(cmap);
    return status;
}
