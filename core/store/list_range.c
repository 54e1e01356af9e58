/* From filters to bounds of ids. */
#include "store/list_range.h"

#include <string.h>

/* An id is made at, not exactly when, the order is: how far its time may lie off. */
enum { ID_SLACK_MS = 60000 };
static const int64_t ID_TIME_LIMIT = ((int64_t)1 << 48) - 1;

static struct uuid lowest_id(const struct order_query *query)
{
    int64_t from = query->has_created_from ? query->created_from : 0;

    if (from > ID_TIME_LIMIT)
        from = ID_TIME_LIMIT;
    from = from > ID_SLACK_MS ? from - ID_SLACK_MS : 0;
    return from == 0 ? (struct uuid){{0}} : uuid_v7_floor(from);
}

static struct uuid greatest_id(const struct order_query *query)
{
    struct uuid all;

    memset(all.bytes, 0xff, sizeof(all.bytes));
    if (!query->has_created_to || query->created_to > ID_TIME_LIMIT - ID_SLACK_MS)
        return all;
    return uuid_v7_ceiling(query->created_to < 0 ? 0 : query->created_to + ID_SLACK_MS);
}

/* The greatest id below this one. */
static struct uuid one_below(struct uuid id)
{
    for (size_t i = sizeof(id.bytes); i-- > 0;)
        if (id.bytes[i]-- != 0)
            break;
    return id;
}

bool store_range_of(const struct order_query *query, const struct uuid *before,
                    struct store_range *range)
{
    range->low = lowest_id(query);
    range->high = greatest_id(query);
    if (before != NULL && uuid_compare(before, &range->low) <= 0)
        return false;
    if (before != NULL && uuid_compare(before, &range->high) <= 0)
        range->high = one_below(*before);
    return true;
}
