/* What the handler of ZAP answers, asked as libzmq asks, and otherwise. */
#include "world.h"

#include "bus/zap.h"

#include <stdio.h>
#include <string.h>
#include <zmq.h>

struct door {
    struct world world;
    void *context, *asker;
    struct zap *zap;
    struct heard heard;
    size_t wanted, asked;
    bool allows;
    char domain[64], key[64];
};

static bool on_asked(void *arg, const char *domain, const char *public_key)
{
    struct door *door = arg;
    door->asked++;
    snprintf(door->domain, sizeof(door->domain), "%s", domain);
    snprintf(door->key, sizeof(door->key), "%s", public_key);
    return door->allows;
}

static int setup(void **state)
{
    static struct door door;
    struct fault fault;
    memset(&door, 0, sizeof(door));
    world_open(&door.world);
    door.context = foreign_context();
    assert_int_equal(zap_open(door.world.base, door.context, on_asked, &door, &door.zap, &fault),
                     STATUS_OK);
    door.asker = zmq_socket(door.context, ZMQ_REQ);
    assert_int_equal(zmq_connect(door.asker, "inproc://zeromq.zap.01"), 0);
    *state = &door;
    return 0;
}

static int teardown(void **state)
{
    struct door *door = *state;
    zap_close(&door->zap);
    foreign_close(door->context, door->asker);
    world_close(&door->world);
    return 0;
}

static bool answered(void *arg)
{
    struct door *door = arg;
    foreign_hear(door->asker, &door->heard);
    return door->heard.count >= door->wanted;
}

struct frame {
    const char *data;
    size_t size;
};

#define KEY                                                                                        \
    "\x8e\x0b\xdd\x69\x76\x28\xb9\x1d\x8f\x24\x55\x87\xee\x95\xc5\xb0\x4d\x48\x96\x3f\x79"         \
    "\x25\x98\x77\xb4\x9c\xd9\x06\x3a\xea\xd3\xb7"

static const char *ask(struct door *door, const struct frame *frames, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_int_equal(
            zmq_send(door->asker, frames[i].data, frames[i].size, i + 1 < count ? ZMQ_SNDMORE : 0),
            (int)frames[i].size);
    door->wanted++;
    world_until(&door->world, answered, door);
    return door->heard.messages[door->wanted - 1].text[2];
}

static const struct frame whole[] = {{"1.0", 3},       {"id", 2},       {"publish", 7},
                                     {"127.0.0.1", 9}, {"identity", 8}, {"CURVE", 5},
                                     {KEY, 32}};
enum { WHOLE = sizeof(whole) / sizeof(whole[0]) };

static void a_known_key_is_let_in_under_its_name(void **state)
{
    struct door *door = *state;
    door->allows = true;
    assert_string_equal(ask(door, whole, WHOLE), "200");
    assert_string_equal(door->domain, "publish");
    assert_string_equal(door->key, "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6");
    assert_string_equal(door->heard.messages[0].text[0], "1.0");
    assert_string_equal(door->heard.messages[0].text[1], "id");
    assert_string_equal(door->heard.messages[0].text[4], door->key);
}

static void another_is_not_and_has_no_name(void **state)
{
    struct door *door = *state;
    assert_string_equal(ask(door, whole, WHOLE), "300");
    assert_int_equal(door->asked, 1);
    assert_string_equal(door->heard.messages[0].text[4], "");
}

static void whatever_is_no_request_for_curve_is_refused_and_nobody_asked(void **state)
{
    static const struct {
        size_t frame;
        struct frame instead;
    } wrong[] = {
        {0, {"2.0", 3}},   {0, {"", 0}},      {2, {"", 0}},   {2, {"a\0b", 3}}, {5, {"NULL", 4}},
        {5, {"PLAIN", 5}}, {5, {"curve", 5}}, {6, {KEY, 31}}, {6, {"", 0}},     {6, {KEY KEY, 64}},
    };
    struct door *door = *state;
    struct frame frames[WHOLE + 2];
    door->allows = true;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        memcpy(frames, whole, sizeof(whole));
        frames[wrong[i].frame] = wrong[i].instead;
        assert_string_equal(ask(door, frames, WHOLE), "500");
    }
    memcpy(frames, whole, sizeof(whole));
    frames[WHOLE] = frames[WHOLE + 1] = (struct frame){"more", 4};
    assert_string_equal(ask(door, frames, WHOLE + 1), "500");
    assert_string_equal(ask(door, frames, WHOLE + 2), "500");
    for (size_t count = 1; count < WHOLE; count++)
        assert_string_equal(ask(door, frames, count), "500");
    assert_int_equal(door->asked, 0);
    assert_string_equal(ask(door, whole, WHOLE), "200");
}

static void a_long_domain_is_refused(void **state)
{
    struct door *door = *state;
    char domain[300];
    struct frame frames[WHOLE];
    memcpy(frames, whole, sizeof(whole));
    memset(domain, 'x', sizeof(domain));
    door->allows = true;
    frames[2] = (struct frame){domain, 255};
    assert_string_equal(ask(door, frames, WHOLE), "200");
    frames[2] = (struct frame){domain, 256};
    assert_string_equal(ask(door, frames, WHOLE), "500");
}

static void two_handlers_of_one_context_are_refused(void **state)
{
    struct door *door = *state;
    struct zap *second = NULL;
    struct fault fault;
    assert_int_equal(zap_open(door->world.base, door->context, on_asked, door, &second, &fault),
                     STATUS_UNAVAILABLE);
    assert_null(second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_known_key_is_let_in_under_its_name, setup, teardown),
        cmocka_unit_test_setup_teardown(another_is_not_and_has_no_name, setup, teardown),
        cmocka_unit_test_setup_teardown(
            whatever_is_no_request_for_curve_is_refused_and_nobody_asked, setup, teardown),
        cmocka_unit_test_setup_teardown(a_long_domain_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(two_handlers_of_one_context_are_refused, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
