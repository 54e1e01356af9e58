/* Who is there, and who has spoken. */
#include "bus/guests.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static void who_comes_is_there_until_he_goes(void **state)
{
    (void)state;
    struct guests guests = {.count = 0};
    assert_false(guests_has(&guests, 7));
    assert_int_equal(guests_any(&guests), -1);
    guests_come(&guests, 7);
    guests_come(&guests, 10000);
    assert_true(guests_has(&guests, 7));
    assert_int_equal(guests.count, 2);
    assert_true(guests_go(&guests, 7));
    assert_false(guests_go(&guests, 7));
    assert_false(guests_has(&guests, 7));
    assert_int_equal(guests_any(&guests), 10000);
    assert_int_equal(guests.count, 1);
    guests_release(&guests);
    assert_int_equal(guests.count, 0);
    assert_false(guests_has(&guests, 10000));
}

static void one_whose_going_was_not_told_is_counted_once(void **state)
{
    (void)state;
    struct guests guests = {.count = 0};
    guests_come(&guests, 7);
    guests_come(&guests, 7);
    assert_int_equal(guests.count, 1);
    guests_release(&guests);
}

static void of_an_unknown_descriptor_it_is_assumed_to_be_there(void **state)
{
    (void)state;
    struct guests guests = {.count = 0};
    guests_come(&guests, -1);
    guests_speak(&guests, -1);
    assert_true(guests_has(&guests, -1));
    assert_false(guests_go(&guests, -1));
    assert_int_equal(guests.count, 0);
}

static void who_speaks_is_heard_once_even_when_he_is_gone(void **state)
{
    (void)state;
    struct guests guests = {.handshakes = 3};
    guests_come(&guests, 7);
    guests_speak(&guests, 7);
    guests_speak(&guests, 7);
    assert_int_equal(guests_silent(&guests), 2);
    guests_go(&guests, 7);
    guests_speak(&guests, 7);
    assert_int_equal(guests_silent(&guests), 2);
    guests_come(&guests, 7); /* another one */
    guests_go(&guests, 7);
    guests_speak(&guests, 7);
    assert_int_equal(guests_silent(&guests), 1);
    guests_release(&guests);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_comes_is_there_until_he_goes),
        cmocka_unit_test(one_whose_going_was_not_told_is_counted_once),
        cmocka_unit_test(of_an_unknown_descriptor_it_is_assumed_to_be_there),
        cmocka_unit_test(who_speaks_is_heard_once_even_when_he_is_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
