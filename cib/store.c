/* The CIB on disk. */
#include "config.h"
#include "cib/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <glib.h>
#include "pacemaker/common/daemon.h"
#include "pacemaker/common/log.h"
#include "pacemaker/common/results.h"

#define DIGEST_LENGTH 32
#define MAX_BACKUP_CANDIDATES 1000u

/* ---- reading ---- */

/* Whole file as text, g_free()d by the caller; NULL and *rc on failure. */
static char *read_text(const char *file, size_t *length, int *rc)
{
    GError *error = NULL;
    char *text = NULL;
    struct stat info;

    *rc = 0;
    if (stat(file, &info) != 0) {
        *rc = -errno;
        return NULL;
    }
    if (!S_ISREG(info.st_mode) || info.st_size > (off_t)XML_MAX_BYTES) {
        *rc = -PCMK_ERR_CIB_CORRUPT;
        return NULL;
    }
    if (!g_file_get_contents(file, &text, length, &error)) {
        *rc = g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_ACCES) ? -EACCES : -EIO;
        log_err("Could not read %s: %s", file, error->message);
        g_error_free(error);
        return NULL;
    }
    return text;
}

/* With a signature to check the result against, text the reference wrote badly escaped may be repaired. */
static xmlNode *parse_file(const char *file, const char *signature_file, int *rc)
{
    size_t length = 0;
    char *text = read_text(file, &length, rc), *error = NULL;
    xmlNode *cib = NULL;

    if (text == NULL) {
        return NULL;
    }
    if (length > 0 && strlen(text) == length) {
        cib = xml_parse_strict(text, length, &error);
        if (cib == NULL && access(signature_file, F_OK) == 0) {
            cib = xml_parse(text, NULL);
        }
    }
    if (cib == NULL) {
        log_err("Could not parse %s: %s", file, error != NULL ? error : "it is empty or holds a NUL");
        *rc = -PCMK_ERR_CIB_CORRUPT;
    } else {
        xml_strip_text(cib);
    }
    free(error);
    g_free(text);
    return cib;
}

/* The digest a signature file holds, g_free()d by the caller. */
static char *read_signature(const char *file, int *rc)
{
    size_t length = 0;
    char *text = read_text(file, &length, rc);

    if (text != NULL) {
        g_strchomp(text);
    }
    return text;
}

static int verify(const xmlNode *cib, const char *signature_file)
{
    int rc;
    char *expected = read_signature(signature_file, &rc), *actual;

    if (expected == NULL && rc == -ENOENT) {
        log_warn("No signature %s to check the configuration against", signature_file);
        return 0;
    }
    actual = xml_digest_v1(cib, false, false);
    rc = (expected != NULL && strcasecmp(expected, actual) == 0) ? 0 : -PCMK_ERR_CIB_MODIFIED;
    if (rc != 0) {
        log_err("Signature %s is '%.40s', but the configuration's digest is %s", signature_file,
                expected != NULL ? expected : "unreadable", actual);
    }
    free(actual);
    g_free(expected);
    return rc;
}

static int read_and_verify(const char *file, const char *signature_file, xmlNode **cib)
{
    int rc;

    *cib = parse_file(file, signature_file, &rc);
    if (*cib == NULL) {
        return rc;
    }
    rc = verify(*cib, signature_file);
    if (rc != 0) {
        xml_free(*cib);
        *cib = NULL;
    }
    return rc;
}

int store_read(const char *file, xmlNode **cib)
{
    char *signature = g_strconcat(file, ".sig", NULL);
    int rc = read_and_verify(file, signature, cib);

    g_free(signature);
    return rc;
}

/* ---- writing ---- */

static int sync_dir(const char *dir)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = 0;

    if (fd < 0) {
        return -errno;
    }
    if (fsync(fd) != 0 && errno != EROFS && errno != EINVAL) {
        rc = -errno;
    }
    close(fd);
    return rc;
}

static int write_all(int fd, const char *text, size_t length)
{
    while (length > 0) {
        ssize_t written = write(fd, text, length);

        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return written == 0 ? -EIO : -errno;
        }
        text += written;
        length -= (size_t)written;
    }
    return 0;
}

/* Write, sync and close; fd is closed in any case. */
static int fill_file(int fd, const char *text)
{
    int rc = write_all(fd, text, strlen(text));

    if (rc == 0 && fsync(fd) != 0 && errno != EROFS && errno != EINVAL) {
        rc = -errno;
    }
    if (close(fd) != 0 && rc == 0) {
        rc = -errno;
    }
    return rc;
}

/* A root process leaves files the daemon can use. */
static void give_to_daemon(int fd)
{
    uid_t uid;
    gid_t gid;

    if (geteuid() == 0 && daemon_user_ids(&uid, &gid) == 0 && fchown(fd, uid, gid) != 0) {
        log_warn("Could not give a configuration file to user %s: %s", DAEMON_USER, strerror(errno));
    }
}

/* New file dir/cib.XXXXXX with that text; *path is g_free()d by the caller. */
static int write_temp(const char *dir, const char *text, char **path)
{
    int fd, rc;

    *path = g_strdup_printf("%s/cib.XXXXXX", dir);
    fd = mkostemp(*path, O_CLOEXEC);
    if (fd < 0) {
        rc = -errno;
        log_err("Could not create %s: %s", *path, strerror(errno));
        return rc;
    }
    if (fchmod(fd, S_IRUSR | S_IWUSR) != 0) {
        log_warn("Could not set the mode of %s: %s", *path, strerror(errno));
    }
    give_to_daemon(fd);
    rc = fill_file(fd, text);
    if (rc != 0) {
        log_err("Could not write %s: %s", *path, strerror(-rc));
        unlink(*path);
    }
    return rc;
}

static unsigned backup_number(const char *counter_file)
{
    size_t length;
    int rc;
    char *text = read_text(counter_file, &length, &rc);
    unsigned long number = (text == NULL) ? 0 : strtoul(text, NULL, 10);

    g_free(text);
    return number < STORE_BACKUPS ? (unsigned)number : 0;
}

static int write_counter(const char *file, unsigned number)
{
    char text[16];
    int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);

    if (fd < 0) {
        return -errno;
    }
    give_to_daemon(fd);
    snprintf(text, sizeof(text), "%u", number);
    return fill_file(fd, text);
}

static int link_backup(const char *from, const char *to)
{
    if (unlink(to) != 0 && errno != ENOENT) {
        return -errno;
    }
    return (link(from, to) != 0 && errno != ENOENT) ? -errno : 0;
}

static int keep_backup(const char *dir, const char *file, const char *signature)
{
    char *counter = g_strdup_printf("%s/cib.last", dir);
    unsigned number = backup_number(counter);
    char *backup = g_strdup_printf("%s/cib-%u.raw", dir, number);
    char *backup_signature = g_strconcat(backup, ".sig", NULL);
    int rc = link_backup(file, backup);

    if (rc == 0) {
        rc = link_backup(signature, backup_signature);
    }
    if (rc == 0) {
        rc = write_counter(counter, (number + 1) % STORE_BACKUPS);
    }
    if (rc == 0) {
        rc = sync_dir(dir);
    }
    if (rc != 0) {
        log_err("Could not keep %s as %s: %s", file, backup, strerror(-rc));
    }
    g_free(counter);
    g_free(backup);
    g_free(backup_signature);
    return rc == 0 ? 0 : -PCMK_ERR_CIB_BACKUP;
}

/* What the file holds: everything but the status, counters at rest. */
static xmlNode *file_content(const xmlNode *cib)
{
    xmlNode *copy = xml_copy(cib), *status;
    time_t now = time(NULL);
    char text[32] = "";

    xml_set(copy, "num_updates", "0");
    if (ctime_r(&now, text) != NULL) {
        xml_set(copy, "cib-last-written", g_strchomp(text));
    }
    while ((status = xml_first(copy, "status")) != NULL) {
        xml_free(status);
    }
    return copy;
}

/* Both temporary files become the real ones. */
static int put_in_place(const char *dir, const char *temp, const char *temp_signature, const char *file,
                        const char *signature)
{
    XML_AUTO xmlNode *check = NULL;

    if (read_and_verify(temp, temp_signature, &check) != 0) {
        return -PCMK_ERR_CIB_SAVE;
    }
    if (rename(temp, file) != 0 || rename(temp_signature, signature) != 0) {
        log_err("Could not rename the new configuration to %s: %s", file, strerror(errno));
        return -PCMK_ERR_CIB_SAVE;
    }
    return sync_dir(dir) == 0 ? 0 : -PCMK_ERR_CIB_SAVE;
}

static int write_new(const char *dir, const xmlNode *cib, const char *file, const char *signature)
{
    XML_AUTO xmlNode *content = file_content(cib);
    char *text = xml_text_pretty(content), *digest = xml_digest_v1(content, false, false);
    char *temp = NULL, *temp_signature = NULL;
    int rc = write_temp(dir, text, &temp);

    if (rc == 0) {
        rc = write_temp(dir, digest, &temp_signature);
    }
    if (rc == 0) {
        rc = put_in_place(dir, temp, temp_signature, file, signature);
    } else {
        rc = -PCMK_ERR_CIB_SAVE;
    }
    if (rc != 0) {
        unlink(temp);
        if (temp_signature != NULL) {
            unlink(temp_signature);
        }
    }
    free(text);
    free(digest);
    g_free(temp);
    g_free(temp_signature);
    return rc;
}

int store_write(const char *dir, const xmlNode *cib)
{
    char *file = g_strconcat(dir, "/cib.xml", NULL), *signature = g_strconcat(file, ".sig", NULL);
    mode_t mask = umask(026);
    XML_AUTO xmlNode *present = NULL;
    int rc = read_and_verify(file, signature, &present);

    if (rc != 0 && rc != -ENOENT) {
        log_err("%s was manually modified while the cluster was active: not replacing it", file);
        rc = -PCMK_ERR_CIB_MODIFIED;
    } else {
        rc = keep_backup(dir, file, signature);
    }
    if (rc == 0) {
        rc = write_new(dir, cib, file, signature);
    }
    umask(mask);
    g_free(file);
    g_free(signature);
    return rc;
}

/* ---- starting ---- */

/* cib.XXXXXX: left behind by a write that was cut off. */
static bool is_temp_name(const char *name)
{
    return strncmp(name, "cib.", 4) == 0 && strlen(name) == strlen("cib.XXXXXX")
           && strchr(name + 4, '.') == NULL;
}

/* Power failed between the two renames: the signature is still under its temporary name. True when one was
 * found and put in place. Other left-overs are removed. */
static bool finish_interrupted_write(const char *dir, const char *signature, const char *digest)
{
    DIR *stream = opendir(dir);
    bool finished = false;
    const struct dirent *entry;

    while (stream != NULL && (entry = readdir(stream)) != NULL) {
        char *path, *text;
        int rc;

        if (!is_temp_name(entry->d_name)) {
            continue;
        }
        path = g_strdup_printf("%s/%s", dir, entry->d_name);
        text = read_signature(path, &rc);
        if (!finished && digest != NULL && text != NULL && strcasecmp(text, digest) == 0
            && rename(path, signature) == 0) {
            log_notice("Finished the interrupted write of the configuration: %s becomes %s", path, signature);
            finished = (sync_dir(dir) == 0);
        } else {
            unlink(path);
        }
        g_free(text);
        g_free(path);
    }
    if (stream != NULL) {
        closedir(stream);
    }
    return finished;
}

static bool set_aside(const char *dir, const char *file, const char *signature)
{
    char *name = g_strdup_printf("%s/cib.auto.XXXXXX", dir), *name_signature;
    int fd = mkostemp(name, O_CLOEXEC);
    bool done = false;

    if (fd >= 0) {
        close(fd);
        name_signature = g_strconcat(name, ".sig", NULL);
        done = rename(file, name) == 0 && (rename(signature, name_signature) == 0 || errno == ENOENT);
        g_free(name_signature);
    }
    if (done) {
        log_err("The damaged configuration %s is kept as %s", file, name);
    } else {
        log_err("Could not set aside the damaged configuration %s: %s", file, strerror(errno));
    }
    g_free(name);
    return done;
}

struct candidate {
    char *path;
    struct timespec changed;
};

static gint newest_first(gconstpointer a, gconstpointer b)
{
    const struct candidate *x = *(const struct candidate *const *)a, *y = *(const struct candidate *const *)b;

    if (x->changed.tv_sec != y->changed.tv_sec) {
        return x->changed.tv_sec > y->changed.tv_sec ? -1 : 1;
    }
    return (y->changed.tv_nsec > x->changed.tv_nsec) - (y->changed.tv_nsec < x->changed.tv_nsec);
}

static void candidate_free(void *data)
{
    struct candidate *candidate = data;

    g_free(candidate->path);
    g_free(candidate);
}

static GPtrArray *backup_candidates(const char *dir)
{
    GPtrArray *candidates = g_ptr_array_new_with_free_func(candidate_free);
    DIR *stream = opendir(dir);
    const struct dirent *entry;

    while (stream != NULL && (entry = readdir(stream)) != NULL && candidates->len < MAX_BACKUP_CANDIDATES) {
        struct candidate *candidate;
        struct stat info;

        if (strncmp(entry->d_name, "cib-", 4) != 0 || g_str_has_suffix(entry->d_name, ".sig")) {
            continue;
        }
        candidate = g_new0(struct candidate, 1);
        candidate->path = g_strdup_printf("%s/%s", dir, entry->d_name);
        if (stat(candidate->path, &info) == 0 && S_ISREG(info.st_mode)) {
            candidate->changed = info.st_ctim;
            g_ptr_array_add(candidates, candidate);
        } else {
            candidate_free(candidate);
        }
    }
    if (stream != NULL) {
        closedir(stream);
    }
    g_ptr_array_sort(candidates, newest_first);
    return candidates;
}

static xmlNode *newest_backup(const char *dir)
{
    GPtrArray *candidates = backup_candidates(dir);
    xmlNode *cib = NULL;

    for (guint i = 0; i < candidates->len && cib == NULL; i++) {
        const struct candidate *candidate = candidates->pdata[i];

        if (store_read(candidate->path, &cib) == 0) {
            log_notice("Using the earlier configuration %s", candidate->path);
        }
    }
    g_ptr_array_free(candidates, TRUE);
    return cib;
}

static bool accessible(const struct stat *info)
{
    uid_t uid;
    gid_t gid;

    if (geteuid() == 0) {
        return true;
    }
    if (daemon_user_ids(&uid, &gid) != 0) {
        uid = geteuid();
        gid = getegid();
    }
    return (info->st_uid == uid && (info->st_mode & (S_IRUSR | S_IWUSR)) != 0)
        || (info->st_gid == gid && (info->st_mode & (S_IRGRP | S_IWGRP)) != 0);
}

static int check_access(const char *dir, const char *file)
{
    struct stat info;

    if (stat(file, &info) == 0) {
        if (S_ISREG(info.st_mode) && accessible(&info)) {
            return 0;
        }
        log_err("%s must be a regular file that belongs to and can be read by user %s or group %s", file,
                DAEMON_USER, DAEMON_GROUP);
        return -EACCES;
    }
    if (errno == ENOENT && stat(dir, &info) == 0 && S_ISDIR(info.st_mode) && accessible(&info)) {
        return 0;
    }
    log_err("%s must be a directory that belongs to user %s or group %s", dir, DAEMON_USER, DAEMON_GROUP);
    return -EACCES;
}

/* The file itself, after repair of an interrupted write when it does not match its signature. */
static int load_file(const char *dir, const char *file, const char *signature, xmlNode **cib)
{
    int rc;
    xmlNode *tree = parse_file(file, signature, &rc);
    char *digest = (tree == NULL) ? NULL : xml_digest_v1(tree, false, false);

    if (tree != NULL && verify(tree, signature) != 0) {
        rc = finish_interrupted_write(dir, signature, digest) ? 0 : -PCMK_ERR_CIB_MODIFIED;
    } else {
        finish_interrupted_write(dir, signature, NULL);
    }
    free(digest);
    if (rc != 0) {
        xml_free(tree);
        tree = NULL;
    }
    *cib = tree;
    return rc;
}

int store_load(const char *dir, struct store_start *start)
{
    char *file = g_strconcat(dir, "/cib.xml", NULL), *signature = g_strconcat(file, ".sig", NULL);
    int rc = check_access(dir, file);

    memset(start, 0, sizeof(*start));
    if (rc == 0 && access(signature, F_OK) == 0) {
        rc = check_access(dir, signature);
    }
    if (rc == 0) {
        int file_rc = load_file(dir, file, signature, &start->cib);

        if (file_rc == -PCMK_ERR_CIB_MODIFIED || file_rc == -PCMK_ERR_CIB_CORRUPT) {
            start->disable_writes = !set_aside(dir, file, signature);
        }
        if (start->cib == NULL) {
            start->cib = newest_backup(dir);
        }
    }
    g_free(file);
    g_free(signature);
    return rc;
}

bool store_is_live(const char *path)
{
    char real[PATH_MAX], live[PATH_MAX];

    return realpath(path, real) != NULL && realpath(CIB_DIR "/cib.xml", live) != NULL
           && strcmp(real, live) == 0;
}
