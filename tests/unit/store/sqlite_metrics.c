/* What the store tells Prometheus. */
#include "../../contract/sqlite_place.h"
#include "../../contract/suite.h"

#include "base/buffer.h"
#include "base/log.h"
#include "base/metrics.h"
#include "store/store_metrics.h"

#include <string.h>

static void assert_shown(const char *line)
{
    struct buffer text = {0};

    metrics_render(&text);
    buffer_append(&text, "", 1);
    if (strstr(text.data, line) == NULL)
        fail_msg("%s is missing from:\n%s", line, text.data);
    buffer_release(&text);
}

static void every_operation_is_timed(void **state)
{
    struct suite *suite = *state;
    struct order *order = suite_get(suite, suite_add(suite, suite_user(1), SUITE_NOW_MS, 1));

    order_free(&order);
    (void)suite_events(suite, "", 10);
    assert_shown("orderd_store_seconds_count{operation=\"save\"} 1\n");
    assert_shown("orderd_store_seconds_count{operation=\"get\"} 1\n");
    assert_shown("orderd_store_seconds_count{operation=\"events\"} 1\n");
    assert_shown("orderd_store_seconds_count{operation=\"list\"} 0\n");
}

static void commits_and_writes_are_counted(void **state)
{
    uint64_t commits = counter_value(store_metrics()->commits);
    uint64_t committed = counter_value(store_metrics()->committed);

    (void)suite_add(*state, suite_user(1), SUITE_NOW_MS, 1);
    assert_int_equal(counter_value(store_metrics()->commits), commits + 1);
    assert_int_equal(counter_value(store_metrics()->committed), committed + 1);
    assert_int_equal(gauge_value(store_metrics()->waiting), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUITE_TEST(every_operation_is_timed),
        SUITE_TEST(commits_and_writes_are_counted),
    };

    suite_factory = &sqlite_factory;
    log_configure(LOG_ERROR, LOG_AUTO);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
