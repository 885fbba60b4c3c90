/*
 * Parser of corosync.conf (config-and-tools.md 1): lines, sections, and the storing of keys by section class.
 */
#include "corosync/engine/conf_parse.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "corosync/engine/conf_keys.h"

#define LINE_BUFFER 512                 /* longest line with newline and NUL */

static int fail_at(const struct conf_parser *parser, char *err, size_t err_size)
{
    int needed;
    char text[CONF_ERROR_MAX];

    needed =
        snprintf(text, sizeof(text), "parser error: %s:%u: %s", parser->file, parser->line, parser->error);
    if (needed < 0 || (size_t)needed >= sizeof(text)) {
        snprintf(err, err_size, "%s", "Can't format parser error message");
    } else {
        snprintf(err, err_size, "%s", text);
    }
    return -1;
}

int conf_error(struct conf_parser *parser, const char *format, ...)
{
    va_list args;
    int needed;

    va_start(args, format);
    needed = vsnprintf(parser->error, sizeof(parser->error), format, args);
    va_end(args);
    if (needed < 0 || (size_t)needed >= sizeof(parser->error)) {
        snprintf(parser->error, sizeof(parser->error), "%s", "Can't format parser error message");
    }
    return -1;
}

/* Cuts trailing characters that are in `set`. */
static void trim_end(char *text, const char *set)
{
    size_t len = strlen(text);

    while (len > 0 && strchr(set, text[len - 1]) != NULL) {
        len--;
    }
    text[len] = '\0';
}

static char *skip_blanks(char *text)
{
    return text + strspn(text, " \t");
}

/* Appends ".name" to the parser's path; false when it would become too long. */
static bool push_path(struct conf_parser *parser, const char *name)
{
    size_t len = strlen(parser->path);

    if (len + strlen(name) + 1 >= ICMAP_KEY_MAX) {
        return false;
    }
    snprintf(parser->path + len, sizeof(parser->path) - len, "%s%s", len > 0 ? "." : "", name);
    return true;
}

static int open_section(struct conf_parser *parser, char *line)
{
    char *brace = strchr(line, '{');
    char *rest = skip_blanks(brace + 1);
    struct conf_section *section;
    size_t parent_len = strlen(parser->path);

    trim_end(rest, " \t");
    *brace = '\0';
    line = skip_blanks(line);
    trim_end(line, " \t:{");
    if (line[0] == '\0') {
        return conf_error(parser, "Missing section name before opening bracket '{'");
    }
    if (rest[0] != '\0') {
        return conf_error(parser, "Extra characters after opening bracket '{'");
    }
    if (!push_path(parser, line) || parser->depth + 1 >= CONF_DEPTH_MAX) {
        return conf_error(parser, "Start of section makes total cmap path too long");
    }
    section = &parser->sections[++parser->depth];
    section->parent_path_len = parent_len;
    section->class = conf_section_class(parser, parser->sections[parser->depth - 1].class, line);
    return section->class == CONF_CLASS_ERROR ? -1 : conf_section_start(parser, section->class);
}

static int close_section(struct conf_parser *parser, char *line)
{
    struct conf_section *section = &parser->sections[parser->depth];
    int result;

    line = skip_blanks(line);
    trim_end(line, " \t");
    if (strcmp(line, "}") != 0) {
        return conf_error(parser, "Extra characters before or after closing bracket '}'");
    }
    if (parser->depth == 0) {
        return conf_error(parser, "Unexpected closing brace");
    }
    result = conf_section_end(parser, section->class, parser->sections[parser->depth - 1].class);
    parser->path[section->parent_path_len] = '\0';
    parser->depth--;
    return result;
}

static int key_value(struct conf_parser *parser, char *line)
{
    char *colon = strchr(line, ':');
    char *value = skip_blanks(colon + 1);
    size_t path_len = strlen(parser->path);
    int result;

    trim_end(value, " \t");
    *colon = '\0';
    line = skip_blanks(line);
    trim_end(line, " \t:{");
    if (!push_path(parser, line)) {
        return conf_error(parser, "New key makes total cmap path too long");
    }
    result = conf_key(parser, parser->sections[parser->depth].class, line, value);
    parser->path[path_len] = '\0';
    return result;
}

static int parse_line(struct conf_parser *parser, char *line)
{
    char *start = skip_blanks(line);

    if (start[0] == '#' || start[0] == '\0') {
        return 0;
    }
    if (strchr(line, '{') != NULL) {
        return open_section(parser, line);
    }
    if (strchr(line, ':') != NULL) {
        return key_value(parser, line);
    }
    if (strchr(line, '}') != NULL) {
        return close_section(parser, line);
    }
    return conf_error(parser, "Line is not opening or closing section or key value");
}

/* Cuts the line's end; false when the line did not fit the buffer. */
static bool chomp(char *line, FILE *stream)
{
    size_t len = strlen(line);

    if (len > 0 && line[len - 1] == '\n') {
        line[--len] = '\0';
    } else if (len + 1 == LINE_BUFFER && getc(stream) != EOF) {
        return false;
    }
    if (len > 0 && line[len - 1] == '\r') {
        line[--len] = '\0';
    }
    trim_end(line, " \t");
    return true;
}

static int parse_lines(struct conf_parser *parser, FILE *stream)
{
    char line[LINE_BUFFER];

    while (fgets(line, sizeof(line), stream) != NULL) {
        parser->line++;
        if (!chomp(line, stream)) {
            return conf_error(parser, "Line too long");
        }
        if (parse_line(parser, line) != 0) {
            return -1;
        }
    }
    if (ferror(stream)) {
        return conf_error(parser, "Can't read: %s", strerror(errno));
    }
    if (parser->depth > 0) {
        return conf_error(parser, "Missing closing brace");
    }
    return 0;
}

int conf_parse_stream(struct icmap *map, FILE *stream, const char *name, bool uidgid_only,
                      const struct conf_choices *choices, char *err, size_t err_size)
{
    struct conf_parser *parser = calloc(1, sizeof(*parser));
    int result;

    if (parser == NULL) {
        snprintf(err, err_size, "Can't read file %s: %s", name, strerror(ENOMEM));
        return -1;
    }
    parser->map = map;
    parser->file = name;
    parser->choices = choices;
    parser->sections[0].class = uidgid_only ? CONF_CLASS_UIDGID_FILE : CONF_CLASS_TOP;
    result = parse_lines(parser, stream);
    if (result != 0) {
        fail_at(parser, err, err_size);
    }
    conf_keys_free(parser);
    free(parser);
    return result;
}

static int parse_file(struct icmap *map, const char *path, bool uidgid_only,
                      const struct conf_choices *choices, char *err, size_t err_size)
{
    FILE *stream = fopen(path, "re");
    int result;

    if (stream == NULL) {
        snprintf(err, err_size, "Can't read file %s: %s", path, strerror(errno));
        return -1;
    }
    result = conf_parse_stream(map, stream, path, uidgid_only, choices, err, err_size);
    fclose(stream);
    return result;
}

static int parse_uidgid_dir(struct icmap *map, const char *directory, const struct conf_choices *choices,
                            char *err, size_t err_size)
{
    DIR *dir = opendir(directory);
    struct dirent *item;
    int result = 0;

    if (dir == NULL) {
        return 0;
    }
    while (result == 0 && (item = readdir(dir)) != NULL) {
        char path[PATH_MAX];
        struct stat status;

        if (snprintf(path, sizeof(path), "%s/%s", directory, item->d_name) >= (int)sizeof(path)) {
            continue;
        }
        if (stat(path, &status) == 0 && S_ISREG(status.st_mode)) {
            result = parse_file(map, path, true, choices, err, err_size);
        }
    }
    closedir(dir);
    return result;
}

int conf_load(struct icmap *map, const char *path, const struct conf_choices *choices, char *err,
              size_t err_size)
{
    char directory[PATH_MAX];
    const char *slash = strrchr(path, '/');
    int dir_len = slash == NULL ? 1 : (int)(slash - path);
    const char *dir_name = slash == NULL ? "." : path;

    if (parse_file(map, path, false, choices, err, err_size) != 0) {
        return -1;
    }
    if (snprintf(directory, sizeof(directory), "%.*s/uidgid.d", dir_len, dir_name) >=
        (int)sizeof(directory)) {
        return 0;
    }
    return parse_uidgid_dir(map, directory, choices, err, err_size);
}
