/* Directories made and removed. */
#include "server/directory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char root[256];

static int setup(void **state)
{
    struct fault fault;
    (void)state;
    return directory_make_temporary(root, &fault) == STATUS_OK ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    directory_remove(root);
    return access(root, F_OK) == 0 ? -1 : 0;
}

static void missing_parents_are_made_for_the_own_user_only(void **state)
{
    char path[300], parent[300];
    struct fault fault;
    struct stat info;
    (void)state;
    snprintf(parent, sizeof(parent), "%s/a", root);
    snprintf(path, sizeof(path), "%s/a/b", root);
    assert_int_equal(directory_make(path, &fault), STATUS_OK);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0700);
    assert_int_equal(directory_make(path, &fault), STATUS_OK); /* there already: fine */
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(rmdir(parent), 0);
}

static void a_file_in_the_way_is_told(void **state)
{
    char path[300];
    struct fault fault;
    (void)state;
    snprintf(path, sizeof(path), "%s/file", root);
    fclose(fopen(path, "w"));
    assert_int_equal(directory_make(path, &fault), STATUS_UNAVAILABLE);
    assert_string_equal(fault.where, path);
    assert_non_null(strstr(fault.text, "Not a directory"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(missing_parents_are_made_for_the_own_user_only, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_file_in_the_way_is_told, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
