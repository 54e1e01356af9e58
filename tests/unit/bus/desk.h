/* A repository that takes inbound messages and dead letters, keeps them nowhere, and answers each
 * as and when the test says. Its stream of events is empty. */
#ifndef TESTS_BUS_DESK_H
#define TESTS_BUS_DESK_H

#include "store/repository_ops.h"

#include <stdbool.h>
#include <stddef.h>

enum { DESK_LIMIT = 512 };

struct desk_put {
    char event_id[INBOUND_ID_LIMIT + 1], topic[64], about[256], payload[256];
    bool has_about;
    repository_done *done; /* NULL: answered */
    void *arg;
};

struct desk_letter {
    char source[32], topic[64], reason[512];
    size_t payload_length;
};

struct desk {
    struct repository repository; /* for the tested code */
    bool at_once;                 /* puts are answered within the call */
    enum status status;           /* with this */
    size_t answered_at_once;
    struct desk_put puts[DESK_LIMIT]; /* in the order of the calls; the first ones are kept */
    size_t count;
    struct desk_letter letters[DESK_LIMIT];
    size_t letter_count;
    enum status letter_status; /* what each is answered with, at once */
    size_t wanted;
};

void desk_init(struct desk *desk);
/* Answers the put of this place. */
void desk_answer(struct desk *desk, size_t index, enum status status);
/* How many puts wait for an answer. */
size_t desk_open(const struct desk *desk);

/* For world_until: at least `wanted` puts have come, or letters. */
bool desk_has_puts(void *desk);
bool desk_has_letters(void *desk);

#endif
