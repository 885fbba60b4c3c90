/* Numbered series of saved scheduler inputs. */
#include "config.h"
#include "pengine/saved_inputs.h"

#include <bzlib.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pacemaker/common/log.h"
#include "pacemaker/common/xml.h"

#define BLOCK_100K 5
#define WORK_FACTOR 30

static void last_path(const char *series, char *path, size_t size)
{
    snprintf(path, size, "%s/%s.last", SAVED_INPUTS_DIR, series);
}

/* Number of the next file; 0 when the series is new or its file cannot be read.
 * A limit that is lower than that works from the file after it. */
static unsigned read_number(const char *series)
{
    char path[512];
    unsigned long long n = 0;
    FILE *f;

    last_path(series, path, sizeof(path));
    f = fopen(path, "re");
    if (f != NULL) {
        if (fscanf(f, "%20llu", &n) != 1 || n > UINT32_MAX) {
            log_warn("%s does not hold a number: series %s starts anew", path, series);
            n = 0;
        }
        fclose(f);
    }
    return (unsigned)n;
}

static void write_number(const char *series, unsigned n, long long limit)
{
    char path[512];
    FILE *f;

    last_path(series, path, sizeof(path));
    f = fopen(path, "we");
    if (f == NULL || fprintf(f, "%u", limit > 0 && n >= limit ? 0 : n) < 0 || fclose(f) != 0) {
        log_warn("Could not write %s: %s", path, strerror(errno));
    }
}

static bool write_compressed(const char *path, const char *text)
{
    FILE *f = fopen(path, "we");
    BZFILE *bz;
    int rc = BZ_OK;
    bool ok;

    if (f == NULL) {
        return false;
    }
    bz = BZ2_bzWriteOpen(&rc, f, BLOCK_100K, 0, WORK_FACTOR);
    if (rc == BZ_OK) {
        BZ2_bzWrite(&rc, bz, (void *)text, (int)strlen(text));
    }
    ok = rc == BZ_OK;
    BZ2_bzWriteClose(&rc, bz, !ok, NULL, NULL);
    ok = ok && rc == BZ_OK;
    return fclose(f) == 0 && ok;
}

bool saved_input_next(struct saved_input *input, const char *series, long long limit)
{
    *input = (struct saved_input){.series = series, .limit = limit, .number = read_number(series)};
    if (asprintf(&input->path, "%s/%s-%u.bz2", SAVED_INPUTS_DIR, series, input->number) < 0) {
        input->path = NULL;
    }
    return input->path != NULL;
}

bool saved_input_write(const struct saved_input *input, const xmlNode *cib)
{
    char *text = xml_text_pretty(cib);
    bool ok = write_compressed(input->path, text);

    free(text);
    if (!ok) {
        log_err("Could not save the scheduler's input in %s: %s", input->path, strerror(errno));
        unlink(input->path);
        return false;
    }
    write_number(input->series, input->number + 1, input->limit);
    return true;
}
