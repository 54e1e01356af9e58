/* Which lists are kept, and which make room. */
#include "naming/iterators.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { KEY_LENGTH = ITERATOR_KEY_SIZE - 1 };

/* Of as many names as that, each of some 100 bytes. */
static struct listing *listing_of(size_t count)
{
    struct tree *tree = tree_new();
    char id[51];
    for (size_t i = 0; i < count; i++) {
        snprintf(id, sizeof(id), "%050zu", i);
        const struct binding binding = {.id = id, .kind = "", .object = "IOR:"};
        assert_int_equal(tree_bind(tree, TREE_ROOT, &binding), STATUS_OK);
    }
    struct listing *listing = listing_new(tree, TREE_ROOT);
    tree_free(&tree);
    return listing;
}

static bool has(struct iterators *iterators, const char *key)
{
    return iterators_has(iterators, key, KEY_LENGTH);
}

static void the_rest_is_handed_out_once(void **state)
{
    (void)state;
    struct iterators *iterators = iterators_new(2, 1 << 20);
    char key[ITERATOR_KEY_SIZE];
    iterators_add(iterators, listing_of(5), 2, key);
    for (size_t left = 3; left > 0; left--) {
        struct listing *part = iterators_next(iterators, key, KEY_LENGTH, 1);
        assert_int_equal(part->count, 1);
        listing_free(&part);
    }
    struct listing *end = iterators_next(iterators, key, KEY_LENGTH, 1);
    assert_int_equal(end->count, 0);
    listing_free(&end);
    assert_true(iterators_remove(iterators, key, KEY_LENGTH));
    assert_false(has(iterators, key));
    iterators_free(&iterators);
}

static void the_oldest_makes_room_where_there_are_too_many(void **state)
{
    (void)state;
    struct iterators *iterators = iterators_new(2, 1 << 20);
    char keys[3][ITERATOR_KEY_SIZE];
    for (int i = 0; i < 3; i++)
        iterators_add(iterators, listing_of(1), 0, keys[i]);
    assert_false(has(iterators, keys[0]));
    assert_true(has(iterators, keys[1]));
    assert_true(has(iterators, keys[2]));
    iterators_free(&iterators);
}

static void the_oldest_make_room_where_they_hold_too_much(void **state)
{
    (void)state;
    struct iterators *iterators = iterators_new(100, 25000);
    char keys[3][ITERATOR_KEY_SIZE];
    for (int i = 0; i < 3; i++)
        iterators_add(iterators, listing_of(100), 0, keys[i]);
    assert_false(has(iterators, keys[0]));
    assert_true(has(iterators, keys[1]));
    assert_true(has(iterators, keys[2]));
    iterators_free(&iterators);
}

static void a_list_that_is_too_long_by_itself_is_the_only_one(void **state)
{
    (void)state;
    struct iterators *iterators = iterators_new(100, 1000);
    char keys[2][ITERATOR_KEY_SIZE];
    for (int i = 0; i < 2; i++)
        iterators_add(iterators, listing_of(100), 0, keys[i]);
    assert_false(has(iterators, keys[0]));
    assert_true(has(iterators, keys[1]));
    iterators_free(&iterators);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_rest_is_handed_out_once),
        cmocka_unit_test(the_oldest_makes_room_where_there_are_too_many),
        cmocka_unit_test(the_oldest_make_room_where_they_hold_too_much),
        cmocka_unit_test(a_list_that_is_too_long_by_itself_is_the_only_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
