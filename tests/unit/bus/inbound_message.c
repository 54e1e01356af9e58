/* The name of another service's event, and what it is about. */
#include "bus/inbound_message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct inbound_head head;
static struct fault fault;

static enum status read_text(const char *payload)
{
    memset(&head, 0xa5, sizeof(head));
    memset(&fault, 0, sizeof(fault));
    return inbound_head_read(payload, strlen(payload), &head, &fault);
}

static void expect(const char *payload, const char *event_id, const char *about)
{
    if (read_text(payload) != STATUS_OK)
        fail_msg("%s: %s %s", payload, fault.where, fault.text);
    assert_string_equal(head.event_id, event_id);
    assert_string_equal(head.about, about);
}

static void refuse(const char *payload, const char *where)
{
    if (read_text(payload) != STATUS_INVALID)
        fail_msg("taken: %s", payload);
    assert_string_equal(fault.where, where);
    assert_string_not_equal(fault.text, "");
}

/* So many bytes between two texts. */
static char *with_length(const char *before, size_t length, const char *after)
{
    static char payload[4096], text[2048];
    memset(text, 'x', length);
    text[length] = '\0';
    snprintf(payload, sizeof(payload), "%s%s%s", before, text, after);
    return payload;
}

static void an_event_is_named_by_its_event_id(void **state)
{
    (void)state;
    expect("{\"event_id\":\"e-1\",\"success\":true}", "e-1", "");
    expect(" { \"a\":[1,{}], \"event_id\" : \"\\u00e4 b\" } ", "\xc3\xa4 b", "");
}

static void it_is_about_its_order(void **state)
{
    (void)state;
    expect("{\"event_id\":\"e\",\"order_id\":\"17\"}", "e", "17");
    expect("{\"event_id\":\"e\",\"order_id\":\"0190C7A4-5B1E-7C3D-9F20-6A1D2E3F4A5B\"}", "e",
           "0190c7a4-5b1e-7c3d-9f20-6a1d2e3f4a5b");
    expect("{\"event_id\":\"e\",\"order_id\":null,\"subject\":\"s\"}", "e", "");
}

static void a_cloudevent_is_named_by_source_and_id(void **state)
{
    (void)state;
    expect("{\"specversion\":\"1.0\",\"source\":\"/stock\",\"id\":\"7 a\"}", "/stock 7 a", "");
    expect("{\"specversion\":\"1.0\",\"source\":\"/stock\",\"id\":\"7\",\"event_id\":\"own\"}",
           "own", "");
    refuse("{\"source\":\"/stock\",\"id\":\"7\"}", "/event_id");
    refuse("{\"specversion\":\"1.0\",\"id\":\"7\"}", "/source");
    refuse("{\"specversion\":\"1.0\",\"source\":\"/stock\"}", "/id");
    refuse("{\"specversion\":\"1.0\",\"source\":\"/a b\",\"id\":\"7\"}", "/source");
    refuse("{\"specversion\":\"1.0\",\"source\":\"/a\",\"id\":7}", "/id");
}

static void a_cloudevent_is_about_its_partitionkey_or_subject_or_the_order_in_it(void **state)
{
#define BEGIN "{\"specversion\":\"1.0\",\"source\":\"s\",\"id\":\"i\""
    (void)state;
    expect(BEGIN ",\"partitionkey\":\"p\",\"subject\":\"u\",\"data\":{\"order_id\":\"o\"}}", "s i",
           "p");
    expect(BEGIN ",\"subject\":\"u\",\"data\":{\"order_id\":\"o\"}}", "s i", "u");
    expect(BEGIN ",\"data\":{\"order_id\":\"o\"}}", "s i", "o");
    expect(BEGIN ",\"order_id\":\"top\",\"partitionkey\":\"p\"}", "s i", "top");
    expect(BEGIN ",\"data\":[\"order_id\"]}", "s i", "");
    expect(BEGIN ",\"data\":\"order_id\"}", "s i", "");
    refuse(BEGIN ",\"partitionkey\":1}", "/partitionkey");
    refuse(BEGIN ",\"subject\":\"\"}", "/subject");
    refuse(BEGIN ",\"data\":{\"order_id\":{}}}", "/data/order_id");
#undef BEGIN
}

static void names_have_limits(void **state)
{
    (void)state;
    assert_int_equal(read_text(with_length("{\"event_id\":\"", INBOUND_ID_LIMIT, "\"}")),
                     STATUS_OK);
    refuse(with_length("{\"event_id\":\"", INBOUND_ID_LIMIT + 1, "\"}"), "/event_id");
    refuse("{\"event_id\":\"\"}", "/event_id");
    refuse("{\"event_id\":12}", "/event_id");
    refuse("{\"event_id\":null}", "/event_id");
    refuse("{\"event_id\":\"a\\u001b[2J\"}", "/event_id");
    refuse("{\"event_id\":\"a\\nb\"}", "/event_id");
    refuse("{\"event_id\":\"a\\u007f\"}", "/event_id");
    refuse("{\"event_id\":\"a\\u009b2J\"}", "/event_id");
    refuse("{\"event_id\":\"a\\u202eb\"}", "/event_id");
    refuse("{\"event_id\":\"e\",\"order_id\":\"a\\u2028\"}", "/order_id");
    expect("{\"event_id\":\"gr\\u00fc\\u00dfe\"}",
           "gr\xc3\xbc\xc3\x9f"
           "e",
           "");
    refuse(with_length("{\"event_id\":\"e\",\"order_id\":\"", INBOUND_ABOUT_LIMIT + 1, "\"}"),
           "/order_id");
    refuse("{\"event_id\":\"e\",\"order_id\":5}", "/order_id");
}

static void source_and_id_share_one_limit(void **state)
{
    static const char short_source[] = "{\"specversion\":\"1.0\",\"source\":\"s\",\"id\":\"";
    static const char source[] = "{\"specversion\":\"1.0\",\"id\":\"i\",\"source\":\"";
    (void)state;
    assert_int_equal(read_text(with_length(short_source, INBOUND_ID_LIMIT - 2, "\"}")), STATUS_OK);
    assert_int_equal(strlen(head.event_id), INBOUND_ID_LIMIT);
    refuse(with_length(short_source, INBOUND_ID_LIMIT - 1, "\"}"), "/id");
    assert_int_equal(read_text(with_length(source, INBOUND_ID_LIMIT - 2, "\"}")), STATUS_OK);
    assert_int_equal(strlen(head.event_id), INBOUND_ID_LIMIT);
    refuse(with_length(source, INBOUND_ID_LIMIT - 1, "\"}"), "/source");
}

static void what_is_not_one_json_object_is_refused(void **state)
{
    static const char *const payloads[] = {
        "",
        " ",
        "null",
        "7",
        "\"event_id\"",
        "[{\"event_id\":\"e\"}]",
        "{\"event_id\":\"e\"} {}",
        "{\"event_id\":\"e\",}",
        "{\"event_id\":\"e\",\"event_id\":\"f\"}",
        "{\"event_id\":\"e\",\"n\":\"\\u0000\"}",
        "{\"event_id\":\"\xff\"}",
        "{'event_id':'e'}",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(payloads) / sizeof(payloads[0]); i++)
        refuse(payloads[i], "");
    assert_int_equal(inbound_head_read("{\"event_id\":\"e\"}\0", 17, &head, &fault),
                     STATUS_INVALID);
    assert_int_equal(inbound_head_read(NULL, 0, &head, &fault), STATUS_INVALID);
}

static void a_bomb_is_refused_and_its_text_is_not_repeated(void **state)
{
    enum { SIZE = 262144 };
    char *payload = malloc(SIZE);
    (void)state;
    assert_non_null(payload);
    memset(payload, '[', SIZE);
    assert_int_equal(inbound_head_read(payload, SIZE, &head, &fault), STATUS_INVALID);
    memset(payload, '{', SIZE);
    assert_int_equal(inbound_head_read(payload, SIZE, &head, &fault), STATUS_INVALID);
    free(payload);
    refuse("{\"event_id\":\"a secret\\u0001\"}", "/event_id");
    assert_null(strstr(fault.text, "secret"));
    refuse("{\"event_id\":\"a\", secret}", "");
    assert_null(strstr(fault.text, "secret"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_is_named_by_its_event_id),
        cmocka_unit_test(it_is_about_its_order),
        cmocka_unit_test(a_cloudevent_is_named_by_source_and_id),
        cmocka_unit_test(a_cloudevent_is_about_its_partitionkey_or_subject_or_the_order_in_it),
        cmocka_unit_test(names_have_limits),
        cmocka_unit_test(source_and_id_share_one_limit),
        cmocka_unit_test(what_is_not_one_json_object_is_refused),
        cmocka_unit_test(a_bomb_is_refused_and_its_text_is_not_repeated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
