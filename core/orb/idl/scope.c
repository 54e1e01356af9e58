/* Declaring names, and finding what names mean. */
#include "idl/scope.h"

#include <string.h>
#include <strings.h>

const char *declaration_kind_name(const struct declaration *d)
{
    static const char *const names[] = {
        [DECLARED_MODULE] = "a module",
        [DECLARED_INTERFACE] = "an interface",
        [DECLARED_TYPE] = "a type",
        [DECLARED_EXCEPTION] = "an exception",
        [DECLARED_CONSTANT] = "a constant",
        [DECLARED_ENUMERATOR] = "an enumerator",
        [DECLARED_OPERATION] = "an operation",
        [DECLARED_MEMBER] = "a member or parameter",
        [DECLARED_USE] = "used",
    };
    return names[d->kind];
}

static const struct declaration *followed(const struct declaration *d)
{
    return d && d->kind == DECLARED_USE ? d->target : d;
}

static struct declaration *find_own(const struct idl *idl, const struct scope *scope,
                                    const char *text, size_t length)
{
    struct index_entry *entry = index_find(&idl->names, scope, text, length, false);
    return entry ? index_item(entry, struct declaration, by_name) : NULL;
}

struct declaration *scope_own(const struct idl *idl, const struct scope *scope,
                              const struct token *name)
{
    return find_own(idl, scope, name->text, name->length);
}

/* ---- inherited names: of each base its own, or else what that one inherits ---- */

struct search {
    const struct idl *idl;
    const struct token *name;
    uint64_t number;
    bool operations; /* nothing else counts, and nothing hides */
    const struct declaration *found[2];
};

static void keep_found(struct search *search, const struct declaration *d)
{
    if (!search->found[0])
        search->found[0] = d;
    else if (search->found[0] != d)
        search->found[1] = d;
}

/* As deep as an interface has ancestors. */
static void search_interface(struct search *search, struct interface *interface)
{
    if (interface->visited == search->number)
        return;
    interface->visited = search->number;
    const struct declaration *d = scope_own(search->idl, interface->scope, search->name);
    bool own = d && d->kind != DECLARED_USE;
    if (own && (!search->operations || d->kind == DECLARED_OPERATION)) {
        keep_found(search, d);
        return;
    }
    for (uint32_t i = 0; i < interface->public.base_count; i++)
        search_interface(search, (struct interface *)interface->public.bases[i]);
}

static void search_bases(struct compiler *c, struct search *search,
                         const struct interface *interface)
{
    search->idl = c->idl;
    search->number = ++c->idl->searches;
    for (uint32_t i = 0; i < interface->public.base_count; i++)
        search_interface(search, (struct interface *)interface->public.bases[i]);
}

/* NULL: nothing inherited has this name, or it is ambiguous, which has been told. */
static const struct declaration *find_inherited(struct compiler *c, const struct scope *scope,
                                                const struct token *name)
{
    struct search search = {.name = name};
    if (!scope->owner || !scope->owner->interface)
        return NULL;
    search_bases(c, &search, scope->owner->interface);
    if (search.found[1]) {
        compiler_refuse(c, name->place, "'%s' is ambiguous: %s has it, and %s has it", name->text,
                        search.found[0]->in->scoped, search.found[1]->in->scoped);
        return NULL;
    }
    return search.found[0];
}

bool scope_check_inherited(struct compiler *c, const struct interface *interface,
                           const struct token *name)
{
    struct search search = {.name = name, .operations = true};
    search_bases(c, &search, interface);
    return !search.found[0] ||
           compiler_refuse(c, name->place, "'%s' clashes with the operation or attribute %s::%s",
                           name->text, search.found[0]->in->scoped,
                           declaration_name(search.found[0]));
}

bool scope_check_bases(struct compiler *c, const struct interface *interface,
                       const struct declaration *operation, struct place place)
{
    struct token name = {.text = declaration_name(operation), .length = operation->by_name.length};
    struct search search = {.name = &name, .operations = true};
    search_bases(c, &search, interface);
    return !search.found[1] ||
           compiler_refuse(c, place,
                           "'%s' inherits two operations or attributes: %s::%s and %s::%s",
                           interface->public.name, search.found[0]->in->scoped,
                           declaration_name(search.found[0]), search.found[1]->in->scoped,
                           declaration_name(search.found[1]));
}

/* ---- declaring ---- */

static bool refuse_taken(struct compiler *c, const struct token *name, const struct declaration *d)
{
    const struct place *at = &d->place;
    const char *other = declaration_name(d);
    if (d->kind == DECLARED_USE)
        return compiler_refuse(
            c, name->place, "'%s' cannot be declared here any more: '%s' was used at %s:%u:%u%s",
            name->text, other, at->file, at->line, at->column,
            strcmp(other, name->text) ? " (upper and lower case are the same)" : "");
    return compiler_refuse(c, name->place, "'%s' is declared already%s%s%s, as %s, at %s:%u:%u",
                           name->text, strcmp(other, name->text) ? " ('" : "",
                           strcmp(other, name->text) ? other : "",
                           strcmp(other, name->text) ? "', upper and lower case are the same)" : "",
                           declaration_kind_name(d), at->file, at->line, at->column);
}

static bool is_name_of(const struct scope *scope, const struct token *name)
{
    const struct declaration *owner = scope->owner;
    return owner && owner->by_name.length == name->length &&
           strncasecmp(declaration_name(owner), name->text, name->length) == 0;
}

static struct declaration *add(struct compiler *c, enum declaration_kind kind, struct scope *scope,
                               const struct token *name)
{
    struct idl *idl = c->idl;
    struct declaration *d = typecode_arena_take(idl->arena, sizeof(*d));
    size_t file_length = strlen(name->place.file);
    d->kind = kind;
    d->in = scope;
    d->place = name->place;
    d->serial = idl->declarations.count;
    d->by_name.owner = scope;
    d->by_name.text = typecode_arena_text(idl->arena, name->text, name->length);
    d->by_name.length = name->length;
    /* The name of the file belongs to the load; that of the declaration before is mostly the same.
     */
    const struct declaration *last =
        idl->declarations.count ? idl->declarations.items[idl->declarations.count - 1] : NULL;
    d->place.file = last && strcmp(last->place.file, name->place.file) == 0
                        ? last->place.file
                        : typecode_arena_text(idl->arena, name->place.file, file_length);
    list_add(&idl->declarations, d);
    index_add(&idl->names, &d->by_name);
    return d;
}

struct declaration *scope_declare(struct compiler *c, enum declaration_kind kind,
                                  const struct token *name)
{
    const struct declaration *taken = scope_own(c->idl, c->scope, name);
    if (!compiler_ok(c) || (taken && !refuse_taken(c, name, taken)))
        return NULL;
    if (is_name_of(c->scope, name)) {
        compiler_refuse(c, name->place, "'%s' clashes with the name of '%s', which it stands in",
                        name->text, c->scope->scoped);
        return NULL;
    }
    return add(c, kind, c->scope, name);
}

/* ---- resolving ---- */

static bool refuse_case(struct compiler *c, const struct token *name, const struct declaration *d)
{
    return compiler_refuse(c, name->place, "'%s' expected, in the case of %s:%u:%u, but '%s' came",
                           declaration_name(d), d->place.file, d->place.line, d->place.column,
                           name->text);
}

/* `found` stands in `where` or is inherited there. From the current scope out to there the name is
 * taken; modules keep to themselves what is used within scopes inside of them. */
static void record_use(struct compiler *c, const struct token *name, const struct scope *where,
                       const struct declaration *found)
{
    for (struct scope *s = c->scope; s; s = s->parent) {
        bool module = !s->parent || (s->owner && s->owner->kind == DECLARED_MODULE);
        if ((module && s != c->scope) || found->in == s)
            return;
        if (!scope_own(c->idl, s, name)) {
            struct declaration *use = add(c, DECLARED_USE, s, name);
            use->target = found;
        }
        if (module || s == where)
            return;
    }
}

static const struct declaration *refuse_unknown(struct compiler *c, const struct token *name,
                                                const char *in)
{
    compiler_refuse(c, name->place, "'%s' is not declared%s%s", name->text, *in ? " in " : "", in);
    return NULL;
}

const struct declaration *scope_resolve(struct compiler *c, const struct token *name, bool use)
{
    for (struct scope *s = c->scope; s && compiler_ok(c); s = s->parent) {
        const struct declaration *found = followed(scope_own(c->idl, s, name));
        if (!found)
            found = find_inherited(c, s, name);
        if (!found)
            continue;
        if (strcmp(declaration_name(found), name->text) != 0) {
            refuse_case(c, name, found);
            return NULL;
        }
        if (use)
            record_use(c, name, s, found);
        return found;
    }
    return refuse_unknown(c, name, "");
}

const struct declaration *scope_resolve_in(struct compiler *c, const struct declaration *in,
                                           const struct token *name)
{
    const struct scope *scope = in ? in->scope : &c->idl->global;
    const struct declaration *found = scope ? scope_own(c->idl, scope, name) : NULL;
    if (found && found->kind == DECLARED_USE)
        found = NULL;
    if (scope && !found)
        found = find_inherited(c, scope, name);
    if (!compiler_ok(c))
        return NULL;
    if (!found)
        return refuse_unknown(c, name, in ? declaration_name(in) : "");
    if (strcmp(declaration_name(found), name->text) != 0) {
        refuse_case(c, name, found);
        return NULL;
    }
    return found;
}

/* ---- opening and closing ---- */

void scope_open_nameless(struct compiler *c, struct scope *scope)
{
    *scope = (struct scope){.parent = c->scope, .scoped = c->scope->scoped};
    scope->id_base = c->scope->id_base;
    c->scope = scope;
}

static const char *joined(struct compiler *c, const char *begin, const char *between,
                          const struct declaration *d, const char *end)
{
    c->spelling.size = 0;
    buffer_append_text(&c->spelling, begin);
    buffer_append_text(&c->spelling, between);
    buffer_append_text(&c->spelling, declaration_name(d));
    buffer_append_text(&c->spelling, end);
    if (c->spelling.size > PATH_LIMIT)
        compiler_fail(c, d->place, STATUS_LIMIT, "a scoped name of more than %d bytes", PATH_LIMIT);
    return typecode_arena_text(c->idl->arena, c->spelling.data, c->spelling.size);
}

void scope_open(struct compiler *c, struct declaration *owner)
{
    struct scope *scope = owner->scope;
    if (!scope) {
        scope = typecode_arena_take(c->idl->arena, sizeof(*scope));
        scope->parent = c->scope;
        scope->owner = owner;
        scope->scoped = scope_name(c, owner);
        owner->scope = scope;
    }
    scope->id_base =
        scope->type_prefix ? scope->type_prefix : joined(c, c->scope->id_base, "", owner, "/");
    c->scope = scope;
}

const char *scope_name(struct compiler *c, const struct declaration *d)
{
    return joined(c, d->in->scoped, *d->in->scoped ? "::" : "", d, "");
}

void scope_close(struct compiler *c)
{
    c->scope = c->scope->parent;
}
