/* The object adapter: exact keys, prefixes, one adapter behind another. */
#include "iiop/adapter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static int released;

static void count_release(void *arg)
{
    (void)arg;
    released++;
}

static struct orb_servant servant_of(void *arg)
{
    return (struct orb_servant){.type_id = "", .released = count_release, .arg = arg};
}

static void add(struct orb_adapter *adapter, const char *key, void *arg)
{
    const struct orb_servant servant = servant_of(arg);
    assert_int_equal(orb_adapter_add(adapter, key, strlen(key), &servant), STATUS_OK);
}

static void add_default(struct orb_adapter *adapter, const char *prefix, void *arg)
{
    const struct orb_servant servant = servant_of(arg);
    assert_int_equal(orb_adapter_add_default(adapter, prefix, strlen(prefix), &servant), STATUS_OK);
}

/* Whose servant it is; NULL: nobody's. */
static void *find(const struct orb_adapter *adapter, const char *key, size_t *prefix)
{
    const struct orb_servant *servant = orb_adapter_find(adapter, key, strlen(key), prefix);
    return servant ? servant->arg : NULL;
}

static void an_empty_adapter_knows_nothing(void **state)
{
    (void)state;
    size_t prefix;
    struct orb_adapter *adapter = orb_adapter_new(NULL);
    assert_null(find(adapter, "", &prefix));
    assert_null(find(adapter, "a", &prefix));
    assert_null(find(NULL, "a", &prefix));
    assert_int_equal(orb_adapter_remove(adapter, "a", 1), STATUS_NOT_FOUND);
    orb_adapter_free(&adapter);
    assert_null(adapter);
}

static void an_exact_key_beats_prefixes_and_the_longest_prefix_wins(void **state)
{
    (void)state;
    int exact, shorter, longer, all;
    size_t prefix = 0;
    struct orb_adapter *adapter = orb_adapter_new(NULL);
    add_default(adapter, "or", &shorter);
    add(adapter, "orders/1", &exact);
    add_default(adapter, "orders/", &longer);
    assert_ptr_equal(find(adapter, "orders/1", &prefix), &exact);
    assert_int_equal(prefix, 8);
    assert_ptr_equal(find(adapter, "orders/2", &prefix), &longer);
    assert_int_equal(prefix, 7);
    assert_ptr_equal(find(adapter, "orders/", &prefix), &longer);
    assert_ptr_equal(find(adapter, "orders", &prefix), &shorter);
    assert_int_equal(prefix, 2);
    assert_null(find(adapter, "o", &prefix));
    add_default(adapter, "", &all);
    assert_ptr_equal(find(adapter, "o", &prefix), &all);
    assert_ptr_equal(find(adapter, "", &prefix), &all);
    assert_int_equal(prefix, 0);
    orb_adapter_free(&adapter);
}

static void keys_are_bytes_and_may_hold_nul(void **state)
{
    (void)state;
    int one, other;
    size_t prefix;
    struct orb_adapter *adapter = orb_adapter_new(NULL);
    const struct orb_servant first = servant_of(&one), second = servant_of(&other);
    assert_int_equal(orb_adapter_add(adapter, "a\0b", 3, &first), STATUS_OK);
    assert_int_equal(orb_adapter_add(adapter, "a\0c", 3, &second), STATUS_OK);
    assert_ptr_equal(orb_adapter_find(adapter, "a\0b", 3, &prefix)->arg, &one);
    assert_ptr_equal(orb_adapter_find(adapter, "a\0c", 3, &prefix)->arg, &other);
    assert_null(orb_adapter_find(adapter, "a", 1, &prefix));
    orb_adapter_free(&adapter);
}

static void a_taken_key_is_not_taken_twice(void **state)
{
    (void)state;
    const struct orb_servant servant = servant_of(NULL);
    struct orb_adapter *adapter = orb_adapter_new(NULL);
    released = 0;
    add(adapter, "a", NULL);
    add_default(adapter, "a", NULL); /* a prefix is something else */
    assert_int_equal(orb_adapter_add(adapter, "a", 1, &servant), STATUS_DUPLICATE);
    assert_int_equal(orb_adapter_add_default(adapter, "a", 1, &servant), STATUS_DUPLICATE);
    assert_int_equal(released, 0);
    orb_adapter_free(&adapter);
    assert_int_equal(released, 2);
}

static void what_one_adapter_does_not_know_the_next_one_may(void **state)
{
    (void)state;
    int front, back;
    size_t prefix;
    struct orb_adapter *behind = orb_adapter_new(NULL);
    struct orb_adapter *adapter = orb_adapter_new(behind);
    add(behind, "a", &back);
    add(behind, "b", &back);
    add(adapter, "b", &front);
    assert_ptr_equal(find(adapter, "a", &prefix), &back);
    assert_ptr_equal(find(adapter, "b", &prefix), &front);
    assert_int_equal(orb_adapter_remove(adapter, "b", 1), STATUS_OK);
    assert_ptr_equal(find(adapter, "b", &prefix), &back);
    assert_int_equal(orb_adapter_remove(adapter, "a", 1), STATUS_NOT_FOUND);
    orb_adapter_free(&adapter);
    orb_adapter_free(&behind);
}

static void a_servant_stays_where_it_was_found(void **state)
{
    (void)state;
    size_t prefix;
    struct orb_adapter *adapter = orb_adapter_new(NULL);
    add(adapter, "first", NULL);
    const struct orb_servant *found = orb_adapter_find(adapter, "first", 5, &prefix);
    for (int i = 0; i < 1000; i++) {
        char key[16];
        snprintf(key, sizeof(key), "%d", i);
        add(adapter, key, NULL);
    }
    assert_ptr_equal(orb_adapter_find(adapter, "first", 5, &prefix), found);
    orb_adapter_free(&adapter);
}

/* Against a plain array of what should be in it. */
static void thousands_of_keys_come_and_go(void **state)
{
    (void)state;
    enum { KEYS = 500, STEPS = 20000 };
    static bool in[KEYS];
    uint32_t seed = 12345;
    size_t prefix;
    struct orb_adapter *adapter = orb_adapter_new(NULL);
    memset(in, 0, sizeof(in));
    for (int step = 0; step < STEPS; step++) {
        char key[16];
        seed = seed * 1664525 + 1013904223;
        uint32_t which = (seed >> 8) % KEYS;
        snprintf(key, sizeof(key), "key-%u", which);
        assert_int_equal(find(adapter, key, &prefix) != NULL, in[which]);
        if (in[which])
            assert_int_equal(orb_adapter_remove(adapter, key, strlen(key)), STATUS_OK);
        else
            add(adapter, key, &in[which]);
        in[which] = !in[which];
    }
    orb_adapter_free(&adapter);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_adapter_knows_nothing),
        cmocka_unit_test(an_exact_key_beats_prefixes_and_the_longest_prefix_wins),
        cmocka_unit_test(keys_are_bytes_and_may_hold_nul),
        cmocka_unit_test(a_taken_key_is_not_taken_twice),
        cmocka_unit_test(what_one_adapter_does_not_know_the_next_one_may),
        cmocka_unit_test(a_servant_stays_where_it_was_found),
        cmocka_unit_test(thousands_of_keys_come_and_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
