/* The heap of deadlines and the table of pending calls, against the plainest thing that does the
 * same. */
#include "iiop/call_table.h"
#include "iiop/client_private.h"
#include "iiop/deadlines.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MANY = 500, ROUNDS = 20000 };

/* The same numbers in every run. */
static uint32_t next_number(void)
{
    static uint32_t number = 1;
    number = number * 1664525 + 1013904223;
    return number >> 8;
}

static int64_t earliest(const struct deadline *all)
{
    int64_t found = INT64_MAX;
    for (int i = 0; i < MANY; i++)
        if (all[i].slot && all[i].at_us < found)
            found = all[i].at_us;
    return found;
}

static void the_first_deadline_is_the_earliest(void **state)
{
    (void)state;
    struct deadlines deadlines = {0};
    struct deadline all[MANY] = {{0}};
    for (int i = 0; i < ROUNDS; i++) {
        struct deadline *one = &all[next_number() % MANY];
        if (one->slot)
            deadlines_remove(&deadlines, one);
        else
            deadlines_add(&deadlines, one, next_number() % 1000);
        const struct deadline *first = deadlines_first(&deadlines);
        assert_int_equal(first ? first->at_us : INT64_MAX, earliest(all));
    }
    deadlines_release(&deadlines);
}

static void a_deadline_that_is_not_in_the_heap_is_not_removed(void **state)
{
    (void)state;
    struct deadlines deadlines = {0};
    struct deadline in = {0};
    struct deadline out = {0};
    deadlines_add(&deadlines, &in, 5);
    deadlines_remove(&deadlines, &out);
    assert_ptr_equal(deadlines_first(&deadlines), &in);
    deadlines_remove(&deadlines, &in);
    assert_null(deadlines_first(&deadlines));
    deadlines_release(&deadlines);
}

/* Ids that collide in a small table, and wrap. */
static uint32_t id_of(int index)
{
    return UINT32_MAX - 200 + (uint32_t)index * 64;
}

static void a_call_is_found_by_its_id_as_long_as_it_is_in(void **state)
{
    (void)state;
    struct call_table table = {0};
    struct orb_call *calls = calloc(MANY, sizeof(*calls));
    bool in[MANY] = {false};
    assert_non_null(calls);
    for (int i = 0; i < MANY; i++)
        calls[i].id = id_of(i);
    for (int i = 0; i < ROUNDS; i++) {
        int one = (int)(next_number() % MANY);
        if (in[one])
            call_table_remove(&table, &calls[one]);
        else
            call_table_add(&table, &calls[one]);
        in[one] = !in[one];
        int other = (int)(next_number() % MANY);
        assert_ptr_equal(call_table_find(&table, id_of(other)), in[other] ? &calls[other] : NULL);
    }
    call_table_release(&table);
    free(calls);
}

static void an_empty_table_has_nobody(void **state)
{
    (void)state;
    const struct call_table table = {0};
    assert_null(call_table_find(&table, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_deadline_is_the_earliest),
        cmocka_unit_test(a_deadline_that_is_not_in_the_heap_is_not_removed),
        cmocka_unit_test(a_call_is_found_by_its_id_as_long_as_it_is_in),
        cmocka_unit_test(an_empty_table_has_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
