/* A named cursor that follows its reader at a distance. At most one call to the store is under way
 * at a time, so that an older position never overwrites a newer one. */
#include "bus/cursor.h"

#include "base/log.h"
#include "base/memory.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

enum { LOAD_AGAIN_MS = 500 };

enum cursor_state {
    CURSOR_LOADING,    /* the store has been asked where it stands */
    CURSOR_LOAD_LATER, /* it could not say; the timer runs */
    CURSOR_RESTING,    /* written, or moved with the timer running */
    CURSOR_WRITING,    /* the store has been told; `written` is what it was told */
};

struct cursor {
    struct repository *repository;
    char name[CURSOR_NAME_LIMIT + 1];
    int delay_ms;
    struct event *timer;
    enum cursor_state state;
    bool unreadable; /* the last read failed */
    bool from_head;  /* where one that is not there is made */
    bool missing;    /* the store knows none of this name yet */
    bool abandoned;  /* freed meanwhile: the store's answer frees what is left */
    struct position reached, written;
    cursor_loaded *loaded;
    void *loaded_arg;
    void (*settled)(void *arg); /* set: the end is near */
    void *settled_arg;
};

static bool cursor_dirty(const struct cursor *cursor)
{
    return strcmp(cursor->reached.text, cursor->written.text) != 0;
}

static void cursor_arm(struct cursor *cursor, int delay_ms)
{
    struct timeval delay = {delay_ms / 1000, (delay_ms % 1000) * 1000L};
    event_add(cursor->timer, &delay);
}

static void cursor_tell_settled(struct cursor *cursor)
{
    event_del(cursor->timer);
    cursor->settled(cursor->settled_arg); /* may free the cursor */
}

static void cursor_write(struct cursor *cursor);

/* The first write of a cursor that is new: only then it begins. */
static void on_made(struct cursor *cursor, enum status status)
{
    cursor->unreadable = status != STATUS_OK;
    if (status != STATUS_OK) {
        cursor->state = CURSOR_LOAD_LATER;
        cursor_arm(cursor, LOAD_AGAIN_MS);
        return;
    }
    cursor->missing = false;
    cursor->loaded(cursor->loaded_arg, &cursor->reached);
}

static void on_written(void *arg, enum status status, const struct fault *fault)
{
    struct cursor *cursor = arg;
    if (cursor->abandoned) {
        free(cursor);
        return;
    }
    cursor->state = CURSOR_RESTING;
    if (status != STATUS_OK) {
        cursor->written.text[0] = '\0'; /* nobody knows: write again */
        log_warning("cursor not written", LOG_TEXT("cursor", cursor->name),
                    LOG_TEXT("reason", fault->text));
    }
    if (cursor->settled && (cursor->missing || status != STATUS_OK || !cursor_dirty(cursor)))
        cursor_tell_settled(cursor);
    else if (cursor->settled)
        cursor_write(cursor);
    else if (cursor->missing)
        on_made(cursor, status);
    else if (cursor_dirty(cursor))
        cursor_arm(cursor, cursor->delay_ms);
}

static void cursor_write(struct cursor *cursor)
{
    cursor->state = CURSOR_WRITING;
    cursor->written = cursor->reached;
    repository_cursor_write(cursor->repository, cursor->name, &cursor->written, on_written, cursor);
}

/* ---- loading ---- */

/* What every answer to the loading comes through first: true when there is nothing more to do. */
static bool loading_over(struct cursor *cursor, bool failed, const struct fault *fault)
{
    if (cursor->abandoned) {
        free(cursor);
        return true;
    }
    if (cursor->settled) {
        cursor->state = CURSOR_RESTING;
        cursor_tell_settled(cursor);
        return true;
    }
    cursor->unreadable = failed;
    if (failed) {
        log_warning("cursor not read", LOG_TEXT("cursor", cursor->name),
                    LOG_TEXT("reason", fault->text));
        cursor->state = CURSOR_LOAD_LATER;
        cursor_arm(cursor, LOAD_AGAIN_MS);
    }
    return failed;
}

static void cursor_make(struct cursor *cursor, const struct position *at)
{
    cursor->reached = *at;
    cursor->missing = true;
    cursor_write(cursor);
}

static void on_ends(void *arg, enum status status, const struct stream_ends *ends,
                    const struct fault *fault)
{
    struct cursor *cursor = arg;
    if (!loading_over(cursor, status != STATUS_OK, fault))
        cursor_make(cursor, &ends->head);
}

static void on_loaded(void *arg, enum status status, const struct position *position,
                      const struct fault *fault)
{
    static const struct position beginning;
    struct cursor *cursor = arg;
    if (loading_over(cursor, status != STATUS_OK && status != STATUS_NOT_FOUND, fault))
        return;
    if (status == STATUS_NOT_FOUND && cursor->from_head) {
        repository_events_ends(cursor->repository, on_ends, cursor);
    } else if (status == STATUS_NOT_FOUND) {
        cursor_make(cursor, &beginning);
    } else {
        cursor->reached = cursor->written = *position;
        cursor->state = CURSOR_RESTING;
        cursor->loaded(cursor->loaded_arg, &cursor->reached);
    }
}

static void cursor_read(struct cursor *cursor)
{
    cursor->state = CURSOR_LOADING;
    repository_cursor_read(cursor->repository, cursor->name, on_loaded, cursor);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    struct cursor *cursor = arg;
    (void)fd;
    (void)what;
    if (cursor->state == CURSOR_LOAD_LATER)
        cursor_read(cursor);
    else if (cursor->state == CURSOR_RESTING && cursor_dirty(cursor))
        cursor_write(cursor);
}

struct cursor *cursor_new(struct event_base *base, struct repository *repository, const char *name,
                          int delay_ms)
{
    struct cursor *cursor = memory_new(sizeof(*cursor));
    cursor->repository = repository;
    cursor->delay_ms = delay_ms;
    cursor->timer = event_new(base, -1, 0, on_timer, cursor);
    cursor->state = CURSOR_RESTING;
    strncat(cursor->name, name, sizeof(cursor->name) - 1);
    return cursor;
}

void cursor_free(struct cursor **cursor)
{
    struct cursor *freed = *cursor;
    if (!freed)
        return;
    *cursor = NULL;
    event_free(freed->timer);
    if (freed->state == CURSOR_LOADING || freed->state == CURSOR_WRITING)
        freed->abandoned = true;
    else
        free(freed);
}

void cursor_load(struct cursor *cursor, bool from_head, cursor_loaded *loaded, void *arg)
{
    cursor->from_head = from_head;
    cursor->loaded = loaded;
    cursor->loaded_arg = arg;
    cursor_read(cursor);
}

bool cursor_readable(const struct cursor *cursor)
{
    return !cursor->unreadable;
}

void cursor_move(struct cursor *cursor, const struct position *position)
{
    cursor->reached = *position;
    if (cursor->state == CURSOR_RESTING && cursor_dirty(cursor) &&
        !event_pending(cursor->timer, EV_TIMEOUT, NULL))
        cursor_arm(cursor, cursor->delay_ms);
}

void cursor_settle(struct cursor *cursor, void (*settled)(void *arg), void *arg)
{
    cursor->settled = settled;
    cursor->settled_arg = arg;
    if (cursor->state == CURSOR_RESTING && cursor_dirty(cursor))
        cursor_write(cursor);
    else if (cursor->state == CURSOR_RESTING || cursor->state == CURSOR_LOAD_LATER)
        cursor_tell_settled(cursor);
}
