/* Orders to test with. */
#include "samples.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct uuid sample_product(unsigned number)
{
    struct uuid uuid = {{0x01, 0x90, 0xa0, 0, 0, 0, 0x70, 0, 0x80}};

    uuid.bytes[14] = (uint8_t)(number >> 8);
    uuid.bytes[15] = (uint8_t)number;
    return uuid;
}

struct order_draft sample_draft(const struct order_item *items, size_t count)
{
    return (struct order_draft){
        .order_id = uuid_v7(SAMPLE_NOW),
        .user_id = sample_product(0xffff),
        .currency = currency_find("USD", 3),
        .items = items,
        .item_count = count,
    };
}

struct order *sample_order(void)
{
    const struct order_item items[] = {
        {sample_product(1), 2, 1099},
        {sample_product(2), 1, 599},
    };
    struct order_draft draft = sample_draft(items, 2);
    struct order *order = NULL;

    assert_int_equal(order_create(&draft, SAMPLE_NOW, &order, NULL), STATUS_OK);
    return order;
}

enum status sample_change(struct order *order, enum order_status to)
{
    const struct order_transition transition = {.to = to};

    return order_change_status(order, &transition, SAMPLE_NOW, NULL);
}

struct order *sample_order_in(enum order_status status)
{
    struct order *order = sample_order();

    if (status == ORDER_COMPLETED)
        assert_int_equal(sample_change(order, ORDER_CONFIRMED), STATUS_OK);
    if (status != ORDER_PENDING)
        assert_int_equal(sample_change(order, status), STATUS_OK);
    order_mark_stored(order);
    return order;
}
