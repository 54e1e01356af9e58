/* The registry of metrics and its Prometheus text.
 *
 * A mutex guards the lists of families and series, which only grow; a series, once found, is
 * updated with relaxed atomics and without the mutex. Reading while others count gives each number
 * as of some moment, which is all that a scrape asks. */
#include "base/metrics.h"

#include "base/log.h"
#include "base/memory.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Upper bounds, in microseconds, and as Prometheus shows them, in seconds. */
static const struct {
    int64_t microseconds;
    const char *seconds;
} buckets[] = {
    {100, "0.0001"},  {250, "0.00025"}, {500, "0.0005"},  {1000, "0.001"},
    {2500, "0.0025"}, {5000, "0.005"},  {10000, "0.01"},  {25000, "0.025"},
    {50000, "0.05"},  {100000, "0.1"},  {250000, "0.25"}, {500000, "0.5"},
    {1000000, "1"},   {2500000, "2.5"}, {5000000, "5"},   {10000000, "10"},
};
enum { BUCKET_COUNT = sizeof(buckets) / sizeof(buckets[0]) };

enum kind { KIND_COUNTER, KIND_GAUGE, KIND_HISTOGRAM };

struct counter {
    _Atomic uint64_t value;
};

struct gauge {
    _Atomic int64_t value;
};

struct histogram {
    _Atomic uint64_t counts[BUCKET_COUNT + 1]; /* each bucket's own; the last is beyond 10 s */
    _Atomic uint64_t sum_us;
};

struct series {
    struct series *next; /* by labels */
    char *labels;
    union {
        struct counter counter;
        struct gauge gauge;
        struct histogram histogram;
    };
};

struct family {
    struct family *next; /* by name */
    char *name;
    char *help;
    enum kind kind;
    struct series *series;
};

static pthread_mutex_t registry_lock = PTHREAD_MUTEX_INITIALIZER;
static struct family *registry;

/* One name with two kinds would make the whole text unreadable to Prometheus. */
static _Noreturn void family_conflict(const char *name)
{
    log_error("one metric name is used for two kinds", LOG_TEXT("name", name));
    abort();
}

static struct family *family_find(const char *name, const char *help, enum kind kind)
{
    struct family **at = &registry;
    struct family *family;

    while (*at && strcmp((*at)->name, name) < 0)
        at = &(*at)->next;
    if (*at && strcmp((*at)->name, name) == 0) {
        if ((*at)->kind != kind)
            family_conflict(name);
        return *at;
    }
    family = memory_new(sizeof(*family));
    family->name = memory_text(name, strlen(name));
    family->help = memory_text(help, strlen(help));
    family->kind = kind;
    family->next = *at;
    *at = family;
    return family;
}

static struct series *series_find(struct family *family, const char *labels)
{
    struct series **at = &family->series;
    struct series *series;

    while (*at && strcmp((*at)->labels, labels) < 0)
        at = &(*at)->next;
    if (*at && strcmp((*at)->labels, labels) == 0)
        return *at;
    series = memory_new(sizeof(*series));
    series->labels = memory_text(labels, strlen(labels));
    series->next = *at;
    *at = series;
    return series;
}

static struct series *metrics_find(const char *name, const char *help, const char *labels,
                                   enum kind kind)
{
    struct series *series;

    pthread_mutex_lock(&registry_lock);
    series = series_find(family_find(name, help, kind), labels);
    pthread_mutex_unlock(&registry_lock);
    return series;
}

struct counter *metrics_counter(const char *name, const char *help, const char *labels)
{
    return &metrics_find(name, help, labels, KIND_COUNTER)->counter;
}

struct gauge *metrics_gauge(const char *name, const char *help, const char *labels)
{
    return &metrics_find(name, help, labels, KIND_GAUGE)->gauge;
}

struct histogram *metrics_histogram(const char *name, const char *help, const char *labels)
{
    return &metrics_find(name, help, labels, KIND_HISTOGRAM)->histogram;
}

void counter_add(struct counter *counter, uint64_t amount)
{
    atomic_fetch_add_explicit(&counter->value, amount, memory_order_relaxed);
}

uint64_t counter_value(const struct counter *counter)
{
    return atomic_load_explicit(&counter->value, memory_order_relaxed);
}

void gauge_set(struct gauge *gauge, int64_t value)
{
    atomic_store_explicit(&gauge->value, value, memory_order_relaxed);
}

void gauge_add(struct gauge *gauge, int64_t amount)
{
    atomic_fetch_add_explicit(&gauge->value, amount, memory_order_relaxed);
}

int64_t gauge_value(const struct gauge *gauge)
{
    return atomic_load_explicit(&gauge->value, memory_order_relaxed);
}

void histogram_observe_us(struct histogram *histogram, int64_t microseconds)
{
    size_t bucket = 0;

    if (microseconds < 0)
        microseconds = 0;
    while (bucket < BUCKET_COUNT && microseconds > buckets[bucket].microseconds)
        bucket++;
    atomic_fetch_add_explicit(&histogram->counts[bucket], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&histogram->sum_us, (uint64_t)microseconds, memory_order_relaxed);
}

/* Backslash and newline are escaped everywhere, the quote in label values only. */
static void append_escaped(struct buffer *out, const char *text, bool quote)
{
    for (; *text; text++) {
        if (*text == '\n')
            buffer_append(out, "\\n", 2);
        else if (*text == '\\' || (quote && *text == '"'))
            buffer_printf(out, "\\%c", *text);
        else
            buffer_append(out, text, 1);
    }
}

void metrics_label(struct buffer *labels, const char *name, const char *value)
{
    buffer_printf(labels, "%s%s=\"", labels->size ? "," : "", name);
    append_escaped(labels, value, true);
    buffer_append(labels, "\"", 1);
}

/* name{labels} or just name, and a space. */
static void render_name(struct buffer *out, const char *name, const char *suffix,
                        const char *labels)
{
    const char *open = *labels ? "{" : "";
    const char *close = *labels ? "}" : "";

    buffer_printf(out, "%s%s%s%s%s ", name, suffix, open, labels, close);
}

static void render_bucket(struct buffer *out, const struct family *family, const char *labels,
                          const char *bound, uint64_t count)
{
    buffer_printf(out, "%s_bucket{%s%sle=\"%s\"} %" PRIu64 "\n", family->name, labels,
                  *labels ? "," : "", bound, count);
}

/* The count is the sum of the buckets just read, so that the two always agree. */
static void render_histogram(struct buffer *out, const struct family *family,
                             const struct series *series)
{
    const struct histogram *histogram = &series->histogram;
    uint64_t sum = atomic_load_explicit(&histogram->sum_us, memory_order_relaxed);
    uint64_t count = 0;

    for (size_t i = 0; i <= BUCKET_COUNT; i++) {
        count += atomic_load_explicit(&histogram->counts[i], memory_order_relaxed);
        render_bucket(out, family, series->labels, i < BUCKET_COUNT ? buckets[i].seconds : "+Inf",
                      count);
    }
    render_name(out, family->name, "_sum", series->labels);
    buffer_printf(out, "%" PRIu64 ".%06" PRIu64 "\n", sum / 1000000, sum % 1000000);
    render_name(out, family->name, "_count", series->labels);
    buffer_printf(out, "%" PRIu64 "\n", count);
}

static void render_series(struct buffer *out, const struct family *family,
                          const struct series *series)
{
    if (family->kind == KIND_HISTOGRAM) {
        render_histogram(out, family, series);
        return;
    }
    render_name(out, family->name, "", series->labels);
    if (family->kind == KIND_COUNTER)
        buffer_printf(out, "%" PRIu64 "\n", counter_value(&series->counter));
    else
        buffer_printf(out, "%" PRId64 "\n", gauge_value(&series->gauge));
}

static void render_family(struct buffer *out, const struct family *family)
{
    static const char *const types[] = {
        [KIND_COUNTER] = "counter",
        [KIND_GAUGE] = "gauge",
        [KIND_HISTOGRAM] = "histogram",
    };

    buffer_printf(out, "# HELP %s ", family->name);
    append_escaped(out, family->help, false);
    buffer_printf(out, "\n# TYPE %s %s\n", family->name, types[family->kind]);
    for (const struct series *series = family->series; series; series = series->next)
        render_series(out, family, series);
}

void metrics_render(struct buffer *out)
{
    pthread_mutex_lock(&registry_lock);
    for (const struct family *family = registry; family; family = family->next)
        render_family(out, family);
    pthread_mutex_unlock(&registry_lock);
}
