/* The lines of an order: their rules, merging, and the total. */
#include "base/memory.h"
#include "domain/order_entity.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static enum status line_fault(struct fault *fault, size_t line, const char *member,
                              const char *text)
{
    char where[64];

    (void)snprintf(where, sizeof(where), "/items/%zu/%s", line, member);
    return fault_set(fault, STATUS_INVALID, where, "%s", text);
}

static enum status line_check(const struct order_item *line, size_t index, struct fault *fault)
{
    if (line->quantity < 1 || line->quantity > ORDER_QUANTITY_LIMIT)
        return line_fault(fault, index, "quantity", "must be from 1 to 1,000,000");
    if (line->price < 0)
        return line_fault(fault, index, "price", "must not be negative");
    return STATUS_OK;
}

static struct order_item *items_find(const struct order_items *items, const struct uuid *product_id)
{
    for (size_t i = 0; i < items->count; i++)
        if (uuid_equal(&items->list[i].product_id, product_id))
            return &items->list[i];
    return NULL;
}

/* The limit on a quantity is one on what is ordered of a product, so it holds for the merged line
 * too; two quantities within it cannot overflow. */
static enum status items_merge(struct order_item *item, const struct order_item *line, size_t index,
                               struct fault *fault)
{
    if (item->price != line->price)
        return line_fault(fault, index, "price",
                          "differs from the product's price in a line above");
    if (item->quantity + line->quantity > ORDER_QUANTITY_LIMIT)
        return line_fault(fault, index, "quantity",
                          "together with the product's lines above, must be at most 1,000,000");
    item->quantity += line->quantity;
    return STATUS_OK;
}

static enum status items_add(struct order_items *items, const struct order_item *line, size_t index,
                             struct fault *fault)
{
    struct order_item *same;

    if (line_check(line, index, fault) != STATUS_OK)
        return STATUS_INVALID;
    same = items_find(items, &line->product_id);
    if (same)
        return items_merge(same, line, index, fault);
    items->list[items->count++] = *line;
    return STATUS_OK;
}

static enum status items_total(const struct order_items *items, int64_t *total, struct fault *fault)
{
    int64_t product;

    *total = 0;
    for (size_t i = 0; i < items->count; i++)
        if (money_multiply(items->list[i].price, items->list[i].quantity, &product) != STATUS_OK ||
            money_add(*total, product, total) != STATUS_OK)
            return fault_set(fault, STATUS_LIMIT, "/items", "the total amount is too large");
    return STATUS_OK;
}

enum status order_items_collect(const struct order_item *lines, size_t count,
                                struct order_items *items, struct fault *fault)
{
    struct order_items collected = {0};
    enum status status = STATUS_OK;

    if (count < 1 || count > ORDER_ITEMS_LIMIT)
        return fault_set(fault, STATUS_INVALID, "/items", "must have 1 to 200 items, not %zu",
                         count);
    collected.list = memory_new(count * sizeof(*collected.list));
    for (size_t i = 0; i < count && status == STATUS_OK; i++)
        status = items_add(&collected, &lines[i], i, fault);
    if (status == STATUS_OK)
        status = items_total(&collected, &collected.total, fault);
    if (status == STATUS_OK)
        *items = collected;
    else
        free(collected.list);
    return status;
}
