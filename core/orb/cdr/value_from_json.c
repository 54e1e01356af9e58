/* JSON as values: types that hold others. */
#include "base/hex.h"
#include "cdr/discriminator.h"
#include "cdr/taking.h"

#include <inttypes.h>
#include <stdio.h>

static enum status take(const struct taking *t, const struct typecode *type, const json_t *value,
                        const struct place *at);

static struct place member_of(const struct place *at, const char *name)
{
    return (struct place){.within = at, .name = name, .depth = at != NULL ? at->depth + 1 : 1};
}

static struct place element_of(const struct place *at, uint32_t index)
{
    return (struct place){.within = at, .index = index, .depth = at != NULL ? at->depth + 1 : 1};
}

/* ---- references and types ---- */

static enum status take_reference(const struct taking *t, const json_t *value,
                                  const struct place *at)
{
    struct fault fault = {0};
    if (t->references == NULL)
        return taking_refuse(t, at, "cannot be given here, being an object reference");
    if (!json_is_null(value) && json_string_length(value) == 0)
        return taking_refuse(t, at, "must be an object reference as text, or null");
    enum status status =
        t->references->write(t->w, json_string_value(value), json_string_length(value), &fault);
    return status == STATUS_OK ? status : taking_refuse(t, at, "%s", fault.text);
}

/* ---- types ---- */

static enum status basic_of(const struct taking *t, const json_t *value, const struct place *at,
                            const struct typecode **type)
{
    *type = json_is_string(value)
                ? typecode_of_name(json_string_value(value), json_string_length(value))
                : NULL;
    return *type != NULL ? STATUS_OK : taking_refuse(t, at, "must be the name of a basic type");
}

static enum status take_typecode(const struct taking *t, const json_t *value,
                                 const struct place *at)
{
    const struct typecode *type;
    enum status status = basic_of(t, value, at, &type);
    if (status == STATUS_OK)
        typecode_write(t->w, type);
    return status;
}

/* ---- what holds others ---- */

/* The first name in the object that is not expected. */
static enum status refuse_unknown(const struct taking *t, const json_t *object,
                                  bool (*expected)(const struct typecode *type, const char *name),
                                  const struct typecode *type, const struct place *at)
{
    json_t *names = (json_t *)object; /* jansson's iterators can change it, and so ask for it */
    for (void *i = json_object_iter(names); i != NULL; i = json_object_iter_next(names, i)) {
        struct place place = member_of(at, json_object_iter_key(i));
        if (!expected(type, place.name))
            return taking_refuse(t, &place, "is not known");
    }
    return STATUS_OK;
}

/* As value_to_json names it. */
static const char *name_of(const struct typecode *type, uint32_t index, char text[16])
{
    if (type->members[index].name_length > 0)
        return type->members[index].name;
    (void)snprintf(text, 16, "_%" PRIu32, index + 1);
    return text;
}

static bool has_member(const struct typecode *type, const char *name)
{
    char text[16];
    for (uint32_t i = 0; i < type->member_count; i++)
        if (strcmp(name_of(type, i, text), name) == 0)
            return true;
    return false;
}

static enum status take_members(const struct taking *t, const struct typecode *type,
                                const json_t *value, const struct place *at)
{
    char text[16];
    enum status status = STATUS_OK;
    if (!json_is_object(value))
        return taking_refuse(t, at, "must be an object");
    for (uint32_t i = 0; i < type->member_count && status == STATUS_OK; i++) {
        struct place place = member_of(at, name_of(type, i, text));
        const json_t *member = json_object_get(value, place.name);
        status = member != NULL ? take(t, type->members[i].type, member, &place)
                                : taking_refuse(t, &place, "is missing");
    }
    if (status == STATUS_OK && json_object_size(value) > type->member_count)
        status = refuse_unknown(t, value, has_member, type, at);
    return status;
}

static bool is_pair_of_union(const struct typecode *type, const char *name)
{
    (void)type;
    return strcmp(name, "_switch") == 0 || strcmp(name, "_value") == 0;
}

static bool is_pair_of_any(const struct typecode *type, const char *name)
{
    (void)type;
    return strcmp(name, "_type") == 0 || strcmp(name, "_value") == 0;
}

static enum status take_union(const struct taking *t, const struct typecode *type,
                              const json_t *value, const struct place *at)
{
    const struct typecode *discriminator = typecode_resolve(type->discriminator);
    const json_t *chosen = json_object_get(value, "_switch");
    const json_t *held = json_object_get(value, "_value");
    struct place switch_place = member_of(at, "_switch");
    struct place value_place = member_of(at, "_value");
    int64_t label;
    if (chosen == NULL)
        return taking_refuse(t, at, "must be an object with \"_switch\" and \"_value\"");
    enum status status = taking_label(t, discriminator, chosen, &switch_place, &label);
    if (status == STATUS_OK)
        status = refuse_unknown(t, value, is_pair_of_union, type, at);
    if (status != STATUS_OK)
        return status;
    const struct typecode_member *member = typecode_union_member(type, label);
    if ((member == NULL) != (held == NULL))
        return taking_refuse(t, &value_place,
                             held == NULL ? "is missing" : "has no member to stand for");
    discriminator_write(t->w, discriminator, label);
    return member != NULL ? take(t, member->type, held, &value_place) : STATUS_OK;
}

static enum status take_any(const struct taking *t, const json_t *value, const struct place *at)
{
    const json_t *named = json_object_get(value, "_type");
    const json_t *held = json_object_get(value, "_value");
    struct place type_place = member_of(at, "_type");
    struct place value_place = member_of(at, "_value");
    const struct typecode *type;
    if (named == NULL || held == NULL)
        return taking_refuse(t, at, "must be an object with \"_type\" and \"_value\"");
    enum status status = basic_of(t, named, &type_place, &type);
    if (status == STATUS_OK)
        status = refuse_unknown(t, value, is_pair_of_any, NULL, at);
    if (status != STATUS_OK)
        return status;
    typecode_write(t->w, type);
    return take(t, type, held, &value_place);
}

static enum status write_count(const struct taking *t, const struct typecode *type, size_t count,
                               const struct place *at)
{
    if (type->kind == TK_ARRAY && count != type->length)
        return taking_refuse(t, at, "must have exactly %" PRIu32 " elements", type->length);
    if (type->kind == TK_SEQUENCE && count > (type->length > 0 ? type->length : (size_t)UINT32_MAX))
        return taking_refuse(t, at, "must have at most %" PRIu32 " elements",
                             type->length > 0 ? type->length : UINT32_MAX);
    if (type->kind == TK_SEQUENCE)
        cdr_write_ulong(t->w, (uint32_t)count);
    return STATUS_OK;
}

static enum status take_octets(const struct taking *t, const struct typecode *type,
                               const json_t *value, const struct place *at)
{
    const char *digits = json_string_value(value);
    size_t length = json_string_length(value);
    if (digits == NULL || length % 2 != 0)
        return taking_refuse(t, at, "must be a text of hexadecimal digits, two for each octet");
    enum status status = write_count(t, type, length / 2, at);
    for (size_t i = 0; i < length && status == STATUS_OK; i += 2) {
        int high = hex_value(digits[i]);
        int low = hex_value(digits[i + 1]);
        if (high < 0 || low < 0)
            status =
                taking_refuse(t, at, "must be a text of hexadecimal digits, two for each octet");
        else
            cdr_write_octet(t->w, (uint8_t)(high << 4 | low));
    }
    return status;
}

static enum status take_elements(const struct taking *t, const struct typecode *type,
                                 const json_t *value, const struct place *at)
{
    if (typecode_resolve(type->content)->kind == TK_OCTET)
        return take_octets(t, type, value, at);
    if (!json_is_array(value))
        return taking_refuse(t, at, "must be an array");
    size_t count = json_array_size(value);
    enum status status = write_count(t, type, count, at);
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        struct place place = element_of(at, (uint32_t)i);
        status = take(t, type->content, json_array_get(value, i), &place);
    }
    return status;
}

/* ---- */

static enum status take_no_such(const struct taking *t, const struct typecode *type,
                                const struct place *at)
{
    char text[128];
    typecode_describe(type, text, sizeof(text));
    return taking_refuse(t, at, "is of type %s, whose values cannot be passed", text);
}

static enum status take_nothing(const struct taking *t, const json_t *value, const struct place *at)
{
    return json_is_null(value) ? STATUS_OK : taking_refuse(t, at, "must be null");
}

static enum status take(const struct taking *t, const struct typecode *type, const json_t *value,
                        const struct place *at)
{
    type = typecode_resolve(type);
    if (at != NULL && at->depth > JSON_DEPTH_LIMIT)
        return taking_refuse(t, at, "is nested deeper than %d levels", JSON_DEPTH_LIMIT);
    switch (type->kind) {
    case TK_NULL:
    case TK_VOID: return take_nothing(t, value, at);
    case TK_SHORT:
    case TK_USHORT:
    case TK_LONG:
    case TK_ULONG:
    case TK_LONGLONG:
    case TK_ULONGLONG:
    case TK_OCTET: return taking_integer(t, type, value, at);
    case TK_FLOAT:
    case TK_DOUBLE:
    case TK_LONGDOUBLE: return taking_real(t, type, value, at);
    case TK_BOOLEAN: return taking_boolean(t, value, at);
    case TK_CHAR:
    case TK_WCHAR:
    case TK_STRING:
    case TK_WSTRING: return taking_text(t, type, value, at);
    case TK_FIXED: return taking_fixed(t, type, value, at);
    case TK_ENUM: return taking_enumerator(t, type, value, at);
    case TK_OBJREF: return take_reference(t, value, at);
    case TK_TYPECODE: return take_typecode(t, value, at);
    case TK_ANY: return take_any(t, value, at);
    case TK_STRUCT:
    case TK_EXCEPT: return take_members(t, type, value, at);
    case TK_UNION: return take_union(t, type, value, at);
    case TK_SEQUENCE:
    case TK_ARRAY: return take_elements(t, type, value, at);
    default: return take_no_such(t, type, at);
    }
}

enum status value_from_json(struct cdr_writer *w, const struct typecode *type,
                            const struct value_references *references, const json_t *value,
                            const char *where, struct fault *fault)
{
    struct fault unseen;
    const struct taking t = {
        .w = w,
        .references = references,
        .where = where,
        .fault = fault != NULL ? fault : &unseen,
    };
    return take(&t, type, value, NULL);
}
