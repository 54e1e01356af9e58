/* Messages between a socket and the store.
 *
 * One message about a thing is with the store at a time; the others about it stand behind it. In an
 * intake that insists, a message that the store could not take waits, and so does what comes after
 * it: when a pause is over the oldest one is tried alone, and when that is answered the others
 * follow. So an outage costs the store one call in each pause, and changes no order.
 *
 * Lifetimes. The store answers each put once, perhaps when the intake has gone. So an entry that is
 * with the store then is let go of, and frees itself when the answer comes. */
#include "bus/intake.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/metrics.h"

#include <event2/event.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

enum {
    SHELVES = 256,
    PAUSE_FIRST_MS = 100,
    PAUSE_LONGEST_MS = 5000,
};

enum entry_state {
    ENTRY_BEHIND,     /* one about the same thing comes before it: on its shelf only */
    ENTRY_READY,      /* none does any more: in `ready`, too */
    ENTRY_WAITING,    /* for the store to be available: in `waiting`, too */
    ENTRY_WITH_STORE, /* on its shelf only */
};

struct entry {
    struct intake *intake; /* NULL: gone */
    enum entry_state state;
    uint64_t number;             /* rises as they come */
    size_t shelf;                /* those about nothing have one for themselves */
    TAILQ_ENTRY(entry) on_shelf; /* by number */
    TAILQ_ENTRY(entry) in_queue; /* `waiting` is by number, too */
    struct inbound message;      /* its texts stand in `bytes` */
    size_t size;
    char context[INTAKE_CONTEXT_LIMIT];
    char bytes[];
};
TAILQ_HEAD(entries, entry);

struct intake {
    struct repository *repository;
    struct intake_options options;
    struct entries shelves[SHELVES + 1]; /* by what they are about */
    struct entries ready, waiting;
    bool going; /* `ready` is being emptied */
    struct event *pause;
    int pause_ms;
    bool stalled; /* the store was not available, and has not been since */
    size_t count, bytes;
    uint64_t next;
    struct gauge *pending;
};

/* ---- entries ---- */

static const char *text_place(char **place, const char *text, size_t length)
{
    char *start = *place;
    if (length > 0)
        memcpy(start, text, length);
    *place += length + 1;
    return start;
}

static struct entry *entry_new(const struct inbound *message, const void *context,
                               size_t context_size)
{
    size_t id = strlen(message->event_id), topic = strlen(message->topic);
    size_t about = message->about ? strlen(message->about) : 0;
    size_t size = id + topic + about + message->payload_length + 4;
    struct entry *entry = memory_new(sizeof(*entry) + size);
    char *place = entry->bytes;
    entry->size = sizeof(*entry) + size;
    entry->message = (struct inbound){
        .event_id = text_place(&place, message->event_id, id),
        .topic = text_place(&place, message->topic, topic),
        .about = message->about ? text_place(&place, message->about, about) : NULL,
        .payload = text_place(&place, message->payload, message->payload_length),
        .payload_length = message->payload_length,
    };
    if (context_size > 0)
        memcpy(entry->context, context, context_size);
    return entry;
}

/* FNV-1a. */
static size_t shelf_of(const char *about)
{
    uint64_t hash = 14695981039346656037U;
    if (!about)
        return SHELVES;
    for (; *about; about++)
        hash = (hash ^ (unsigned char)*about) * 1099511628211U;
    return (size_t)(hash % SHELVES);
}

static bool about_the_same(const struct entry *a, const struct entry *b)
{
    return a->message.about && b->message.about && strcmp(a->message.about, b->message.about) == 0;
}

static bool comes_first(const struct entry *entry)
{
    const struct entry *earlier = TAILQ_FIRST(&entry->intake->shelves[entry->shelf]);
    if (!entry->message.about)
        return true;
    while (earlier != entry && !about_the_same(earlier, entry))
        earlier = TAILQ_NEXT(earlier, on_shelf);
    return earlier == entry;
}

static struct entry *next_about_the_same(const struct entry *entry)
{
    struct entry *later = entry->message.about ? TAILQ_NEXT(entry, on_shelf) : NULL;
    while (later && !about_the_same(later, entry))
        later = TAILQ_NEXT(later, on_shelf);
    return later;
}

/* ---- to the store and back ---- */

static void entry_put(struct entry *entry);

static void entry_wait(struct entry *entry)
{
    struct entries *waiting = &entry->intake->waiting;
    struct entry *before = TAILQ_LAST(waiting, entries);
    entry->state = ENTRY_WAITING;
    while (before && before->number > entry->number)
        before = TAILQ_PREV(before, entries, in_queue);
    if (before)
        TAILQ_INSERT_AFTER(waiting, before, entry, in_queue);
    else
        TAILQ_INSERT_HEAD(waiting, entry, in_queue);
}

static void entry_go(struct entry *entry)
{
    if (!comes_first(entry))
        entry->state = ENTRY_BEHIND;
    else if (entry->intake->stalled)
        entry_wait(entry);
    else
        entry_put(entry);
}

static struct entry *take_first(struct entries *queue)
{
    struct entry *entry = TAILQ_FIRST(queue);
    if (entry)
        TAILQ_REMOVE(queue, entry, in_queue);
    return entry;
}

/* A store that answers at once makes the next one ready from within. */
static void ready_go(struct intake *intake)
{
    struct entry *entry;
    if (intake->going)
        return;
    intake->going = true;
    while ((entry = take_first(&intake->ready)) != NULL)
        entry_go(entry);
    intake->going = false;
}

static void pause_begin(struct intake *intake)
{
    struct timeval pause = {intake->pause_ms / 1000, (intake->pause_ms % 1000) * 1000L};
    intake->pause_ms =
        intake->pause_ms < PAUSE_LONGEST_MS / 2 ? intake->pause_ms * 2 : PAUSE_LONGEST_MS;
    event_add(intake->pause, &pause);
}

static void on_pause(evutil_socket_t fd, short what, void *arg)
{
    struct intake *intake = arg;
    struct entry *entry = take_first(&intake->waiting);
    (void)fd;
    (void)what;
    if (entry)
        entry_put(entry);
    else
        intake->stalled = false; /* what had failed was answered all the same */
}

/* The store answers again. Each may be refused anew, at once. */
static void stall_end(struct intake *intake)
{
    struct entry *entry;
    if (!intake->stalled)
        return;
    log_info("messages are stored again", LOG_TEXT("from", intake->options.name));
    intake->stalled = false;
    intake->pause_ms = PAUSE_FIRST_MS;
    event_del(intake->pause);
    while (!intake->stalled && (entry = take_first(&intake->waiting)) != NULL)
        entry_put(entry);
}

static void stall_begin(struct intake *intake, const struct fault *fault)
{
    if (!intake->stalled)
        log_warning("messages wait for the store", LOG_TEXT("from", intake->options.name),
                    LOG_INT("messages", (int64_t)intake->count), LOG_TEXT("reason", fault->text));
    intake->stalled = true;
    if (!event_pending(intake->pause, EV_TIMEOUT, NULL))
        pause_begin(intake);
}

static void entry_leave(struct entry *entry, enum status status, const struct fault *fault)
{
    struct intake *intake = entry->intake;
    struct entry *next = next_about_the_same(entry);
    bool was_full = intake_full(intake);
    TAILQ_REMOVE(&intake->shelves[entry->shelf], entry, on_shelf);
    intake->count--;
    intake->bytes -= entry->size;
    gauge_add(intake->pending, -1);
    intake->options.done(intake->options.arg, &entry->message, entry->context, status, fault);
    if (next) {
        next->state = ENTRY_READY;
        TAILQ_INSERT_TAIL(&intake->ready, next, in_queue);
    }
    if (was_full && !intake_full(intake))
        intake->options.room(intake->options.arg);
    free(entry);
    ready_go(intake);
}

static void on_put(void *arg, enum status status, const struct fault *fault)
{
    struct entry *entry = arg;
    struct intake *intake = entry->intake;
    bool away = status == STATUS_UNAVAILABLE || status == STATUS_TIMEOUT;
    if (!intake) {
        free(entry);
        return;
    }
    if (away && intake->options.insist) {
        entry_wait(entry);
        stall_begin(intake, fault);
        return;
    }
    entry_leave(entry, status, fault);
    if (!away)
        stall_end(intake);
}

static void entry_put(struct entry *entry)
{
    entry->state = ENTRY_WITH_STORE;
    repository_inbound_put(entry->intake->repository, &entry->message, on_put, entry);
}

void intake_put(struct intake *intake, const struct inbound *message, const void *context,
                size_t context_size)
{
    struct entry *entry = entry_new(message, context, context_size);
    entry->intake = intake;
    entry->number = intake->next++;
    entry->shelf = shelf_of(message->about);
    TAILQ_INSERT_TAIL(&intake->shelves[entry->shelf], entry, on_shelf);
    intake->count++;
    intake->bytes += entry->size;
    gauge_add(intake->pending, 1);
    entry_go(entry);
}

bool intake_full(const struct intake *intake)
{
    return intake->count >= intake->options.limit || intake->bytes >= INTAKE_BYTES_LIMIT;
}

/* ---- life ---- */

struct intake *intake_new(struct event_base *base, struct repository *repository,
                          const struct intake_options *options)
{
    struct intake *intake = memory_new(sizeof(*intake));
    struct buffer labels = {0};
    intake->repository = repository;
    intake->options = *options;
    intake->options.name = memory_text(options->name, strlen(options->name));
    intake->pause = event_new(base, -1, 0, on_pause, intake);
    intake->pause_ms = PAUSE_FIRST_MS;
    TAILQ_INIT(&intake->ready);
    TAILQ_INIT(&intake->waiting);
    for (size_t i = 0; i <= SHELVES; i++)
        TAILQ_INIT(&intake->shelves[i]);
    metrics_label(&labels, "from", options->name);
    buffer_append(&labels, "", 1);
    intake->pending =
        metrics_gauge("orderd_inbound_pending",
                      "Messages of other services on their way into the store", labels.data);
    buffer_release(&labels);
    return intake;
}

static void entry_let_go(struct entry *entry)
{
    if (entry->state == ENTRY_WITH_STORE)
        entry->intake = NULL;
    else
        free(entry);
}

/* Whoever sends to INGEST sends again. */
static void lost_tell(const struct intake *intake, size_t lost)
{
    if (intake->options.insist && lost > 0)
        log_error("messages that waited for the store are lost",
                  LOG_TEXT("from", intake->options.name), LOG_INT("messages", (int64_t)lost));
}

void intake_free(struct intake **intake)
{
    struct intake *freed = *intake;
    struct entry *entry;
    size_t lost = 0;
    if (!freed)
        return;
    *intake = NULL;
    for (size_t i = 0; i <= SHELVES; i++) {
        while ((entry = TAILQ_FIRST(&freed->shelves[i])) != NULL) {
            TAILQ_REMOVE(&freed->shelves[i], entry, on_shelf);
            lost += entry->state != ENTRY_WITH_STORE;
            entry_let_go(entry);
        }
    }
    lost_tell(freed, lost);
    gauge_add(freed->pending, -(int64_t)freed->count);
    event_free(freed->pause);
    free((char *)freed->options.name);
    free(freed);
}
