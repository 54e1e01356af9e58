/* What the tests of the dispatcher stand on: a consumer that keeps what it gets, and answers as
 * told. */
#ifndef TESTS_BUS_CONSUMER_H
#define TESTS_BUS_CONSUMER_H

#include "bus/dispatcher.h"
#include "world.h"

enum { SEEN_LIMIT = 256 };

struct seen {
    struct delivery *delivery; /* NULL: answered */
    struct uuid order_id;
    char topic[32], position[40];
    int attempt;
};

struct consumer {
    struct world world;
    struct repository *repository; /* the dispatcher's; NULL: the world's */
    struct dispatcher *dispatcher;
    struct seen seen[SEEN_LIMIT];
    size_t count, wanted;
    bool answer_at_once;
    int busy_us;        /* how long it keeps the loop for each event */
    const char *topic;  /* of the dispatcher; NULL: all */
    bool from_head;     /* of the dispatcher */
    int attempts;       /* until an event is given up; 0: never */
    int fail_first;     /* so many attempts of each event fail */
    struct uuid poison; /* every attempt of this order fails */
    bool has_poison;
    size_t open, most_open;
    bool stopped;
};

/* For cmocka: a consumer in *state with a world, and no dispatcher yet. */
int consumer_setup(void **state);
int consumer_teardown(void **state);

void consumer_follow(struct consumer *consumer, size_t window); /* with a new dispatcher */
void consumer_begin(struct consumer *consumer, size_t window);  /* the same, and it leads */
void consumer_end(struct consumer *consumer);
void consumer_on_stopped(void *consumer);
bool consumer_is_stopped(void *consumer);

/* Answers what was seen at this place. */
void consumer_answer(struct consumer *consumer, size_t index, enum status status);
/* Waits until so many were seen. */
void consumer_expect(struct consumer *consumer, size_t count);
/* Lets the loop do whatever it would still do: calls and answers go through the store. */
void consumer_let_it_turn(struct consumer *consumer);

#endif
