/* Private: the grammar (CORBA 3.3, part 1, 7.4 on), one function for each thing that it has. After
 * a mistake only TOKEN_END comes, so that every loop ends and most results need no look.
 *
 * A token is looked at as late as possible: a pragma behind a declaration is obeyed when the next
 * token is asked for, and must find the declaration made and its scope closed. */
#ifndef IDL_PARSER_H
#define IDL_PARSER_H

#include "idl/lexer.h"
#include "idl/scope.h"

const struct token *parser_peek(struct compiler *c);
struct token parser_take(struct compiler *c);
bool parser_accept(struct compiler *c, int kind);
bool parser_expect(struct compiler *c, int kind);
/* "WHAT expected, but ... came", of the token that comes; false. */
bool parser_refuse(struct compiler *c, const char *what);
bool parser_identifier(struct compiler *c, struct token *name);
/* What a scoped name means here; `place` is where it begins. */
const struct declaration *parser_scoped_name(struct compiler *c, struct place *place);
/* The same behind a '::' that has been taken already, if `absolute`. */
const struct declaration *parser_rest_of_name(struct compiler *c, bool absolute);

/* ---- definitions (definition.c) ---- */

void parse_specification(struct compiler *c); /* all of it */
/* One type_dcl, const_dcl or except_dcl (with no ';'); false, without a word: none comes. */
bool parse_export(struct compiler *c);
/* Whether what comes is a part of IDL that is not supported; then that has been told. */
bool parse_unsupported(struct compiler *c);

/* ---- types ---- */

/* type_spec, with a struct, union or enum declared on the spot; NULL after a mistake. */
const struct typecode *parse_type(struct compiler *c);
/* param_type_spec: neither declared on the spot nor an anonymous sequence or fixed. */
const struct typecode *parse_parameter_type(struct compiler *c);
/* simple_type_spec. */
const struct typecode *parse_simple_type(struct compiler *c);
/* An integer, char, boolean, ... by its keywords; NULL, without a word, when none comes. */
const struct typecode *parse_basic_type(struct compiler *c);
/* The dimensions behind a name, around `type`. */
const struct typecode *parse_dimensions(struct compiler *c, const struct typecode *type);
/* A type that has to be known completely here. */
bool type_check_complete(struct compiler *c, const struct typecode *type, struct place place);
/* Enters a declaration's type into the list and gives it its name and id. */
struct typecode *type_declare(struct compiler *c, struct declaration *d, enum typecode_kind kind);

struct typecode *parse_struct(struct compiler *c);
struct typecode *parse_union(struct compiler *c);
struct typecode *parse_enum(struct compiler *c);
void parse_exception(struct compiler *c);
void parse_typedef(struct compiler *c);

/* A struct, union or exception by its name: new, or declared forward before. */
struct declaration *constructed_declare(struct compiler *c, enum typecode_kind kind);

/* Members as they come (struct.c); memory of the load. */
struct member_list {
    struct typecode_member *items;
    uint32_t count, capacity;
};
void members_add(struct compiler *c, struct member_list *list,
                 const struct typecode_member *member);
/* Into the type, which is finished with it. */
void members_keep(struct compiler *c, const struct member_list *list, struct declaration *d);
/* Declares a member's name in c->scope, and gives it as it stands in a typecode. */
bool member_declare(struct compiler *c, const struct token *name, const struct typecode *type,
                    struct typecode_member *member);

/* ---- interfaces ---- */

void parse_interface(struct compiler *c);
/* One attribute or operation (operation.c). */
void parse_attribute(struct compiler *c, struct interface *in);
void parse_operation(struct compiler *c, struct interface *in);
/* One more operation than before, of `count` in a row, in somebody's table. */
bool interface_count_operations(struct compiler *c, struct place place, size_t count);
/* Makes the tables of the interfaces from `first` on, when everything has been read. */
void interface_link(struct compiler *c, size_t first);

#endif
