/* Passing over values of any type, and what that shares with telling them. */
#include "cdr/discriminator.h"
#include "cdr/value_private.h"

size_t value_plain_size(enum typecode_kind kind)
{
    switch (kind) {
    case TK_OCTET: return 1;
    case TK_SHORT:
    case TK_USHORT: return 2;
    case TK_LONG:
    case TK_ULONG:
    case TK_FLOAT: return 4;
    case TK_LONGLONG:
    case TK_ULONGLONG:
    case TK_DOUBLE: return 8;
    default: return 0;
    }
}

uint32_t value_read_count(struct cdr_reader *r, const struct typecode *type)
{
    uint32_t least = type->content->least_size;
    if (type->kind == TK_SEQUENCE)
        return cdr_read_length(r, type->length, least);
    if (type->length > cdr_left(r) / (least > 0 ? least : 1)) {
        cdr_fail(r, EXCEPTION_MARSHAL);
        return 0;
    }
    return type->length;
}

const struct typecode *value_read_any_type(struct cdr_reader *r, struct typecode_arena *arena)
{
    const struct typecode *type = typecode_read(r, arena);
    if (type == NULL || typecode_resolve(type)->kind != TK_EXCEPT)
        return type;
    size_t length;
    const char *id = cdr_read_identifier(r, &length);
    const char *expected = typecode_resolve(type)->id;
    if (length != strlen(expected) || memcmp(id, expected, length) != 0)
        cdr_fail(r, EXCEPTION_MARSHAL);
    return cdr_ok(r) ? type : NULL;
}

int64_t value_read_label(struct cdr_reader *r, const struct typecode *discriminator)
{
    struct cdr_reader ahead = *r;
    char text[4];
    if (discriminator->kind == TK_CHAR && cdr_read_char(&ahead, text) == 0)
        cdr_fail(r, ahead.failure);
    return discriminator_read(r, discriminator);
}

void value_skip_reference(struct cdr_reader *r)
{
    enum { LEAST_PROFILE = 8 };
    size_t size;
    (void)cdr_read_identifier(r, &size);
    uint32_t profiles = cdr_read_length(r, 0, LEAST_PROFILE);
    if (profiles > r->limits->profiles)
        cdr_fail(r, EXCEPTION_IMP_LIMIT);
    for (uint32_t i = 0; i < profiles && cdr_ok(r); i++) {
        (void)cdr_read_ulong(r); /* its tag */
        (void)cdr_read_octets(r, 0, &size);
    }
}

static void skip_text(struct cdr_reader *r, const struct typecode *type)
{
    struct buffer scratch = {0};
    size_t length;
    if (type->kind == TK_STRING)
        (void)cdr_read_string(r, type->length, &scratch, &length);
    else
        (void)cdr_read_wstring(r, type->length, &scratch, &length);
    buffer_release(&scratch);
}

static void skip_members(struct cdr_reader *r, const struct typecode *type)
{
    for (uint32_t i = 0; i < type->member_count && cdr_ok(r); i++)
        value_skip(r, type->members[i].type);
}

static void skip_union(struct cdr_reader *r, const struct typecode *type)
{
    int64_t label = value_read_label(r, typecode_resolve(type->discriminator));
    const struct typecode_member *member = typecode_union_member(type, label);
    if (member != NULL && cdr_ok(r))
        value_skip(r, member->type);
}

static void skip_elements(struct cdr_reader *r, const struct typecode *type)
{
    uint32_t count = value_read_count(r, type);
    size_t size = value_plain_size(typecode_resolve(type->content)->kind);
    /* At once, but where fragments of GIOP 1.1 may part them. */
    if (size > 0 && count > 0 && r->behind == 0) {
        (void)cdr_take(r, count * size, size);
        return;
    }
    for (uint32_t i = 0; i < count && cdr_ok(r); i++)
        value_skip(r, type->content);
}

static void skip_typecode(struct cdr_reader *r, bool with_value)
{
    struct typecode_arena *arena = typecode_arena_new();
    const struct typecode *type =
        with_value ? value_read_any_type(r, arena) : typecode_read(r, arena);
    if (type != NULL && with_value)
        value_skip(r, type);
    typecode_arena_release(&arena);
}

/* Those that hold others. */
static void skip_within(struct cdr_reader *r, const struct typecode *type)
{
    if (!cdr_enter(r))
        return;
    switch (type->kind) {
    case TK_STRUCT:
    case TK_EXCEPT: skip_members(r, type); break;
    case TK_UNION: skip_union(r, type); break;
    case TK_ANY: skip_typecode(r, true); break;
    default: skip_elements(r, type); break;
    }
    cdr_leave(r);
}

void value_skip(struct cdr_reader *r, const struct typecode *type)
{
    char text[FIXED_TEXT_SIZE];
    type = typecode_resolve(type);
    size_t size = value_plain_size(type->kind);
    if (size > 0) {
        (void)cdr_take(r, size, size);
        return;
    }
    switch (type->kind) {
    case TK_NULL:
    case TK_VOID: break;
    case TK_BOOLEAN: (void)cdr_read_boolean(r); break;
    case TK_CHAR: (void)cdr_read_char(r, text); break;
    case TK_WCHAR: (void)cdr_read_wchar(r, text); break;
    case TK_ENUM: (void)discriminator_read(r, type); break;
    case TK_LONGDOUBLE: (void)cdr_read_longdouble(r); break;
    case TK_FIXED: cdr_read_fixed(r, type->fixed_digits, type->fixed_scale, text); break;
    case TK_STRING:
    case TK_WSTRING: skip_text(r, type); break;
    case TK_OBJREF: value_skip_reference(r); break;
    case TK_TYPECODE: skip_typecode(r, false); break;
    case TK_STRUCT:
    case TK_EXCEPT:
    case TK_UNION:
    case TK_SEQUENCE:
    case TK_ARRAY:
    case TK_ANY: skip_within(r, type); break;
    default: cdr_fail(r, EXCEPTION_NO_IMPLEMENT); break;
    }
}
