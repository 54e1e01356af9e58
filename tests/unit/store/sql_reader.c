/* From text to tokens, from tokens to uses of tables, and the conditions on them. */
#include "sql_reader.h"

#include <ctype.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reading {
    struct sql_token tokens[SQL_TOKENS_LIMIT];
    int count;
    void (*found)(void *arg, const struct sql_use *use);
    void *arg;
};

/* ---- tokens ---- */

static bool in_name(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '$';
}

static size_t token_length(const char *at)
{
    size_t length = 1;

    if (in_name(*at)) {
        while (in_name(at[length]))
            length++;
    } else if (*at == '\'') {
        length = strcspn(at + 1, "'") + 2;
    } else if (strncmp(at, "::", 2) == 0 || strncmp(at, "<=", 2) == 0 ||
               strncmp(at, ">=", 2) == 0 || strncmp(at, "<>", 2) == 0) {
        length = 2;
    }
    return length;
}

static void add_token(struct reading *reading, const char *at, size_t length)
{
    struct sql_token *token = &reading->tokens[reading->count++];

    if (reading->count > SQL_TOKENS_LIMIT - 1)
        abort();
    snprintf(token->text, sizeof(token->text), "%.*s", *at == '\'' ? 1 : (int)length, at);
}

static void close_brackets(struct reading *reading)
{
    int open[64], depth = 0;

    for (int i = 0; i < reading->count; i++) {
        char c = reading->tokens[i].text[0];
        if ((c == '(' || c == '[') && depth < 64)
            open[depth++] = i;
        else if ((c == ')' || c == ']') && depth > 0)
            reading->tokens[open[--depth]].closes = i;
    }
}

static void split(struct reading *reading, const char *sql)
{
    while (*sql != '\0') {
        size_t length = token_length(sql);
        if (!isspace((unsigned char)*sql))
            add_token(reading, sql, length);
        sql += length;
    }
    close_brackets(reading);
}

static bool is(const struct sql_token *token, const char *text)
{
    return strcmp(token->text, text) == 0;
}

static bool is_any(const struct sql_token *token, const char *const *texts)
{
    for (; *texts != NULL; texts++)
        if (is(token, *texts))
            return true;
    return false;
}

/* The token behind this one, or behind what it opens. */
static int behind(const struct sql_span *span, int i)
{
    return (span->tokens[i].closes > 0 ? span->tokens[i].closes : i) + 1;
}

/* Words in capitals are SQL's. */
static bool is_name(const struct sql_token *token)
{
    return islower((unsigned char)token->text[0]);
}

/* ---- uses of tables ---- */

static const char *const clauses[] = {"WHERE",     "SET",   "ORDER", "LIMIT",  "OFFSET",
                                      "RETURNING", "GROUP", "UNION", "SELECT", "VALUES",
                                      "ON",        "DO",    NULL};
static const char *const queries[] = {"SELECT", "WITH", "INSERT", "UPDATE", "DELETE", NULL};

/* Is the name that of a part of some WITH? "name AS (SELECT ..." */
static bool is_part(const struct sql_span *all, const char *name)
{
    for (int i = 0; i + 3 < all->end; i++)
        if (is(&all->tokens[i], name) && is(&all->tokens[i + 1], "AS") &&
            is(&all->tokens[i + 2], "(") && is_any(&all->tokens[i + 3], queries))
            return true;
    return false;
}

/* Reads "[LATERAL] table [[AS] alias]", or passes over a function or a subquery. Gives the token
 * behind it. */
static int read_use(struct sql_span *query, int i, struct sql_use *use)
{
    *use = (struct sql_use){.query = *query};
    while (i < query->end && (is(&query->tokens[i], "LATERAL") || is(&query->tokens[i], "FROM")))
        i++;
    if (i >= query->end || !is_name(&query->tokens[i]))
        return i < query->end ? behind(query, i) : i;
    if (i + 1 < query->end && is(&query->tokens[i + 1], "(")) {
        use->columns = (struct sql_span){query->tokens, i + 2, query->tokens[i + 1].closes};
        strcpy(use->table, query->tokens[i].text); /* a function, or a table of an INSERT */
        strcpy(use->alias, use->table);
        return behind(query, i + 1);
    }
    strcpy(use->table, query->tokens[i++].text);
    if (i < query->end && is(&query->tokens[i], "AS"))
        i++;
    strcpy(use->alias,
           i < query->end && is_name(&query->tokens[i]) ? query->tokens[i++].text : use->table);
    return i;
}

struct uses {
    struct sql_use list[16];
    int count;
};

static void take_use(struct uses *uses, struct sql_span *query, int *i, bool inserts)
{
    struct sql_use use;

    *i = read_use(query, *i, &use);
    use.inserts = inserts;
    /* Before parentheses stands a function, except in an INSERT. */
    if (use.table[0] == '\0' || (use.columns.end > 0 && !inserts))
        use.table[0] = '\0';
    if (uses->count < 16)
        uses->list[uses->count++] = use;
}

/* "IS DISTINCT FROM" and "DO UPDATE" begin no list of tables. */
static bool begins_tables(const struct sql_span *query, int i)
{
    static const char *const words[] = {"FROM", "JOIN", "USING", "UPDATE", "INTO", NULL};

    return is_any(&query->tokens[i], words) &&
           !(i > query->begin &&
             (is(&query->tokens[i - 1], "DISTINCT") || is(&query->tokens[i - 1], "DO") ||
              is(&query->tokens[i - 1], "DELETE")));
}

static void collect(struct sql_span *query, struct uses *uses)
{
    bool listing = false;

    for (int i = query->begin; i < query->end;) {
        const struct sql_token *token = &query->tokens[i];
        bool deletes = is(token, "DELETE");
        if (begins_tables(query, i) || deletes || (listing && is(token, ","))) {
            bool inserts = is(token, "INTO");
            listing = !inserts;
            i++;
            take_use(uses, query, &i, inserts);
            continue;
        }
        listing = listing && !is_any(token, clauses);
        i = behind(query, i);
    }
}

static void read_query(struct reading *reading, struct sql_span query)
{
    struct sql_span all = {reading->tokens, 0, reading->count};
    struct uses uses = {.count = 0};

    collect(&query, &uses);
    for (int i = 0; i < uses.count; i++) {
        struct sql_use *use = &uses.list[i];
        use->alone = uses.count == 1;
        if (use->table[0] != '\0' && !is_part(&all, use->table))
            reading->found(reading->arg, use);
    }
}

/* Every query in the span, UNION dividing them, and every one in parentheses. */
static void read_queries(struct reading *reading, struct sql_span span)
{
    int begin = span.begin;

    for (int i = span.begin; i < span.end; i = behind(&span, i)) {
        if (is(&span.tokens[i], "UNION")) {
            read_query(reading, (struct sql_span){span.tokens, begin, i});
            begin = i + 1;
        }
    }
    read_query(reading, (struct sql_span){span.tokens, begin, span.end});
    for (int i = span.begin; i < span.end; i++)
        if (is(&span.tokens[i], "(") && is_any(&span.tokens[i + 1], queries)) {
            read_queries(reading, (struct sql_span){span.tokens, i + 1, span.tokens[i].closes});
            i = span.tokens[i].closes;
        }
}

void sql_read(const char *sql, void (*found)(void *arg, const struct sql_use *use), void *arg)
{
    struct reading *reading = calloc(1, sizeof(*reading));

    if (reading == NULL)
        abort();
    reading->found = found;
    reading->arg = arg;
    split(reading, sql);
    read_queries(reading, (struct sql_span){reading->tokens, 0, reading->count});
    free(reading);
}

/* ---- conditions ---- */

bool sql_names(const struct sql_use *use, const char *column)
{
    for (int i = use->columns.begin; i < use->columns.end; i++)
        if (is(&use->columns.tokens[i], column))
            return true;
    return false;
}

/* "column" or "alias.column"; gives the token behind it, or -1. */
static int read_column(const struct sql_use *use, struct sql_span part, const char *column)
{
    const struct sql_token *at = &part.tokens[part.begin];

    if (part.end - part.begin >= 3 && is(at, use->alias) && is(at + 1, ".") && is(at + 2, column))
        return part.begin + 3;
    return use->alone && part.end > part.begin && is(at, column) ? part.begin + 1 : -1;
}

/* "$1", "$1::type[]", "other.column": what another row or the caller says. */
static bool is_given(const struct sql_use *use, struct sql_span part)
{
    const struct sql_token *at = &part.tokens[part.begin];
    int i = part.begin + 1;

    if (part.end <= part.begin)
        return false;
    if (at->text[0] != '$') {
        if (part.end - part.begin < 3 || !is_name(at) || !is(at + 1, ".") || is(at, use->alias))
            return false;
        i = part.begin + 3;
    }
    if (i + 1 < part.end && is(&part.tokens[i], "::"))
        i += 2;
    if (i + 1 < part.end && is(&part.tokens[i], "["))
        i += 2;
    return i == part.end;
}

/* "ANY (ARRAY[given])" or "ANY (given)". */
static bool is_any_given(const struct sql_use *use, struct sql_span part)
{
    const struct sql_token *at = &part.tokens[part.begin];
    struct sql_span inside = {part.tokens, part.begin + 2, part.end - 1};

    if (part.end - part.begin < 4 || !is(at, "ANY") || !is(at + 1, "(") ||
        at[1].closes != part.end - 1)
        return false;
    if (is(at + 2, "ARRAY") && is(at + 3, "[") && at[3].closes == part.end - 2)
        inside = (struct sql_span){part.tokens, part.begin + 4, part.end - 2};
    return is_given(use, inside);
}

static bool condition_binds(const struct sql_use *use, struct sql_span part, const char *column)
{
    int i = read_column(use, part, column);
    struct sql_span rest = {part.tokens, i + 1, part.end};

    return i > 0 && i < part.end && is(&part.tokens[i], "=") &&
           (is_given(use, rest) || is_any_given(use, rest));
}

/* The conditions of a clause are between its ANDs; that of BETWEEN is none, and where there is an
 * OR nothing must hold. */
static bool clause_binds(const struct sql_use *use, struct sql_span clause, const char *column)
{
    int begin = clause.begin;
    bool between = false, bound = false;

    for (int i = clause.begin; i <= clause.end; i = i < clause.end ? behind(&clause, i) : i + 1) {
        bool ends = i == clause.end || (is(&clause.tokens[i], "AND") && !between);
        if (i < clause.end && is(&clause.tokens[i], "OR"))
            return false;
        if (ends) {
            struct sql_span part = {clause.tokens, begin, i};
            bound = bound || condition_binds(use, part, column);
            begin = i + 1;
        }
        if (i < clause.end)
            between =
                is(&clause.tokens[i], "BETWEEN") || (between && !is(&clause.tokens[i], "AND"));
    }
    return bound;
}

bool sql_binds(const struct sql_use *use, const char *column)
{
    static const char *const ends[] = {"WHERE", "ORDER", "LIMIT", "OFFSET",    "GROUP", "UNION",
                                       "LEFT",  "JOIN",  "ON",    "RETURNING", NULL};
    const struct sql_span *query = &use->query;

    for (int i = query->begin; i < query->end; i = behind(query, i)) {
        struct sql_span clause = {query->tokens, i + 1, i + 1};
        if (!is(&query->tokens[i], "WHERE") && !is(&query->tokens[i], "ON"))
            continue;
        while (clause.end < query->end && !is_any(&query->tokens[clause.end], ends))
            clause.end = behind(query, clause.end);
        if (clause_binds(use, clause, column))
            return true;
    }
    return false;
}
