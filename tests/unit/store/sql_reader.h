/* Reading just enough of SQL to tell by what a statement finds the rows of its tables: its
 * references to tables (FROM, JOIN, USING, UPDATE, INTO) and the conditions of WHERE and ON that
 * must all hold. Subqueries and the parts of WITH are queries of their own.
 *
 * It knows the SQL of statements.c and its like. What it does not understand binds nothing, so a
 * mistake here complains of a good statement rather than pass a bad one. */
#ifndef UNIT_STORE_SQL_READER_H
#define UNIT_STORE_SQL_READER_H

#include <stdbool.h>

enum { SQL_TOKENS_LIMIT = 1024, SQL_NAME_SIZE = 64 };

struct sql_token {
    char text[SQL_NAME_SIZE]; /* cut off; a quoted text is "'" only */
    int closes;               /* of "(" and "[": the index of the token that closes it */
};

/* A part of a query's tokens. */
struct sql_span {
    const struct sql_token *tokens;
    int begin, end;
};

/* One use of a table. */
struct sql_use {
    char table[SQL_NAME_SIZE];
    char alias[SQL_NAME_SIZE]; /* the table's name when it has no other */
    bool inserts;
    struct sql_span columns; /* of an INSERT */
    struct sql_span query;   /* where the conditions on it are */
    bool alone;              /* the only table of its query: columns need no alias */
};

/* Calls `found` for every use of what is not a part of WITH. */
void sql_read(const char *sql, void (*found)(void *arg, const struct sql_use *use), void *arg);

/* Is the column one of those of the INSERT? */
bool sql_names(const struct sql_use *use, const char *column);
/* Does the query have only rows of the table whose column equals a parameter, a member of a
 * parameter or a column of something else? */
bool sql_binds(const struct sql_use *use, const char *column);

#endif
