/* One load: read, checked as a whole, and kept or taken back. */
#include "idl/load.h"

#include "idl/lexer.h"
#include "idl/model.h"
#include "idl/parser.h"
#include "idl/scope.h"
#include "idl/source.h"

#include <stdlib.h>
#include <string.h>

/* How much there was before. */
struct mark {
    size_t files, declarations, interfaces, types, constants, operations;
};

static struct mark mark_of(const struct idl *idl)
{
    return (struct mark){
        .files = idl->files.count,
        .declarations = idl->declarations.count,
        .interfaces = idl->interfaces.count,
        .types = idl->types.count,
        .constants = idl->constants.count,
        .operations = idl->operation_count,
    };
}

/* ---- taking back ---- */

/* Only declared forward, as before this load. */
static void undefine(struct declaration *d)
{
    struct interface *interface = d->interface;
    d->scope->type_prefix = NULL;
    if (!interface)
        return;
    struct idl_interface *public = &interface->public;
    d->complete = false;
    *interface = (struct interface){
        .public = {.id = public->id,
                   .name = public->name,
                   .scoped = public->scoped,
                   .type = public->type},
    };
}

static void take_back(struct idl *idl, const struct mark *mark)
{
    while (idl->changed.count) {
        struct declaration *d = idl->changed.items[--idl->changed.count];
        if (d->serial < mark->declarations && d->scope)
            undefine(d);
    }
    while (idl->declarations.count > mark->declarations) {
        struct declaration *d = idl->declarations.items[--idl->declarations.count];
        index_remove(&idl->names, &d->by_name);
        if (d->by_id.text)
            index_remove(&idl->ids, &d->by_id);
    }
    while (idl->files.count > mark->files)
        free(idl->files.items[--idl->files.count]);
    idl->interfaces.count = mark->interfaces;
    idl->types.count = mark->types;
    idl->constants.count = mark->constants;
    idl->operation_count = mark->operations;
}

/* ---- checks at the end ---- */

/* A struct or union that is only declared is a type that nobody can ever read. */
static bool check_defined(struct compiler *c)
{
    for (size_t i = c->first; i < c->idl->declarations.count; i++) {
        const struct declaration *d = c->idl->declarations.items[i];
        if (d->kind == DECLARED_TYPE && !d->complete)
            return compiler_refuse(c, d->place,
                                   "a definition expected of '%s', which is only "
                                   "declared",
                                   declaration_name(d));
    }
    return true;
}

static bool index_id(struct compiler *c, struct declaration *d)
{
    const char *id = d->type->id;
    size_t length = strlen(id);
    struct index_entry *entry = index_find(&c->idl->ids, NULL, id, length, true);
    if (entry)
        return compiler_refuse(c, d->place, "'%s' has the repository id of '%s': %.300s",
                               declaration_name(d),
                               declaration_name(index_item(entry, struct declaration, by_id)), id);
    d->by_id.text = id;
    d->by_id.length = length;
    index_add(&c->idl->ids, &d->by_id);
    return true;
}

static bool index_ids(struct compiler *c, size_t first)
{
    for (size_t i = first; i < c->idl->types.count; i++)
        if (!index_id(c, c->idl->types.items[i]))
            return false;
    return true;
}

/* ---- all of it ---- */

static bool open_source(struct compiler *c, const struct load *load, bool *opened)
{
    *opened = true;
    if (load->text)
        return source_open_text(c, load->name, load->text, load->length);
    struct place place = {load->name, 0, 0};
    return source_open_file(c, place, load->name, true, opened);
}

static void read_source(struct compiler *c, const struct load *load, const struct mark *mark)
{
    bool opened = false;
    if (!open_source(c, load, &opened) || !opened)
        return;
    parse_specification(c);
    if (!compiler_ok(c) || !check_defined(c) || !index_ids(c, mark->types))
        return;
    interface_link(c, mark->interfaces);
}

static void finish(struct compiler *c, const struct mark *mark)
{
    if (!compiler_ok(c))
        take_back(c->idl, mark);
    c->idl->changed.count = 0;
    while (c->source)
        source_close(c);
    index_release(&c->macros);
    buffer_release(&c->spelling);
    typecode_arena_release(&c->scratch);
}

static struct compiler begin(struct idl *idl, struct fault *fault)
{
    idl->global.id_base = "";
    return (struct compiler){
        .idl = idl,
        .fault = fault,
        .scratch = typecode_arena_new(),
        .first = idl->declarations.count,
        .scope = &idl->global,
    };
}

enum status load_run(struct idl *idl, const struct load *load, struct fault *fault)
{
    struct mark mark = mark_of(idl);
    struct compiler c = begin(idl, fault);
    read_source(&c, load, &mark);
    finish(&c, &mark);
    return c.status;
}

/* ---- module CORBA ---- */

/* TypeCode, which cannot be said in IDL, is there without orb.idl. */
static void declare_typecode(struct compiler *c)
{
    struct token module = {.text = "CORBA", .length = 5, .place = {.file = "orb.idl"}};
    struct token name = {.text = "TypeCode", .length = 8, .place = {.file = "orb.idl"}};
    struct declaration *d = scope_declare(c, DECLARED_MODULE, &module);
    d->complete = true;
    scope_open(c, d);
    d = scope_declare(c, DECLARED_TYPE, &name);
    /* Never written through: what is not of the running load is not. */
    d->type = (struct typecode *)typecode_basic(TK_TYPECODE);
    d->complete = true;
    scope_close(c);
}

void load_builtins(struct idl *idl)
{
    struct mark mark = mark_of(idl);
    struct compiler c = begin(idl, NULL);
    declare_typecode(&c);
    finish(&c, &mark);
}
