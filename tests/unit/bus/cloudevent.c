/* The envelope of a published event. */
#include "bus/cloudevent.h"

#include "base/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct stored_event *event(const char *traceparent)
{
    static struct stored_event made;
    static const char data[] = "{\"total_amount\":\"27.97\",\"version\":1}";
    made = (struct stored_event){
        .position = {"000000000042"},
        .follows = {"000000000041"},
        .topic = "order.created",
        .type = "OrderCreatedEvent",
        .traceparent = traceparent,
        .occurred_at = 1700000000123,
        .data = data,
        .data_length = sizeof(data) - 1,
    };
    memset(made.event_id.bytes, 0x11, 16);
    memset(made.order_id.bytes, 0x22, 16);
    return &made;
}

static json_t *written(const char *traceparent)
{
    struct buffer json = {0};
    json_t *value = NULL;
    struct fault fault;
    cloudevent_write(event(traceparent), "0190-epoch", &json);
    assert_int_equal(json_read(json.data, json.size, &value, &fault), STATUS_OK);
    buffer_release(&json);
    return value;
}

static void assert_member(const json_t *object, const char *name, const char *expected)
{
    const char *text = json_string_value(json_object_get(object, name));
    assert_non_null(text);
    assert_string_equal(text, expected);
}

static void the_envelope_has_what_cloudevents_asks_for(void **state)
{
    json_t *envelope = written(NULL);
    (void)state;
    assert_member(envelope, "specversion", "1.0");
    assert_member(envelope, "id", "11111111-1111-1111-1111-111111111111");
    assert_member(envelope, "source", "/orderd/0190-epoch");
    assert_member(envelope, "type", "OrderCreatedEvent");
    assert_member(envelope, "time", "2023-11-14T22:13:20.123Z");
    assert_member(envelope, "datacontenttype", "application/json");
    json_decref(envelope);
}

static void subject_and_partition_are_the_order_and_the_sequence_its_position(void **state)
{
    json_t *envelope = written(NULL);
    (void)state;
    assert_member(envelope, "subject", "22222222-2222-2222-2222-222222222222");
    assert_member(envelope, "partitionkey", "22222222-2222-2222-2222-222222222222");
    assert_member(envelope, "sequence", "000000000042");
    assert_member(envelope, "follows", "000000000041");
    json_decref(envelope);
}

static void data_is_the_stored_data(void **state)
{
    json_t *envelope = written(NULL);
    (void)state;
    assert_member(json_object_get(envelope, "data"), "total_amount", "27.97");
    json_decref(envelope);
}

static void a_trace_goes_along_when_there_is_one(void **state)
{
    const char *traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    json_t *with = written(traceparent), *without = written(NULL);
    (void)state;
    assert_member(with, "traceparent", traceparent);
    assert_null(json_object_get(without, "traceparent"));
    json_decref(with);
    json_decref(without);
}

static void names_are_in_lower_case(void **state)
{
    json_t *envelope = written("x");
    const char *name;
    json_t *value;
    (void)state;
    json_object_foreach(envelope, name, value)
        assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789"), strlen(name));
    json_decref(envelope);
}

/* ---- and back ---- */

static void an_envelope_is_read_back_to_its_event(void **state)
{
    const char *trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const struct stored_event *given = event(trace);
    struct buffer json = {0};
    struct read_event read;
    struct fault fault;
    (void)state;
    cloudevent_write(given, "0190-epoch", &json);
    assert_int_equal(cloudevent_read(json.data, json.size, &read, &fault), STATUS_OK);
    assert_true(uuid_equal(&read.event.event_id, &given->event_id));
    assert_true(uuid_equal(&read.event.order_id, &given->order_id));
    assert_string_equal(read.event.position.text, given->position.text);
    assert_string_equal(read.event.follows.text, given->follows.text);
    assert_string_equal(read.event.topic, given->topic);
    assert_string_equal(read.event.type, given->type);
    assert_string_equal(read.event.traceparent, trace);
    assert_int_equal(read.event.occurred_at, given->occurred_at);
    assert_int_equal(read.event.data_length, given->data_length);
    assert_memory_equal(read.event.data, given->data, given->data_length);
    cloudevent_release(&read);
    buffer_release(&json);
}

static void what_is_no_envelope_of_ours_is_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "[]",
        "{}",
        "{\"type\":\"OrderCreatedEvent\"}",
        "{\"type\":\"SomethingElse\",\"id\":\"11111111-1111-1111-1111-111111111111\","
        "\"subject\":\"22222222-2222-2222-2222-222222222222\",\"sequence\":\"1\",\"follows\":\"\","
        "\"time\":\"2023-11-14T22:13:20.123Z\",\"data\":{}}",
    };
    struct read_event read;
    struct fault fault;
    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_int_equal(cloudevent_read(texts[i], strlen(texts[i]), &read, &fault),
                         STATUS_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_envelope_has_what_cloudevents_asks_for),
        cmocka_unit_test(subject_and_partition_are_the_order_and_the_sequence_its_position),
        cmocka_unit_test(data_is_the_stored_data),
        cmocka_unit_test(a_trace_goes_along_when_there_is_one),
        cmocka_unit_test(names_are_in_lower_case),
        cmocka_unit_test(an_envelope_is_read_back_to_its_event),
        cmocka_unit_test(what_is_no_envelope_of_ours_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
