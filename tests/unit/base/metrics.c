/* Metrics, and the Prometheus text of them. */
#include "base/metrics.h"

#include <pthread.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* The registry lives as long as the process, so each test has names of its own. */
static struct buffer rendered;

static const char *render(void)
{
    buffer_clear(&rendered);
    metrics_render(&rendered);
    buffer_append(&rendered, "", 1);
    return rendered.data;
}

static int release(void **state)
{
    (void)state;
    buffer_release(&rendered);
    return 0;
}

static void assert_shows(const char *lines)
{
    if (!strstr(render(), lines))
        fail_msg("no\n%s\nin\n%s", lines, rendered.data);
}

static void a_counter_counts_and_shows_its_help_and_type(void **state)
{
    struct counter *counter = metrics_counter("test_letters_total", "Letters.", "");

    (void)state;
    counter_add(counter, 2);
    counter_add(counter, 3);
    assert_true(counter_value(counter) == 5);
    assert_shows("# HELP test_letters_total Letters.\n# TYPE test_letters_total counter\n"
                 "test_letters_total 5\n");
}

static void a_gauge_goes_up_and_down(void **state)
{
    struct gauge *gauge = metrics_gauge("test_queue", "Waiting.", "lane=\"a\"");

    (void)state;
    gauge_set(gauge, 10);
    gauge_add(gauge, -12);
    assert_true(gauge_value(gauge) == -2);
    assert_shows("# TYPE test_queue gauge\ntest_queue{lane=\"a\"} -2\n");
}

static void the_same_name_and_labels_are_the_same_series(void **state)
{
    (void)state;
    assert_ptr_equal(metrics_counter("test_same_total", "S.", "a=\"1\""),
                     metrics_counter("test_same_total", "S.", "a=\"1\""));
    assert_ptr_not_equal(metrics_counter("test_same_total", "S.", "a=\"1\""),
                         metrics_counter("test_same_total", "S.", "a=\"2\""));
}

static void a_family_is_one_block_in_order(void **state)
{
    (void)state;
    counter_add(metrics_counter("test_zz_total", "Z.", ""), 1);
    counter_add(metrics_counter("test_block_total", "B.", "a=\"2\""), 2);
    counter_add(metrics_counter("test_aa_total", "A.", ""), 1);
    counter_add(metrics_counter("test_block_total", "B.", "a=\"1\""), 1);
    assert_shows("# HELP test_block_total B.\n# TYPE test_block_total counter\n"
                 "test_block_total{a=\"1\"} 1\ntest_block_total{a=\"2\"} 2\n");
    assert_true(strstr(render(), "test_aa_total") < strstr(rendered.data, "test_block_total"));
    assert_true(strstr(rendered.data, "test_block_total") < strstr(rendered.data, "test_zz_total"));
}

static void histogram_buckets_add_up_from_below(void **state)
{
    struct histogram *h = metrics_histogram("test_wait_seconds", "Wait.", "route=\"/x\"");

    (void)state;
    histogram_observe_us(h, -5);       /* a clock that went back: 0 */
    histogram_observe_us(h, 100);      /* on the bound: inside */
    histogram_observe_us(h, 101);      /* above it: the next */
    histogram_observe_us(h, 20000000); /* beyond 10 s */
    assert_shows("# TYPE test_wait_seconds histogram\n"
                 "test_wait_seconds_bucket{route=\"/x\",le=\"0.0001\"} 2\n"
                 "test_wait_seconds_bucket{route=\"/x\",le=\"0.00025\"} 3\n");
    assert_shows("test_wait_seconds_bucket{route=\"/x\",le=\"10\"} 3\n"
                 "test_wait_seconds_bucket{route=\"/x\",le=\"+Inf\"} 4\n"
                 "test_wait_seconds_sum{route=\"/x\"} 20.000201\n"
                 "test_wait_seconds_count{route=\"/x\"} 4\n");
}

static void a_histogram_without_labels_has_the_bucket_label_alone(void **state)
{
    (void)state;
    histogram_observe_us(metrics_histogram("test_bare_seconds", "B.", ""), 1);
    assert_shows("test_bare_seconds_bucket{le=\"0.0001\"} 1\n");
    assert_shows("test_bare_seconds_sum 0.000001\ntest_bare_seconds_count 1\n");
}

static void label_values_are_escaped(void **state)
{
    struct buffer labels = {0};

    (void)state;
    metrics_label(&labels, "path", "/a\"b\\c\nd");
    metrics_label(&labels, "b", "");
    buffer_append(&labels, "", 1);
    assert_string_equal(labels.data, "path=\"/a\\\"b\\\\c\\nd\",b=\"\"");
    buffer_release(&labels);
}

static void help_is_escaped_but_for_quotes(void **state)
{
    (void)state;
    (void)metrics_counter("test_help_total", "A \"b\" \\ c\nd.", "");
    assert_shows("# HELP test_help_total A \"b\" \\\\ c\\nd.\n");
}

static void *count(void *unused)
{
    (void)unused;
    for (int i = 0; i < 10000; i++)
        counter_add(metrics_counter("test_threads_total", "T.", ""), 1);
    return NULL;
}

static void threads_lose_no_count(void **state)
{
    pthread_t threads[4];

    (void)state;
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, count, NULL), 0);
    for (int i = 0; i < 20; i++)
        (void)render();
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_shows("test_threads_total 40000\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_counter_counts_and_shows_its_help_and_type),
        cmocka_unit_test(a_gauge_goes_up_and_down),
        cmocka_unit_test(the_same_name_and_labels_are_the_same_series),
        cmocka_unit_test(a_family_is_one_block_in_order),
        cmocka_unit_test(histogram_buckets_add_up_from_below),
        cmocka_unit_test(a_histogram_without_labels_has_the_bucket_label_alone),
        cmocka_unit_test(label_values_are_escaped),
        cmocka_unit_test(help_is_escaped_but_for_quotes),
        cmocka_unit_test(threads_lose_no_count),
    };

    return cmocka_run_group_tests(tests, NULL, release);
}
