/* A consumer of events that a test holds in its hand. */
#include "consumer.h"

#include "base/clock.h"

#include <stdio.h>
#include <string.h>

static enum status verdict(const struct consumer *consumer, const struct stored_event *event,
                           int attempt)
{
    bool poisoned = consumer->has_poison && uuid_equal(&event->order_id, &consumer->poison);
    return poisoned || attempt <= consumer->fail_first ? STATUS_UNAVAILABLE : STATUS_OK;
}

static void answer(const struct consumer *consumer, struct delivery *delivery, enum status status)
{
    const struct retry retry = {.attempts = consumer->attempts, .first_ms = 1, .longest_ms = 4};
    if (status == STATUS_OK)
        delivery_done(delivery);
    else
        delivery_failed(delivery, status, "the test says so", &retry);
}

static void on_event(void *arg, struct delivery *delivery, const struct stored_event *event,
                     int attempt)
{
    struct consumer *consumer = arg;
    struct seen *seen = &consumer->seen[consumer->count++ % SEEN_LIMIT];
    *seen = (struct seen){.delivery = delivery, .order_id = event->order_id, .attempt = attempt};
    snprintf(seen->topic, sizeof(seen->topic), "%s", event->topic);
    snprintf(seen->position, sizeof(seen->position), "%s", event->position.text);
    for (int64_t end_us = clock_monotonic_us() + consumer->busy_us;
         consumer->busy_us > 0 && clock_monotonic_us() < end_us;) {
    }
    if (++consumer->open > consumer->most_open)
        consumer->most_open = consumer->open;
    if (consumer->answer_at_once) {
        consumer->open--;
        seen->delivery = NULL;
        answer(consumer, delivery, verdict(consumer, event, attempt));
    }
}

void consumer_answer(struct consumer *consumer, size_t index, enum status status)
{
    struct delivery *delivery = consumer->seen[index].delivery;
    assert_non_null(delivery);
    consumer->seen[index].delivery = NULL;
    consumer->open--;
    answer(consumer, delivery, status);
}

static void on_committed(void *arg)
{
    dispatcher_wake(((struct consumer *)arg)->dispatcher);
}

void consumer_follow(struct consumer *consumer, size_t window)
{
    const struct dispatcher_options options = {.cursor = "hooks",
                                               .topic = consumer->topic,
                                               .from_head = consumer->from_head,
                                               .window = window};
    struct repository *repository =
        consumer->repository ? consumer->repository : consumer->world.repository;
    consumer->dispatcher =
        dispatcher_new(consumer->world.base, repository, &options, on_event, consumer);
    consumer->world.committed = on_committed;
    consumer->world.committed_arg = consumer;
}

void consumer_begin(struct consumer *consumer, size_t window)
{
    consumer_follow(consumer, window);
    dispatcher_lead(consumer->dispatcher, "an-epoch");
}

void consumer_on_stopped(void *consumer)
{
    ((struct consumer *)consumer)->stopped = true;
}

bool consumer_is_stopped(void *consumer)
{
    return ((struct consumer *)consumer)->stopped;
}

void consumer_end(struct consumer *consumer)
{
    consumer->world.committed = NULL;
    consumer->stopped = false;
    dispatcher_stop(consumer->dispatcher, consumer_on_stopped, consumer);
    world_until(&consumer->world, consumer_is_stopped, consumer);
    dispatcher_free(&consumer->dispatcher);
}

static bool enough(void *arg)
{
    struct consumer *consumer = arg;
    return consumer->count >= consumer->wanted;
}

void consumer_expect(struct consumer *consumer, size_t count)
{
    consumer->wanted = count;
    world_until(&consumer->world, enough, consumer);
}

void consumer_let_it_turn(struct consumer *consumer)
{
    for (int i = 0; i < 5; i++)
        world_set_cursor(&consumer->world, "another", "");
}

int consumer_setup(void **state)
{
    static struct consumer consumer;
    memset(&consumer, 0, sizeof(consumer));
    world_open(&consumer.world);
    *state = &consumer;
    return 0;
}

int consumer_teardown(void **state)
{
    struct consumer *consumer = *state;
    if (consumer->dispatcher)
        consumer_end(consumer);
    world_close(&consumer->world);
    return 0;
}
