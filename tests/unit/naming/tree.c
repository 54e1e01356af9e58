/* Contexts, bindings, and ways along them. */
#include "naming/tree.h"

#include "naming/listing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Names own their texts, and so want them as variables. */
static char name_a[] = "a", name_b[] = "b", name_c[] = "c", name_k[] = "k";

static int setup(void **state)
{
    *state = tree_new();
    return 0;
}

static int teardown(void **state)
{
    struct tree *tree = *state;
    tree_free(&tree);
    return 0;
}

static void bind_object(struct tree *tree, uint64_t context, const char *id, const char *object)
{
    const struct binding binding = {.id = id, .kind = "k", .object = object};
    assert_int_equal(tree_bind(tree, context, &binding), STATUS_OK);
}

static void bind_context(struct tree *tree, uint64_t context, const char *id, uint64_t local)
{
    const struct binding binding = {.id = id, .kind = "k", .is_context = true, .local = local};
    assert_int_equal(tree_bind(tree, context, &binding), STATUS_OK);
}

static void a_new_tree_has_an_empty_root(void **state)
{
    assert_true(tree_has(*state, TREE_ROOT));
    assert_true(tree_is_empty(*state, TREE_ROOT));
    assert_int_equal(tree_next(*state), 1);
    assert_int_equal(tree_contexts(*state), 1);
}

static void what_is_bound_is_found_by_id_and_kind(void **state)
{
    bind_object(*state, TREE_ROOT, "a", "IOR:1");
    const struct binding *found = tree_find(*state, TREE_ROOT, "a", "k");
    assert_string_equal(found->object, "IOR:1");
    assert_null(tree_find(*state, TREE_ROOT, "a", ""));
    assert_null(tree_find(*state, TREE_ROOT, "", "k"));
    assert_null(tree_find(*state, 7, "a", "k"));
}

static void binding_again_takes_the_place(void **state)
{
    bind_object(*state, TREE_ROOT, "a", "IOR:1");
    bind_object(*state, TREE_ROOT, "a", "IOR:2");
    assert_string_equal(tree_find(*state, TREE_ROOT, "a", "k")->object, "IOR:2");
    assert_int_equal(tree_bindings(*state), 1);
}

static void what_is_unbound_is_gone(void **state)
{
    bind_object(*state, TREE_ROOT, "a", "IOR:1");
    assert_int_equal(tree_unbind(*state, TREE_ROOT, "a", "k"), STATUS_OK);
    assert_int_equal(tree_unbind(*state, TREE_ROOT, "a", "k"), STATUS_NOT_FOUND);
    assert_true(tree_is_empty(*state, TREE_ROOT));
    assert_int_equal(tree_bindings(*state), 0);
}

static void a_context_goes_with_its_bindings_but_the_root_stays(void **state)
{
    assert_int_equal(tree_add(*state, 1), STATUS_OK);
    assert_int_equal(tree_add(*state, 1), STATUS_DUPLICATE);
    bind_object(*state, 1, "a", "IOR:1");
    assert_int_equal(tree_remove(*state, 1), STATUS_OK);
    assert_int_equal(tree_bindings(*state), 0);
    assert_int_equal(tree_remove(*state, 1), STATUS_NOT_FOUND);
    assert_int_equal(tree_remove(*state, TREE_ROOT), STATUS_REFUSED);
}

static void a_number_is_never_given_twice(void **state)
{
    assert_int_equal(tree_add(*state, 5), STATUS_OK);
    assert_int_equal(tree_remove(*state, 5), STATUS_OK);
    assert_int_equal(tree_next(*state), 6);
}

static void a_walk_goes_through_contexts(void **state)
{
    const struct name_component way[] = {{name_a, name_k}, {name_b, name_k}};
    assert_int_equal(tree_add(*state, 1), STATUS_OK);
    assert_int_equal(tree_add(*state, 2), STATUS_OK);
    bind_context(*state, TREE_ROOT, "a", 1);
    bind_context(*state, 1, "b", 2);
    struct walk walk = tree_walk(*state, TREE_ROOT, way, 2);
    assert_int_equal(walk.end, WALK_THERE);
    assert_int_equal(walk.context, 2);
}

static void a_walk_stops_at_what_is_missing_or_no_context(void **state)
{
    const struct name_component way[] = {{name_a, name_k}, {name_b, name_k}, {name_c, name_k}};
    assert_int_equal(tree_add(*state, 1), STATUS_OK);
    bind_context(*state, TREE_ROOT, "a", 1);
    struct walk walk = tree_walk(*state, TREE_ROOT, way, 3);
    assert_int_equal(walk.end, WALK_MISSING);
    assert_int_equal(walk.done, 1);
    bind_object(*state, 1, "b", "IOR:1");
    walk = tree_walk(*state, TREE_ROOT, way, 3);
    assert_int_equal(walk.end, WALK_NOT_CONTEXT);
    assert_int_equal(walk.done, 1);
}

static void a_walk_stops_where_another_service_begins(void **state)
{
    const struct name_component way[] = {{name_a, name_k}, {name_b, name_k}};
    const struct binding foreign = {.id = "a", .kind = "k", .is_context = true, .object = "IOR:2"};
    assert_int_equal(tree_bind(*state, TREE_ROOT, &foreign), STATUS_OK);
    struct walk walk = tree_walk(*state, TREE_ROOT, way, 2);
    assert_int_equal(walk.end, WALK_FOREIGN);
    assert_int_equal(walk.done, 0);
    assert_string_equal(walk.foreign->object, "IOR:2");
}

static void a_destroyed_context_is_missing_on_the_way(void **state)
{
    const struct name_component way[] = {{name_a, name_k}};
    assert_int_equal(tree_add(*state, 1), STATUS_OK);
    bind_context(*state, TREE_ROOT, "a", 1);
    assert_int_equal(tree_remove(*state, 1), STATUS_OK);
    assert_int_equal(tree_walk(*state, TREE_ROOT, way, 1).end, WALK_MISSING);
}

static void a_listing_is_in_the_order_of_names(void **state)
{
    char id[8];
    for (int i = 99; i >= 0; i--) {
        snprintf(id, sizeof(id), "%02d", i);
        bind_object(*state, TREE_ROOT, id, "IOR:1");
    }
    struct listing *listing = listing_new(*state, TREE_ROOT);
    assert_int_equal(listing->count, 100);
    for (int i = 0; i < 100; i++) {
        snprintf(id, sizeof(id), "%02d", i);
        assert_string_equal(listing->entries[i].id, id);
    }
    listing_free(&listing);
}

#define TEST(name_) cmocka_unit_test_setup_teardown(name_, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_new_tree_has_an_empty_root),
        TEST(what_is_bound_is_found_by_id_and_kind),
        TEST(binding_again_takes_the_place),
        TEST(what_is_unbound_is_gone),
        TEST(a_context_goes_with_its_bindings_but_the_root_stays),
        TEST(a_number_is_never_given_twice),
        TEST(a_walk_goes_through_contexts),
        TEST(a_walk_stops_at_what_is_missing_or_no_context),
        TEST(a_walk_stops_where_another_service_begins),
        TEST(a_destroyed_context_is_missing_on_the_way),
        TEST(a_listing_is_in_the_order_of_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
