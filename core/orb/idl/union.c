/* Unions: what decides, the labels, and whether a default can ever be. */
#include "idl/constant.h"
#include "idl/parser.h"

#include <stdlib.h>
#include <string.h>

struct label {
    int64_t value;
    struct place place;
};

struct union_reader {
    struct compiler *c;
    struct typecode *type;
    const struct typecode *discriminator; /* without aliases */
    struct member_list members;
    struct label *labels; /* all of them; memory of the load */
    uint32_t label_count, label_capacity;
    struct place default_place;
    bool default_here; /* among the labels of this case */
};

/* ---- switch ---- */

static bool may_decide(const struct typecode *type)
{
    switch (type->kind) {
    case TK_SHORT:
    case TK_USHORT:
    case TK_LONG:
    case TK_ULONG:
    case TK_LONGLONG:
    case TK_ULONGLONG:
    case TK_CHAR:
    case TK_BOOLEAN:
    case TK_ENUM: return true;
    default: return false;
    }
}

/* An enum that is declared on the spot belongs to the union. */
static bool parse_discriminator(struct union_reader *u)
{
    struct compiler *c = u->c;
    struct place place = parser_peek(c)->place;
    bool declared = parser_peek(c)->kind == KEYWORD_ENUM;
    const struct typecode *type = declared ? parse_enum(c) : parse_simple_type(c);
    if (!type)
        return false;
    u->type->discriminator = type;
    u->discriminator = typecode_resolve(type);
    bool possible = may_decide(u->discriminator) && u->discriminator->least_size;
    return possible || compiler_refuse(c, place,
                                       "an integer, char, boolean or enum type expected "
                                       "to switch by");
}

/* ---- labels ---- */

static void add_label(struct union_reader *u, int64_t value, struct place place)
{
    if (u->label_count == u->label_capacity) {
        uint32_t capacity = u->label_capacity ? 2 * u->label_capacity : 8;
        struct label *labels = typecode_arena_take(u->c->scratch, capacity * sizeof(*labels));
        if (u->label_count)
            memcpy(labels, u->labels, u->label_count * sizeof(*labels));
        u->labels = labels;
        u->label_capacity = capacity;
    }
    u->labels[u->label_count++] = (struct label){value, place};
}

static bool parse_case_value(struct union_reader *u)
{
    struct value value;
    struct typecode_member member = {.label = 0};
    if (!constant_expression(u->c, u->discriminator, &value))
        return false;
    member.label = (int64_t)value.integer;
    add_label(u, member.label, value.place);
    members_add(u->c, &u->members, &member);
    return true;
}

static bool take_default(struct union_reader *u)
{
    struct typecode_member member = {.label = 0};
    struct place place = parser_take(u->c).place;
    if (u->type->default_index >= 0)
        return compiler_refuse(u->c, place, "this union has a default already, at %s:%u:%u",
                               u->default_place.file, u->default_place.line,
                               u->default_place.column);
    u->default_place = place;
    u->type->default_index = (int32_t)u->members.count;
    members_add(u->c, &u->members, &member);
    return true;
}

/* case x: case y: default: ..., at least one. */
static bool parse_labels(struct union_reader *u)
{
    struct compiler *c = u->c;
    int kind = parser_peek(c)->kind;
    if (kind != KEYWORD_CASE && kind != KEYWORD_DEFAULT)
        return parser_refuse(c, "'case' or 'default'");
    for (; kind == KEYWORD_CASE || kind == KEYWORD_DEFAULT; kind = parser_peek(c)->kind) {
        bool taken = kind == KEYWORD_DEFAULT ? take_default(u)
                                             : parser_accept(c, kind) && parse_case_value(u);
        if (!taken || !parser_expect(c, ':'))
            return false;
    }
    return compiler_ok(c);
}

/* A member stands once for each of its labels. */
static bool parse_case(struct union_reader *u)
{
    struct compiler *c = u->c;
    struct token name;
    struct typecode_member named;
    uint32_t first = u->members.count;
    if (!parse_labels(u))
        return false;
    struct place place = parser_peek(c)->place;
    const struct typecode *type = parse_type(c);
    if (!type || !type_check_complete(c, type, place) || !parser_identifier(c, &name))
        return false;
    type = parse_dimensions(c, type);
    if (!type || !member_declare(c, &name, type, &named))
        return false;
    for (uint32_t i = first; i < u->members.count; i++) {
        named.label = u->members.items[i].label;
        u->members.items[i] = named;
    }
    return parser_expect(c, ';');
}

/* ---- the whole ---- */

static int compare_labels(const void *a, const void *b)
{
    const struct label *x = a, *y = b;
    if (x->value != y->value)
        return x->value < y->value ? -1 : 1;
    if (x->place.line != y->place.line)
        return x->place.line < y->place.line ? -1 : 1;
    return x->place.column < y->place.column ? -1 : x->place.column > y->place.column;
}

static bool check_labels(struct union_reader *u)
{
    if (u->label_count)
        qsort(u->labels, u->label_count, sizeof(*u->labels), compare_labels);
    for (uint32_t i = 1; i < u->label_count; i++) {
        const struct label *label = &u->labels[i], *before = label - 1;
        if (label->value == before->value)
            return compiler_refuse(u->c, label->place,
                                   "this label has a member already, at %s:%u:%u",
                                   before->place.file, before->place.line, before->place.column);
    }
    return true;
}

/* How many values a discriminator has; 0: more than labels can be written. */
static uint32_t count_values(const struct typecode *type)
{
    switch (type->kind) {
    case TK_BOOLEAN: return 2;
    case TK_CHAR: return 256;
    case TK_SHORT:
    case TK_USHORT: return 65536;
    case TK_ENUM: return type->member_count;
    default: return 0;
    }
}

static bool check_default(struct union_reader *u)
{
    uint32_t values = count_values(u->discriminator);
    return u->type->default_index < 0 || !values || u->label_count < values ||
           compiler_refuse(u->c, u->default_place,
                           "a default can never be: every value has its case");
}

static bool parse_cases(struct union_reader *u)
{
    struct compiler *c = u->c;
    do {
        if (!parse_case(u))
            return false;
    } while (!parser_accept(c, '}') && compiler_ok(c));
    return compiler_ok(c) && check_labels(u) && check_default(u);
}

/* Behind the name, its scope open. */
static bool parse_body(struct union_reader *u)
{
    struct compiler *c = u->c;
    return parser_expect(c, '(') && parse_discriminator(u) && parser_expect(c, ')') &&
           parser_expect(c, '{') && parse_cases(u);
}

struct typecode *parse_union(struct compiler *c)
{
    struct declaration *d = constructed_declare(c, TK_UNION);
    if (!d || parser_peek(c)->kind == ';')
        return d ? d->type : NULL;
    struct union_reader u = {.c = c, .type = d->type};
    struct place place = parser_peek(c)->place;
    d->type->default_index = -1;
    if (!parser_expect(c, KEYWORD_SWITCH))
        return NULL;
    scope_open(c, d);
    bool read = compiler_enter(c, place) && parse_body(&u);
    compiler_leave(c);
    scope_close(c);
    if (!read)
        return NULL;
    members_keep(c, &u.members, d);
    return d->type;
}
