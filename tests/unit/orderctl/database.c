/* migrate and seed, on SQLite; on PostgreSQL: tests/integration/test_database.py. */
#include "shell.h"

#include "base/clock.h"
#include "domain/order.h"
#include "orderctl/seed_orders.h"
#include "store/repository.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char url[96];

static int set_up(void **state)
{
    if (shell_set_up(state) != 0)
        return -1;
    unsetenv("DATABASE_URL");
    snprintf(url, sizeof(url), "sqlite:%s/orderd.db", state_dir);
    return 0;
}

#define DATABASE_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, shell_tear_down)

static void says(const char *where, const char *what)
{
    if (!strstr(where, what))
        fail_msg("\"%s\" does not say: %s", where, what);
}

/* ---- command lines ---- */

static void migrate_makes_the_tables_once(void **state)
{
    (void)state;
    assert_int_equal(orderctl("migrate", "--url", url, NULL), ORDERCTL_DONE);
    says(shell_out, ", was 0\n");
    says(shell_out, "epoch: 0");
    assert_string_equal(shell_err, "");
    assert_int_equal(setenv("DATABASE_URL", url, 1), 0);
    assert_int_equal(orderctl("migrate", NULL), ORDERCTL_DONE);
    says(shell_out, ", up to date\n");
}

static void seed_sends_to_migrate_first(void **state)
{
    (void)state;
    assert_int_equal(orderctl("seed", "--url", url, NULL), ORDERCTL_FAILED);
    says(shell_err, "orderctl migrate");
    assert_string_equal(shell_out, "");
    assert_int_not_equal(access(strchr(url, '/'), F_OK), 0);
}

static void the_url_is_asked_for_and_never_repeated(void **state)
{
    (void)state;
    static const char *const commands[] = {"migrate", "seed"};
    for (size_t i = 0; i < 2; i++) {
        unsetenv("DATABASE_URL");
        assert_int_equal(orderctl(commands[i], NULL), ORDERCTL_USAGE);
        says(shell_err, "--url is missing, and DATABASE_URL is not set");
        assert_int_equal(orderctl(commands[i], "--url", "postgres://u:secret@a:b:c/d", NULL),
                         ORDERCTL_USAGE);
        says(shell_err, ": --url: ");
        assert_null(strstr(shell_err, "secret"));
        assert_int_equal(setenv("DATABASE_URL", "mysql://u:secret@a/d", 1), 0);
        assert_int_equal(orderctl(commands[i], NULL), ORDERCTL_USAGE);
        says(shell_err, ": DATABASE_URL: ");
        assert_null(strstr(shell_err, "secret"));
    }
}

static void counts_are_numbers_within_limits(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "0", "-1", "1e3", " 5", "5 ", "99999999999999999999"};
    static const char *const options[] = {"--orders", "--users", "--days"};
    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
        for (size_t j = 0; j < sizeof(bad) / sizeof(bad[0]); j++) {
            assert_int_equal(orderctl("seed", "--url", url, options[i], bad[j], NULL),
                             ORDERCTL_USAGE);
            says(shell_err, options[i]);
            says(shell_err, "must be a number from 1 to");
        }
    assert_int_equal(orderctl("seed", "--url", url, "--days", "36501", NULL), ORDERCTL_USAGE);
}

/* ---- the orders ---- */

struct look {
    int64_t from, until; /* between which they may have been created */
    size_t count, of_status[ORDER_STATUS_COUNT], of_items[SEED_ITEMS_LIMIT + 1], of_user[8];
    char cursor[64];
    bool answered, done;
};

static void look_at_user(struct look *look, const struct order_record *record)
{
    size_t user = record->user_id.bytes[15];
    struct uuid expected = seed_user((int64_t)user);
    assert_true(uuid_equal(&record->user_id, &expected));
    assert_in_range(user, 1, 7);
    look->of_user[user]++;
}

static void look_at(struct look *look, const struct order_record *record)
{
    struct uuid low = uuid_v7_floor(record->created_at), high = uuid_v7_ceiling(record->created_at);
    assert_true(uuid_compare(&low, &record->order_id) <= 0);
    assert_true(uuid_compare(&record->order_id, &high) <= 0);
    assert_in_range(record->created_at, look->from, look->until);
    assert_in_range(record->updated_at, record->created_at, look->until);
    assert_in_range(record->item_count, 1, SEED_ITEMS_LIMIT);
    look_at_user(look, record);
    look->count++;
    look->of_status[record->status]++;
    look->of_items[record->item_count]++;
}

static void on_page(void *arg, enum status status, struct order_page *page,
                    const struct fault *fault)
{
    struct look *look = arg;
    if (status != STATUS_OK) /* an order that order_restore refuses, say */
        fail_msg("%s", fault->text);
    for (size_t i = 0; i < page->count; i++) {
        struct order_record record = order_record(page->orders[i]);
        look_at(look, &record);
    }
    strcpy(look->cursor, page->next_cursor);
    look->answered = true;
}

static void look_at_all(struct look *look)
{
    struct event_base *base = event_base_new();
    struct store *store = NULL;
    struct repository *repository = NULL;
    assert_int_equal(store_open(&(struct store_options){.url = url}, &store, NULL), STATUS_OK);
    assert_int_equal(repository_open(store, base, &repository, NULL), STATUS_OK);
    do {
        struct order_query query = {.limit = ORDER_QUERY_LIMIT};
        char cursor[sizeof(look->cursor)];
        strcpy(cursor, look->cursor);
        query.cursor = cursor[0] ? cursor : NULL;
        query.cursor_length = strlen(cursor);
        look->answered = false;
        repository_list(repository, &query, on_page, look);
        while (!look->answered)
            assert_int_equal(event_base_loop(base, EVLOOP_ONCE), 0);
    } while (look->cursor[0]);
    repository_close(&repository);
    store_close(&store);
    event_base_free(base);
}

/* By chance one of these would fail once in more runs than anybody will ever see. */
static void seed_adds_orders_of_the_past_that_keep_every_rule(void **state)
{
    (void)state;
    struct look look = {.from = clock_wall_ms() - 30LL * 86400000};
    assert_int_equal(orderctl("migrate", "--url", url, NULL), ORDERCTL_DONE);
    assert_int_equal(
        orderctl("seed", "--url", url, "--orders", "7001", "--users", "7", "--days", "30", NULL),
        ORDERCTL_DONE);
    look.until = clock_wall_ms();
    says(shell_out, "added: 7001 orders\n");
    says(shell_out, "users: 0190b000-0000-7000-8000-000000000001 to "
                    "0190b000-0000-7000-8000-000000000007\n");
    assert_string_equal(shell_err, "");
    look_at_all(&look);
    assert_int_equal(look.count, 7001);
    assert_int_equal(look.of_status[ORDER_PENDING], 0);
    assert_true(look.of_status[ORDER_CONFIRMED] > 0);
    assert_true(look.of_status[ORDER_CANCELLED] > look.of_status[ORDER_CONFIRMED]);
    assert_true(look.of_status[ORDER_COMPLETED] > look.of_status[ORDER_CANCELLED]);
    for (size_t i = 1; i <= SEED_ITEMS_LIMIT; i++)
        assert_true(look.of_items[i] > 0);
    for (size_t i = 1; i <= 7; i++)
        assert_true(look.of_user[i] > 0);
}

static void seed_adds_to_what_is_there(void **state)
{
    (void)state;
    struct look look = {.from = clock_wall_ms() - 86400000};
    assert_int_equal(orderctl("migrate", "--url", url, NULL), ORDERCTL_DONE);
    for (int i = 0; i < 2; i++)
        assert_int_equal(
            orderctl("seed", "--url", url, "--orders", "10", "--users", "3", "--days", "1", NULL),
            ORDERCTL_DONE);
    look.until = clock_wall_ms();
    look_at_all(&look);
    assert_int_equal(look.count, 20);
}

/* ---- the catalogue ---- */

/* "10.99" as 1099. */
static int64_t cents(const char *price)
{
    int64_t minor = -1;
    assert_int_equal(money_parse(currency_find("USD", 3), price, strlen(price), &minor, NULL),
                     STATUS_OK);
    return minor;
}

/* A line of the catalogue: product("01", "Ibuprofen 200 mg, 24 tablets", "10.99", ... */
static bool read_product(const char *line, unsigned *id, int64_t *price)
{
    char text[16];
    if (sscanf(line, " product(\"%2x\", \"%*[^\"]\", \"%15[0-9.]\"", id, text) != 2)
        return false;
    *price = cents(text);
    return true;
}

static void prices_are_those_of_the_demo_catalogue(void **state)
{
    (void)state;
    struct seed_plan plan = {.orders = 3000, .users = 5, .from_ms = 1, .until_ms = 86400000};
    int64_t prices[256] = {0};
    bool named[256] = {false};
    char line[256];
    unsigned id;
    int64_t price;
    size_t products = 0;
    FILE *file = fopen(CATALOGUE, "r");
    assert_non_null(file);
    while (fgets(line, sizeof(line), file))
        if (read_product(line, &id, &price)) {
            prices[id] = price;
            products++;
        }
    fclose(file);
    assert_true(products > 0);
    for (int64_t i = 0; i < plan.orders; i++) {
        struct seed_order order;
        seed_order_make(&plan, i, &order);
        for (size_t j = 0; j < order.record.item_count; j++) {
            id = order.items[j].product_id.bytes[15];
            assert_int_equal(order.items[j].price, prices[id]);
            products -= !named[id];
            named[id] = true;
        }
    }
    assert_int_equal(products, 0); /* each was ordered by somebody */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DATABASE_TEST(migrate_makes_the_tables_once),
        DATABASE_TEST(seed_sends_to_migrate_first),
        DATABASE_TEST(the_url_is_asked_for_and_never_repeated),
        DATABASE_TEST(counts_are_numbers_within_limits),
        DATABASE_TEST(seed_adds_orders_of_the_past_that_keep_every_rule),
        DATABASE_TEST(seed_adds_to_what_is_there),
        cmocka_unit_test(prices_are_those_of_the_demo_catalogue),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
