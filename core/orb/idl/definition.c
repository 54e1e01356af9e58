/* Definitions: modules and what stands in them; typeid, typeprefix, import. */
#include "idl/constant.h"
#include "idl/parser.h"

#include <stdio.h>
#include <string.h>

/* ---- what is not supported ---- */

bool parse_unsupported(struct compiler *c)
{
    struct token token = *parser_peek(c);
    switch (token.kind) {
    case KEYWORD_ABSTRACT:
    case KEYWORD_COMPONENT:
    case KEYWORD_CUSTOM:
    case KEYWORD_EVENTTYPE:
    case KEYWORD_HOME:
    case KEYWORD_LOCAL:
    case KEYWORD_NATIVE:
    case KEYWORD_VALUETYPE:
        compiler_refuse(c, token.place, "'%s' is not supported", token.text);
        return true;
    default: return false;
    }
}

/* ---- typeid, typeprefix, import ---- */

static bool parse_string_token(struct compiler *c, struct token *text)
{
    *text = *parser_peek(c);
    return parser_expect(c, TOKEN_STRING);
}

static void parse_type_id(struct compiler *c)
{
    struct token id;
    struct place place;
    (void)parser_take(c);
    struct declaration *d = (struct declaration *)parser_scoped_name(c, &place);
    if (d && parse_string_token(c, &id))
        (void)repository_id_give(c, d, id.place, id.text, id.length);
}

/* Of a module or interface, or of "::", the file. */
static struct scope *parse_scope_name(struct compiler *c)
{
    struct place place = parser_peek(c)->place;
    bool absolute = parser_accept(c, TOKEN_SCOPE);
    if (absolute && parser_peek(c)->kind == TOKEN_STRING)
        return &c->idl->global;
    const struct declaration *d = parser_rest_of_name(c, absolute);
    if (d && !d->scope)
        compiler_refuse(c, place, "a module or another scope expected, but '%s' is %s",
                        declaration_name(d), declaration_kind_name(d));
    return d ? d->scope : NULL;
}

static void parse_type_prefix(struct compiler *c)
{
    struct token prefix;
    (void)parser_take(c);
    struct scope *scope = parse_scope_name(c);
    if (scope && parse_string_token(c, &prefix))
        (void)repository_type_prefix(c, scope, &prefix);
}

/* What has been read can be used anyway, so there is nothing to do but to look whether it has. */
static void parse_import(struct compiler *c)
{
    struct token id = {.kind = 0};
    (void)parser_take(c);
    if (parser_peek(c)->kind != TOKEN_STRING) {
        (void)parse_scope_name(c);
        return;
    }
    if (parse_string_token(c, &id) && !index_find(&c->idl->ids, NULL, id.text, id.length, true))
        compiler_refuse(c, id.place, "nothing with the repository id \"%s\" has been read",
                        id.text);
}

/* ---- modules ---- */

static bool parse_definition(struct compiler *c);

static struct declaration *module_declare(struct compiler *c, const struct token *name)
{
    struct declaration *d = scope_own(c->idl, c->scope, name);
    bool reopened = d && d->kind == DECLARED_MODULE && strcmp(declaration_name(d), name->text) == 0;
    if (!reopened)
        d = scope_declare(c, DECLARED_MODULE, name);
    if (d)
        d->complete = true;
    return d;
}

static void parse_module(struct compiler *c)
{
    struct token name;
    struct place place = parser_take(c).place;
    if (!parser_identifier(c, &name))
        return;
    struct declaration *d = module_declare(c, &name);
    if (!d || !parser_expect(c, '{'))
        return;
    scope_open(c, d);
    if (compiler_enter(c, place)) {
        do {
            (void)parse_definition(c);
        } while (compiler_ok(c) && !parser_accept(c, '}'));
    }
    compiler_leave(c);
    scope_close(c);
}

/* ---- all of them ---- */

bool parse_export(struct compiler *c)
{
    switch (parser_peek(c)->kind) {
    case KEYWORD_TYPEDEF: parse_typedef(c); return true;
    case KEYWORD_STRUCT: (void)parse_struct(c); return true;
    case KEYWORD_UNION: (void)parse_union(c); return true;
    case KEYWORD_ENUM: (void)parse_enum(c); return true;
    case KEYWORD_CONST: parse_const(c); return true;
    case KEYWORD_EXCEPTION: parse_exception(c); return true;
    case KEYWORD_TYPEID: parse_type_id(c); return true;
    case KEYWORD_TYPEPREFIX: parse_type_prefix(c); return true;
    default: return parse_unsupported(c);
    }
}

static bool parse_definition(struct compiler *c)
{
    switch (parser_peek(c)->kind) {
    case KEYWORD_MODULE: parse_module(c); break;
    case KEYWORD_INTERFACE: parse_interface(c); break;
    case KEYWORD_IMPORT: parse_import(c); break;
    default:
        if (!parse_export(c))
            return parser_refuse(c, "a definition (module, interface, struct, ...)");
    }
    return parser_expect(c, ';');
}

void parse_specification(struct compiler *c)
{
    while (compiler_ok(c) && parser_peek(c)->kind != TOKEN_END)
        (void)parse_definition(c);
}
