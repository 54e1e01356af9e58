/* orderd.orb as scripts see it: the cases stand in Lua, in orb/tests. */
#include "orb_world.h"

static void all_cases_hold(const char *path, size_t at_least)
{
    struct orb_world w;
    orb_world_open(&w);
    orb_world_add_all(&w);
    orb_world_add(&w, path);
    orb_world_load(&w);
    assert_true(orb_world_run(&w) >= at_least);
    orb_world_close(&w);
}

static void values_come_back_as_they_went(void **state)
{
    (void)state;
    all_cases_hold("tests/values.lua", 10);
}

static void what_is_wrong_is_told_with_its_place(void **state)
{
    (void)state;
    all_cases_hold("tests/complaints.lua", 10);
}

static void calls_end_as_they_should(void **state)
{
    (void)state;
    all_cases_hold("tests/calls.lua", 30);
}

static void interceptors_see_and_add(void **state)
{
    (void)state;
    all_cases_hold("tests/interceptors.lua", 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_come_back_as_they_went),
        cmocka_unit_test(what_is_wrong_is_told_with_its_place),
        cmocka_unit_test(calls_end_as_they_should),
        cmocka_unit_test(interceptors_see_and_add),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
