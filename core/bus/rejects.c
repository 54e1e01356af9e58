/* Dead letters of what is malformed, as many as the disk bears. */
#include "bus/rejects.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"

#include <stdbool.h>
#include <stdio.h>

enum { EVERY_US = REJECTS_EVERY_SECONDS * 1000000 };

void rejects_init(struct rejects *rejects, struct repository *repository)
{
    *rejects = (struct rejects){
        .repository = repository,
        .room = REJECTS_BURST,
        .refilled_us = clock_monotonic_us(),
        .malformed = metrics_counter("orderd_inbound_malformed_total",
                                     "Messages taken from SUB that are no events", ""),
        .dropped = metrics_counter("orderd_inbound_dropped_total",
                                   "Of these, those that are not among the dead letters", ""),
    };
}

static void refill(struct rejects *rejects)
{
    int64_t more = (clock_monotonic_us() - rejects->refilled_us) / EVERY_US;
    rejects->refilled_us += more * EVERY_US;
    rejects->room = rejects->room + more < REJECTS_BURST ? rejects->room + more : REJECTS_BURST;
}

/* May this one be told of? The one that is the first of those that may not says so. */
static bool room_take(struct rejects *rejects)
{
    refill(rejects);
    if (rejects->room > 0) {
        rejects->room--;
        return true;
    }
    if (rejects->untold++ == 0)
        log_warning("too many messages are malformed: most are dropped from now on");
    return false;
}

/* Only the log can still say it. */
static void on_added(void *arg, enum status status, const struct fault *fault)
{
    struct counter *dropped = arg;
    if (status == STATUS_OK)
        return;
    counter_add(dropped, 1);
    log_error("a message is lost: it could not be put to the dead letters",
              LOG_TEXT("reason", fault->text));
}

static void letter_add(struct rejects *rejects, const char *topic, const char *payload,
                       size_t length, const char *why)
{
    char reason[sizeof(((struct fault *)NULL)->text) + 256];
    size_t kept = length < REJECTS_BYTES ? length : REJECTS_BYTES;
    if (kept < length)
        snprintf(reason, sizeof(reason), "%s (of %zu bytes the first %zu are kept)", why, length,
                 kept);
    else
        snprintf(reason, sizeof(reason), "%s", why);
    const struct dead_letter letter = {
        .source = "inbound",
        .topic = topic,
        .reason = reason,
        .payload = payload,
        .payload_length = kept,
    };
    repository_dead_letter_add(rejects->repository, &letter, on_added, rejects->dropped);
}

void rejects_letter(struct rejects *rejects, const char *topic, const char *payload, size_t length,
                    const struct fault *why)
{
    char text[sizeof(why->where) + sizeof(why->text) + 2];
    counter_add(rejects->malformed, 1);
    if (!room_take(rejects)) {
        counter_add(rejects->dropped, 1);
        return;
    }
    snprintf(text, sizeof(text), "%s%s%s", why->where, why->where[0] ? ": " : "", why->text);
    log_error("a message goes to the dead letters", LOG_TEXT("topic", topic),
              LOG_TEXT("error", text), LOG_INT("others_dropped", rejects->untold));
    rejects->untold = 0;
    letter_add(rejects, topic, payload, length, text);
}

void rejects_frames(struct rejects *rejects, size_t count)
{
    counter_add(rejects->malformed, 1);
    counter_add(rejects->dropped, 1);
    if (!room_take(rejects))
        return;
    log_warning("inbound message dropped", LOG_TEXT("reason", "not [topic][payload]"),
                LOG_INT("frames", (int64_t)count), LOG_INT("others_dropped", rejects->untold));
    rejects->untold = 0;
}
