/* How far a named reader of the events has come, written to the store lazily: a crash makes the
 * reader repeat what came after the last write, and skip nothing. The reader's thread only. */
#ifndef BUS_CURSOR_H
#define BUS_CURSOR_H

#include "store/repository.h"

#include <stdbool.h>

struct event_base;
struct cursor;

/* A move is in the store at most `delay_ms` (and one write) later. */
struct cursor *cursor_new(struct event_base *base, struct repository *repository, const char *name,
                          int delay_ms);

/* Any time: what was not written stays unwritten, and an answer of the store that is still on its
 * way finds nobody. A write that the store has been told already cannot be taken back. NULL inside
 * is fine. */
void cursor_free(struct cursor **cursor);

/* Once, first of all. Asks again until the store answers. When it knows no cursor of this name, one
 * is made, at the head of the stream or at its beginning (an empty position), before `loaded` runs:
 * from then on the store keeps what this reader has not read, and a crash does not change where it
 * began. */
typedef void cursor_loaded(void *arg, const struct position *position);
void cursor_load(struct cursor *cursor, bool from_head, cursor_loaded *loaded, void *arg);

/* False while the store does not say where it stands. */
bool cursor_readable(const struct cursor *cursor);

void cursor_move(struct cursor *cursor, const struct position *position);

/* Writes now what is not written, and calls `settled` when the store has answered, well or not:
 * the last thing a reader does. */
void cursor_settle(struct cursor *cursor, void (*settled)(void *arg), void *arg);

#endif
