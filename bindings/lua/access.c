/* Counting and logging of answered requests. */
#include "bindings/access.h"

#include "base/clock.h"
#include "base/log.h"
#include "bindings/services.h"

/* The route's histogram for this class of statuses: looked up once, as that takes a lock. */
static struct histogram *series_of(struct route *route, int status)
{
    int class = status / 100 % ROUTE_STATUS_CLASSES;
    if (!route->seconds[class]) {
        char status_class[] = {(char)('0' + class), 'x', 'x', '\0'};
        struct buffer labels = {0};
        metrics_label(&labels, "route", route->pattern);
        metrics_label(&labels, "method", route->method);
        metrics_label(&labels, "status", status_class);
        buffer_append(&labels, "", 1);
        route->seconds[class] =
            metrics_histogram("orderd_http_request_seconds",
                              "Time from a request's first byte to its answer.", labels.data);
        buffer_release(&labels);
    }
    return route->seconds[class];
}

static void write_line(struct call *call, int status, int64_t duration_us)
{
    struct text method = http_request_method(call->request);
    log_set_trace(http_request_trace(call->request)->id);
    log_info("request", LOG_TEXT_N("method", method.data, method.length),
             LOG_TEXT("route", call->route->pattern), LOG_INT("status", status),
             LOG_INT("duration_ms", duration_us / 1000));
    log_set_trace(NULL);
}

void access_record(struct call *call, int status)
{
    int64_t duration = clock_monotonic_us() - http_request_started_us(call->request);
    histogram_observe_us(series_of(call->route, status), duration);
    const struct services *services = vm_context(call->vm);
    if (status >= 500 || services->log_requests)
        write_line(call, status, duration);
}
