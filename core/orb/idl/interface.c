/* Interfaces: declared, inherited, filled, and their tables of operations in the end. */
#include "idl/parser.h"

#include <stdlib.h>
#include <string.h>

/* ---- inheritance ---- */

static bool is_direct_base(const struct list *bases, const struct interface *base)
{
    for (size_t i = 0; i < bases->count; i++)
        if (bases->items[i] == base)
            return true;
    return false;
}

static bool parse_base(struct compiler *c, struct list *bases)
{
    struct place place;
    const struct declaration *d = parser_scoped_name(c, &place);
    if (!d)
        return false;
    if (d->kind != DECLARED_INTERFACE)
        return compiler_refuse(c, place, "an interface expected, but '%s' is %s",
                               declaration_name(d), declaration_kind_name(d));
    if (!d->complete)
        return compiler_refuse(c, place,
                               "'%s' must be defined before it is inherited from, not "
                               "only declared",
                               declaration_name(d));
    if (is_direct_base(bases, d->interface))
        return compiler_refuse(c, place, "'%s' is a base of it already", declaration_name(d));
    list_add(bases, d->interface);
    return true;
}

static void add_ancestor(struct idl *idl, struct list *ancestors, struct interface *interface)
{
    if (interface->visited == idl->searches)
        return;
    interface->visited = idl->searches;
    list_add(ancestors, interface);
}

/* Their operations are the interface's, too: no two of them may have one name (7.7.5). */
static bool check_ancestors(struct compiler *c, const struct interface *interface,
                            struct place place)
{
    size_t inherited = 0;
    for (uint32_t i = 0; i < interface->ancestor_count; i++)
        inherited += interface->ancestors[i]->own_count;
    if (!interface_count_operations(c, place, inherited))
        return false;
    for (uint32_t i = 0; interface->public.base_count > 1 && i < interface->ancestor_count; i++)
        for (const struct operation_link *link = interface->ancestors[i]->own; link;
             link = link->next)
            if (!scope_check_bases(c, interface, link->declaration, place))
                return false;
    return true;
}

static void *kept(struct compiler *c, const struct list *list)
{
    size_t size = list->count * sizeof(*list->items);
    void *copy = typecode_arena_take(c->idl->arena, size);
    if (size)
        memcpy(copy, list->items, size);
    return copy;
}

static bool inherit(struct compiler *c, struct interface *interface, const struct list *bases,
                    struct place place)
{
    struct list ancestors = {0};
    c->idl->searches++;
    for (size_t i = 0; i < bases->count; i++) {
        struct interface *base = bases->items[i];
        for (uint32_t k = 0; k < base->ancestor_count; k++)
            add_ancestor(c->idl, &ancestors, base->ancestors[k]);
        add_ancestor(c->idl, &ancestors, base);
    }
    interface->public.bases = kept(c, bases);
    interface->public.base_count = (uint32_t)bases->count;
    interface->ancestors = kept(c, &ancestors);
    interface->ancestor_count = (uint32_t)ancestors.count;
    list_release(&ancestors);
    if (interface->ancestor_count > ANCESTOR_LIMIT)
        return compiler_fail(c, place, STATUS_LIMIT, "an interface of more than %d ancestors",
                             ANCESTOR_LIMIT);
    return check_ancestors(c, interface, place);
}

static bool parse_inheritance(struct compiler *c, struct interface *interface, struct place place)
{
    struct list bases = {0};
    bool more = parser_accept(c, ':'), good = true;
    while (good && more) {
        good = parse_base(c, &bases);
        more = good && parser_accept(c, ',');
    }
    good = good && compiler_ok(c) && inherit(c, interface, &bases, place);
    list_release(&bases);
    return good;
}

/* ---- declaration and body ---- */

static struct declaration *interface_declare(struct compiler *c, const struct token *name)
{
    struct idl *idl = c->idl;
    struct declaration *d = scope_own(idl, c->scope, name);
    if (d && d->kind == DECLARED_INTERFACE && strcmp(declaration_name(d), name->text) == 0)
        return repository_id_check(c, d, name->place) ? d : NULL;
    d = scope_declare(c, DECLARED_INTERFACE, name);
    if (!d)
        return NULL;
    d->interface = typecode_arena_take(idl->arena, sizeof(*d->interface));
    d->interface->public.name = declaration_name(d);
    d->interface->public.scoped = scope_name(c, d);
    d->interface->public.type = type_declare(c, d, TK_OBJREF);
    typecode_finish(d->type);
    return d;
}

static void parse_body(struct compiler *c, struct interface *interface)
{
    while (compiler_ok(c) && !parser_accept(c, '}')) {
        int kind = parser_peek(c)->kind;
        if (kind == KEYWORD_READONLY || kind == KEYWORD_ATTRIBUTE)
            parse_attribute(c, interface);
        else if (!parse_export(c))
            parse_operation(c, interface);
        (void)parser_expect(c, ';');
    }
}

static void define(struct compiler *c, struct declaration *d, struct place place)
{
    struct interface *interface = d->interface;
    if (d->complete) {
        compiler_refuse(c, place, "'%s' is defined already, at %s:%u:%u", declaration_name(d),
                        d->place.file, d->place.line, d->place.column);
        return;
    }
    if (d->serial < c->first)
        list_add(&c->idl->changed, d);
    interface->own_end = &interface->own;
    if (!parse_inheritance(c, interface, place) || !parser_expect(c, '{'))
        return;
    scope_open(c, d);
    interface->scope = c->scope;
    if (compiler_enter(c, place))
        parse_body(c, interface);
    compiler_leave(c);
    scope_close(c);
    d->complete = true;
    list_add(&c->idl->interfaces, interface);
}

void parse_interface(struct compiler *c)
{
    struct token name;
    (void)parser_take(c);
    if (!parser_identifier(c, &name))
        return;
    struct declaration *d = interface_declare(c, &name);
    if (d && parser_peek(c)->kind != ';')
        define(c, d, name.place);
}

/* ---- tables ---- */

bool interface_count_operations(struct compiler *c, struct place place, size_t count)
{
    c->idl->operation_count += count;
    return c->idl->operation_count <= OPERATION_LIMIT ||
           compiler_fail(c, place, STATUS_LIMIT,
                         "more than %d operations, inherited ones counted each time",
                         OPERATION_LIMIT);
}

static int compare_operations(const void *a, const void *b)
{
    const struct idl_operation *x = a, *y = b;
    return strcmp(x->name, y->name);
}

static struct idl_operation *add_own(struct idl_operation *to, const struct interface *from)
{
    for (const struct operation_link *link = from->own; link; link = link->next) {
        *to = link->operation;
        to->interface_id = from->public.type->id;
        to++;
    }
    return to;
}

static void make_table(struct compiler *c, struct interface *interface)
{
    uint32_t count = interface->own_count;
    for (uint32_t i = 0; i < interface->ancestor_count; i++)
        count += interface->ancestors[i]->own_count;
    struct idl_operation *operations =
        typecode_arena_take(c->idl->arena, count * sizeof(*operations));
    struct idl_operation *end = operations;
    for (uint32_t i = 0; i < interface->ancestor_count; i++)
        end = add_own(end, interface->ancestors[i]);
    (void)add_own(end, interface);
    if (count)
        qsort(operations, count, sizeof(*operations), compare_operations);
    interface->public.operations = operations;
    interface->public.operation_count = count;
}

/* Not earlier, for a pragma may give an id as long as the file has not ended. */
void interface_link(struct compiler *c, size_t first)
{
    for (size_t i = first; i < c->idl->interfaces.count; i++) {
        struct interface *interface = c->idl->interfaces.items[i];
        interface->public.id = interface->public.type->id;
        make_table(c, interface);
    }
}
