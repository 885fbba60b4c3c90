/* Client of the CIB that works on a file: operations are executed here, the file is written at the end
 * (cib.md §11.1). */
#include "config.h"
#include "cib/client_private.h"

#include <bzlib.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <glib/gstdio.h>
#include "cib/schema.h"
#include "cib/store.h"
#include "pacemaker/common/daemon.h"
#include "pacemaker/common/log.h"
#include "pacemaker/common/results.h"
#include "pacemaker/common/xml.h"

/* ---- bzip2 ---- */

static bool is_compressed(const char *path)
{
    return g_str_has_suffix(path, ".bz2");
}

/* Contents of a .bz2 file, g_free()d by the caller; NULL when damaged or too big. */
static char *read_bz2(const char *path)
{
    FILE *stream = fopen(path, "rbe");
    GByteArray *text = g_byte_array_new();
    int rc = BZ_OK, length;
    char block[65536];
    BZFILE *bz = (stream == NULL) ? NULL : BZ2_bzReadOpen(&rc, stream, 0, 0, NULL, 0);

    while (bz != NULL && rc == BZ_OK && text->len < XML_MAX_BYTES) {
        length = BZ2_bzRead(&rc, bz, block, sizeof(block));
        if (rc == BZ_OK || rc == BZ_STREAM_END) {
            g_byte_array_append(text, (const guint8 *)block, (guint)length);
        }
    }
    if (bz == NULL || rc != BZ_STREAM_END) {
        log_err("Could not uncompress %s", path);
        g_byte_array_free(text, TRUE);
        text = NULL;
    }
    if (bz != NULL) {
        int ignored;

        BZ2_bzReadClose(&ignored, bz);
    }
    if (stream != NULL) {
        fclose(stream);
    }
    if (text == NULL) {
        return NULL;
    }
    g_byte_array_append(text, (const guint8 *)"", 1);
    return (char *)g_byte_array_free(text, FALSE);
}

static int write_bz2(FILE *stream, const char *text)
{
    int rc = BZ_OK, ignored;
    BZFILE *bz = BZ2_bzWriteOpen(&rc, stream, 5, 0, 30);

    if (bz != NULL) {
        BZ2_bzWrite(&rc, bz, (char *)text, (int)strlen(text));
        BZ2_bzWriteClose(&ignored, bz, rc != BZ_OK, NULL, NULL);
    }
    return rc == BZ_OK ? 0 : -EIO;
}

/* ---- connection ---- */

int file_connect(cib_t *cib)
{
    struct stat info;
    char *text = NULL, *error = NULL;

    cib_env_init(&cib->env, false);
    if (stat(cib->path, &info) != 0) {
        return -ENXIO;
    }
    if (is_compressed(cib->path)) {
        text = read_bz2(cib->path);
    } else if (!g_file_get_contents(cib->path, &text, NULL, NULL)) {
        text = NULL;
    }
    cib->tree = (text == NULL) ? NULL : xml_parse_input(text, &error);
    g_free(text);
    if (cib->tree == NULL) {
        fprintf(stderr, "%s: %s\n", cib->path, error != NULL ? error : "cannot be read");
        free(error);
        return -PCMK_ERR_SCHEMA_VALIDATION;
    }
    xml_strip_text(cib->tree);
    if (xml_first(cib->tree, "status") == NULL) {
        xml_add(cib->tree, "status");
    }
    cib->changed = false;
    if (schema_validate(cib->tree, NULL, NULL) != 0) {
        log_as("load_file_cib", LOG_ERR, "CIB does not validate against %s",
               xml_get(cib->tree, "validate-with"));
        xml_free(cib->tree);
        cib->tree = NULL;
        return -PCMK_ERR_SCHEMA_VALIDATION;
    }
    return 0;
}

static int write_stream(FILE *stream, const char *path, const char *text)
{
    int rc;

    if (is_compressed(path)) {
        rc = write_bz2(stream, text);
    } else {
        rc = fputs(text, stream) < 0 ? -EIO : 0;
    }
    if (rc == 0
        && (fflush(stream) != 0 || (fsync(fileno(stream)) != 0 && errno != EINVAL && errno != EROFS))) {
        rc = -errno;
    }
    return fclose(stream) != 0 && rc == 0 ? -EIO : rc;
}

/* ---- writing ---- */

/* A complete copy of the text beside the file, on disk; NULL when there is none, as for pipes.
 * Owner and mode are the file's. g_free()d by the caller. */
static char *write_copy(const char *path, const char *text)
{
    struct stat info;
    char *copy;
    FILE *stream;
    int fd;

    if (lstat(path, &info) != 0 || !S_ISREG(info.st_mode) || info.st_nlink != 1) {
        return NULL;
    }
    copy = g_strdup_printf("%s.XXXXXX%s", path, is_compressed(path) ? ".bz2" : "");
    fd = mkostemps(copy, is_compressed(path) ? (int)strlen(".bz2") : 0, O_CLOEXEC);
    if (fd < 0) {
        g_free(copy);
        return NULL;
    }
    stream = fdopen(fd, "w");
    if (stream == NULL) {
        close(fd);
    } else if (fchown(fd, info.st_uid, info.st_gid) == 0 && fchmod(fd, info.st_mode & 07777) == 0) {
        if (write_stream(stream, copy, text) == 0) {
            return copy;
        }
    } else {
        fclose(stream);
    }
    unlink(copy);
    g_free(copy);
    return NULL;
}

/* pcs reads the result through the file it has kept open: such a file must not be replaced.
 * The kernel gives a lease for writing only while nobody else has the file open. */
static bool opened_elsewhere(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    bool sole = fd >= 0 && fcntl(fd, F_SETLEASE, F_WRLCK) == 0;

    if (fd >= 0) {
        close(fd);
    }
    return !sole;
}

static int write_in_place(const char *path, const char *text)
{
    FILE *stream = fopen(path, "we");

    return stream == NULL ? -errno : write_stream(stream, path, text);
}

/* A crash leaves the old text or the new one: the file is replaced by a complete copy.
 * Where it cannot be replaced the copy stays until the file is written. */
static int write_plain(const char *path, const xmlNode *tree)
{
    char *text = xml_text_pretty(tree);
    char *copy = write_copy(path, text);
    int rc = 0;

    if (copy == NULL || opened_elsewhere(path) || rename(copy, path) != 0) {
        rc = write_in_place(path, text);
        if (rc != 0) {
            log_err("Could not write %s: %s%s%s", path, strerror(-rc),
                    copy != NULL ? "; the whole is in " : "", copy != NULL ? copy : "");
        } else if (copy != NULL) {
            unlink(copy);
        }
    }
    g_free(copy);
    free(text);
    return rc;
}

int file_disconnect(cib_t *cib)
{
    int rc = 0;

    if (cib->changed && store_is_live(cib->path)) {
        rc = store_write(CIB_DIR, cib->tree);
    } else if (cib->changed) {
        rc = write_plain(cib->path, cib->tree);
    }
    cib->changed = false;
    xml_free(cib->tree);
    cib->tree = NULL;
    return rc;
}

/* ---- operations ---- */

static bool supported(const char *op)
{
    static const char *const ops[] = {
        CIB_OP_QUERY,  CIB_OP_MODIFY, CIB_OP_APPLY_DIFF, CIB_OP_BUMP,    CIB_OP_REPLACE,
        CIB_OP_CREATE, CIB_OP_DELETE, CIB_OP_ERASE,      CIB_OP_UPGRADE,
    };

    for (size_t i = 0; i < G_N_ELEMENTS(ops); i++) {
        if (strcmp(op, ops[i]) == 0) {
            return true;
        }
    }
    return false;
}

static void accept_result(cib_t *cib, const struct cib_call_args *args, struct cib_result *result)
{
    if (result->rc != 0 || (args->options & CIB_OPT_DRYRUN) != 0) {
        return;
    }
    if (result->cib != NULL) {
        xml_free(cib->tree);
        cib->tree = result->cib;
        result->cib = NULL;
        cib->changed = true;
    } else if (result->in_place) {
        cib->changed = true;
    }
}

/* The rejected text with numbered lines, for the validator's messages to refer to. */
static void print_numbered(const xmlNode *tree)
{
    char *text = xml_text_pretty(tree);
    char **lines = g_strsplit(text, "\n", -1);

    for (unsigned i = 0; lines[i] != NULL; i++) {
        fprintf(stderr, "%4u %s\n", i + 1, lines[i]);
    }
    g_strfreev(lines);
    free(text);
}

int file_call(cib_t *cib, const struct cib_call_args *args, xmlNode **output)
{
    struct cib_change change = {
        .op = args->op, .section = args->section,
        .options = args->options | CIB_OPT_NO_MTIME | CIB_OPT_SCOPE_LOCAL,
        .user = cib->user, .privileged = true,
        .count_versions = (args->options & CIB_OPT_INHIBIT_BCAST) == 0,
        .input = cib_input_of(args->data, args->section), .client = cib->name,
    };
    struct cib_result result;
    int rc;

    if (!supported(args->op)) {
        return -EPROTONOSUPPORT;
    }
    cib_perform(&cib->env, &change, cib->tree, &result);
    if (result.rc == -PCMK_ERR_SCHEMA_VALIDATION && result.output != NULL) {
        print_numbered(result.output);
    }
    accept_result(cib, args, &result);
    rc = result.rc;
    *output = result.output;
    result.output = NULL;
    cib_result_clear(&result);
    return rc;
}
