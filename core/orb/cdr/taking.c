/* Numbers, texts and enumerators from JSON, and what is wrong with them. */
#include "cdr/taking.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

/* ---- faults ---- */

/* RFC 6901, 3. */
static void append_escaped(struct buffer *pointer, const char *name)
{
    for (; *name != '\0'; name++) {
        if (*name == '~' || *name == '/')
            buffer_append_text(pointer, *name == '~' ? "~0" : "~1");
        else
            buffer_append(pointer, name, 1);
    }
}

static void append_place(struct buffer *pointer, const struct place *at)
{
    if (at == NULL)
        return;
    append_place(pointer, at->within);
    buffer_append_text(pointer, "/");
    if (at->name != NULL)
        append_escaped(pointer, at->name);
    else
        buffer_printf(pointer, "%" PRIu32, at->index);
}

enum status taking_refuse(const struct taking *t, const struct place *at, const char *format, ...)
{
    struct buffer pointer = {0};
    char text[sizeof(t->fault->text)];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    buffer_append_text(&pointer, t->where != NULL ? t->where : "");
    append_place(&pointer, at);
    buffer_append(&pointer, "", 1);
    enum status status = fault_set(t->fault, STATUS_INVALID, pointer.data, "%s", text);
    buffer_release(&pointer);
    return status;
}

/* After a text was written: what the writer would not have. */
static enum status text_written(const struct taking *t, const struct typecode *type,
                                const struct place *at)
{
    if (t->w->failure == EXCEPTION_NONE)
        return STATUS_OK;
    if (t->w->failure == EXCEPTION_DATA_CONVERSION)
        return taking_refuse(t, at, "has a character that the object's code set does not have");
    if ((type->kind == TK_WCHAR || type->kind == TK_WSTRING) &&
        (t->w->minor == 0 || !codeset_speaks_wchar(t->w->wchar_set)))
        return taking_refuse(t, at, "cannot be sent: the object has no wide characters");
    if (type->kind == TK_CHAR || type->kind == TK_WCHAR)
        return taking_refuse(t, at, "must be exactly one character");
    if (type->length > 0)
        return taking_refuse(t, at, "must have at most %" PRIu32 " characters, none of them NUL",
                             type->length);
    return taking_refuse(t, at, "must not hold a NUL");
}

/* ---- numbers ---- */

struct range {
    int64_t least, greatest;
};

static struct range range_of(enum typecode_kind kind)
{
    switch (kind) {
    case TK_OCTET: return (struct range){0, UINT8_MAX};
    case TK_SHORT: return (struct range){INT16_MIN, INT16_MAX};
    case TK_USHORT: return (struct range){0, UINT16_MAX};
    case TK_LONG: return (struct range){INT32_MIN, INT32_MAX};
    case TK_ULONG: return (struct range){0, UINT32_MAX};
    case TK_ULONGLONG: return (struct range){0, INT64_MAX};
    default: return (struct range){INT64_MIN, INT64_MAX};
    }
}

/* Decimal text above 2^63-1, as a JSON integer cannot be. */
static bool parse_great(const json_t *value, int64_t *number)
{
    enum { DIGITS_LEAST = 19, DIGITS_MOST = 20 };
    uint64_t sum = 0;
    size_t length = json_is_string(value) ? json_string_length(value) : 0;
    if (length < DIGITS_LEAST || length > DIGITS_MOST || json_string_value(value)[0] == '0')
        return false;
    for (size_t i = 0; i < length; i++) {
        unsigned digit = (unsigned)json_string_value(value)[i] - '0';
        if (digit > 9 || sum > (UINT64_MAX - digit) / 10)
            return false;
        sum = sum * 10 + digit;
    }
    *number = (int64_t)sum;
    return sum > INT64_MAX;
}

static enum status integer_of(const struct taking *t, enum typecode_kind kind, const json_t *value,
                              const struct place *at, int64_t *number)
{
    struct range range = range_of(kind);
    if (kind == TK_ULONGLONG && parse_great(value, number))
        return STATUS_OK;
    *number = json_is_integer(value) ? json_integer_value(value) : 0;
    if (json_is_integer(value) && *number >= range.least && *number <= range.greatest)
        return STATUS_OK;
    if (kind == TK_ULONGLONG)
        return taking_refuse(t, at, "must be an integer from 0 on, above %" PRId64 " as text",
                             range.greatest);
    return taking_refuse(t, at, "must be an integer from %" PRId64 " to %" PRId64, range.least,
                         range.greatest);
}

static void write_integer(struct cdr_writer *w, enum typecode_kind kind, int64_t number)
{
    switch (kind) {
    case TK_OCTET: cdr_write_octet(w, (uint8_t)number); break;
    case TK_SHORT:
    case TK_USHORT: cdr_write_ushort(w, (uint16_t)number); break;
    case TK_LONG:
    case TK_ULONG: cdr_write_ulong(w, (uint32_t)number); break;
    default: cdr_write_ulonglong(w, (uint64_t)number); break;
    }
}

enum status taking_integer(const struct taking *t, const struct typecode *type, const json_t *value,
                           const struct place *at)
{
    int64_t number;
    enum status status = integer_of(t, type->kind, value, at, &number);
    if (status == STATUS_OK)
        write_integer(t->w, type->kind, number);
    return status;
}

static bool parse_special(const json_t *value, double *number)
{
    const char *text = json_is_string(value) ? json_string_value(value) : "";
    if (strcmp(text, "NaN") == 0)
        *number = NAN;
    else if (strcmp(text, "Infinity") == 0)
        *number = INFINITY;
    else if (strcmp(text, "-Infinity") == 0)
        *number = -INFINITY;
    else
        return false;
    return true;
}

static void write_real(struct cdr_writer *w, enum typecode_kind kind, double number)
{
    switch (kind) {
    case TK_FLOAT: cdr_write_float(w, (float)number); break;
    case TK_DOUBLE: cdr_write_double(w, number); break;
    default: cdr_write_longdouble(w, number); break;
    }
}

enum status taking_real(const struct taking *t, const struct typecode *type, const json_t *value,
                        const struct place *at)
{
    double number;
    bool narrow = type->kind == TK_FLOAT;
    if (parse_special(value, &number)) {
        write_real(t->w, type->kind, number);
        return STATUS_OK;
    }
    if (!json_is_number(value))
        return taking_refuse(t, at, "must be a number, or \"NaN\", \"Infinity\" or \"-Infinity\"");
    number = json_number_value(value);
    if (narrow && isinf((float)number))
        return taking_refuse(t, at, "is too great for a float");
    double kept = narrow ? (double)(float)number : number;
    /* 2^63 itself would not survive the way back to an integer. */
    if (json_is_integer(value) &&
        (kept >= 0x1p63 || (int64_t)kept != (int64_t)json_integer_value(value)))
        return taking_refuse(t, at, "is an integer that a %s cannot hold exactly",
                             narrow ? "float" : "double");
    write_real(t->w, type->kind, number);
    return STATUS_OK;
}

enum status taking_boolean(const struct taking *t, const json_t *value, const struct place *at)
{
    if (!json_is_boolean(value))
        return taking_refuse(t, at, "must be true or false");
    cdr_write_boolean(t->w, json_is_true(value));
    return STATUS_OK;
}

/* ---- texts ---- */

static void write_text(struct cdr_writer *w, const struct typecode *type, const char *text,
                       size_t length)
{
    switch (type->kind) {
    case TK_CHAR: cdr_write_char(w, text, length); break;
    case TK_WCHAR: cdr_write_wchar(w, text, length); break;
    case TK_STRING: cdr_write_string(w, type->length, text, length); break;
    default: cdr_write_wstring(w, type->length, text, length); break;
    }
}

enum status taking_text(const struct taking *t, const struct typecode *type, const json_t *value,
                        const struct place *at)
{
    if (!json_is_string(value))
        return taking_refuse(t, at, "must be a text");
    write_text(t->w, type, json_string_value(value), json_string_length(value));
    return text_written(t, type, at);
}

enum status taking_fixed(const struct taking *t, const struct typecode *type, const json_t *value,
                         const struct place *at)
{
    if (json_is_string(value))
        cdr_write_fixed(t->w, type->fixed_digits, type->fixed_scale, json_string_value(value),
                        json_string_length(value));
    if (!json_is_string(value) || t->w->failure != EXCEPTION_NONE)
        return taking_refuse(t, at,
                             "must be decimal text of at most %d digits, %d of them decimals",
                             type->fixed_digits, type->fixed_scale);
    return STATUS_OK;
}

static enum status ordinal_of(const struct taking *t, const struct typecode *type,
                              const json_t *value, const struct place *at, int64_t *ordinal)
{
    char text[128];
    *ordinal = json_is_string(value)
                   ? typecode_enumerator(type, json_string_value(value), json_string_length(value))
                   : -1;
    typecode_describe(type, text, sizeof(text));
    return *ordinal >= 0 ? STATUS_OK : taking_refuse(t, at, "must be the name of one of %s", text);
}

enum status taking_enumerator(const struct taking *t, const struct typecode *type,
                              const json_t *value, const struct place *at)
{
    int64_t ordinal;
    enum status status = ordinal_of(t, type, value, at, &ordinal);
    if (status == STATUS_OK)
        cdr_write_ulong(t->w, (uint32_t)ordinal);
    return status;
}

/* ---- labels ---- */

/* A char's label is its byte on the wire: it is written, and looked at. */
static enum status label_of_char(const struct taking *t, const struct typecode *type,
                                 const json_t *value, const struct place *at, int64_t *label)
{
    enum status status = taking_text(t, type, value, at);
    if (status == STATUS_OK) {
        t->w->out->size--;
        *label = (uint8_t)t->w->out->data[t->w->out->size];
    }
    return status;
}

enum status taking_label(const struct taking *t, const struct typecode *type, const json_t *value,
                         const struct place *at, int64_t *label)
{
    switch (type->kind) {
    case TK_BOOLEAN:
        *label = json_is_true(value);
        return json_is_boolean(value) ? STATUS_OK : taking_refuse(t, at, "must be true or false");
    case TK_ENUM: return ordinal_of(t, type, value, at, label);
    case TK_CHAR: return label_of_char(t, type, value, at, label);
    default: return integer_of(t, type->kind, value, at, label);
    }
}
