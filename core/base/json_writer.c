/* JSON out, straight into a buffer (RFC 8259). */
#include "base/json_writer.h"

#include "base/hex.h"
#include "base/utf8.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void json_byte(struct json_writer *w, char byte)
{
    buffer_append(w->out, &byte, 1);
}

/* Before each value and each key: a comma where a value stands before it. */
static void json_place(struct json_writer *w)
{
    if (w->comma)
        json_byte(w, ',');
    w->comma = true;
}

static void json_open(struct json_writer *w, char bracket)
{
    json_place(w);
    json_byte(w, bracket);
    w->comma = false;
}

static void json_close(struct json_writer *w, char bracket)
{
    json_byte(w, bracket);
    w->comma = true;
}

void json_open_object(struct json_writer *w)
{
    json_open(w, '{');
}

void json_close_object(struct json_writer *w)
{
    json_close(w, '}');
}

void json_open_array(struct json_writer *w)
{
    json_open(w, '[');
}

void json_close_array(struct json_writer *w)
{
    json_close(w, ']');
}

/* What a byte needs inside a string: 0 for nothing, 'u' for \u00XX, '8' for a look at the whole
 * character, or the letter after its backslash. */
static const char json_escapes[256] = {
    [0x00 ... 0x07] = 'u', ['\b'] = 'b',  ['\t'] = 't',          ['\n'] = 'n',
    [0x0b] = 'u',          ['\f'] = 'f',  ['\r'] = 'r',          [0x0e ... 0x1f] = 'u',
    ['"'] = '"',           ['\\'] = '\\', [0x80 ... 0xff] = '8',
};

static void json_escape(struct json_writer *w, char byte, char escape)
{
    char text[6] = {'\\', escape, '0', '0'};

    if (escape == 'u')
        hex_write(text + 4, (const uint8_t *)&byte, 1);
    buffer_append(w->out, text, escape == 'u' ? 6 : 2);
}

/* Plain bytes and good characters are copied in runs; only what must change breaks one. */
static void json_quoted(struct json_writer *w, const char *text, size_t length)
{
    size_t run = 0;
    size_t at = 0;

    json_byte(w, '"');
    while (at < length) {
        char escape = json_escapes[(uint8_t)text[at]];
        size_t good = escape == '8' ? utf8_character(text + at, length - at) : escape == 0;

        if (good) {
            at += good;
            continue;
        }
        buffer_append(w->out, text + run, at - run);
        if (escape == '8')
            buffer_append(w->out, "\xef\xbf\xbd", 3); /* U+FFFD */
        else
            json_escape(w, text[at], escape);
        run = ++at;
    }
    buffer_append(w->out, text + run, at - run);
    json_byte(w, '"');
}

void json_key_text(struct json_writer *w, const char *name, size_t length)
{
    json_place(w);
    json_quoted(w, name, length);
    json_byte(w, ':');
    w->comma = false;
}

void json_key(struct json_writer *w, const char *name)
{
    json_key_text(w, name, strlen(name));
}

void json_text(struct json_writer *w, const char *text, size_t length)
{
    json_place(w);
    json_quoted(w, text, length);
}

void json_string_of(struct json_writer *w, const char *text)
{
    if (text)
        json_text(w, text, strlen(text));
    else
        json_nothing(w);
}

void json_number(struct json_writer *w, int64_t number)
{
    uint64_t rest = number < 0 ? -(uint64_t)number : (uint64_t)number;
    char text[20];
    char *at = text + sizeof(text);

    do
        *--at = (char)('0' + rest % 10);
    while (rest /= 10);
    if (number < 0)
        *--at = '-';
    json_raw(w, at, (size_t)(text + sizeof(text) - at));
}

/* "1e+20" and "1e-07", as C prints them, become "1e20" and "1e-7". */
static size_t json_trim_exponent(char *text)
{
    char *from = strchr(text, 'e');
    char *to = from;

    if (!from)
        return strlen(text);
    from++;
    to++;
    if (*from == '-')
        *to++ = *from;
    from += strspn(from, "+-0");
    while (*from)
        *to++ = *from++;
    *to = '\0';
    return (size_t)(to - text);
}

/* 15 digits always survive the way through a normal double, so the shortest text has at most 15
 * digits (and %g drops its zeros), or 16, or 17. Below the normal range one digit may do. */
void json_double(struct json_writer *w, double number)
{
    int digits = fabs(number) < DBL_MIN ? 1 : DBL_DIG;
    char text[32];

    if (!isfinite(number)) {
        json_nothing(w);
        return;
    }
    if (number == 0) {
        json_raw(w, signbit(number) ? "-0.0" : "0", signbit(number) ? 4 : 1);
        return;
    }
    do
        (void)snprintf(text, sizeof(text), "%.*g", digits, number);
    while (strtod(text, NULL) != number && ++digits <= DBL_DECIMAL_DIG);
    json_raw(w, text, json_trim_exponent(text));
}

void json_truth(struct json_writer *w, bool value)
{
    json_raw(w, value ? "true" : "false", value ? 4 : 5);
}

void json_nothing(struct json_writer *w)
{
    json_raw(w, "null", 4);
}

void json_raw(struct json_writer *w, const char *json, size_t length)
{
    json_place(w);
    buffer_append(w->out, json, length);
}
