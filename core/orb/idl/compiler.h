/* Private: one load, from its first byte to its last, and what it must not forget. Everything that
 * it makes is written down in struct idl (model.h), so that a load that fails can be taken back. */
#ifndef IDL_COMPILER_H
#define IDL_COMPILER_H

#include "base/buffer.h"
#include "base/status.h"
#include "cdr/typecode.h"
#include "idl/index.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct idl;
struct scope;
struct source;

enum {
    SOURCE_BYTES_LIMIT = 1024 * 1024, /* of one load, with its includes */
    INCLUDE_LIMIT = 16,
    NESTING_LIMIT = 64,     /* of scopes, types, parentheses, conditions */
    NAME_LIMIT = 255,       /* bytes of an identifier */
    PATH_LIMIT = 1024,      /* bytes of a scoped name, a prefix, a repository id */
    ANCESTOR_LIMIT = 256,   /* interfaces that one inherits from, directly or not */
    OPERATION_LIMIT = 65536 /* of all interfaces, inherited ones counted each time */
};

struct place {
    const char *file;
    uint32_t line, column; /* from 1; a column is a byte */
};

/* Kinds of tokens are characters ('{'), or these, or keywords (enum keyword). */
enum token_kind {
    TOKEN_END = 0, /* of everything; also after a mistake, so that every loop ends */
    TOKEN_IDENTIFIER = 256,
    TOKEN_INTEGER,
    TOKEN_FLOAT,
    TOKEN_FIXED,
    TOKEN_CHAR,
    TOKEN_WCHAR,
    TOKEN_STRING,
    TOKEN_WSTRING,
    TOKEN_SCOPE,       /* :: */
    TOKEN_SHIFT_LEFT,  /* << */
    TOKEN_SHIFT_RIGHT, /* >> */
    TOKEN_LINE_END,    /* of a directive */
    TOKEN_KEYWORD,     /* the first keyword */
};

struct token {
    int kind;
    struct place place;
    const char *text; /* UTF-8, terminated: a name, the digits of a number, a string's value. As
                         long-lived as the load. */
    size_t length;
    uint64_t integer;
    double real;
};

struct compiler {
    struct idl *idl;
    struct fault *fault;
    enum status status;             /* of the first mistake; nothing is looked at after it */
    struct typecode_arena *scratch; /* memory of the load */
    size_t first;                   /* declaration of this load, in idl->declarations */

    struct source *source; /* innermost */
    size_t source_bytes;
    struct index macros;
    struct buffer spelling; /* of the token being read */

    struct token token; /* looked at, not taken */
    bool peeked;
    struct scope *scope; /* being filled */
    uint32_t depth;
};

/* Keeps the first mistake and gives false. */
bool compiler_fail(struct compiler *c, struct place place, enum status status, const char *format,
                   ...) __attribute__((format(printf, 4, 5)));
#define compiler_refuse(c_, place_, ...) compiler_fail((c_), (place_), STATUS_INVALID, __VA_ARGS__)

static inline bool compiler_ok(const struct compiler *c)
{
    return c->status == STATUS_OK;
}

/* One level deeper, STATUS_LIMIT beyond NESTING_LIMIT; pairs with compiler_leave, also when it gave
 * false. */
bool compiler_enter(struct compiler *c, struct place place);
void compiler_leave(struct compiler *c);

#endif
