/* The key's file: made once, kept, and refused when it cannot be a secret. */
#include "seal/seal.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static char directory[] = "/tmp/orderd-seal-XXXXXX";
static char path[sizeof(directory) + 16];

static int setup(void **state)
{
    (void)state;
    memcpy(directory + sizeof(directory) - 7, "XXXXXX", 6);
    if (!mkdtemp(directory))
        return -1;
    snprintf(path, sizeof(path), "%s/seal.key", directory);
    return 0;
}

/* The test leaves the key's file at most: drafts of it are gone, or this fails. */
static int teardown(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(directory);
}

static void put(const char *bytes, size_t size, mode_t mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, size), size);
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
}

static struct seal *opened(void)
{
    struct fault fault = {0};
    struct seal *seal = NULL;
    if (seal_open_file(path, &seal, &fault) != STATUS_OK)
        fail_msg("%s: %s", fault.where, fault.text);
    return seal;
}

static void refused(enum status expected, const char *words)
{
    struct fault fault = {0};
    struct seal *seal = NULL;
    assert_int_equal(seal_open_file(path, &seal, &fault), expected);
    assert_null(seal);
    assert_non_null(strstr(fault.where, path));
    assert_non_null(strstr(fault.text, words));
}

/* Whether what `one` seals `other` opens. */
static bool agree(const struct seal *one, const struct seal *other)
{
    char text[SEAL_TEXT_LIMIT], bytes[SEAL_BYTES_LIMIT];
    size_t length, size;
    int64_t expires_at;
    assert_int_equal(seal_close(one, "x", 1, 10, text, &length), STATUS_OK);
    return seal_open(other, text, length, 0, bytes, &size, &expires_at) == STATUS_OK;
}

static void a_key_is_made_for_its_owner_only(void **state)
{
    struct seal *seal = opened();
    struct stat info;
    (void)state;
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0600);
    assert_int_equal(info.st_size, SEAL_KEY_SIZE);
    seal_free(&seal);
}

static void the_key_is_kept(void **state)
{
    struct seal *before = opened();
    struct seal *after = opened();
    (void)state;
    assert_true(agree(before, after));
    assert_int_equal(unlink(path), 0);
    struct seal *fresh = opened();
    assert_false(agree(before, fresh));
    seal_free(&before);
    seal_free(&after);
    seal_free(&fresh);
}

static void *open_one(void *arg)
{
    (void)arg;
    return opened();
}

static void who_starts_together_has_one_key(void **state)
{
    pthread_t threads[8];
    void *seals[8];
    (void)state;
    for (size_t i = 0; i < 8; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, open_one, NULL), 0);
    for (size_t i = 0; i < 8; i++)
        assert_int_equal(pthread_join(threads[i], &seals[i]), 0);
    for (size_t i = 0; i < 8; i++)
        assert_true(agree(seals[0], seals[i]));
    for (size_t i = 0; i < 8; i++) {
        struct seal *seal = seals[i];
        seal_free(&seal);
    }
}

static void what_others_can_get_at_is_refused(void **state)
{
    static const mode_t modes[] = {0640, 0604, 0620, 0602, 0610, 0666};
    char key[SEAL_KEY_SIZE] = "01234567890123456789012345678901";
    (void)state;
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        put(key, sizeof(key), modes[i]);
        refused(STATUS_INVALID, "others than its owner");
    }
    put(key, sizeof(key), 0400);
    struct seal *seal = opened();
    seal_free(&seal);
}

static void another_size_is_refused(void **state)
{
    static const char bytes[SEAL_KEY_SIZE + 1];
    (void)state;
    put(bytes, 0, 0600);
    refused(STATUS_INVALID, "must have 32 bytes, not 0");
    put(bytes, SEAL_KEY_SIZE - 1, 0600);
    refused(STATUS_INVALID, "must have 32 bytes, not 31");
    put(bytes, SEAL_KEY_SIZE + 1, 0600);
    refused(STATUS_INVALID, "must have 32 bytes, not 33");
}

static void what_is_no_file_is_refused(void **state)
{
    (void)state;
    assert_int_equal(mkdir(path, 0700), 0);
    refused(STATUS_INVALID, "is no file");
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0);
    refused(STATUS_INVALID, "is no file"); /* and is not waited for */
}

static void a_missing_directory_is_told(void **state)
{
    char kept[sizeof(path)];
    (void)state;
    memcpy(kept, path, sizeof(path));
    snprintf(path, sizeof(path), "%s/a/b", directory);
    refused(STATUS_NOT_FOUND, "cannot create it");
    memcpy(path, kept, sizeof(path));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_key_is_made_for_its_owner_only, setup, teardown),
        cmocka_unit_test_setup_teardown(the_key_is_kept, setup, teardown),
        cmocka_unit_test_setup_teardown(who_starts_together_has_one_key, setup, teardown),
        cmocka_unit_test_setup_teardown(what_others_can_get_at_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(another_size_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_no_file_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(a_missing_directory_is_told, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
