/* Puts that lie on a desk until they are answered. */
#include "desk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct fault *fault_of(enum status status)
{
    static struct fault fault;
    (void)fault_set(&fault, status, NULL, "as the test says");
    return &fault;
}

static void keep(struct desk *desk, const struct inbound *message, repository_done *done, void *arg)
{
    struct desk_put *put = &desk->puts[desk->count++];
    *put = (struct desk_put){
        .has_about = message->about != NULL, .done = desk->at_once ? NULL : done, .arg = arg};
    snprintf(put->event_id, sizeof(put->event_id), "%s", message->event_id);
    snprintf(put->topic, sizeof(put->topic), "%s", message->topic);
    snprintf(put->about, sizeof(put->about), "%s", message->about ? message->about : "");
    snprintf(put->payload, sizeof(put->payload), "%.*s", (int)message->payload_length,
             message->payload);
}

static void inbound_put(struct repository *repository, const struct inbound *message,
                        repository_done *done, void *arg)
{
    struct desk *desk = (struct desk *)repository;
    if (desk->count < DESK_LIMIT)
        keep(desk, message, done, arg);
    else
        assert_true(desk->at_once);
    if (desk->at_once) {
        desk->answered_at_once++;
        done(arg, desk->status, fault_of(desk->status));
    }
}

static void dead_letter_add(struct repository *repository, const struct dead_letter *letter,
                            repository_done *done, void *arg)
{
    struct desk *desk = (struct desk *)repository;
    if (desk->letter_count < DESK_LIMIT) {
        struct desk_letter *kept = &desk->letters[desk->letter_count];
        snprintf(kept->source, sizeof(kept->source), "%s", letter->source);
        snprintf(kept->topic, sizeof(kept->topic), "%s", letter->topic);
        snprintf(kept->reason, sizeof(kept->reason), "%s", letter->reason);
        kept->payload_length = letter->payload_length;
    }
    desk->letter_count++;
    done(arg, desk->letter_status, fault_of(desk->letter_status));
}

static void events_ends(struct repository *repository, repository_ends *read, void *arg)
{
    static const struct stream_ends none;
    (void)repository;
    read(arg, STATUS_OK, &none, fault_of(STATUS_OK));
}

void desk_init(struct desk *desk)
{
    static const struct repository_ops operations = {
        .inbound_put = inbound_put, .dead_letter_add = dead_letter_add, .events_ends = events_ends};
    memset(desk, 0, sizeof(*desk));
    desk->repository.ops = &operations;
}

void desk_answer(struct desk *desk, size_t index, enum status status)
{
    struct desk_put *put = &desk->puts[index];
    repository_done *done = put->done;
    assert_true(index < desk->count);
    assert_non_null(done);
    put->done = NULL;
    done(put->arg, status, fault_of(status));
}

size_t desk_open(const struct desk *desk)
{
    size_t open = 0;
    for (size_t i = 0; i < desk->count; i++)
        open += desk->puts[i].done != NULL;
    return open;
}

bool desk_has_puts(void *desk)
{
    return ((struct desk *)desk)->count >= ((struct desk *)desk)->wanted;
}

bool desk_has_letters(void *desk)
{
    return ((struct desk *)desk)->letter_count >= ((struct desk *)desk)->wanted;
}
