/* A read, for the two files that share it: replay_reads.c has all of them and what clients say
 * about one, replay_read.c what one does. */
#ifndef BUS_REPLAY_READ_H
#define BUS_REPLAY_READ_H

#include "bus/replay_private.h"

/* See replay_read.c. */
enum read_state { READ_READY, READ_ASKING, READ_WAITING, READ_FULL };

struct replay_read {
    struct replay *replay;
    enum read_state state;
    void (*step)(struct replay_read *read);
    size_t place; /* among the replay's reads */
    struct caller caller;
    int connection; /* whose end is the read's */
    char *user;     /* or NULL */

    /* What is wanted. */
    bool placed;              /* `position` is known, and is one */
    struct position position; /* of the last event that was sent or passed over */
    char *cursor;             /* NULL, or begin where this one stands */
    bool timed;               /* begin by from_time */
    bool skipping;            /* the first event that is not older than it has not been met */
    int64_t from_time;
    char **topics; /* NULL: all */
    size_t topic_count;
    int64_t limit; /* 0: none */

    /* How far it is. */
    int64_t credit, sent;
    size_t asked;         /* events asked of the store */
    struct position head; /* of the stream, as found last */
    int64_t moved_us;     /* when it began to wait, or sent something, last */
    int64_t again_us;     /* FULL: when to try again */
    int64_t room_us;      /* how long the next pause for room is */
    bool cancelled, left; /* while the store is asked; left: the connection has ended */

    /* How it ends. */
    bool complete; /* it has read up to the head */
    bool failed;
    enum replay_code code;
    struct position floor;
};

enum { READ_ROOM_FIRST_US = 5000 };

/* ---- replay_reads.c ---- */

void read_free(struct replay_read *read);
void read_remove(struct replay_read *read); /* from the replay, too */

/* Of the topics that are named each must be allowed; without names it is those that are. */
bool read_allowed(const struct replay_read *read);

/* ---- replay_read.c ---- */

/* The first step, where the stream ends; in its turn. */
void read_start(struct replay_read *read);
/* Whatever it waited for is there; in its turn. */
void read_resume(struct replay_read *read);
/* Sends END, or the error, now or when there is room; may free it. */
void read_finish(struct replay_read *read);
void read_fail(struct replay_read *read, enum replay_code code);
bool read_started(const struct replay_read *read); /* it knows where it begins and where it ends */
bool read_finishing(const struct replay_read *read); /* only its last answer is left to be sent */
/* The last answer, once and whatever comes of it. */
MUST_CHECK enum status read_last_answer_send(struct replay_read *read);

#endif
