/* Bundles: what is read, what is left out, what is refused. */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct bundle *read_all(struct world *world)
{
    struct bundle *bundle = NULL;
    assert_int_equal(bundle_read(world->directory, NULL, &bundle, &world->fault), STATUS_OK);
    return bundle;
}

static void scripts_are_sorted_by_module(void **state)
{
    struct world *world = *state;
    world_write(world, "b.lua", "return 2");
    world_write(world, "a/z.lua", "return 1");
    world_write(world, "notes.txt", "no script");
    world_write(world, ".hidden.lua", "no script");
    world_write(world, ".git/x.lua", "no script");
    struct bundle *bundle = read_all(world);
    assert_int_equal(bundle_count(bundle), 2);
    assert_string_equal(bundle_at(bundle, 0)->module, "a.z");
    assert_string_equal(bundle_at(bundle, 1)->module, "b");
    assert_string_equal(bundle_find(bundle, "b")->text, "return 2");
    assert_int_equal(bundle_find(bundle, "b")->length, 8);
    assert_null(bundle_find(bundle, "c"));
    char path[128];
    snprintf(path, sizeof(path), "%s/a/z.lua", world->directory);
    assert_string_equal(bundle_at(bundle, 0)->path, path);
    bundle_release(&bundle);
    assert_null(bundle);
}

static void directories_can_be_left_out(void **state)
{
    struct world *world = *state;
    static const char *const except[] = {"demo", "a/tests", NULL};
    struct bundle *bundle = NULL;
    world_write(world, "demo/x.lua", "");
    world_write(world, "a/tests/x.lua", "");
    world_write(world, "a/demo/x.lua", "");
    assert_int_equal(bundle_read(world->directory, except, &bundle, &world->fault), STATUS_OK);
    assert_int_equal(bundle_count(bundle), 1);
    assert_non_null(bundle_find(bundle, "a.demo.x"));
    bundle_release(&bundle);
}

static void the_hash_changes_with_names_and_bytes(void **state)
{
    struct world *world = *state;
    char hashes[4][65];
    world_write(world, "a.lua", "return 1");
    for (int i = 0; i < 4; i++) {
        struct bundle *bundle = read_all(world);
        snprintf(hashes[i], sizeof(hashes[i]), "%s", bundle_hash(bundle));
        assert_int_equal(strlen(bundle_hash(bundle)), 64);
        bundle_release(&bundle);
        if (i == 0)
            world_write(world, "a.lua", "return 2");
        if (i == 1)
            world_write(world, "b.lua", "");
        if (i == 2) {
            world_write(world, "a.lua", "return 1");
            char path[128];
            snprintf(path, sizeof(path), "%s/b.lua", world->directory);
            assert_int_equal(unlink(path), 0);
        }
    }
    assert_string_not_equal(hashes[0], hashes[1]);
    assert_string_not_equal(hashes[1], hashes[2]);
    assert_string_equal(hashes[0], hashes[3]);
}

static void a_bundle_lives_while_it_is_held(void **state)
{
    struct world *world = *state;
    world_write(world, "a.lua", "return 1");
    struct bundle *bundle = read_all(world);
    struct bundle *other = bundle_hold(bundle);
    bundle_release(&bundle);
    assert_int_equal(bundle_count(other), 1);
    bundle_release(&other);
}

static void an_empty_directory_is_a_bundle(void **state)
{
    struct bundle *bundle = read_all(*state);
    assert_int_equal(bundle_count(bundle), 0);
    assert_null(bundle_find(bundle, "a"));
    bundle_release(&bundle);
}

static void assert_refused(struct world *world, enum status expected, const char *text)
{
    struct bundle *bundle = NULL;
    assert_int_equal(bundle_read(world->directory, NULL, &bundle, &world->fault), expected);
    assert_null(bundle);
    assert_non_null(strstr(world->fault.text, text));
}

static void a_missing_directory_is_told(void **state)
{
    struct world *world = *state;
    struct bundle *bundle = NULL;
    assert_int_equal(bundle_read("/tmp/orderd-no-such-directory", NULL, &bundle, &world->fault),
                     STATUS_NOT_FOUND);
    assert_non_null(strstr(world->fault.where, "orderd-no-such-directory"));
}

static void a_name_that_would_be_two_modules_is_refused(void **state)
{
    world_write(*state, "a.b.lua", "");
    assert_refused(*state, STATUS_INVALID, "letters, digits");
}

static void a_file_that_is_too_large_is_refused(void **state)
{
    size_t size = 1024 * 1024 + 1;
    char *text = malloc(size + 1);
    memset(text, ' ', size);
    text[size] = '\0';
    world_write(*state, "large.lua", text);
    free(text);
    assert_refused(*state, STATUS_LIMIT, "1 MiB");
}

static void links_in_a_circle_end(void **state)
{
    struct world *world = *state;
    char path[128];
    snprintf(path, sizeof(path), "%s/loop", world->directory);
    assert_int_equal(symlink(".", path), 0);
    assert_refused(world, STATUS_LIMIT, "16 deep");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_open, world_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(scripts_are_sorted_by_module),
        TEST(directories_can_be_left_out),
        TEST(the_hash_changes_with_names_and_bytes),
        TEST(a_bundle_lives_while_it_is_held),
        TEST(an_empty_directory_is_a_bundle),
        TEST(a_missing_directory_is_told),
        TEST(a_name_that_would_be_two_modules_is_refused),
        TEST(a_file_that_is_too_large_is_refused),
        TEST(links_in_a_circle_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
