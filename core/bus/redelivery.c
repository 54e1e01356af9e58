/* One step at a time: look for a letter, let it be tried, write what became of it, look for the
 * next. Every step carries the retrial, which outlives whoever wanted it: with nobody left, its
 * answer only frees it. */
#include "bus/redelivery.h"

#include "base/log.h"
#include "base/memory.h"

#include <event2/event.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { POLL_MS = 1000 };

struct retrial {
    struct redelivery *redelivery; /* NULL: nobody wants it any more */
    struct stored_dead_letter letter;
    char *texts; /* of the letter */
};

struct redelivery {
    struct repository *repository;
    redelivery_try *try;
    void *arg;
    struct event *turn, *poll;
    struct retrial *retrial; /* NULL: idle */
    bool leading;
};

static void arm(struct redelivery *redelivery)
{
    static const struct timeval now = {0, 0};
    event_add(redelivery->turn, &now);
}

/* ---- a copy of the letter ---- */

static size_t size_of(const char *text)
{
    return text ? strlen(text) + 1 : 0;
}

static const char *take(char **place, const char *text, size_t size)
{
    char *taken = *place;
    if (!text)
        return NULL;
    memcpy(taken, text, size);
    *place += size;
    return taken;
}

static void retrial_fill(struct retrial *retrial, const struct stored_dead_letter *letter)
{
    const struct dead_letter *from = &letter->letter;
    struct dead_letter *to = &retrial->letter.letter;
    char *place =
        memory_new(size_of(from->source) + size_of(from->topic) + size_of(from->event_id) +
                   size_of(from->about) + size_of(from->reason) + from->payload_length + 1);
    retrial->texts = place;
    retrial->letter = *letter;
    to->source = take(&place, from->source, size_of(from->source));
    to->topic = take(&place, from->topic, size_of(from->topic));
    to->event_id = take(&place, from->event_id, size_of(from->event_id));
    to->about = take(&place, from->about, size_of(from->about));
    to->reason = take(&place, from->reason, size_of(from->reason));
    to->payload = take(&place, from->payload ? from->payload : "", from->payload_length);
    *place = '\0';
}

/* The step is over: gives the redelivery that goes on, or NULL. */
static struct redelivery *retrial_end(struct retrial *retrial)
{
    struct redelivery *redelivery = retrial->redelivery;
    if (redelivery)
        redelivery->retrial = NULL;
    free(retrial->texts);
    free(retrial);
    return redelivery;
}

/* ---- the steps ---- */

static void on_written(void *arg, enum status status, const struct fault *fault)
{
    struct retrial *retrial = arg;
    bool written = status == STATUS_OK || status == STATUS_NOT_FOUND; /* dropped meanwhile */
    if (!written)
        log_warning("what became of a dead letter is not written, it will be tried again",
                    LOG_INT("id", retrial->letter.id), LOG_TEXT("reason", fault->text));
    struct redelivery *redelivery = retrial_end(retrial);
    if (redelivery && written)
        arm(redelivery);
}

void retrial_done(struct retrial *retrial)
{
    struct redelivery *redelivery = retrial->redelivery;
    if (!redelivery) {
        (void)retrial_end(retrial);
        return;
    }
    log_info("a dead letter was handled", LOG_INT("id", retrial->letter.id),
             LOG_TEXT("source", retrial->letter.letter.source));
    repository_dead_letter_drop(redelivery->repository, retrial->letter.id, on_written, retrial);
}

void retrial_failed(struct retrial *retrial, const char *reason)
{
    struct redelivery *redelivery = retrial->redelivery;
    if (!redelivery) {
        (void)retrial_end(retrial);
        return;
    }
    log_warning("a dead letter was tried again in vain", LOG_INT("id", retrial->letter.id),
                LOG_TEXT("source", retrial->letter.letter.source), LOG_TEXT("reason", reason));
    repository_dead_letter_failed(redelivery->repository, retrial->letter.id, reason, on_written,
                                  retrial);
}

static void on_letters(void *arg, enum status status, const struct stored_dead_letter *letters,
                       size_t count, const struct fault *fault)
{
    struct retrial *retrial = arg;
    struct redelivery *redelivery = retrial->redelivery;
    if (status != STATUS_OK)
        log_warning("dead letters not read", LOG_TEXT("reason", fault->text));
    if (!redelivery || status != STATUS_OK || count == 0) {
        (void)retrial_end(retrial);
        return;
    }
    retrial_fill(retrial, &letters[0]);
    redelivery->try(redelivery->arg, retrial, &retrial->letter);
}

static void on_turn(evutil_socket_t fd, short what, void *arg)
{
    struct redelivery *redelivery = arg;
    const struct dead_letter_query query = {.retrying = true, .limit = 1};
    (void)fd;
    (void)what;
    if (!redelivery->leading || redelivery->retrial)
        return;
    redelivery->retrial = memory_new(sizeof(*redelivery->retrial));
    redelivery->retrial->redelivery = redelivery;
    repository_dead_letters_list(redelivery->repository, &query, on_letters, redelivery->retrial);
}

static void on_poll(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    redelivery_wake(arg);
}

void redelivery_wake(struct redelivery *redelivery)
{
    if (redelivery->leading)
        arm(redelivery);
}

/* ---- leading and life ---- */

void redelivery_lead(struct redelivery *redelivery)
{
    static const struct timeval every = {POLL_MS / 1000, (POLL_MS % 1000) * 1000L};
    redelivery_follow(redelivery);
    redelivery->leading = true;
    event_add(redelivery->poll, &every);
    arm(redelivery);
}

void redelivery_follow(struct redelivery *redelivery)
{
    redelivery->leading = false;
    event_del(redelivery->poll);
    if (redelivery->retrial)
        redelivery->retrial->redelivery = NULL;
    redelivery->retrial = NULL;
}

struct redelivery *redelivery_new(struct event_base *base, struct repository *repository,
                                  redelivery_try *try, void *arg)
{
    struct redelivery *redelivery = memory_new(sizeof(*redelivery));
    redelivery->repository = repository;
    redelivery->try = try;
    redelivery->arg = arg;
    redelivery->turn = event_new(base, -1, 0, on_turn, redelivery);
    redelivery->poll = event_new(base, -1, EV_PERSIST, on_poll, redelivery);
    return redelivery;
}

void redelivery_free(struct redelivery **redelivery)
{
    struct redelivery *freed = *redelivery;
    if (!freed)
        return;
    *redelivery = NULL;
    redelivery_follow(freed);
    event_free(freed->turn);
    event_free(freed->poll);
    free(freed);
}
