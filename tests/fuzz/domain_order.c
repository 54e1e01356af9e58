/* Any draft or record as an order, and any change to it: refused, or the rules still hold. */
#include "domain/order.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is left of the input; bytes beyond its end are zeros. */
struct input {
    const uint8_t *at;
    size_t left;
};

static void take(struct input *input, void *into, size_t size)
{
    size_t have = size < input->left ? size : input->left;

    memset(into, 0, size);
    if (have)
        memcpy(into, input->at, have);
    input->at += have;
    input->left -= have;
}

static uint8_t take_byte(struct input *input)
{
    uint8_t byte;

    take(input, &byte, 1);
    return byte;
}

/* A number of the size that fields have, with a wild one now and then. */
static int64_t take_number(struct input *input)
{
    uint8_t kind = take_byte(input);
    int64_t number;

    take(input, &number, sizeof(number));
    return kind < 16 ? number : number & 0xffff;
}

static size_t take_items(struct input *input, struct order_item *items, size_t limit)
{
    size_t count = take_byte(input) % (limit + 1);

    for (size_t i = 0; i < count; i++) {
        items[i] = (struct order_item){.product_id.bytes[15] = take_byte(input)};
        items[i].quantity = take_number(input);
        items[i].price = take_number(input);
    }
    return count;
}

static int64_t total_of(const struct order_record *record)
{
    int64_t total = 0;

    for (size_t i = 0; i < record->item_count; i++) {
        int64_t product;

        if (money_multiply(record->items[i].price, record->items[i].quantity, &product) !=
                STATUS_OK ||
            money_add(total, product, &total) != STATUS_OK)
            abort();
    }
    return total;
}

/* What must hold of every order, whatever was done to it. */
static void check(const struct order *order)
{
    struct order_record record = order_record(order);
    struct order *again = NULL;

    if (record.total_amount != total_of(&record) || record.item_count < 1)
        abort();
    if (order_restore(&record, &again, NULL) != STATUS_OK)
        abort();
    order_free(&again);
}

static void change(struct order *order, struct input *input)
{
    struct order_transition transition = {.to = (enum order_status)(take_byte(input) % 5)};
    struct fault fault;
    struct order_item items[4];
    char reason[8];

    take(input, reason, sizeof(reason));
    transition.reason = reason;
    transition.reason_length = take_byte(input) % (sizeof(reason) + 1);
    if (order_change_status(order, &transition, take_number(input), &fault) != STATUS_OK &&
        !fault.text[0])
        abort();
    check(order);
    if (order_replace_items(order, items, take_items(input, items, 4), take_number(input),
                            &fault) != STATUS_OK &&
        !fault.text[0])
        abort();
    check(order);
}

static void restore(struct input *input)
{
    struct order_item items[4];
    struct order_record record = {
        .order_id = uuid_v7_floor(1000),
        .status = (enum order_status)(take_byte(input) % 5),
        .currency = currency_find("USD", 3),
        .version = take_number(input),
        .created_at = take_number(input),
        .updated_at = take_number(input),
        .completed_at = take_number(input),
        .items = items,
    };
    struct order *order = NULL;

    record.item_count = take_items(input, items, 4);
    record.total_amount = take_number(input);
    if (order_restore(&record, &order, NULL) == STATUS_OK) {
        check(order);
        change(order, input);
    }
    order_free(&order);
}

static void create(struct input *input)
{
    struct order_item items[8];
    char notes[16];
    struct order_draft draft = {
        .order_id = uuid_v7_floor(1000),
        .currency = currency_find("USD", 3),
        .items = items,
        .notes = notes,
        .notes_length = take_byte(input) % (sizeof(notes) + 1),
    };
    struct order *order = NULL;

    take(input, notes, sizeof(notes));
    draft.item_count = take_items(input, items, 8);
    if (order_create(&draft, 1000, &order, NULL) == STATUS_OK) {
        check(order);
        change(order, input);
        change(order, input);
    }
    order_free(&order);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {data, size};

    if (take_byte(&input) & 1)
        create(&input);
    else
        restore(&input);
    return 0;
}
