/* The stream where several sessions write it, and who leads. */
#include "postgres_world.h"

#include "base/metrics.h"

#include <event2/event.h>
#include <stdio.h>
#include <string.h>

/* ---- the order of commits ---- */

static void an_older_transaction_holds_back_what_was_committed_after_it_began(void **state)
{
    struct suite *suite = *state;
    PGconn *conn = world_session(suite);
    const struct event_list *list;

    world_do(conn, "BEGIN; INSERT INTO events (event_id, order_id, topic, type, occurred_at, data)"
                   " VALUES (gen_random_uuid(), gen_random_uuid(), 'order.created',"
                   " 'OrderCreatedEvent', now(), '{\"late\":true}')");
    (void)suite_add(suite, suite_user(1), SUITE_NOW_MS, 1);
    assert_int_equal(suite_events(suite, "", 10)->count, 0);
    world_do(conn, "COMMIT");
    list = suite_events(suite, "", 10);
    assert_int_equal(list->count, 2);
    assert_string_equal(list->events[0].data, "{\"late\":true}");
    assert_string_equal(list->events[1].previous.text, list->events[0].position.text);
    PQfinish(conn);
}

static void count_up(void *arg)
{
    ++*(int *)arg;
}

static void a_watcher_hears_when_what_was_held_back_appears(void **state)
{
    struct suite *suite = *state;
    PGconn *conn = world_session(suite);
    int heard = 0;

    world_do(conn, "BEGIN; SELECT pg_current_xact_id()");
    repository_watch(suite->repository, count_up, &heard);
    (void)suite_add(suite, suite_user(1), SUITE_NOW_MS, 1);
    suite_wait(suite->base, &heard); /* of the commit itself */
    heard = 0;
    assert_int_equal(suite_events(suite, "", 10)->count, 0);
    world_do(conn, "COMMIT");
    suite_wait(suite->base, &heard);
    assert_int_equal(suite_events(suite, "", 10)->count, 1);
    PQfinish(conn);
}

static int64_t held_seconds(void)
{
    return gauge_value(metrics_gauge("orderd_store_events_held_seconds", "", ""));
}

static void a_stream_that_stands_still_is_seen_from_outside(void **state)
{
    struct suite *suite = *state;
    PGconn *conn = world_session(suite);
    int heard = 0;

    world_do(conn, "BEGIN; SELECT pg_current_xact_id()");
    repository_watch(suite->repository, count_up, &heard);
    (void)suite_add(suite, suite_user(1), SUITE_NOW_MS, 1);
    while (held_seconds() == 0)
        assert_int_equal(event_base_loop(suite->base, EVLOOP_ONCE), 0);
    world_do(conn, "COMMIT");
    while (held_seconds() != 0)
        assert_int_equal(event_base_loop(suite->base, EVLOOP_ONCE), 0);
    PQfinish(conn);
}

static void a_watcher_hears_of_other_processes(void **state)
{
    struct suite *suite = *state, other = {.base = suite->base, .place = suite->place};
    int heard = 0;

    suite_open(&other, (struct store_options){0});
    repository_watch(other.repository, count_up, &heard);
    (void)suite_add(suite, suite_user(1), SUITE_NOW_MS, 1);
    suite_wait(suite->base, &heard);
    suite_close(&other);
}

/* ---- a database that was restored elsewhere ---- */

static void events_of_another_cluster_begin_a_new_stream(void **state)
{
    struct suite *suite = *state;
    char epoch[64];
    struct event_list before;
    const struct event_list *after;
    struct answer answer = {0};
    PGconn *conn = world_session(suite);

    for (int i = 0; i < 5; i++)
        (void)suite_add(suite, suite_user(1), SUITE_NOW_MS + i, i);
    before = *suite_events(suite, "", 10);
    snprintf(epoch, sizeof(epoch), "%s", store_epoch(suite->store));
    repository_cursor_write(suite->repository, "hooks", &before.events[2].position, suite_answer,
                            &answer);
    suite_wait(suite->base, &answer.times);
    suite_close(suite);
    /* As a dump of a cluster that has seen more transactions would be. */
    world_do(conn, "UPDATE events SET xid = (xid::text::int8 + 1000000)::text::xid8;"
                   "UPDATE cursors SET xid = (xid::text::int8 + 1000000)::text::xid8");
    suite_open(suite, (struct store_options){0});
    assert_string_not_equal(store_epoch(suite->store), epoch);
    after = suite_events(suite, "", 10);
    assert_int_equal(after->count, 5);
    for (int i = 0; i < 5; i++)
        assert_true(uuid_equal(&after->events[i].event_id, &before.events[i].event_id));
    assert_int_equal(world_number(conn, "SELECT count(*) FROM events AS e, cursors AS c"
                                        " WHERE (e.xid, e.id) > (c.xid, c.id)"),
                     2);
    (void)suite_add(suite, suite_user(1), SUITE_NOW_MS, 9);
    assert_int_equal(suite_events(suite, "", 10)->count, 6);
    PQfinish(conn);
}

/* ---- leading ---- */

struct candidate {
    int begun, ended;
    bool leads;
    char epoch[64]; /* the last */
};

static void on_changed(void *arg, const char *epoch)
{
    struct candidate *candidate = arg;

    candidate->leads = epoch != NULL;
    if (epoch != NULL) {
        candidate->begun++;
        snprintf(candidate->epoch, sizeof(candidate->epoch), "%s", epoch);
    } else {
        candidate->ended++;
    }
}

static void of_two_processes_one_leads_and_the_other_when_it_ends(void **state)
{
    struct suite *suite = *state, other = {.base = suite->base, .place = suite->place};
    struct candidate first = {0}, second = {0};

    suite_open(&other, (struct store_options){0});
    repository_lead(suite->repository, on_changed, &first);
    suite_wait(suite->base, &first.begun);
    repository_lead(other.repository, on_changed, &second);
    for (int i = 0; i < 20; i++)
        (void)suite_add(suite, suite_user(1), SUITE_NOW_MS, 1);
    assert_int_equal(second.begun, 0);
    suite_close(suite);
    suite_wait(suite->base, &second.begun);
    assert_true(second.leads);
    suite_close(&other);
    suite_open(suite, (struct store_options){0});
}

static void a_leader_whose_connection_is_ended_leads_no_longer(void **state)
{
    struct suite *suite = *state;
    struct candidate candidate = {0};
    PGconn *conn = world_session(suite);

    repository_lead(suite->repository, on_changed, &candidate);
    suite_wait(suite->base, &candidate.begun);
    candidate.begun = 0;
    world_do(conn, "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'");
    suite_wait(suite->base, &candidate.ended);
    assert_false(candidate.leads);
    suite_wait(suite->base, &candidate.begun);
    assert_true(candidate.leads);
    PQfinish(conn);
}

/* The loop of the leader stands still: its lock must go to others without its doing. */
static void the_lease_of_a_leader_that_hangs_runs_out(void **state)
{
    struct suite *suite = *state;
    struct candidate candidate = {0};
    PGconn *conn = world_session(suite);
    int64_t held = 1;

    repository_lead(suite->repository, on_changed, &candidate);
    suite_wait(suite->base, &candidate.begun);
    while (held != 0)
        held = world_number(conn, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'");
    suite_wait(suite->base, &candidate.ended);
    PQfinish(conn);
}

/* The database was replaced under a process that runs. */
static void who_leads_tells_the_stream_that_is_there_now(void **state)
{
    static const char new_epoch[] = "01a21525-e6a1-716f-8da6-645a539b6667";
    struct suite *suite = *state;
    struct candidate candidate = {0};
    PGconn *conn = world_session(suite);

    world_do(conn, "UPDATE meta SET value = '01a21525-e6a1-716f-8da6-645a539b6667'"
                   " WHERE name = 'epoch'");
    repository_lead(suite->repository, on_changed, &candidate);
    suite_wait(suite->base, &candidate.begun);
    assert_string_equal(candidate.epoch, new_epoch);
    PQfinish(conn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(an_older_transaction_holds_back_what_was_committed_after_it_began),
        WORLD_TEST(a_watcher_hears_when_what_was_held_back_appears),
        WORLD_TEST(a_stream_that_stands_still_is_seen_from_outside),
        WORLD_TEST(a_watcher_hears_of_other_processes),
        WORLD_TEST(events_of_another_cluster_begin_a_new_stream),
        WORLD_TEST(of_two_processes_one_leads_and_the_other_when_it_ends),
        WORLD_TEST(a_leader_whose_connection_is_ended_leads_no_longer),
        WORLD_TEST(the_lease_of_a_leader_that_hangs_runs_out),
        WORLD_TEST(who_leads_tells_the_stream_that_is_there_now),
    };

    return cmocka_run_group_tests_name("stream", tests, NULL, NULL);
}
