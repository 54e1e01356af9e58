/* Groups of saves that fail, and who is told what. */
#include "postgres_world.h"

#include <event2/event.h>

#include <string.h>

enum { GROUP = 61, GUILTY = 666 };

/* Refuses orders of one amount, at once or when the transaction is about to be committed. */
static void refuse_amount(struct suite *suite, const char *when)
{
    char sql[512];
    PGconn *conn = world_session(suite);

    snprintf(sql, sizeof(sql),
             "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
             " $$ BEGIN RAISE EXCEPTION 'not this one'; END $$;"
             "CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON orders DEFERRABLE INITIALLY %s"
             " FOR EACH ROW WHEN (new.total_amount = %d) EXECUTE FUNCTION refuse()",
             when, GUILTY);
    world_do(conn, sql);
    PQfinish(conn);
}

static bool is_guilty(int i)
{
    return i == 0 || i == 17 || i == 18 || i == GROUP - 1;
}

static void save_group(struct suite *suite, struct answer answers[GROUP], struct uuid ids[GROUP])
{
    for (int i = 0; i < GROUP; i++) {
        struct order *order =
            suite_order(suite_user(1), SUITE_NOW_MS + i, is_guilty(i) ? GUILTY : i + 1);
        ids[i] = suite_id(order);
        world_save(suite, order, &answers[i]);
        order_free(&order);
    }
    for (int i = 0; i < GROUP; i++)
        suite_wait(suite->base, &answers[i].times);
}

static void assert_only_the_guilty_fail(struct suite *suite)
{
    struct answer answers[GROUP] = {{0}};
    struct uuid ids[GROUP];

    save_group(suite, answers, ids);
    for (int i = 0; i < GROUP; i++) {
        struct order *order = suite_get(suite, ids[i]);
        assert_int_equal(answers[i].times, 1);
        assert_int_equal(answers[i].status, is_guilty(i) ? STATUS_INTERNAL : STATUS_OK);
        assert_true((order == NULL) == is_guilty(i));
        order_free(&order);
    }
    assert_int_equal(suite_events(suite, "", 1000)->count, GROUP - 4);
}

static void a_group_that_fails_is_split_until_the_guilty_are_alone(void **state)
{
    refuse_amount(*state, "IMMEDIATE");
    assert_only_the_guilty_fail(*state);
}

/* libpq tells of an error at the Sync, behind statements that all went well. */
static void a_group_that_fails_when_it_is_committed_is_split_too(void **state)
{
    refuse_amount(*state, "DEFERRED");
    assert_only_the_guilty_fail(*state);
}

static void what_the_database_says_of_a_row_is_not_told(void **state)
{
    struct suite *suite = *state;
    struct answer answer = {0};
    struct order *order = suite_order(suite_user(1), SUITE_NOW_MS, GUILTY);

    refuse_amount(suite, "IMMEDIATE");
    world_save(suite, order, &answer);
    suite_wait(suite->base, &answer.times);
    assert_null(strstr(answer.fault.text, "not this one"));
    order_free(&order);
}

static void a_group_of_new_and_changed_orders_is_one_transaction(void **state)
{
    struct suite *suite = *state;
    struct uuid id = suite_add(suite, suite_user(1), SUITE_NOW_MS, 5);
    struct order *changed = suite_get(suite, id);
    struct order *new = suite_order(suite_user(1), SUITE_NOW_MS + 1, 6);
    struct answer answers[2] = {{0}};
    PGconn *conn = world_session(suite);

    suite_change(changed, ORDER_CANCELLED, "why", SUITE_NOW_MS + 2);
    world_save(suite, changed, &answers[0]);
    world_save(suite, new, &answers[1]);
    suite_wait(suite->base, &answers[0].times);
    suite_wait(suite->base, &answers[1].times);
    assert_int_equal(world_number(conn, "SELECT count(DISTINCT xid) FROM events"), 2);
    assert_int_equal(world_number(conn, "SELECT count(DISTINCT xmin::text) FROM orders"), 1);
    order_free(&new);
    order_free(&changed);
    PQfinish(conn);
}

/* Two sessions change the same orders; each waits for what the other has. */
static void a_row_that_is_locked_costs_only_its_own_save(void **state)
{
    struct suite *suite = *state;
    struct uuid id = suite_add(suite, suite_user(1), SUITE_NOW_MS, 5);
    struct order *locked = suite_get(suite, id), *stored;
    struct answer answers[GROUP] = {{0}}, late = {0};
    struct uuid ids[GROUP];
    PGconn *conn = world_session(suite);

    world_reopen(suite, (struct store_options){.deadline_ms = 4000});
    world_do(conn, "BEGIN; SELECT * FROM orders FOR UPDATE");
    suite_change(locked, ORDER_CONFIRMED, NULL, SUITE_NOW_MS + 1);
    world_save(suite, locked, &late);
    save_group(suite, answers, ids);
    for (int i = 0; i < GROUP; i++)
        assert_int_equal(answers[i].status, STATUS_OK);
    suite_wait(suite->base, &late.times);
    assert_int_equal(late.status, STATUS_UNAVAILABLE);
    world_do(conn, "ROLLBACK");
    stored = suite_get(suite, id);
    assert_int_equal(order_record(stored).version, 1);
    assert_int_equal(suite_save(suite, locked), STATUS_OK);
    order_free(&stored);
    order_free(&locked);
    PQfinish(conn);
}

static void closing_in_the_middle_of_a_split_answers_everybody(void **state)
{
    struct suite *suite = *state;
    struct answer answers[GROUP] = {{0}};
    PGconn *conn = world_session(suite);

    refuse_amount(suite, "IMMEDIATE");
    assert_int_equal(suite_events(suite, "", 1)->count, 0); /* connected */
    for (int i = 0; i < GROUP; i++) {
        struct order *order = suite_order(suite_user(1), SUITE_NOW_MS, is_guilty(i) ? GUILTY : 1);
        world_save(suite, order, &answers[i]);
        order_free(&order);
    }
    (void)event_base_loop(suite->base, EVLOOP_NONBLOCK); /* sent */
    suite_close(suite);
    for (int i = 0; i < GROUP; i++) {
        assert_int_equal(answers[i].times, 1);
        assert_int_not_equal(answers[i].status, STATUS_OK);
    }
    assert_int_equal(world_number(conn, "SELECT count(*) FROM orders"), 0);
    PQfinish(conn);
}

static void a_plan_that_a_migration_has_made_useless_is_made_anew(void **state)
{
    struct suite *suite = *state;
    struct uuid id = suite_add(suite, suite_user(1), SUITE_NOW_MS, 5);
    struct order *order = suite_get(suite, id);
    PGconn *conn = world_session(suite);

    order_free(&order);
    world_do(conn, "ALTER TABLE orders ALTER reason TYPE varchar(2000)");
    order = suite_get(suite, id);
    assert_non_null(order);
    order_free(&order);
    PQfinish(conn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_group_that_fails_is_split_until_the_guilty_are_alone),
        WORLD_TEST(a_group_that_fails_when_it_is_committed_is_split_too),
        WORLD_TEST(what_the_database_says_of_a_row_is_not_told),
        WORLD_TEST(a_group_of_new_and_changed_orders_is_one_transaction),
        WORLD_TEST(a_row_that_is_locked_costs_only_its_own_save),
        WORLD_TEST(closing_in_the_middle_of_a_split_answers_everybody),
        WORLD_TEST(a_plan_that_a_migration_has_made_useless_is_made_anew),
    };

    return cmocka_run_group_tests_name("groups", tests, NULL, NULL);
}
