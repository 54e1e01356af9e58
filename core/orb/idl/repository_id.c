/* Repository ids: made from prefix, names and version, or given. */
#include "idl/scope.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const char *kept(struct compiler *c, struct place place)
{
    if (c->spelling.size > PATH_LIMIT)
        compiler_fail(c, place, STATUS_LIMIT, "a repository id of more than %d bytes", PATH_LIMIT);
    return typecode_arena_text(c->idl->arena, c->spelling.data, c->spelling.size);
}

const char *repository_id_of(struct compiler *c, const struct declaration *d)
{
    buffer_clear(&c->spelling);
    buffer_printf(&c->spelling, "IDL:%s%s:1.0", c->scope->id_base, declaration_name(d));
    return kept(c, d->place);
}

bool repository_id_check(struct compiler *c, const struct declaration *d, struct place place)
{
    if (d->id_given || d->version_given || strcmp(repository_id_of(c, d), d->type->id) == 0)
        return true;
    return compiler_refuse(c, place,
                           "the prefix expected that was in force at %s:%u:%u, where '%s' "
                           "was declared",
                           d->place.file, d->place.line, d->place.column, declaration_name(d));
}

/* What has an id, and is not in anybody's hands yet. */
static bool may_change(struct compiler *c, const struct declaration *d, struct place place)
{
    if (!d->type || d->kind == DECLARED_ENUMERATOR)
        return compiler_refuse(c, place, "'%s' is %s and has no repository id here",
                               declaration_name(d), declaration_kind_name(d));
    if (d->serial < c->first)
        return compiler_refuse(c, place, "'%s' was loaded before, its repository id is fixed",
                               declaration_name(d));
    return true;
}

static bool is_id(const char *id, size_t length)
{
    const char *colon = memchr(id, ':', length);
    if (!colon || colon == id || strlen(id) < length)
        return false;
    for (size_t i = 0; i < length; i++)
        if (!isgraph((unsigned char)id[i]))
            return false;
    return true;
}

/* A module has an id as well, which nobody here ever needs. */
bool repository_id_give(struct compiler *c, struct declaration *d, struct place place,
                        const char *id, size_t length)
{
    if (d->kind == DECLARED_MODULE)
        return true;
    if (!may_change(c, d, place))
        return false;
    if (!is_id(id, length))
        return compiler_refuse(c, place, "a repository id expected, \"IDL:...\"");
    if (length > PATH_LIMIT)
        return compiler_fail(c, place, STATUS_LIMIT, "a repository id of more than %d bytes",
                             PATH_LIMIT);
    if ((d->id_given || d->version_given) && strcmp(d->type->id, id) != 0)
        return compiler_refuse(c, place, "'%s' has been given the repository id %.200s",
                               declaration_name(d), d->type->id);
    d->id_given = true;
    d->type->id = typecode_arena_text(c->idl->arena, id, length);
    return true;
}

/* major.minor, 16 bits each. */
static bool is_version(const char *version)
{
    for (int part = 0; part < 2; part++) {
        char *end = NULL;
        if (!isdigit((unsigned char)*version) || strtoul(version, &end, 10) > UINT16_MAX)
            return false;
        if (*end != (part ? '\0' : '.'))
            return false;
        version = end + 1;
    }
    return true;
}

bool repository_id_version(struct compiler *c, struct declaration *d, struct place place,
                           const char *version)
{
    if (d->kind == DECLARED_MODULE)
        return true;
    if (!may_change(c, d, place))
        return false;
    if (!is_version(version))
        return compiler_refuse(c, place, "a version expected, as 1.0, but %.40s came", version);
    const char *id = d->type->id, *colon = strrchr(id, ':');
    if (d->version_given && strcmp(colon + 1, version) != 0)
        return compiler_refuse(c, place, "'%s' has been given the version %.40s",
                               declaration_name(d), colon + 1);
    if (d->id_given)
        return compiler_refuse(c, place, "'%s' has been given the repository id %.200s",
                               declaration_name(d), id);
    buffer_clear(&c->spelling);
    buffer_append(&c->spelling, id, (size_t)(colon - id) + 1);
    buffer_append_text(&c->spelling, version);
    d->version_given = true;
    d->type->id = kept(c, place);
    return true;
}

/* ---- prefixes ---- */

static bool is_prefix(const struct token *prefix)
{
    static const char others[] = "-_./";
    for (size_t i = 0; i < prefix->length; i++) {
        unsigned char character = (unsigned char)prefix->text[i];
        if (!character || character > 126 || (!isalnum(character) && !strchr(others, character)))
            return false;
    }
    return !prefix->length ||
           (isalnum((unsigned char)prefix->text[0]) && prefix->text[prefix->length - 1] != '/');
}

/* "prefix/", or "". */
static bool begin_base(struct compiler *c, const struct token *prefix)
{
    if (!is_prefix(prefix))
        return compiler_refuse(c, prefix->place,
                               "a prefix of letters, digits and -_./ expected, as \"orderd.org\"");
    buffer_clear(&c->spelling);
    buffer_append_text(&c->spelling, prefix->text);
    if (prefix->length)
        buffer_append_text(&c->spelling, "/");
    return true;
}

bool repository_prefix(struct compiler *c, const struct token *prefix)
{
    if (!begin_base(c, prefix))
        return false;
    c->scope->id_base = kept(c, prefix->place);
    return compiler_ok(c);
}

bool repository_type_prefix(struct compiler *c, struct scope *scope, const struct token *prefix)
{
    if (!begin_base(c, prefix))
        return false;
    for (const char *at = scope->scoped; *at; at++) {
        bool colons = at[0] == ':';
        buffer_append(&c->spelling, colons ? "/" : at, 1);
        at += colons;
    }
    if (*scope->scoped)
        buffer_append_text(&c->spelling, "/");
    const char *base = kept(c, prefix->place);
    if (scope->type_prefix && strcmp(scope->type_prefix, base) != 0)
        return compiler_refuse(c, prefix->place, "this scope has another typeprefix already");
    scope->id_base = base;
    if (!scope->owner) /* the global one: until the file ends */
        return compiler_ok(c);
    if (!scope->type_prefix)
        list_add(&c->idl->changed, scope->owner);
    scope->type_prefix = base;
    return compiler_ok(c);
}
