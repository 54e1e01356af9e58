/* The names of statuses, and how a fault is filled. */
#include "base/status.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

const char *status_name(enum status status)
{
    static const char *const names[] = {
        [STATUS_OK] = "ok",
        [STATUS_INVALID] = "invalid",
        [STATUS_NOT_FOUND] = "not found",
        [STATUS_GONE] = "gone",
        [STATUS_CONFLICT] = "conflict",
        [STATUS_DUPLICATE] = "duplicate",
        [STATUS_REFUSED] = "refused",
        [STATUS_LIMIT] = "limit",
        [STATUS_TIMEOUT] = "timeout",
        [STATUS_UNAVAILABLE] = "unavailable",
        [STATUS_INTERNAL] = "internal",
    };

    if ((size_t)status >= sizeof(names) / sizeof(names[0]))
        return "unknown";
    return names[status];
}

enum status fault_set(struct fault *fault, enum status status, const char *where,
                      const char *format, ...)
{
    va_list arguments;

    if (!fault)
        return status;
    fault->status = status;
    (void)snprintf(fault->where, sizeof(fault->where), "%s", where ? where : "");
    va_start(arguments, format);
    (void)vsnprintf(fault->text, sizeof(fault->text), format, arguments);
    va_end(arguments);
    return status;
}
