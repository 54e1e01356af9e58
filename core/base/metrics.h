/* Counters, gauges and histograms, and the Prometheus text that shows them.
 *
 * A family has a name and help; a series is one set of label values in it. Look a series up once
 * (it takes a lock) and keep the pointer: updates are relaxed atomics. Series live as long as the
 * process. Units stand in the names, as Prometheus asks: _seconds, _bytes, _total. Any thread. */
#ifndef BASE_METRICS_H
#define BASE_METRICS_H

#include "base/buffer.h"

#include <stdint.h>

struct counter;
struct gauge;
struct histogram;

/* `labels` is Prometheus label text without braces (`route="/order/orders",status="2xx"`) or "".
 * The caller escapes values with metrics_label() when they come from outside. The same name and
 * labels give the same series; the same name with another kind ends the process. */
struct counter *metrics_counter(const char *name, const char *help, const char *labels);
struct gauge *metrics_gauge(const char *name, const char *help, const char *labels);
/* Durations in seconds, buckets from 100 us to 10 s. */
struct histogram *metrics_histogram(const char *name, const char *help, const char *labels);

void counter_add(struct counter *counter, uint64_t amount);
void gauge_set(struct gauge *gauge, int64_t value);
void gauge_add(struct gauge *gauge, int64_t amount);
void histogram_observe_us(struct histogram *histogram, int64_t microseconds);

uint64_t counter_value(const struct counter *counter);
int64_t gauge_value(const struct gauge *gauge);

/* Appends name="value" with the value escaped (and a comma first when the buffer is not empty). */
void metrics_label(struct buffer *labels, const char *name, const char *value);

/* Prometheus text format 0.0.4 of everything, families sorted by name. */
void metrics_render(struct buffer *out);

#endif
