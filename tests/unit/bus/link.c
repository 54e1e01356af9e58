/* The line to a publisher: what ends it, and how it comes back. */
#include "world.h"

#include "base/metrics.h"
#include "bus/link.h"

#include <stdio.h>
#include <string.h>
#include <zmq.h>

enum { FRAME_LIMIT = 1000, BURST = 100 };

struct line {
    struct world world;
    void *foreign, *publisher;
    void *context;
    struct link *link;
    char endpoint[128];
    uint64_t joined_before;
    int bursts;    /* of the messages that were taken, those that are "burst" */
    char last[16]; /* the last one taken */
    char wanted[16];
};

static uint64_t joined_anew(void)
{
    return counter_value(metrics_counter("orderd_inbound_reconnects_total", "", ""));
}

static void on_message(void *arg, const struct bus_message *message)
{
    struct line *line = arg;
    snprintf(line->last, sizeof(line->last), "%.*s", (int)message->frames[0].size,
             message->frames[0].data);
    line->bursts += strcmp(line->last, "burst") == 0;
}

static struct link_options options_of(struct line *line, const char *endpoint)
{
    return (struct link_options){.endpoint = endpoint,
                                 .high_water_mark = 1000,
                                 .frame_limit = FRAME_LIMIT,
                                 .received = on_message,
                                 .arg = line};
}

static int setup(void **state)
{
    static struct line line;
    struct fault fault;
    memset(&line, 0, sizeof(line));
    world_open(&line.world);
    line.foreign = foreign_context();
    line.publisher = foreign_publisher(line.foreign, line.endpoint, sizeof(line.endpoint));
    line.context = foreign_context();
    line.joined_before = joined_anew();
    const struct link_options options = options_of(&line, line.endpoint);
    assert_int_equal(link_open(line.world.base, line.context, &options, &line.link, &fault),
                     STATUS_OK);
    bus_socket_subscribe(link_socket(line.link), "");
    *state = &line;
    return 0;
}

static int teardown(void **state)
{
    struct line *line = *state;
    link_close(&line->link);
    zmq_ctx_term(line->context);
    foreign_close(line->foreign, line->publisher);
    world_close(&line->world);
    return 0;
}

static void publish(struct line *line, const char *text)
{
    foreign_send(line->publisher, &text, 1);
}

static bool publish_and_look(void *arg)
{
    struct line *line = arg;
    bool taken = strcmp(line->last, line->wanted) == 0;
    if (!taken)
        publish(line, line->wanted);
    return taken;
}

static void publish_until_taken(struct line *line, const char *text)
{
    snprintf(line->wanted, sizeof(line->wanted), "%s", text);
    world_until(&line->world, publish_and_look, line);
}

static void publish_too_much(struct line *line)
{
    char huge[FRAME_LIMIT + 2];
    memset(huge, 'x', sizeof(huge) - 1);
    huge[sizeof(huge) - 1] = '\0';
    publish(line, huge);
}

static void every_offence_is_counted_and_the_line_comes_back(void **state)
{
    struct line *line = *state;
    publish_until_taken(line, "before");
    publish_too_much(line);
    publish_until_taken(line, "after one");
    assert_int_equal(joined_anew() - line->joined_before, 1);
    publish_too_much(line);
    publish_until_taken(line, "after two");
    assert_int_equal(joined_anew() - line->joined_before, 2);
}

static bool burst_taken(void *arg)
{
    return ((struct line *)arg)->bursts == BURST;
}

static void what_came_before_the_offence_is_taken(void **state)
{
    struct line *line = *state;
    publish_until_taken(line, "before");
    for (int i = 0; i < BURST; i++)
        publish(line, "burst");
    publish_too_much(line);
    world_until(&line->world, burst_taken, line);
}

static void loop_for(struct line *line, int milliseconds)
{
    const struct timeval time = {milliseconds / 1000, (milliseconds % 1000) * 1000L};
    event_base_loopexit(line->world.base, &time);
    event_base_dispatch(line->world.base);
}

static bool bound_again(void *arg)
{
    struct line *line = arg;
    return zmq_bind(line->publisher, line->endpoint) == 0;
}

/* Away for longer than the silence that tells an offence. */
static void a_publisher_that_starts_again_is_left_to_libzmq(void **state)
{
    struct line *line = *state;
    publish_until_taken(line, "before");
    assert_int_equal(zmq_unbind(line->publisher, line->endpoint), 0);
    foreign_close(line->foreign, line->publisher);
    loop_for(line, 1500);
    line->foreign = foreign_context();
    line->publisher = zmq_socket(line->foreign, ZMQ_PUB);
    world_until(&line->world, bound_again, line);
    publish_until_taken(line, "after");
    assert_int_equal(joined_anew(), line->joined_before);
}

static void what_is_no_endpoint_is_refused(void **state)
{
    struct line *line = *state;
    struct link *other = NULL;
    struct fault fault;
    const struct link_options options = options_of(line, "carrier pigeon");
    assert_int_equal(link_open(line->world.base, line->context, &options, &other, &fault),
                     STATUS_INVALID);
    assert_null(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_offence_is_counted_and_the_line_comes_back, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_came_before_the_offence_is_taken, setup, teardown),
        cmocka_unit_test_setup_teardown(a_publisher_that_starts_again_is_left_to_libzmq, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_is_no_endpoint_is_refused, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
