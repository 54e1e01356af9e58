/* The contract of leading, as one process sees it: who asks leads, until it ends that. */
#include "suite.h"

#include <event2/event.h>
#include <stdio.h>

struct lead {
    int times;
    char epoch[64];
};

static void on_lead(void *arg, const char *epoch)
{
    struct lead *lead = arg;

    assert_non_null(epoch);
    lead->times++;
    snprintf(lead->epoch, sizeof(lead->epoch), "%s", epoch);
}

static void ping(struct suite *suite)
{
    struct answer answer = {0};

    repository_ping(suite->repository, suite_answer, &answer);
    suite_wait(suite->base, &answer.times);
    assert_int_equal(answer.status, STATUS_OK);
}

static void who_asks_leads_in_a_later_turn_and_learns_the_epoch(void **state)
{
    struct suite *suite = *state;
    struct lead lead = {0};

    repository_lead(suite->repository, on_lead, &lead);
    assert_int_equal(lead.times, 0);
    suite_wait(suite->base, &lead.times);
    assert_string_equal(lead.epoch, store_epoch(suite->store));
    ping(suite);
    assert_int_equal(lead.times, 1);
}

static void who_ends_it_before_it_began_hears_nothing(void **state)
{
    struct suite *suite = *state;
    struct lead lead = {0};

    repository_lead(suite->repository, on_lead, &lead);
    repository_lead(suite->repository, NULL, NULL);
    ping(suite);
    assert_int_equal(lead.times, 0);
}

static void who_has_ended_it_can_lead_again(void **state)
{
    struct suite *suite = *state;
    struct lead first = {0}, second = {0};

    repository_lead(suite->repository, on_lead, &first);
    suite_wait(suite->base, &first.times);
    repository_lead(suite->repository, NULL, NULL);
    repository_lead(suite->repository, on_lead, &second);
    suite_wait(suite->base, &second.times);
    assert_string_equal(second.epoch, first.epoch);
    assert_int_equal(first.times, 1);
}

static void another_repository_leads_after_the_first_has_ended(void **state)
{
    struct suite *suite = *state;
    struct repository *other = NULL;
    struct lead first = {0}, second = {0};

    assert_int_equal(repository_open(suite->store, suite->base, &other, NULL), STATUS_OK);
    repository_lead(suite->repository, on_lead, &first);
    suite_wait(suite->base, &first.times);
    repository_lead(suite->repository, NULL, NULL);
    repository_lead(other, on_lead, &second);
    suite_wait(suite->base, &second.times);
    repository_close(&other);
}

static void a_repository_that_closes_gives_the_lead_away(void **state)
{
    struct suite *suite = *state;
    struct lead first = {0}, never = {0}, second = {0};

    repository_lead(suite->repository, on_lead, &first);
    suite_wait(suite->base, &first.times);
    suite_close(suite);
    suite_open(suite, (struct store_options){0});
    repository_lead(suite->repository, on_lead, &never);
    suite_close(suite);
    suite_open(suite, (struct store_options){0});
    repository_lead(suite->repository, on_lead, &second);
    suite_wait(suite->base, &second.times);
    assert_string_equal(second.epoch, first.epoch);
    assert_int_equal(never.times, 0);
}

int suite_run_lead(void)
{
    const struct CMUnitTest tests[] = {
        SUITE_TEST(who_asks_leads_in_a_later_turn_and_learns_the_epoch),
        SUITE_TEST(who_ends_it_before_it_began_hears_nothing),
        SUITE_TEST(who_has_ended_it_can_lead_again),
        SUITE_TEST(another_repository_leads_after_the_first_has_ended),
        SUITE_TEST(a_repository_that_closes_gives_the_lead_away),
    };

    return cmocka_run_group_tests_name("lead", tests, NULL, NULL);
}
