/* Literals (CORBA 3.3, part 1, 7.2.6): numbers, characters, strings. */
#include "idl/lexer.h"
#include "idl/source.h"

#include "base/hex.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- numbers ---- */

static bool is_digit(int c)
{
    return c >= '0' && c <= '9';
}

static void keep_character(struct compiler *c)
{
    char taken = (char)source_take(c->source);
    buffer_append(&c->spelling, &taken, 1);
}

static void keep_digits(struct compiler *c)
{
    while (is_digit(source_peek(c->source)))
        keep_character(c);
}

static bool next_is(struct compiler *c, char lower)
{
    int next = source_peek(c->source);
    return next == lower || next == lower - 'a' + 'A';
}

static void read_exponent(struct compiler *c, struct token *token)
{
    keep_character(c);
    if (source_peek(c->source) == '+' || source_peek(c->source) == '-')
        keep_character(c);
    if (!is_digit(source_peek(c->source)))
        compiler_refuse(c, source_place(c->source), "digits of the exponent expected");
    keep_digits(c);
    token->kind = TOKEN_FLOAT;
}

/* The part of a decimal number behind its first digits. */
static void read_decimal(struct compiler *c, struct token *token)
{
    keep_digits(c);
    if (source_peek(c->source) == '.') {
        token->kind = TOKEN_FLOAT;
        keep_character(c);
        keep_digits(c);
    }
    if (next_is(c, 'e'))
        read_exponent(c, token);
    else if (next_is(c, 'd')) {
        (void)source_take(c->source);
        token->kind = TOKEN_FIXED;
    }
}

static void read_hexadecimal(struct compiler *c)
{
    keep_character(c);
    if (source_peek(c->source) < 0 || hex_value((char)source_peek(c->source)) < 0)
        compiler_refuse(c, source_place(c->source), "hexadecimal digits expected");
    while (source_peek(c->source) >= 0 && hex_value((char)source_peek(c->source)) >= 0)
        keep_character(c);
}

static void evaluate_integer(struct compiler *c, struct token *token)
{
    bool octal = token->text[0] == '0' && token->length > 1;
    bool hexadecimal = octal && (token->text[1] | 0x20) == 'x';
    char *end = NULL;
    errno = 0;
    token->integer = strtoull(token->text, &end, hexadecimal ? 16 : octal ? 8 : 10);
    if (errno == ERANGE)
        compiler_refuse(c, token->place, "%.40s is more than 64 bits hold", token->text);
    else if (*end)
        compiler_refuse(c, token->place, "'%c' is no octal digit", *end);
}

static void evaluate_float(struct compiler *c, struct token *token)
{
    token->real = strtod(token->text, NULL);
    if (isinf(token->real))
        compiler_refuse(c, token->place, "%.40s is more than a double holds", token->text);
}

void lexer_number(struct compiler *c, struct token *token)
{
    bool zero = source_peek(c->source) == '0';
    token->kind = TOKEN_INTEGER;
    if (source_peek(c->source) != '.')
        keep_character(c);
    if (zero && next_is(c, 'x'))
        read_hexadecimal(c);
    else
        read_decimal(c, token);
    lexer_keep(c, token);
    int next = source_peek(c->source);
    if ((next | 0x20) >= 'a' && (next | 0x20) <= 'z')
        compiler_refuse(c, source_place(c->source), "'%c' does not belong to the number", next);
    else if (token->kind == TOKEN_INTEGER)
        evaluate_integer(c, token);
    else if (token->kind == TOKEN_FLOAT)
        evaluate_float(c, token);
}

/* ---- characters ---- */

/* A string or character being read: code points in, UTF-8 out. */
struct text_reader {
    struct compiler *c;
    struct place place; /* of what is being read */
    bool wide;
    uint32_t high; /* the first half of a surrogate pair, or 0 */
    size_t count;  /* of characters */
};

static void append_utf8(struct buffer *out, uint32_t code)
{
    char bytes[4];
    size_t size = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const uint8_t lead[] = {0, 0x00, 0xc0, 0xe0, 0xf0};
    for (size_t i = size - 1; i > 0; i--, code >>= 6)
        bytes[i] = (char)(0x80 | (code & 0x3f));
    bytes[0] = (char)(lead[size] | code);
    buffer_append(out, bytes, size);
}

static bool put(struct text_reader *t, uint32_t code)
{
    bool high = code >= 0xd800 && code < 0xdc00, low = code >= 0xdc00 && code < 0xe000;
    if (low != (t->high != 0))
        return compiler_refuse(t->c, t->place, "half of a surrogate pair is no character");
    if (high) {
        t->high = code;
        return true;
    }
    if (low)
        code = 0x10000 + ((t->high - 0xd800) << 10) + (code - 0xdc00);
    t->high = 0;
    t->count++;
    append_utf8(&t->c->spelling, code);
    return true;
}

/* Up to `most` digits of base 8 or 16. */
static bool read_code(struct text_reader *t, int base, int most, uint32_t *code)
{
    struct source *s = t->c->source;
    int digits = 0;
    for (*code = 0; digits < most; digits++) {
        int next = source_peek(s), value = next < 0 ? -1 : hex_value((char)next);
        if (value < 0 || value >= base)
            break;
        *code = *code * (uint32_t)base + (uint32_t)value;
        (void)source_take(s);
    }
    return digits > 0 ||
           compiler_refuse(t->c, source_place(s), "digits of an escape sequence expected");
}

/* \ooo, \xhh, \uhhhh; a narrow one names a character of ISO-8859-1 (7.2.6.2). */
static bool read_escape_code(struct text_reader *t)
{
    struct source *s = t->c->source;
    uint32_t code = 0;
    int kind = source_peek(s);
    if (kind == 'u' && !t->wide)
        return compiler_refuse(t->c, t->place, "\\u expected in a wide literal (L) only");
    if (kind == 'x' || kind == 'u') {
        (void)source_take(s);
        if (!read_code(t, 16, kind == 'x' ? 2 : 4, &code))
            return false;
    } else if (!read_code(t, 8, 3, &code)) {
        return false;
    }
    if (kind != 'u' && code > 0xff)
        return compiler_refuse(t->c, t->place, "an octal escape of at most \\377 expected");
    return put(t, code);
}

static bool read_escape(struct text_reader *t)
{
    static const char names[] = "ntvbrfa\\?'\"", values[] = "\n\t\v\b\r\f\a\\?'\"";
    struct source *s = t->c->source;
    t->place = source_place(s);
    (void)source_take(s);
    int kind = source_peek(s);
    const char *name = kind > 0 ? strchr(names, kind) : NULL;
    if (name) {
        (void)source_take(s);
        return put(t, (uint8_t)values[name - names]);
    }
    if (kind == 'x' || kind == 'u' || (kind >= '0' && kind <= '7'))
        return read_escape_code(t);
    return compiler_refuse(t->c, t->place,
                           "one of \\n \\t \\v \\b \\r \\f \\a \\\\ \\? \\' \\\" \\ooo "
                           "\\xhh \\uhhhh expected");
}

/* One character of the source as it stands, UTF-8. */
static bool read_plain(struct text_reader *t)
{
    static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
    struct source *s = t->c->source;
    t->place = source_place(s);
    uint32_t code = (uint32_t)source_take(s);
    int more = code < 0x80 ? 0 : code < 0xc0 ? -1 : code < 0xe0 ? 1 : code < 0xf0 ? 2 : 3;
    if (more > 0)
        code &= 0x3fu >> more;
    for (int i = 0; i < more; i++) {
        int next = source_peek(s);
        if (next < 0x80 || next > 0xbf)
            return compiler_refuse(t->c, t->place, "this text is not UTF-8");
        code = code << 6 | ((uint32_t)source_take(s) & 0x3f);
    }
    if (more < 0 || code < least[more] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
        return compiler_refuse(t->c, t->place, "this text is not UTF-8");
    return put(t, code);
}

static bool read_quoted(struct text_reader *t, int quote)
{
    struct source *s = t->c->source;
    struct place begin = source_place(s);
    (void)source_take(s);
    for (int next = source_peek(s); next != quote; next = source_peek(s)) {
        if (next == '\n' || next == SOURCE_END)
            return compiler_refuse(t->c, begin, "this literal has no end (%c)", quote);
        if (next == '\\' ? !read_escape(t) : !read_plain(t))
            return false;
    }
    (void)source_take(s);
    if (t->high)
        return compiler_refuse(t->c, t->place, "half of a surrogate pair is no character");
    return true;
}

void lexer_text(struct compiler *c, struct token *token, bool wide)
{
    struct text_reader t = {.c = c, .wide = wide};
    int quote = source_peek(c->source);
    bool string = quote == '"';
    if (!read_quoted(&t, quote))
        return;
    lexer_keep(c, token);
    token->kind =
        string ? (wide ? TOKEN_WSTRING : TOKEN_STRING) : (wide ? TOKEN_WCHAR : TOKEN_CHAR);
    if (!string && t.count != 1)
        compiler_refuse(c, token->place, "one character expected between the quotes, not %zu",
                        t.count);
    else if (string && strlen(token->text) < token->length)
        compiler_refuse(c, token->place, "a string cannot hold a NUL character");
}
