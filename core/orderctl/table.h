/* Rows in aligned columns. */
#ifndef ORDERCTL_TABLE_H
#define ORDERCTL_TABLE_H

#include "base/buffer.h"

#include <stdbool.h>
#include <stdio.h>

enum { TABLE_COLUMNS_LIMIT = 8 };

/* {.names = names, .columns = n} starts one. */
struct table {
    const char *const *names; /* of the columns, lent */
    size_t columns;
    size_t widths[TABLE_COLUMNS_LIMIT]; /* in characters; they only grow */
    struct buffer cells;                /* of the rows that are not printed yet, each terminated */
    size_t rows;
    bool headed; /* the names have been printed */
};

/* Copies a row; a cell may be text of others (plain.h). */
void table_add(struct table *table, const char *const *cells);

/* Prints the rows that have come, the names above the first, and forgets them: a long list comes
 * in pieces. */
void table_print(struct table *table, FILE *out);

void table_release(struct table *table);

#endif
