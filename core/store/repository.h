/* Where orders and their events live: one asynchronous interface, several implementations.
 *
 * A store is the process's: opened once at start, closed last. A repository is one thread's handle
 * on it, bound to that thread's event loop; it is used and called back in that thread only.
 *
 * Every call copies what it is given before it returns. Every callback runs exactly once, with
 * STATUS_OK or a reason, at the latest when the deadline of the store's options has passed or the
 * repository is closed. A write that has not begun by then is answered STATUS_UNAVAILABLE and does
 * not happen; one that has begun and is not known to be committed, STATUS_TIMEOUT. A callback may
 * run before the call returns: reads that need no waiting do not wait.
 *
 * The promise: STATUS_OK from repository_save means that the order, its items and its events are
 * committed and synced to disk, together. */
#ifndef STORE_REPOSITORY_H
#define STORE_REPOSITORY_H

#include "base/status.h"
#include "base/uuid.h"
#include "domain/order.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event_base;
struct store;
struct repository;

/* ---- the store ---- */

struct store_options {
    const char *url;    /* "sqlite:var/orderd.db" or "postgres://..." */
    int deadline_ms;    /* the longest that a call may take; 0: 5 s */
    size_t group_limit; /* the most writes in one transaction; 0: 256 */
    size_t queue_limit; /* calls waiting beyond this are refused, STATUS_UNAVAILABLE; 0: 10,000 */
    int64_t key_ms;     /* how long an idempotency key is kept; 0: 24 h */
    /* Of PostgreSQL only. */
    size_t connections;  /* of each repository; 0: 2 */
    int connect_ms;      /* for one attempt at one host; 0: 2 s */
    const char *replica; /* a second url, for reads that may lag; NULL: none */
};

/* Could a store be opened by this url, as far as its text tells? STATUS_INVALID with what was
 * expected; the fault repeats no part of it, for it may hold a password. `replica`: it is to be the
 * replica's. */
MUST_CHECK enum status store_check_url(const char *url, bool replica, struct fault *fault);

/* Opens it and applies the migrations that are missing. A database server that cannot be reached
 * now is no failure: its calls answer STATUS_UNAVAILABLE until it can be, and a warning is logged.
 * STATUS_INVALID: the url; STATUS_REFUSED: the schema is newer than this program knows, or the
 * server does not do what is needed; STATUS_UNAVAILABLE: a file or a thread cannot be had. */
MUST_CHECK enum status store_open(const struct store_options *options, struct store **store,
                                  struct fault *fault);

/* Every repository must be closed before. Finishes the writes that it has accepted. */
void store_close(struct store **store);

/* What and where it is, for people: "sqlite:var/orderd.db", "postgres db1:5432,db2:5432/orderd".
 * Holds no secret. Lives as long as the store. Any thread. */
const char *store_name(const struct store *store);

/* Names this stream of events: a new one with every new database. Lives as long as the store.
 * NULL while a database server has never been reached. Any thread. */
const char *store_epoch(const struct store *store);

/* ---- a thread's handle ---- */

MUST_CHECK enum status repository_open(struct store *store, struct event_base *base,
                                       struct repository **repository, struct fault *fault);
/* Answers every call that is under way, true to what becomes of it, and frees. Not from within a
 * callback of this repository. */
void repository_close(struct repository **repository);

/* The answer of a call that has nothing else to say. `fault` is lent, never NULL. */
typedef void repository_done(void *arg, enum status status, const struct fault *fault);

/* ---- orders ---- */

enum { KEY_LIMIT = 255, KEY_HASH_SIZE = 32 };

/* An idempotency key (draft-ietf-httpapi-idempotency-key-header) with what was asked under it and
 * the answer that the same request gets again. */
struct keyed_answer {
    struct uuid user_id; /* keys of different users have nothing to do with each other */
    const char *key;     /* 1 to KEY_LIMIT characters */
    uint8_t request_hash[KEY_HASH_SIZE];
    const char *answer; /* opaque to the store */
    size_t answer_length;
};

struct save {
    const struct order *order;        /* with its events; new when order_stored_version is 0 */
    const char *traceparent;          /* goes into its events; may be NULL */
    const char *inbox_id;             /* the inbound event that caused this; may be NULL */
    const struct keyed_answer *keyed; /* stored in the same transaction; may be NULL */
};

/* STATUS_CONFLICT: the store holds another version than order_stored_version, or an order of this
 * id already; STATUS_DUPLICATE with where "/inbox_id" or "/key": that has been seen, nothing was
 * written (a key that is older than store_options.key_ms has not been seen). A save that fails
 * never takes another one of its group with it. The order itself is not touched: call
 * order_mark_stored when the save is done. */
void repository_save(struct repository *repository, const struct save *save, repository_done *done,
                     void *arg);

/* What is stored under a user's key. STATUS_NOT_FOUND gives NULL; `found` is lent. */
typedef void repository_key_found(void *arg, enum status status, const struct keyed_answer *found,
                                  const struct fault *fault);
void repository_key_find(struct repository *repository, const struct uuid *user_id, const char *key,
                         repository_key_found *found, void *arg);

/* A request under this key begins in this process: false when another one has not ended. Whoever
 * got true releases. No waiting; any repository of the store sees the claims of all. */
MUST_CHECK bool repository_key_claim(struct repository *repository, const struct uuid *user_id,
                                     const char *key);
void repository_key_release(struct repository *repository, const struct uuid *user_id,
                            const char *key);

/* Whether a read decides something. READ_LAGGING may come from a replica, where conf names one, and
 * miss what was committed a moment ago: only for showing, never for deciding. */
enum read_kind { READ_DECIDING, READ_LAGGING };

/* `order` becomes the callee's (order_free). STATUS_NOT_FOUND gives NULL. */
typedef void repository_got(void *arg, enum status status, struct order *order,
                            const struct fault *fault);
void repository_get(struct repository *repository, const struct uuid *order_id, enum read_kind kind,
                    repository_got *got, void *arg);

enum { ORDER_QUERY_LIMIT = 100 };

/* A filter: what is unset (NULL, false) does not filter. Ranges include both ends. */
struct order_query {
    enum read_kind kind;
    const struct uuid *user_id;
    bool has_status;
    enum order_status status;
    bool has_created_from, has_created_to, has_total_min, has_total_max;
    int64_t created_from, created_to; /* milliseconds since 1970 */
    int64_t total_min, total_max;     /* minor units */
    const char *cursor;               /* from an earlier page, or NULL for the first */
    size_t cursor_length;
    size_t limit; /* 1 to ORDER_QUERY_LIMIT */
};

struct order_page {
    struct order **orders; /* newest first */
    size_t count;
    /* "" on the last page. A page may be shorter than the limit and still have a next one: a
     * filter on amounts is not indexed, and a page looks at a bounded number of orders only. */
    char next_cursor[64];
};

/* `page` is lent, but a callee that keeps an order takes it by setting its place to NULL.
 * STATUS_INVALID with where "/cursor": not a cursor of ours. */
typedef void repository_listed(void *arg, enum status status, struct order_page *page,
                               const struct fault *fault);
void repository_list(struct repository *repository, const struct order_query *query,
                     repository_listed *listed, void *arg);

/* ---- events ---- */

/* A place in the stream of committed events, as text that sorts bytewise in stream order. Empty
 * is before the first. */
struct position {
    char text[40];
};

struct stored_event {
    struct position position;
    struct position previous; /* the one before it on the same topic; empty for the first */
    struct position follows; /* the one before it in the whole stream; of the first event of a read,
                                the position that was asked from */
    struct uuid event_id;
    struct uuid order_id;
    const char *topic;       /* "order.created" */
    const char *type;        /* "OrderCreatedEvent" */
    const char *traceparent; /* or NULL */
    int64_t occurred_at;     /* milliseconds since 1970 */
    const char *data;        /* JSON */
    size_t data_length;
};

/* Events after a position in commit order, at most `limit` (and at most 4,096); lent. Once an event
 * of some position has been read, none with a lower one will ever appear. An empty position is
 * before the first event that is still there. STATUS_INVALID with where "/position": not a position
 * of this stream; STATUS_GONE: it is below the stream's floor, so events that came after it have
 * been removed. */
typedef void repository_events(void *arg, enum status status, const struct stored_event *events,
                               size_t count, const struct fault *fault);
void repository_events_after(struct repository *repository, const struct position *after,
                             size_t limit, repository_events *read, void *arg);

/* Where the stream begins and ends. */
struct topic_head {
    const char *topic;
    struct position position;
};
struct stream_ends {
    struct position floor; /* of the last event that was removed; empty when none ever was */
    struct position head;  /* of the last event that can be read; empty when there never was one */
    const struct topic_head *topics; /* the last position of each topic that ever had one */
    size_t topic_count;
};
typedef void repository_ends(void *arg, enum status status, const struct stream_ends *ends,
                             const struct fault *fault); /* `ends` is lent, never NULL */
void repository_events_ends(struct repository *repository, repository_ends *read, void *arg);

/* Events are numbered when they are committed, which may be this much later than they happened. */
enum { EVENT_DELAY_MS = 60000 };

typedef void repository_position(void *arg, enum status status, const struct position *position,
                                 const struct fault *fault);
/* A place to begin at for whoever wants what happened at `time` (milliseconds since 1970) or later:
 * neither the event of that position nor any before it did, unless it was committed later than
 * EVENT_DELAY_MS after that. The events right behind it may still be older. Empty: the beginning.
 */
void repository_events_find_time(struct repository *repository, int64_t time,
                                 repository_position *found, void *arg);

/* From now on `committed` runs in this repository's thread soon after anybody has committed events
 * or inbound messages, or wants dead letters to be tried again (once for many). One watcher a
 * repository; NULL ends it. */
void repository_watch(struct repository *repository, void (*committed)(void *arg), void *arg);

/* ---- cursors: how far a named reader of the events has come ----
 *
 * What a cursor has not passed is kept by retention. */

enum { CURSOR_NAME_LIMIT = 128, CURSORS_LIMIT = 1000, CURSOR_LAG_LIMIT = 100000 };

/* STATUS_NOT_FOUND when there is none of this name. */
void repository_cursor_read(struct repository *repository, const char *name,
                            repository_position *read, void *arg);

/* Puts it there, wherever it was; makes it when there is none. For readers of which there is one at
 * a time. */
void repository_cursor_write(struct repository *repository, const char *name,
                             const struct position *position, repository_done *done, void *arg);

/* For readers from outside, whose calls come late, twice and out of order. */

/* STATUS_DUPLICATE: there is one of this name, which is left as it is; STATUS_LIMIT: there are
 * CURSORS_LIMIT already; STATUS_INVALID, "/position": none of this stream, or behind its head;
 * STATUS_GONE: below its floor. An empty position is the beginning. */
void repository_cursor_create(struct repository *repository, const char *name,
                              const struct position *position, repository_done *done, void *arg);

/* Moves it forward, never back, and tells where it stands then. STATUS_NOT_FOUND: there is none of
 * this name; STATUS_INVALID, "/position": none of this stream, or behind its head. */
void repository_cursor_ack(struct repository *repository, const char *name,
                           const struct position *position, repository_position *acked, void *arg);

/* STATUS_NOT_FOUND when there is none of this name. */
void repository_cursor_delete(struct repository *repository, const char *name,
                              repository_done *done, void *arg);

struct stored_cursor {
    const char *name;
    struct position position;
    int64_t updated_at; /* milliseconds since 1970: when it was last written */
    uint64_t lag;       /* events after it; CURSOR_LAG_LIMIT stands for that many or more */
};
/* All, by name; lent. */
typedef void repository_cursors(void *arg, enum status status, const struct stored_cursor *cursors,
                                size_t count, const struct fault *fault);
void repository_cursors_list(struct repository *repository, repository_cursors *listed, void *arg);

/* ---- making room ---- */

/* Makes room, in one small step: from the beginning of the stream, events that happened before
 * `events_before`, up to the first that is younger or that some cursor has still to read; what came
 * in and was handled before `inbound_before` (the same message again would be a new one then); dead
 * letters that came before `letters_before` and are not to be tried again; and idempotency keys
 * that have expired. At most `limit` rows of each. `removed` tells how many rows went; fewer than
 * `limit`: nothing is left for now. Times are milliseconds since 1970; 0: keep all. */
struct prune {
    int64_t events_before, inbound_before, letters_before;
    size_t limit; /* 1 to 10,000 */
};
typedef void repository_pruned(void *arg, enum status status, size_t removed,
                               const struct fault *fault);
void repository_prune(struct repository *repository, const struct prune *prune,
                      repository_pruned *pruned, void *arg);

/* ---- leading ---- */

/* Of all processes that share a database, one leads: it publishes the events and runs the hooks.
 * From now on `changed` runs in this repository's thread, in a later turn of the loop, when this
 * repository has begun to lead (`epoch` is the stream's) and when it does no longer (NULL). When
 * the leader dies another one leads within 2 s. A store for one process leads at once and for ever.
 * One candidate in a process; NULL ends the candidacy, and gives the lead away at once: not from
 * within `changed`, unless that has just been told NULL. */
void repository_lead(struct repository *repository, void (*changed)(void *arg, const char *epoch),
                     void *arg);

/* ---- what came in ----
 *
 * Two things are remembered of another service's event. That it came: `inbound`, a durable queue,
 * from which the leading process takes what is not handled yet. And that it has had its effect: an
 * inbox id, written in the transaction of that effect (struct save), so that a message which is
 * handled a second time, after a crash say, changes nothing. */

enum { INBOUND_ID_LIMIT = 255 };

struct inbound {
    const char *event_id; /* names the event, for whoever sends it again; 1 to INBOUND_ID_LIMIT */
    const char *topic;
    const char *about; /* what it is about, an order's id say: handled in order for each; or NULL */
    const char *payload;
    size_t payload_length;
};

/* STATUS_OK: committed and synced, and will be handled. STATUS_DUPLICATE: this event_id has come
 * before, and nothing changes; that may have been this very call, when a connection broke under it.
 */
void repository_inbound_put(struct repository *repository, const struct inbound *message,
                            repository_done *done, void *arg);

struct stored_inbound {
    int64_t number; /* rises in the order of coming, roughly: those of two processes may swap */
    int64_t received_at;
    struct inbound message;
};
/* The oldest messages that are not handled yet, at most `limit` (and at most 4,096), by number;
 * lent. */
typedef void repository_inbound(void *arg, enum status status,
                                const struct stored_inbound *messages, size_t count,
                                const struct fault *fault);
void repository_inbound_pending(struct repository *repository, size_t limit,
                                repository_inbound *read, void *arg);

/* It is done with: its payload is forgotten, its event_id is not. STATUS_NOT_FOUND: it is not
 * pending. */
void repository_inbound_handled(struct repository *repository, const char *event_id,
                                repository_done *done, void *arg);

/* Remembers that an inbound event which changed no order has had its effect. STATUS_DUPLICATE: it
 * had it before. */
void repository_inbox_add(struct repository *repository, const char *inbox_id,
                          repository_done *done, void *arg);

/* ---- dead letters: what nobody could handle ---- */

struct dead_letter {
    const char *source; /* who could not handle it: "inbound", "hook:ask_release" */
    const char *topic;
    const char *event_id; /* or NULL */
    const char *about;    /* the order that it is about, or NULL */
    const char *reason;
    int attempts;
    const char *payload; /* what came in, or the event's envelope */
    size_t payload_length;
    /* It was waiting in `inbound` under this event_id, and is done with there, in the same
     * transaction. When it does not wait there any more, nothing is written: somebody has done with
     * it, perhaps this very call before its connection broke. STATUS_OK all the same. */
    bool was_inbound;
};
void repository_dead_letter_add(struct repository *repository, const struct dead_letter *letter,
                                repository_done *done, void *arg);

struct stored_dead_letter {
    int64_t id;                /* 1, 2, ... */
    int64_t received_at;       /* milliseconds since 1970 */
    bool retrying;             /* somebody wants it to be tried again */
    struct dead_letter letter; /* without was_inbound */
};

struct dead_letter_query {
    int64_t after;      /* only of higher ids; 0: from the first */
    bool retrying;      /* only those to be tried again */
    const char *source; /* only of this source; NULL: of all */
    size_t limit;       /* 1 to 1,000 */
};
/* By id; lent. A list without payloads (NULL) unless only those to be tried again are asked for. */
typedef void repository_dead_letters(void *arg, enum status status,
                                     const struct stored_dead_letter *letters, size_t count,
                                     const struct fault *fault);
void repository_dead_letters_list(struct repository *repository,
                                  const struct dead_letter_query *query,
                                  repository_dead_letters *listed, void *arg);

/* One, with its payload; `count` is 1 with STATUS_OK. STATUS_NOT_FOUND. */
void repository_dead_letter_get(struct repository *repository, int64_t id,
                                repository_dead_letters *got, void *arg);

/* Marks it to be tried again; the leading process does. STATUS_NOT_FOUND. */
void repository_dead_letter_retry(struct repository *repository, int64_t id, repository_done *done,
                                  void *arg);

/* It was tried again in vain: one attempt more, a new reason, and it waits for people.
 * STATUS_NOT_FOUND. */
void repository_dead_letter_failed(struct repository *repository, int64_t id, const char *reason,
                                   repository_done *done, void *arg);

/* It has been handled, or nobody wants it any more. STATUS_NOT_FOUND. */
void repository_dead_letter_drop(struct repository *repository, int64_t id, repository_done *done,
                                 void *arg);

/* ---- health ---- */

/* STATUS_OK only when a write could be committed now. */
void repository_ping(struct repository *repository, repository_done *done, void *arg);

#endif
