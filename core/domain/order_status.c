/* The names of order statuses and the transitions between them. */
#include "domain/order_status.h"

#include <string.h>

static const char *const status_names[ORDER_STATUS_COUNT] = {
    [ORDER_PENDING] = "PENDING",
    [ORDER_CONFIRMED] = "CONFIRMED",
    [ORDER_COMPLETED] = "COMPLETED",
    [ORDER_CANCELLED] = "CANCELLED",
};

/* COMPLETED and CANCELLED have no row of their own: they are final. */
static const bool transitions[ORDER_STATUS_COUNT][ORDER_STATUS_COUNT] = {
    [ORDER_PENDING] = {[ORDER_CONFIRMED] = true, [ORDER_CANCELLED] = true},
    [ORDER_CONFIRMED] = {[ORDER_COMPLETED] = true, [ORDER_CANCELLED] = true},
};

static bool status_exists(enum order_status status)
{
    return (unsigned)status < ORDER_STATUS_COUNT;
}

const char *order_status_name(enum order_status status)
{
    return status_exists(status) ? status_names[status] : "UNKNOWN";
}

bool order_status_parse(const char *name, size_t length, enum order_status *status)
{
    for (size_t i = 0; i < ORDER_STATUS_COUNT; i++)
        if (strlen(status_names[i]) == length && memcmp(status_names[i], name, length) == 0) {
            *status = (enum order_status)i;
            return true;
        }
    return false;
}

bool order_status_may_become(enum order_status from, enum order_status to)
{
    return status_exists(from) && status_exists(to) && transitions[from][to];
}

size_t order_status_successors(enum order_status from, enum order_status to[ORDER_STATUS_COUNT])
{
    size_t count = 0;

    for (int next = 0; next < ORDER_STATUS_COUNT; next++)
        if (order_status_may_become(from, (enum order_status)next))
            to[count++] = (enum order_status)next;
    return count;
}
