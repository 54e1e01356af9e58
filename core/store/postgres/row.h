/* What a statement has answered: columns of a row in PostgreSQL's binary formats. */
#ifndef STORE_POSTGRES_ROW_H
#define STORE_POSTGRES_ROW_H

#include "base/uuid.h"
#include "store/postgres/position.h"

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pg_row {
    const PGresult *result;
    int row;
};

/* smallint, integer, bigint or xid8; 0 for null. */
int64_t pg_column_number(const struct pg_row *row, int column);
struct pg_position pg_column_place(const struct pg_row *row, int column); /* xid and id */
bool pg_column_truth(const struct pg_row *row, int column);   /* boolean; false for null */
int64_t pg_column_time(const struct pg_row *row, int column); /* milliseconds; 0 for null */
/* False unless the column holds 16 bytes. */
bool pg_column_uuid(const struct pg_row *row, int column, struct uuid *uuid);
/* NULL for null; terminated; lives as long as the result. */
const char *pg_column_text(const struct pg_row *row, int column, size_t *length);

/* An array of one dimension whose elements have a fixed size. */
struct pg_elements {
    const uint8_t *next;
    size_t left; /* bytes */
    size_t count;
};

/* False when the column does not hold such an array; null is one without elements. */
bool pg_column_array(const struct pg_row *row, int column, struct pg_elements *elements);
/* The next element, of `size` bytes; NULL when there is none of this size. */
const uint8_t *pg_element(struct pg_elements *elements, size_t size);
bool pg_element_number(struct pg_elements *elements, int64_t *number); /* bigint */

#endif
