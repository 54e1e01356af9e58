/* Domain events, and the order as JSON. */
#include "base/json.h"
#include "samples.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct order_event *event_at(const struct order *order, size_t index)
{
    size_t count = 0;
    const struct order_event *events = order_events(order, &count);

    assert_true(index < count);
    return &events[index];
}

static void assert_kinds(const struct order *order, const enum order_event_kind *kinds,
                         size_t expected)
{
    size_t count = 0;
    const struct order_event *events = order_events(order, &count);

    assert_int_equal(count, expected);
    for (size_t i = 0; i < expected; i++) {
        assert_int_equal(events[i].kind, kinds[i]);
        if (i)
            assert_true(uuid_compare(&events[i - 1].event_id, &events[i].event_id) < 0);
    }
}

/* The caller's to release. */
static json_t *parse(const char *text, size_t length)
{
    json_t *value = NULL;
    struct fault fault = {0};

    if (json_read(text, length, &value, &fault) != STATUS_OK)
        fail_msg("%s", fault.text);
    return value;
}

static json_t *event_data(const struct order *order, size_t index)
{
    const struct order_event *event = event_at(order, index);

    return parse(event->data, event->data_length);
}

static const char *text_of(json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    if (!text)
        fail_msg("no text %s", name);
    return text;
}

static enum status cancel(struct order *order, const char *reason)
{
    const struct order_transition transition = {
        .to = ORDER_CANCELLED,
        .reason = reason,
        .reason_length = strlen(reason),
        .notes = "secret",
        .notes_length = 6,
    };

    return order_change_status(order, &transition, SAMPLE_NOW + 1, NULL);
}

static void every_kind_has_its_topic_and_its_type(void **state)
{
    (void)state;
    assert_string_equal(order_event_topic(ORDER_EVENT_CREATED), "order.created");
    assert_string_equal(order_event_topic(ORDER_EVENT_STATUS_CHANGED), "order.status_changed");
    assert_string_equal(order_event_topic(ORDER_EVENT_CANCELLED), "order.cancelled");
    assert_string_equal(order_event_topic(ORDER_EVENT_COMPLETED), "order.completed");
    assert_string_equal(order_event_type(ORDER_EVENT_CREATED), "OrderCreatedEvent");
    assert_string_equal(order_event_type(ORDER_EVENT_STATUS_CHANGED), "OrderStatusChangedEvent");
    assert_string_equal(order_event_type(ORDER_EVENT_CANCELLED), "OrderCancelledEvent");
    assert_string_equal(order_event_type(ORDER_EVENT_COMPLETED), "OrderCompletedEvent");
}

static void the_whole_life_of_an_order_is_told_in_order(void **state)
{
    static const enum order_event_kind kinds[] = {
        ORDER_EVENT_CREATED,
        ORDER_EVENT_STATUS_CHANGED,
        ORDER_EVENT_STATUS_CHANGED,
        ORDER_EVENT_COMPLETED,
    };
    struct order *order = sample_order();

    (void)state;
    assert_int_equal(sample_change(order, ORDER_CONFIRMED), STATUS_OK);
    assert_int_equal(sample_change(order, ORDER_COMPLETED), STATUS_OK);
    assert_kinds(order, kinds, 4);
    order_free(&order);
}

static void a_cancellation_is_a_change_of_status_first(void **state)
{
    static const enum order_event_kind kinds[] = {
        ORDER_EVENT_STATUS_CHANGED,
        ORDER_EVENT_CANCELLED,
    };
    struct order *order = sample_order_in(ORDER_CONFIRMED);

    (void)state;
    assert_int_equal(sample_change(order, ORDER_CANCELLED), STATUS_OK);
    assert_kinds(order, kinds, 2);
    order_free(&order);
}

static void a_created_event_tells_what_was_ordered(void **state)
{
    struct order *order = sample_order();
    json_t *data = event_data(order, 0);
    json_t *item = json_array_get(json_object_get(data, "items"), 0);

    (void)state;
    assert_int_equal(json_object_size(data), 8);
    assert_int_equal(strlen(text_of(data, "order_id")), 36);
    assert_string_equal(text_of(data, "user_id"), "0190a000-0000-7000-8000-00000000ffff");
    assert_string_equal(text_of(data, "status"), "PENDING");
    assert_string_equal(text_of(data, "total_amount"), "27.97");
    assert_string_equal(text_of(data, "currency"), "USD");
    assert_int_equal(json_array_size(json_object_get(data, "items")), 2);
    assert_string_equal(text_of(item, "product_id"), "0190a000-0000-7000-8000-000000000001");
    assert_int_equal(json_integer_value(json_object_get(item, "quantity")), 2);
    assert_string_equal(text_of(item, "price"), "10.99");
    assert_int_equal(json_integer_value(json_object_get(data, "version")), 1);
    assert_string_equal(text_of(data, "occurred_at"), "2026-01-31T23:59:59.123Z");
    assert_true(event_at(order, 0)->occurred_at == SAMPLE_NOW);
    json_decref(data);
    order_free(&order);
}

static void a_transition_tells_from_where_to_where_and_why(void **state)
{
    struct order *order = sample_order_in(ORDER_PENDING);

    (void)state;
    assert_int_equal(cancel(order, "too \"late\""), STATUS_OK);
    for (size_t i = 0; i < 2; i++) {
        json_t *data = event_data(order, i);

        assert_string_equal(text_of(data, "status"), "CANCELLED");
        assert_string_equal(text_of(data, "old_status"), "PENDING");
        assert_string_equal(text_of(data, "new_status"), "CANCELLED");
        assert_string_equal(text_of(data, "reason"), "too \"late\"");
        assert_int_equal(json_integer_value(json_object_get(data, "version")), 2);
        assert_string_equal(text_of(data, "occurred_at"), "2026-01-31T23:59:59.124Z");
        json_decref(data);
    }
    order_free(&order);
}

static void a_transition_without_a_reason_says_null(void **state)
{
    struct order *order = sample_order_in(ORDER_PENDING);
    json_t *data;

    (void)state;
    assert_int_equal(sample_change(order, ORDER_CONFIRMED), STATUS_OK);
    data = event_data(order, 0);
    assert_true(json_is_null(json_object_get(data, "reason")));
    json_decref(data);
    order_free(&order);
}

static void an_event_is_of_the_time_when_it_happened(void **state)
{
    struct order *order = sample_order();
    json_t *data;

    (void)state;
    assert_int_equal(sample_change(order, ORDER_CONFIRMED), STATUS_OK);
    data = event_data(order, 0); /* the created event, read after the change */
    assert_string_equal(text_of(data, "status"), "PENDING");
    assert_int_equal(json_integer_value(json_object_get(data, "version")), 1);
    json_decref(data);
    order_free(&order);
}

static void no_event_ever_holds_the_notes(void **state)
{
    const struct order_item items[] = {{sample_product(1), 1, 1}};
    struct order_draft draft = sample_draft(items, 1);
    struct order *order = NULL;
    size_t count;
    const struct order_event *events;

    (void)state;
    draft.notes = "secret";
    draft.notes_length = 6;
    assert_int_equal(order_create(&draft, SAMPLE_NOW, &order, NULL), STATUS_OK);
    assert_int_equal(cancel(order, "why"), STATUS_OK);
    events = order_events(order, &count);
    assert_int_equal(count, 3);
    for (size_t i = 0; i < count; i++) {
        assert_null(memmem(events[i].data, events[i].data_length, "secret", 6));
        assert_null(memmem(events[i].data, events[i].data_length, "notes", 5));
    }
    order_free(&order);
}

static void storing_takes_the_events_away(void **state)
{
    struct order *order = sample_order();
    size_t count = 9;

    (void)state;
    order_mark_stored(order);
    (void)order_events(order, &count);
    assert_int_equal(count, 0);
    assert_int_equal(order_stored_version(order), 1);
    assert_int_equal(sample_change(order, ORDER_CONFIRMED), STATUS_OK);
    assert_int_equal(order_stored_version(order), 1);
    (void)order_events(order, &count);
    assert_int_equal(count, 1);
    order_free(&order);
}

static void assert_json(const struct order *order, const char *expected)
{
    struct buffer out = {0};
    struct json_writer w = {.out = &out};
    char id[UUID_TEXT_SIZE];
    struct order_record record = order_record(order);

    order_write_json(order, &w);
    buffer_append(&out, "", 1);
    uuid_format(&record.order_id, id);
    assert_memory_equal(out.data, "{\"order_id\":\"", 13);
    assert_memory_equal(out.data + 13, id, 36);
    assert_string_equal(out.data + 49, expected);
    buffer_release(&out);
}

static void an_order_as_json_is_what_the_contract_says(void **state)
{
    struct order *order = sample_order_in(ORDER_COMPLETED);

    (void)state;
    assert_json(order, "\",\"user_id\":\"0190a000-0000-7000-8000-00000000ffff\","
                       "\"status\":\"COMPLETED\",\"items\":["
                       "{\"product_id\":\"0190a000-0000-7000-8000-000000000001\","
                       "\"quantity\":2,\"price\":\"10.99\"},"
                       "{\"product_id\":\"0190a000-0000-7000-8000-000000000002\","
                       "\"quantity\":1,\"price\":\"5.99\"}],"
                       "\"total_amount\":\"27.97\",\"currency\":\"USD\",\"notes\":null,"
                       "\"reason\":null,\"version\":3,"
                       "\"created_at\":\"2026-01-31T23:59:59.123Z\","
                       "\"updated_at\":\"2026-01-31T23:59:59.123Z\","
                       "\"completed_at\":\"2026-01-31T23:59:59.123Z\"}");
    order_free(&order);
}

static void what_is_missing_is_null_in_json(void **state)
{
    struct order *order = sample_order_in(ORDER_PENDING);
    struct buffer out = {0};
    struct json_writer w = {.out = &out};
    json_t *value;

    (void)state;
    assert_int_equal(cancel(order, "why"), STATUS_OK);
    order_write_json(order, &w);
    value = parse(out.data, out.size);
    assert_int_equal(json_object_size(value), 12);
    assert_string_equal(text_of(value, "notes"), "secret");
    assert_string_equal(text_of(value, "reason"), "why");
    assert_true(json_is_null(json_object_get(value, "completed_at")));
    json_decref(value);
    buffer_release(&out);
    order_free(&order);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_has_its_topic_and_its_type),
        cmocka_unit_test(the_whole_life_of_an_order_is_told_in_order),
        cmocka_unit_test(a_cancellation_is_a_change_of_status_first),
        cmocka_unit_test(a_created_event_tells_what_was_ordered),
        cmocka_unit_test(a_transition_tells_from_where_to_where_and_why),
        cmocka_unit_test(a_transition_without_a_reason_says_null),
        cmocka_unit_test(an_event_is_of_the_time_when_it_happened),
        cmocka_unit_test(no_event_ever_holds_the_notes),
        cmocka_unit_test(storing_takes_the_events_away),
        cmocka_unit_test(an_order_as_json_is_what_the_contract_says),
        cmocka_unit_test(what_is_missing_is_null_in_json),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
