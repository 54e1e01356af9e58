/* Inventing orders of the past. */
#include "orderctl/seed_orders.h"

#include "base/random.h"

#include <stdio.h>
#include <string.h>

/* The demo catalogue (scripts/demo/catalogue.lua): the last byte of the id, and the price in
 * cents. */
static const struct {
    uint8_t id;
    uint16_t price;
} products[] = {
    {0x01, 1099}, {0x02, 599},  {0x03, 28900}, {0x04, 749},  {0x05, 1420},
    {0x06, 3275}, {0x07, 825},  {0x08, 7130},  {0x09, 2450}, {0x0a, 410},
    {0x0b, 1145}, {0x0c, 630},  {0x0d, 1280},  {0x0e, 795},  {0x0f, 960},
    {0x10, 1315}, {0x11, 2740}, {0x12, 525},   {0x13, 380},  {0x14, 1590},
};
enum { PRODUCTS = sizeof(products) / sizeof(products[0]) };

static const struct uuid first_product = {
    {0x01, 0x90, 0xa0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, 0}};
static const struct uuid first_user = {
    {0x01, 0x90, 0xb0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, 0}};

enum { CONFIRM_MS = 5000, SETTLE_MS = 48 * 3600 * 1000 };

static bool one_in(uint32_t many)
{
    return random_below(many) == 0;
}

/* ---- who ---- */

struct uuid seed_user(int64_t number)
{
    struct uuid user = first_user;

    for (int i = 15; number > 0; i--, number >>= 8)
        user.bytes[i] = (uint8_t)number;
    return user;
}

/* The square: a few users order often and most of them seldom. */
static struct uuid some_user(const struct seed_plan *plan)
{
    double chance = (double)random_below(UINT32_MAX) / UINT32_MAX;

    return seed_user(1 + (int64_t)((double)plan->users * chance * chance));
}

/* ---- what ---- */

static size_t some_count(void)
{
    uint32_t chance = random_below(100);

    if (chance < 50)
        return 1;
    if (chance < 80)
        return 2;
    return chance < 95 ? 3 : 4;
}

static bool is_named(const struct order_item *items, size_t count, const struct uuid *product_id)
{
    for (size_t i = 0; i < count; i++)
        if (uuid_equal(&items[i].product_id, product_id))
            return true;
    return false;
}

static struct order_item some_item(void)
{
    uint32_t which = random_below(PRODUCTS);
    struct order_item item = {.product_id = first_product, .price = products[which].price};

    item.product_id.bytes[15] = products[which].id;
    item.quantity = one_in(4) ? 2 + random_below(2) : 1;
    return item;
}

static void fill_items(struct seed_order *order)
{
    struct order_record *record = &order->record;
    size_t count = some_count();

    while (record->item_count < count) {
        struct order_item item = some_item();
        if (is_named(order->items, record->item_count, &item.product_id))
            continue;
        order->items[record->item_count++] = item;
        record->total_amount += item.price * item.quantity;
    }
    record->items = order->items;
}

static void fill_notes(struct order_record *record)
{
    static const char *const notes[] = {"ring twice", "leave it with the neighbours",
                                        "please call before you deliver", "no substitutes"};

    if (!one_in(12))
        return;
    record->notes = notes[random_below(sizeof(notes) / sizeof(notes[0]))];
    record->notes_length = strlen(record->notes);
}

/* ---- when, and what became of it ---- */

static int64_t some_time(const struct seed_plan *plan, int64_t number)
{
    double slot = (double)(plan->until_ms - plan->from_ms) / (double)plan->orders;
    double chance = (double)random_below(UINT32_MAX) / UINT32_MAX;

    return plan->from_ms + (int64_t)(((double)number + chance) * slot);
}

/* How long an order may take until it is done: of a short past a part of it only, or most of its
 * orders would be under way. */
static uint32_t settle_ms(const struct seed_plan *plan)
{
    int64_t part = (plan->until_ms - plan->from_ms) / 20;

    return part < SETTLE_MS ? (uint32_t)part + 1 : SETTLE_MS;
}

static void cancel_for_stock(struct seed_order *order)
{
    char product[UUID_TEXT_SIZE];

    uuid_format(&order->items[0].product_id, product);
    snprintf(order->reason, sizeof(order->reason),
             "stock release failed: %s: the package is damaged", product);
}

static void cancel_by_user(struct seed_order *order)
{
    static const char *const reasons[] = {"", "ordered twice", "bought elsewhere",
                                          "no longer needed"};

    snprintf(order->reason, sizeof(order->reason), "%s",
             reasons[random_below(sizeof(reasons) / sizeof(reasons[0]))]);
}

/* The order is CONFIRMED, and had to be some time ago: what has become of it? */
static void settle(const struct seed_plan *plan, struct seed_order *order)
{
    struct order_record *record = &order->record;
    int64_t settled_at = record->updated_at + random_below(settle_ms(plan));

    if (settled_at > plan->until_ms)
        return;
    record->updated_at = settled_at;
    record->version = 3;
    if (one_in(14)) {
        record->status = ORDER_CANCELLED;
        cancel_by_user(order);
    } else {
        record->status = ORDER_COMPLETED;
        record->completed_at = settled_at;
    }
}

static void fill_life(const struct seed_plan *plan, struct seed_order *order)
{
    struct order_record *record = &order->record;

    record->updated_at = record->created_at + random_below(CONFIRM_MS);
    if (record->updated_at > plan->until_ms)
        record->updated_at = plan->until_ms;
    record->version = 2;
    if (one_in(33)) {
        record->status = ORDER_CANCELLED;
        cancel_for_stock(order);
    } else {
        record->status = ORDER_CONFIRMED;
        settle(plan, order);
    }
    if (order->reason[0] != '\0') {
        record->reason = order->reason;
        record->reason_length = strlen(order->reason);
    }
}

void seed_order_make(const struct seed_plan *plan, int64_t number, struct seed_order *order)
{
    int64_t created_at = some_time(plan, number);

    order->reason[0] = '\0';
    order->record = (struct order_record){
        .order_id = uuid_v7(created_at),
        .user_id = some_user(plan),
        .currency = currency_find("USD", 3),
        .created_at = created_at,
    };
    fill_items(order);
    fill_notes(&order->record);
    fill_life(plan, order);
}
