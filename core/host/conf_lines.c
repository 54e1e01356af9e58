/* The lines of keys: a scanner of Lua's tokens, and a walk through the returned table. */
#include "host/conf_lines.h"

#include "base/memory.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* A field of a table constructor; it is the table itself, when one is written there. */
struct entry {
    conf_place table; /* whose field it is; the root's is unknown */
    size_t number;    /* of a member of a list; 0: a key */
    const char *key;  /* in the source, not terminated */
    size_t length;
    size_t line;
    size_t members; /* without a key, that its own table has so far */
};

/* The number of a field whose key is an expression: nobody asks for it. */
#define COMPUTED SIZE_MAX

struct conf_lines {
    struct entry *entries; /* as they stand in the source; the first is the root */
    size_t count, capacity;
    conf_place *sorted; /* by table, number, key and place */
};

/* ---- tokens ---- */

struct scanner {
    const char *at, *end;
    size_t line;
};

/* What a token is: a character that stands for itself, or one of these. */
enum {
    TOKEN_END = 0,
    TOKEN_WORD = 'a',     /* a name, a keyword or a number */
    TOKEN_TEXT = '"',     /* a string that means what stands between its quotes */
    TOKEN_ESCAPED = '\\', /* a string with escapes */
    TOKEN_EQUAL = 'e',    /* == */
};

struct token {
    int kind;
    size_t line;
    const char *start; /* of what is in the word or text */
    size_t length;
};

static bool at_end(const struct scanner *scanner)
{
    return scanner->at == scanner->end;
}

static bool at_character(const struct scanner *scanner, char c)
{
    return !at_end(scanner) && *scanner->at == c;
}

static bool is_newline(char c)
{
    return c == '\n' || c == '\r';
}

/* Lua takes \n, \r, \r\n and \n\r for one end of a line each. */
static void advance(struct scanner *scanner)
{
    char c = *scanner->at++;
    if (!is_newline(c))
        return;
    if (!at_end(scanner) && is_newline(*scanner->at) && *scanner->at != c)
        scanner->at++;
    scanner->line++;
}

/* After "[": skips "==[" and says how many "=" there were; -1: this begins no long bracket. */
static int long_bracket_open(struct scanner *scanner)
{
    struct scanner ahead = *scanner;
    int level = 0;
    for (; at_character(&ahead, '='); level++)
        ahead.at++;
    if (!at_character(&ahead, '['))
        return -1;
    ahead.at++;
    *scanner = ahead;
    return level;
}

/* At "]": skips "]==]" of this level, if it is that. */
static bool long_bracket_close(struct scanner *scanner, int level)
{
    struct scanner ahead = *scanner;
    ahead.at++;
    for (; level > 0 && at_character(&ahead, '='); level--)
        ahead.at++;
    if (level > 0 || !at_character(&ahead, ']'))
        return false;
    ahead.at++;
    *scanner = ahead;
    return true;
}

/* The text of a long bracket that has been opened; a newline at its beginning is no part of it. */
static void scan_long(struct scanner *scanner, int level, struct token *token)
{
    if (!at_end(scanner) && is_newline(*scanner->at))
        advance(scanner);
    token->kind = TOKEN_TEXT;
    token->start = scanner->at;
    while (!at_end(scanner)) {
        token->length = (size_t)(scanner->at - token->start);
        if (*scanner->at == ']' && long_bracket_close(scanner, level))
            return;
        advance(scanner);
    }
}

static void scan_quoted(struct scanner *scanner, char quote, struct token *token)
{
    token->kind = TOKEN_TEXT;
    token->start = scanner->at;
    while (!at_end(scanner) && *scanner->at != quote) {
        if (*scanner->at == '\\') {
            token->kind = TOKEN_ESCAPED;
            advance(scanner);
        }
        if (!at_end(scanner))
            advance(scanner);
    }
    token->length = (size_t)(scanner->at - token->start);
    if (!at_end(scanner))
        advance(scanner);
}

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

static void scan_word(struct scanner *scanner, struct token *token)
{
    token->kind = TOKEN_WORD;
    token->start = scanner->at;
    while (!at_end(scanner) && is_word(*scanner->at))
        scanner->at++;
    token->length = (size_t)(scanner->at - token->start);
}

/* After "--". */
static void skip_comment(struct scanner *scanner)
{
    if (at_character(scanner, '[')) {
        struct token ignored;
        scanner->at++;
        int level = long_bracket_open(scanner);
        if (level >= 0) {
            scan_long(scanner, level, &ignored);
            return;
        }
    }
    while (!at_end(scanner) && !is_newline(*scanner->at))
        scanner->at++;
}

static void skip_blanks(struct scanner *scanner)
{
    for (;;) {
        while (!at_end(scanner) && isspace((unsigned char)*scanner->at))
            advance(scanner);
        if (scanner->end - scanner->at < 2 || memcmp(scanner->at, "--", 2) != 0)
            return;
        scanner->at += 2;
        skip_comment(scanner);
    }
}

/* A text, or the character itself. */
static void scan_mark(struct scanner *scanner, struct token *token)
{
    char c = *scanner->at++;
    int level = c == '[' ? long_bracket_open(scanner) : -1;
    token->kind = (unsigned char)c;
    if (level >= 0) {
        scan_long(scanner, level, token);
    } else if (c == '"' || c == '\'') {
        scan_quoted(scanner, c, token);
    } else if (c == '=' && at_character(scanner, '=')) {
        scanner->at++;
        token->kind = TOKEN_EQUAL;
    }
}

/* The kind of the next token, which is skipped. */
static int scan(struct scanner *scanner, struct token *token)
{
    skip_blanks(scanner);
    *token = (struct token){.kind = TOKEN_END, .line = scanner->line};
    if (at_end(scanner))
        return TOKEN_END;
    if (is_word(*scanner->at))
        scan_word(scanner, token);
    else
        scan_mark(scanner, token);
    return token->kind;
}

static bool opens(int kind)
{
    return kind == '(' || kind == '[' || kind == '{';
}

static bool closes(int kind)
{
    return kind == ')' || kind == ']' || kind == '}';
}

/* ---- the walk ---- */

static conf_place entry_add(struct conf_lines *lines, const struct entry *entry)
{
    if (lines->count == lines->capacity) {
        lines->capacity = lines->capacity ? lines->capacity * 2 : 64;
        lines->entries = memory_resize(lines->entries, lines->capacity * sizeof(*entry));
    }
    lines->entries[lines->count] = *entry;
    return lines->count++;
}

/* At the beginning of a field: skips `name =` or `["name"] =`, and says whether it is that. */
static bool skip_key(struct scanner *scanner, struct token *key)
{
    struct scanner ahead = *scanner;
    struct token token;
    int kind = scan(&ahead, key);
    if (kind == '[') {
        kind = scan(&ahead, key);
        if (kind != TOKEN_TEXT || scan(&ahead, &token) != ']')
            return false;
    } else if (kind != TOKEN_WORD) {
        return false;
    }
    if (scan(&ahead, &token) != '=')
        return false;
    *scanner = ahead;
    return true;
}

/* After "{", "," or ";": the field that begins here. */
static conf_place field_begin(struct conf_lines *lines, struct scanner *scanner, conf_place table)
{
    struct scanner ahead = *scanner;
    struct token token, key;
    int kind = scan(&ahead, &token);
    struct entry entry = {.table = table, .line = token.line};
    if (kind == '}' || kind == TOKEN_END)
        return CONF_PLACE_UNKNOWN;
    if (skip_key(scanner, &key)) {
        entry.key = key.start;
        entry.length = key.length;
        entry.line = key.line;
    } else if (kind != '[') {
        entry.number = ++lines->entries[table].members;
    } else {
        entry.number = COMPUTED;
    }
    return entry_add(lines, &entry);
}

/* Walks the constructor whose "{" has been skipped. `nesting` counts the open brackets of a value
 * that lead to no key of ours: calls, indexes, tables inside expressions. */
static void walk(struct conf_lines *lines, struct scanner *scanner)
{
    conf_place table = CONF_PLACE_ROOT;
    conf_place field = field_begin(lines, scanner, table);
    bool begins = true; /* the next token is the first of the field's value */
    size_t nesting = 0;
    struct token token;
    for (int kind; (kind = scan(scanner, &token)) != TOKEN_END;) {
        bool is_table = kind == '{' && begins;
        begins = false;
        if (nesting > 0 || (opens(kind) && !is_table)) {
            nesting = nesting + opens(kind) - closes(kind);
            continue;
        }
        if (kind == '}' && table == CONF_PLACE_ROOT)
            return;
        if (kind == '}')
            table = lines->entries[table].table;
        if (is_table)
            table = field;
        else if (kind != ',' && kind != ';')
            continue;
        field = field_begin(lines, scanner, table);
        begins = true;
    }
}

/* The returned table begins after the last "return" outside all brackets, for nothing may follow
 * the return of a chunk. */
static bool root_find(struct scanner *scanner, struct token *root)
{
    struct scanner after = *scanner;
    struct token token;
    size_t nesting = 0;
    bool found = false;
    for (int kind; (kind = scan(scanner, &token)) != TOKEN_END;) {
        nesting += opens(kind);
        nesting -= closes(kind) && nesting > 0;
        if (nesting == 0 && kind == TOKEN_WORD && token.length == 6 &&
            memcmp(token.start, "return", 6) == 0) {
            after = *scanner;
            found = true;
        }
    }
    *scanner = after;
    return found && scan(scanner, root) == '{';
}

/* ---- asking ---- */

static int compare_numbers(size_t a, size_t b)
{
    return (a > b) - (a < b);
}

/* All but the place: what is asked for. */
static int compare_entries(const struct entry *a, const struct entry *b)
{
    int order = compare_numbers(a->table, b->table);
    if (order == 0)
        order = compare_numbers(a->number, b->number);
    if (order == 0)
        order = compare_numbers(a->length, b->length);
    if (order == 0 && a->length > 0)
        order = memcmp(a->key, b->key, a->length);
    return order;
}

static int compare_places(const void *a, const void *b, void *arg)
{
    const struct conf_lines *lines = arg;
    conf_place place_a = *(const conf_place *)a, place_b = *(const conf_place *)b;
    int order = compare_entries(&lines->entries[place_a], &lines->entries[place_b]);
    return order ? order : compare_numbers(place_a, place_b);
}

static void sort(struct conf_lines *lines)
{
    lines->sorted = memory_new(lines->count * sizeof(*lines->sorted));
    for (size_t i = 0; i < lines->count; i++)
        lines->sorted[i] = i;
    qsort_r(lines->sorted, lines->count, sizeof(*lines->sorted), compare_places, lines);
}

/* The last entry that is no greater than what is asked for, if it is that. */
static conf_place find(const struct conf_lines *lines, const struct entry *wanted)
{
    size_t low = 0, high = lines->count;
    if (wanted->table == CONF_PLACE_UNKNOWN)
        return CONF_PLACE_UNKNOWN;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_entries(&lines->entries[lines->sorted[middle]], wanted) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0 || compare_entries(&lines->entries[lines->sorted[low - 1]], wanted) != 0)
        return CONF_PLACE_UNKNOWN;
    return lines->sorted[low - 1];
}

conf_place conf_lines_key(const struct conf_lines *lines, conf_place table, const char *key)
{
    return find(lines, &(struct entry){.table = table, .key = key, .length = strlen(key)});
}

conf_place conf_lines_member(const struct conf_lines *lines, conf_place list, size_t number)
{
    return find(lines, &(struct entry){.table = list, .number = number});
}

size_t conf_lines_line(const struct conf_lines *lines, conf_place place)
{
    return place == CONF_PLACE_UNKNOWN ? 1 : lines->entries[place].line;
}

/* ---- life ---- */

struct conf_lines *conf_lines_new(const char *source, size_t length)
{
    struct conf_lines *lines = memory_new(sizeof(*lines));
    struct scanner scanner = {.at = source, .end = source + length, .line = 1};
    struct token root;
    bool found = root_find(&scanner, &root);
    (void)entry_add(lines,
                    &(struct entry){.table = CONF_PLACE_UNKNOWN, .line = found ? root.line : 1});
    if (found)
        walk(lines, &scanner);
    sort(lines);
    return lines;
}

void conf_lines_free(struct conf_lines **lines)
{
    if (!*lines)
        return;
    free((*lines)->entries);
    free((*lines)->sorted);
    free(*lines);
    *lines = NULL;
}
