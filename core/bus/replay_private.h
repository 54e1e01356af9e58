/* What the files of REPLAY share: replay.c has the socket and the turns, replay_reads.c and
 * replay_read.c the reads, replay_call.c what is answered at once, replay_answer.c how.
 *
 * Lifetimes. A read or a call that waits for the store is found by the store's answer; when the
 * replay is closed meanwhile, what it stands on must still be there. So a replay counts who waits
 * for the store (`waiting`), and the last one of them frees it. */
#ifndef BUS_REPLAY_PRIVATE_H
#define BUS_REPLAY_PRIVATE_H

#include "base/buffer.h"
#include "base/metrics.h"
#include "bus/caller.h"
#include "bus/entrance.h"
#include "bus/replay.h"
#include "bus/replay_request.h"

#include <stdbool.h>

/* ---- answers ---- */

enum replay_code {
    REPLAY_MALFORMED,
    REPLAY_UNKNOWN_VERB,
    REPLAY_POSITION_INVALID,
    REPLAY_POSITION_GONE,
    REPLAY_EPOCH_MISMATCH,
    REPLAY_CURSOR_NOT_FOUND,
    REPLAY_CURSOR_EXISTS,
    REPLAY_LIMIT,
    REPLAY_ID_IN_USE,
    REPLAY_NO_SUCH_READ,
    REPLAY_TIMED_OUT,
    REPLAY_FORBIDDEN,
    REPLAY_UNAVAILABLE,
    REPLAY_CODES,
};

/* An error, with what else its JSON says; NULL is left out. */
struct replay_error {
    enum replay_code code;
    const char *detail;
    const char *epoch;
    const struct position *position, *floor, *head;
};

struct replay {
    struct repository *repository;
    const struct store *store;
    struct entrance *entrance;
    bus_rights_of *rights; /* NULL: everybody may everything */
    void *rights_arg;
    int64_t credit, idle_us;
    int64_t now_us; /* when the batch under way was taken up */

    struct replay_read **reads;
    size_t read_count, read_limit;
    size_t client_limit;   /* reads of one client */
    size_t next;           /* whose turn it is */
    struct event *turn;    /* a timer of no time */
    struct event *retry;   /* for those whose peer had no room */
    struct event *idle;    /* for those that wait too long */
    struct buffer scratch; /* the envelope or the answer under construction */

    size_t calls;   /* that wait for the store */
    size_t waiting; /* calls and reads that do */
    bool closed;

    struct gauge *reading;
    struct counter *replayed, *dropped;
    struct counter *errors[REPLAY_CODES];
};

/* Somebody waits for the store from now on; and does no longer: false when the replay was closed
 * meanwhile, and may be gone now. */
void replay_wait(struct replay *replay);
MUST_CHECK bool replay_waited(struct replay *replay);

/* May this user read each topic that begins so? Any topic at all? Those that are lent last until
 * the next question. */
bool replay_may_read(const struct bus_rights *rights, const char *prefix);
const struct bus_rights *replay_rights(const struct replay *replay, const char *user);

/* ---- answering ---- */

/* For the metrics' labels as for the wire. */
const char *replay_code_name(enum replay_code code);

/* What a store's refusal means for a client; STATUS_INVALID is a position's. */
enum replay_code replay_code_of(enum status status);

/* Sends it; a caller that has no room for it, or is gone, does without. */
void replay_answer(struct replay *replay, const struct caller *caller, const char *kind,
                   const struct buffer *json);
void replay_refuse(struct replay *replay, const struct caller *caller,
                   const struct replay_error *error);
/* Only writes what replay_refuse would send. */
void replay_error_write(const struct replay_error *error, struct buffer *json);

/* ---- reads ---- */

struct replay_read;

/* READ, CREDIT, CANCEL. */
void replay_read_begin(struct replay *replay, const struct caller *caller,
                       const struct bus_message *message, const struct replay_request *request);
void replay_read_credit(struct replay *replay, const struct caller *caller,
                        const struct replay_request *request);
void replay_read_cancel(struct replay *replay, const struct caller *caller);

bool replay_read_runnable(const struct replay_read *read);
void replay_read_step(struct replay_read *read); /* may free it */
/* After a while; what waits for room tries again, what has waited too long ends. */
void replay_reads_retry(struct replay *replay);
void replay_reads_expire(struct replay *replay);
/* Those of a connection that has ended. */
void replay_reads_left(struct replay *replay, int connection);
/* All of them, with a word to each client. */
void replay_reads_end(struct replay *replay);
/* A read can go on. */
void replay_turn_soon(struct replay *replay);
void replay_retry_soon(struct replay *replay);

/* ---- calls ---- */

/* HEAD and the CURSOR verbs. When the answer is sent, replay_call_over is called, perhaps at once.
 */
void replay_call(struct replay *replay, const struct caller *caller, const char *user,
                 const struct replay_request *request);
void replay_call_over(struct replay *replay);

#endif
