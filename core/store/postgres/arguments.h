/* What a statement is given, in PostgreSQL's binary formats: single values, and arrays for
 * statements that write or read many rows at once.
 *
 *     pg_put_uuid(&arguments, id);              // $1
 *     pg_begin_array(&arguments, PG_UUID);      // $2
 *     for (...)
 *         pg_put_uuid(&arguments, &ids[i]);
 *     pg_end_array(&arguments);
 *
 * Formats: each type's send and recv function in PostgreSQL's source (uuid_send, int8send,
 * timestamptz_send, array_send, ...). */
#ifndef STORE_POSTGRES_ARGUMENTS_H
#define STORE_POSTGRES_ARGUMENTS_H

#include "base/buffer.h"
#include "base/uuid.h"
#include "store/postgres/position.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Element types of arrays, by their fixed OIDs (pg_type.dat). */
enum pg_type {
    PG_BYTEA = 17,
    PG_INT8 = 20,
    PG_INT2 = 21,
    PG_TEXT = 25,
    PG_TIME = 1184,
    PG_UUID = 2950
};

enum { PG_ARGUMENTS_LIMIT = 24 };

/* All zero is none. Kept for reuse: pg_arguments_clear keeps the memory. */
struct pg_arguments {
    struct buffer bytes;
    size_t places[PG_ARGUMENTS_LIMIT]; /* where each begins in `bytes` */
    int lengths[PG_ARGUMENTS_LIMIT];   /* -1: null */
    int count;
    size_t array; /* where the open array begins, plus one; 0: none is open */
    uint32_t elements;
    bool nulls; /* the open array has some */
};

void pg_arguments_clear(struct pg_arguments *arguments);
void pg_arguments_release(struct pg_arguments *arguments);

/* Each puts the next argument, or the next element of the open array. */
void pg_put_null(struct pg_arguments *arguments);
void pg_put_short(struct pg_arguments *arguments, int16_t number);  /* smallint */
void pg_put_number(struct pg_arguments *arguments, int64_t number); /* bigint, xid8 */
void pg_put_time(struct pg_arguments *arguments, int64_t wall_ms);  /* timestamptz */
void pg_put_place(struct pg_arguments *arguments, const struct pg_position *place); /* two */
void pg_put_uuid(struct pg_arguments *arguments, const struct uuid *uuid);
void pg_put_bytes(struct pg_arguments *arguments, const void *bytes, size_t size); /* bytea */
void pg_put_text(struct pg_arguments *arguments, const char *text, size_t length); /* NULL: null */
void pg_put_string(struct pg_arguments *arguments, const char *text);              /* NULL: null */

void pg_begin_array(struct pg_arguments *arguments, enum pg_type type);
void pg_end_array(struct pg_arguments *arguments);

/* The arguments as libpq takes them; `values` has room for PG_ARGUMENTS_LIMIT and lives until the
 * next put. */
void pg_arguments_values(const struct pg_arguments *arguments, const char **values);

/* Microseconds since 2000-01-01, as timestamptz has it; what is outside the years 1 to 9999 becomes
 * the nearest time within. */
int64_t pg_time_of(int64_t wall_ms);
int64_t pg_time_to_ms(int64_t time);

#endif
