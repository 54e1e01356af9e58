/* Values as JSON. */
#include "base/hex.h"
#include "cdr/discriminator.h"
#include "cdr/value_private.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { DESCRIPTION_SIZE = 512 };

struct telling {
    const struct value_references *references;
    struct json_writer *out;
    size_t begin; /* of the buffer's size */
};

static void tell(struct cdr_reader *r, const struct typecode *type, const struct telling *t);

/* ---- numbers and texts ---- */

static void tell_real(const struct telling *t, double number)
{
    if (isnan(number))
        json_string_of(t->out, "NaN");
    else if (isinf(number))
        json_string_of(t->out, number > 0 ? "Infinity" : "-Infinity");
    else
        json_double(t->out, number);
}

/* Below it json_double writes whole numbers without an exponent. */
static const double WHOLE_LIMIT = 1e15;

/* The shortest text that reads back as the same float: 0.1 and not 0.10000000149011612. A whole
 * number is told exactly, as it comes back as an integer. */
static void tell_float(const struct telling *t, float number)
{
    char text[32];
    double shortest = number;
    bool whole = fabs(shortest) < WHOLE_LIMIT && (double)(int64_t)shortest == shortest;
    for (int digits = 1; isfinite(number) && !whole && digits <= FLT_DECIMAL_DIG; digits++) {
        (void)snprintf(text, sizeof(text), "%.*g", digits, (double)number);
        shortest = strtod(text, NULL);
        if ((float)shortest == number)
            break;
    }
    tell_real(t, shortest);
}

static void tell_ulonglong(const struct telling *t, uint64_t number)
{
    char text[24];
    if (number <= INT64_MAX) {
        json_number(t->out, (int64_t)number);
        return;
    }
    (void)snprintf(text, sizeof(text), "%" PRIu64, number);
    json_string_of(t->out, text);
}

static void tell_character(struct cdr_reader *r, const struct typecode *type,
                           const struct telling *t)
{
    char text[4];
    size_t length = type->kind == TK_CHAR ? cdr_read_char(r, text) : cdr_read_wchar(r, text);
    json_text(t->out, text, length);
}

static void tell_string(struct cdr_reader *r, const struct typecode *type, const struct telling *t)
{
    struct buffer scratch = {0};
    size_t length;
    const char *text = type->kind == TK_STRING
                           ? cdr_read_string(r, type->length, &scratch, &length)
                           : cdr_read_wstring(r, type->length, &scratch, &length);
    json_text(t->out, text, length);
    buffer_release(&scratch);
}

static void tell_fixed(struct cdr_reader *r, const struct typecode *type, const struct telling *t)
{
    char text[FIXED_TEXT_SIZE];
    cdr_read_fixed(r, type->fixed_digits, type->fixed_scale, text);
    json_string_of(t->out, text);
}

static void tell_enumerator(const struct typecode *type, uint64_t ordinal, const struct telling *t)
{
    if (ordinal < type->member_count)
        json_text(t->out, type->members[ordinal].name, type->members[ordinal].name_length);
}

static void tell_description(const struct typecode *type, const struct telling *t)
{
    char text[DESCRIPTION_SIZE];
    typecode_describe(type, text, sizeof(text));
    json_string_of(t->out, text);
}

static void tell_reference(struct cdr_reader *r, const struct telling *t)
{
    struct buffer text = {0};
    if (t->references == NULL)
        cdr_fail(r, EXCEPTION_NO_IMPLEMENT);
    else
        t->references->read(r, &text);
    if (text.size > 0)
        json_text(t->out, text.data, text.size);
    else
        json_nothing(t->out);
    buffer_release(&text);
}

/* ---- what holds others ---- */

/* A few bytes can have a long name: what is told can be much longer than what came. */
static bool goes_on(struct cdr_reader *r, const struct telling *t)
{
    if (t->out->out->size - t->begin > VALUE_JSON_BYTES)
        cdr_fail(r, EXCEPTION_IMP_LIMIT);
    return cdr_ok(r);
}

/* TypeCodes may leave names out. */
static void tell_name(const struct typecode_member *member, uint32_t index, const struct telling *t)
{
    char text[16];
    if (member->name_length > 0) {
        json_key_text(t->out, member->name, member->name_length);
        return;
    }
    (void)snprintf(text, sizeof(text), "_%" PRIu32, index + 1);
    json_key(t->out, text);
}

static void tell_members(struct cdr_reader *r, const struct typecode *type, const struct telling *t)
{
    json_open_object(t->out);
    for (uint32_t i = 0; i < type->member_count && goes_on(r, t); i++) {
        tell_name(&type->members[i], i, t);
        tell(r, type->members[i].type, t);
    }
    json_close_object(t->out);
}

/* `at` stands before the label: a char is told as the text that it is there. */
static void tell_label(struct cdr_reader at, const struct typecode *type, int64_t label,
                       const struct telling *t)
{
    switch (type->kind) {
    case TK_BOOLEAN: json_truth(t->out, label != 0); break;
    case TK_ENUM: tell_enumerator(type, (uint64_t)label, t); break;
    case TK_ULONGLONG: tell_ulonglong(t, (uint64_t)label); break;
    case TK_CHAR: tell_character(&at, type, t); break;
    default: json_number(t->out, label); break;
    }
}

static void tell_union(struct cdr_reader *r, const struct typecode *type, const struct telling *t)
{
    const struct typecode *discriminator = typecode_resolve(type->discriminator);
    struct cdr_reader at = *r;
    int64_t label = value_read_label(r, discriminator);
    const struct typecode_member *member = typecode_union_member(type, label);
    json_open_object(t->out);
    json_key(t->out, "_switch");
    tell_label(at, discriminator, label, t);
    if (member != NULL && cdr_ok(r)) {
        json_key(t->out, "_value");
        tell(r, member->type, t);
    }
    json_close_object(t->out);
}

static void tell_octets(struct cdr_reader *r, uint32_t count, const struct telling *t)
{
    struct buffer text = {0};
    const uint8_t *bytes = cdr_take(r, count, 1);
    size_t size = bytes != NULL ? count : 0;
    hex_write(buffer_reserve(&text, 2 * size), bytes, size);
    json_text(t->out, text.data, 2 * size);
    buffer_release(&text);
}

static void tell_elements(struct cdr_reader *r, const struct typecode *type,
                          const struct telling *t)
{
    uint32_t count = value_read_count(r, type);
    if (typecode_resolve(type->content)->kind == TK_OCTET) {
        tell_octets(r, count, t);
        return;
    }
    json_open_array(t->out);
    for (uint32_t i = 0; i < count && goes_on(r, t); i++)
        tell(r, type->content, t);
    json_close_array(t->out);
}

static void tell_any(struct cdr_reader *r, const struct telling *t)
{
    struct typecode_arena *arena = typecode_arena_new();
    const struct typecode *type = value_read_any_type(r, arena);
    json_open_object(t->out);
    if (type != NULL) {
        json_key(t->out, "_type");
        tell_description(type, t);
        json_key(t->out, "_value");
        tell(r, type, t);
    }
    json_close_object(t->out);
    typecode_arena_release(&arena);
}

static void tell_typecode(struct cdr_reader *r, const struct telling *t)
{
    struct typecode_arena *arena = typecode_arena_new();
    const struct typecode *type = typecode_read(r, arena);
    if (type != NULL)
        tell_description(type, t);
    typecode_arena_release(&arena);
}

static void tell_within(struct cdr_reader *r, const struct typecode *type, const struct telling *t)
{
    if (!cdr_enter(r))
        return;
    switch (type->kind) {
    case TK_STRUCT:
    case TK_EXCEPT: tell_members(r, type, t); break;
    case TK_UNION: tell_union(r, type, t); break;
    case TK_ANY: tell_any(r, t); break;
    default: tell_elements(r, type, t); break;
    }
    cdr_leave(r);
}

/* ---- */

static void tell(struct cdr_reader *r, const struct typecode *type, const struct telling *t)
{
    type = typecode_resolve(type);
    switch (type->kind) {
    case TK_NULL:
    case TK_VOID: json_nothing(t->out); break;
    case TK_SHORT: json_number(t->out, (int16_t)cdr_read_ushort(r)); break;
    case TK_USHORT: json_number(t->out, cdr_read_ushort(r)); break;
    case TK_LONG: json_number(t->out, (int32_t)cdr_read_ulong(r)); break;
    case TK_ULONG: json_number(t->out, cdr_read_ulong(r)); break;
    case TK_LONGLONG: json_number(t->out, (int64_t)cdr_read_ulonglong(r)); break;
    case TK_ULONGLONG: tell_ulonglong(t, cdr_read_ulonglong(r)); break;
    case TK_OCTET: json_number(t->out, cdr_read_octet(r)); break;
    case TK_BOOLEAN: json_truth(t->out, cdr_read_boolean(r)); break;
    case TK_FLOAT: tell_float(t, cdr_read_float(r)); break;
    case TK_DOUBLE: tell_real(t, cdr_read_double(r)); break;
    case TK_LONGDOUBLE: tell_real(t, cdr_read_longdouble(r)); break;
    case TK_CHAR:
    case TK_WCHAR: tell_character(r, type, t); break;
    case TK_STRING:
    case TK_WSTRING: tell_string(r, type, t); break;
    case TK_FIXED: tell_fixed(r, type, t); break;
    case TK_ENUM: tell_enumerator(type, (uint64_t)discriminator_read(r, type), t); break;
    case TK_OBJREF: tell_reference(r, t); break;
    case TK_TYPECODE: tell_typecode(r, t); break;
    case TK_STRUCT:
    case TK_EXCEPT:
    case TK_UNION:
    case TK_SEQUENCE:
    case TK_ARRAY:
    case TK_ANY: tell_within(r, type, t); break;
    default: cdr_fail(r, EXCEPTION_NO_IMPLEMENT); break;
    }
}

void value_to_json(struct cdr_reader *r, const struct typecode *type,
                   const struct value_references *references, struct json_writer *out)
{
    const struct telling t = {.references = references, .out = out, .begin = out->out->size};
    tell(r, type, &t);
}
