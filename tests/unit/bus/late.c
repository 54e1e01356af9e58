/* Calls that are kept, and made later. */
#include "late.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static struct late *of(struct repository *repository)
{
    return (struct late *)repository;
}

static void take(struct repository *repository, struct late_call call)
{
    struct late *late = of(repository);
    call.real = late->real;
    if (!late->hold) {
        call.run(&call);
        return;
    }
    assert_true(late->count < sizeof(late->held) / sizeof(late->held[0]));
    late->held[late->count++] = call;
}

static struct late_call named(const char *name)
{
    struct late_call call = {0};
    snprintf(call.name, sizeof(call.name), "%s", name);
    return call;
}

/* ---- each kind of call ---- */

static const struct fault *away(void)
{
    static struct fault fault;
    (void)fault_set(&fault, STATUS_UNAVAILABLE, NULL, "the store is away");
    return &fault;
}

static void run_events(const struct late_call *call)
{
    repository_events_after(call->real, &call->position, call->limit, call->tell.events, call->arg);
}

static void events_after(struct repository *repository, const struct position *after, size_t limit,
                         repository_events *read, void *arg)
{
    if (of(repository)->failing)
        read(arg, STATUS_UNAVAILABLE, NULL, 0, away());
    else
        take(repository, (struct late_call){.run = run_events,
                                            .position = *after,
                                            .limit = limit,
                                            .tell.events = read,
                                            .arg = arg});
}

static void run_heads(const struct late_call *call)
{
    repository_events_ends(call->real, call->tell.heads, call->arg);
}

static void events_ends(struct repository *repository, repository_ends *read, void *arg)
{
    static const struct stream_ends none;
    if (of(repository)->failing)
        read(arg, STATUS_UNAVAILABLE, &none, away());
    else
        take(repository, (struct late_call){.run = run_heads, .tell.heads = read, .arg = arg});
}

static void run_cursor_read(const struct late_call *call)
{
    repository_cursor_read(call->real, call->name, call->tell.cursor, call->arg);
}

static void cursor_read(struct repository *repository, const char *name, repository_position *read,
                        void *arg)
{
    struct late_call call = named(name);
    if (of(repository)->failing) {
        read(arg, STATUS_UNAVAILABLE, NULL, away());
        return;
    }
    call.run = run_cursor_read;
    call.tell.cursor = read;
    call.arg = arg;
    take(repository, call);
}

static void run_cursor_write(const struct late_call *call)
{
    repository_cursor_write(call->real, call->name, &call->position, call->tell.done, call->arg);
}

static void cursor_write(struct repository *repository, const char *name,
                         const struct position *position, repository_done *done, void *arg)
{
    struct late_call call = named(name);
    call.run = run_cursor_write;
    call.position = *position;
    call.writes = true;
    call.tell.done = done;
    call.arg = arg;
    take(repository, call);
}

void late_init(struct late *late, struct repository *real)
{
    static const struct repository_ops operations = {
        .events_after = events_after,
        .events_ends = events_ends,
        .cursor_read = cursor_read,
        .cursor_write = cursor_write,
    };
    *late = (struct late){.repository = {.ops = &operations, .store = real->store}, .real = real};
}

void late_answer(struct late *late)
{
    struct late answered = *late;
    late->count = 0;
    for (size_t i = 0; i < answered.count; i++)
        answered.held[i].run(&answered.held[i]);
}

bool late_holds(void *late)
{
    return ((struct late *)late)->count > 0;
}

bool late_holds_a_write(void *late)
{
    const struct late *asked = late;
    for (size_t i = 0; i < asked->count; i++) {
        if (asked->held[i].writes)
            return true;
    }
    return false;
}
