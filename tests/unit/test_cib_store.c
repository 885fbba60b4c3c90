/* The CIB on disk: what is found again after writes, damage and interruptions. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <glib.h>
#include <glib/gstdio.h>
#include "cib/store.h"
#include "cib/version.h"
#include "pacemaker/common/results.h"

static char dir[64];

static char *in_dir(const char *name)
{
    return g_strdup_printf("%s/%s", dir, name);
}

static int setup(void **state)
{
    (void)state;
    strcpy(dir, "/tmp/test-cib-store.XXXXXX");
    return mkdtemp(dir) == NULL;
}

static int teardown(void **state)
{
    GDir *stream = g_dir_open(dir, 0, NULL);
    const char *name;

    (void)state;
    while ((name = g_dir_read_name(stream)) != NULL) {
        char *path = in_dir(name);

        unlink(path);
        g_free(path);
    }
    g_dir_close(stream);
    return rmdir(dir);
}

static void write_epoch(long long epoch)
{
    XML_AUTO xmlNode *cib = cib_empty(epoch);

    xml_set(xml_first(cib, "status"), "noise", "x");
    assert_int_equal(store_write(dir, cib), 0);
}

/* Epoch of what a start finds, -1 for nothing. */
static long long loaded_epoch(void)
{
    struct store_start start;
    long long epoch = -1;

    assert_int_equal(store_load(dir, &start), 0);
    assert_false(start.disable_writes);
    if (start.cib != NULL) {
        epoch = cib_version_of(start.cib, -1).epoch;
    }
    xml_free(start.cib);
    return epoch;
}

static void put(const char *name, const char *text)
{
    char *path = in_dir(name);

    assert_true(g_file_set_contents(path, text, -1, NULL));
    g_free(path);
}

static char *get(const char *name)
{
    char *path = in_dir(name), *text = NULL;

    g_file_get_contents(path, &text, NULL, NULL);
    g_free(path);
    return text;
}

static bool exists_like(const char *prefix)
{
    GDir *stream = g_dir_open(dir, 0, NULL);
    const char *name;
    bool found = false;

    while ((name = g_dir_read_name(stream)) != NULL) {
        found = found || g_str_has_prefix(name, prefix);
    }
    g_dir_close(stream);
    return found;
}

static void test_nothing_there(void **state)
{
    (void)state;
    assert_int_equal(loaded_epoch(), -1);
}

static void test_file_and_signature(void **state)
{
    char *path = in_dir("cib.xml"), *text, *signature, *digest;
    XML_AUTO xmlNode *cib = NULL;
    struct stat info;

    (void)state;
    write_epoch(3);
    text = get("cib.xml");
    signature = get("cib.xml.sig");
    assert_null(strstr(text, "<status"));
    assert_non_null(strstr(text, "num_updates=\"0\""));
    assert_non_null(strstr(text, "cib-last-written=\""));
    assert_int_equal(strlen(signature), 32);
    assert_int_equal(store_read(path, &cib), 0);
    digest = xml_digest_v1(cib, false, false);
    assert_string_equal(digest, signature);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    free(digest);
    g_free(signature);
    g_free(text);
    g_free(path);
}

static void test_earlier_versions_are_kept(void **state)
{
    char *last;

    (void)state;
    for (int i = 0; i < 103; i++) {
        write_epoch(i);
    }
    last = get("cib.last");
    assert_string_equal(last, "3");
    g_free(last);
    assert_true(exists_like("cib-99.raw"));
    assert_false(exists_like("cib-100.raw"));
    put("cib.xml", "");
    assert_int_equal(loaded_epoch(), 101);
}

static void test_damaged_file_is_set_aside(void **state)
{
    static const char *const damages[] = {
        "", "not xml at all", "<cib epoch='9'>", "<cib epoch='9' admin_epoch='0' num_updates='0'/>",
        "<cib><configuration></cib>",
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(damages); i++) {
        write_epoch(1);
        write_epoch(2);
        put("cib.xml", damages[i]);
        assert_int_equal(loaded_epoch(), 1);
        assert_true(exists_like("cib.auto."));
        assert_false(exists_like("cib.xml"));
    }
}

static void test_damaged_signature(void **state)
{
    (void)state;
    write_epoch(1);
    write_epoch(2);
    put("cib.xml.sig", "00000000000000000000000000000000");
    assert_int_equal(loaded_epoch(), 1);
    assert_true(exists_like("cib.auto."));
}

static void test_damaged_backups_are_skipped(void **state)
{
    (void)state;
    write_epoch(1);
    write_epoch(2);
    write_epoch(3);
    put("cib.xml", "x");
    put("cib-2.raw", "<cib");
    assert_int_equal(loaded_epoch(), 1);
}

static void test_missing_signature_is_accepted(void **state)
{
    char *path = in_dir("cib.xml.sig");

    (void)state;
    write_epoch(4);
    unlink(path);
    g_free(path);
    assert_int_equal(loaded_epoch(), 4);
}

static void test_file_changed_by_hand_is_not_overwritten(void **state)
{
    const char *by_hand = "<cib epoch=\"77\" admin_epoch=\"0\" num_updates=\"0\"/>\n";
    XML_AUTO xmlNode *cib = cib_empty(5);
    char *text;

    (void)state;
    write_epoch(4);
    put("cib.xml", by_hand);
    assert_int_equal(store_write(dir, cib), -PCMK_ERR_CIB_MODIFIED);
    text = get("cib.xml");
    assert_string_equal(text, by_hand);
    g_free(text);
}

static void test_left_over_temporary_files(void **state)
{
    (void)state;
    write_epoch(1);
    put("cib.aB3xYz", "<cib epoch=");
    assert_int_equal(loaded_epoch(), 1);
    assert_false(exists_like("cib.aB3xYz"));
}

/* Power failed between the renames of the file and of its signature. */
static void test_write_cut_between_renames(void **state)
{
    char *old_signature, *new_signature;

    (void)state;
    write_epoch(1);
    old_signature = get("cib.xml.sig");
    write_epoch(2);
    new_signature = get("cib.xml.sig");
    put("cib.xml.sig", old_signature);
    put("cib.Q1w2E3", new_signature);
    assert_int_equal(loaded_epoch(), 2);
    assert_int_equal(loaded_epoch(), 2);
    assert_false(exists_like("cib.Q1w2E3"));
    assert_false(exists_like("cib.auto."));
    g_free(old_signature);
    g_free(new_signature);
}

static void test_write_cut_and_new_signature_lost(void **state)
{
    char *old_signature;

    (void)state;
    write_epoch(1);
    old_signature = get("cib.xml.sig");
    write_epoch(2);
    put("cib.xml.sig", old_signature);
    g_free(old_signature);
    assert_int_equal(loaded_epoch(), 1);
}

/* The writer is killed at any moment: the start finds the old or the new version, and the next write
 * works. */
static void test_writer_killed_at_any_moment(void **state)
{
    long long epoch = 1;

    (void)state;
    write_epoch(epoch);
    for (unsigned i = 0; i < 60; i++) {
        long long found;
        pid_t pid = fork();

        assert_true(pid >= 0);
        if (pid == 0) {
            XML_AUTO xmlNode *cib = cib_empty(epoch + 1);

            _exit(store_write(dir, cib) != 0);
        }
        g_usleep(i * 37);
        kill(pid, SIGKILL);
        assert_int_equal(waitpid(pid, NULL, 0), pid);
        found = loaded_epoch();
        assert_true(found == epoch || found == epoch + 1);
        epoch = found + 1;
        write_epoch(epoch);
        assert_int_equal(loaded_epoch(), epoch);
    }
}

static void test_directory_missing(void **state)
{
    XML_AUTO xmlNode *cib = cib_empty(1);
    struct store_start start;

    (void)state;
    assert_int_equal(store_load("/nonexistent/cib", &start), -EACCES);
    assert_null(start.cib);
    assert_true(store_write("/nonexistent/cib", cib) < 0);
}

#define store_test(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        store_test(test_nothing_there),
        store_test(test_file_and_signature),
        store_test(test_earlier_versions_are_kept),
        store_test(test_damaged_file_is_set_aside),
        store_test(test_damaged_signature),
        store_test(test_damaged_backups_are_skipped),
        store_test(test_missing_signature_is_accepted),
        store_test(test_file_changed_by_hand_is_not_overwritten),
        store_test(test_left_over_temporary_files),
        store_test(test_write_cut_between_renames),
        store_test(test_write_cut_and_new_signature_lost),
        store_test(test_writer_killed_at_any_moment),
        store_test(test_directory_missing),
    };

    return cmocka_run_group_tests_name("cib store", tests, NULL, NULL);
}
