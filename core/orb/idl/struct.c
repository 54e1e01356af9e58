/* Structs, exceptions and enums. */
#include "idl/parser.h"

#include <string.h>

/* ---- members ---- */

void members_add(struct compiler *c, struct member_list *list, const struct typecode_member *member)
{
    if (list->count == list->capacity) {
        uint32_t capacity = list->capacity ? 2 * list->capacity : 8;
        struct typecode_member *items = typecode_arena_take(c->scratch, capacity * sizeof(*items));
        if (list->count)
            memcpy(items, list->items, list->count * sizeof(*items));
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count++] = *member;
}

void members_keep(struct compiler *c, const struct member_list *list, struct declaration *d)
{
    size_t size = list->count * sizeof(*list->items);
    struct typecode_member *members = typecode_arena_take(c->idl->arena, size);
    if (size)
        memcpy(members, list->items, size);
    d->type->members = members;
    d->type->member_count = list->count;
    d->complete = true;
    typecode_finish(d->type);
}

bool member_declare(struct compiler *c, const struct token *name, const struct typecode *type,
                    struct typecode_member *member)
{
    struct declaration *d = scope_declare(c, DECLARED_MEMBER, name);
    if (!d)
        return false;
    d->complete = true;
    *member = (struct typecode_member){
        .name = declaration_name(d), .name_length = name->length, .type = type};
    return true;
}

static bool parse_declarators(struct compiler *c, const struct typecode *type,
                              struct member_list *members)
{
    struct token name;
    struct typecode_member member;
    do {
        if (!parser_identifier(c, &name))
            return false;
        const struct typecode *whole = parse_dimensions(c, type);
        if (!whole || !member_declare(c, &name, whole, &member))
            return false;
        members_add(c, members, &member);
    } while (parser_accept(c, ','));
    return parser_expect(c, ';');
}

static bool parse_member(struct compiler *c, struct member_list *members)
{
    struct place place = parser_peek(c)->place;
    const struct typecode *type = parse_type(c);
    return type && type_check_complete(c, type, place) && parse_declarators(c, type, members);
}

/* Behind the name: '{' members '}'. */
static bool parse_members(struct compiler *c, struct declaration *d, bool may_be_empty)
{
    struct member_list members = {0};
    struct place place = parser_peek(c)->place;
    if (!parser_expect(c, '{'))
        return false;
    scope_open(c, d);
    if (compiler_enter(c, place)) {
        if (parser_peek(c)->kind == '}' && !may_be_empty)
            (void)parser_refuse(c, "a member");
        while (compiler_ok(c) && !parser_accept(c, '}'))
            (void)parse_member(c, &members);
    }
    compiler_leave(c);
    scope_close(c);
    if (compiler_ok(c))
        members_keep(c, &members, d);
    return compiler_ok(c);
}

/* ---- struct, exception ---- */

static struct declaration *declared_forward(struct compiler *c, enum typecode_kind kind,
                                            const struct token *name)
{
    struct declaration *d = scope_own(c->idl, c->scope, name);
    bool same = d && d->kind == DECLARED_TYPE && d->type->kind == kind && !d->complete &&
                strcmp(declaration_name(d), name->text) == 0;
    return same ? d : NULL;
}

struct declaration *constructed_declare(struct compiler *c, enum typecode_kind kind)
{
    struct token name;
    (void)parser_take(c);
    if (!parser_identifier(c, &name))
        return NULL;
    struct declaration *d = declared_forward(c, kind, &name);
    if (d)
        return repository_id_check(c, d, name.place) ? d : NULL;
    d = scope_declare(c, kind == TK_EXCEPT ? DECLARED_EXCEPTION : DECLARED_TYPE, &name);
    if (d)
        (void)type_declare(c, d, kind);
    return d;
}

/* `struct S;` alone declares it forward. */
struct typecode *parse_struct(struct compiler *c)
{
    struct declaration *d = constructed_declare(c, TK_STRUCT);
    if (!d)
        return NULL;
    if (parser_peek(c)->kind == ';')
        return d->type;
    return parse_members(c, d, false) ? d->type : NULL;
}

void parse_exception(struct compiler *c)
{
    struct declaration *d = constructed_declare(c, TK_EXCEPT);
    if (d)
        (void)parse_members(c, d, true);
}

/* ---- enum: its enumerators stand in the scope around it ---- */

static bool parse_enumerator(struct compiler *c, struct declaration *of,
                             struct member_list *members)
{
    struct token name;
    if (!parser_identifier(c, &name))
        return false;
    struct declaration *d = scope_declare(c, DECLARED_ENUMERATOR, &name);
    if (!d)
        return false;
    d->complete = true;
    d->type = of->type;
    d->ordinal = members->count;
    struct typecode_member member = {.name = declaration_name(d), .name_length = name.length};
    members_add(c, members, &member);
    return true;
}

struct typecode *parse_enum(struct compiler *c)
{
    struct member_list members = {0};
    struct declaration *d = constructed_declare(c, TK_ENUM);
    if (!d || !parser_expect(c, '{'))
        return NULL;
    do {
        if (!parse_enumerator(c, d, &members))
            return NULL;
    } while (parser_accept(c, ','));
    if (!parser_expect(c, '}'))
        return NULL;
    members_keep(c, &members, d);
    return d->type;
}
