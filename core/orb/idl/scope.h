/* Private: names and what they mean where (CORBA 3.3, part 1, 7.19 and 7.20). */
#ifndef IDL_SCOPE_H
#define IDL_SCOPE_H

#include "idl/model.h"

/* What stands under this name in the scope itself, in whatever case; a use counts. NULL: nothing.
 */
struct declaration *scope_own(const struct idl *idl, const struct scope *scope,
                              const struct token *name);
/* A new declaration in c->scope; NULL, with the reason told, when the name is taken there. */
struct declaration *scope_declare(struct compiler *c, enum declaration_kind kind,
                                  const struct token *name);

/* What a name means in c->scope, or outside of it; it is taken there from now on (7.20.3), unless
 * it is only asked for, by a pragma. NULL, with the reason told: unknown, ambiguous, written in
 * another case. */
const struct declaration *scope_resolve(struct compiler *c, const struct token *name, bool use);
/* What stands in the scope of `in` under this name; `in` NULL is the global scope. */
const struct declaration *scope_resolve_in(struct compiler *c, const struct declaration *in,
                                           const struct token *name);

/* Opens the scope of a declaration, for the first time or again, and closes it. */
void scope_open(struct compiler *c, struct declaration *owner);
/* One for the parameters of an operation. */
void scope_open_nameless(struct compiler *c, struct scope *scope);
void scope_close(struct compiler *c);

/* "Pharmacy::Money": the name from the outside. */
const char *scope_name(struct compiler *c, const struct declaration *d);

/* What an interface inherits must not have an operation or attribute of this name (7.7.5). */
bool scope_check_inherited(struct compiler *c, const struct interface *interface,
                           const struct token *name);
/* One that it inherits must have no namesake among the others. */
bool scope_check_bases(struct compiler *c, const struct interface *interface,
                       const struct declaration *operation, struct place place);

/* "a module", "an operation". */
const char *declaration_kind_name(const struct declaration *d);

/* ---- repository ids (repository_id.c; CORBA 3.3, part 1, 14.7) ---- */

/* What a new declaration gets: "IDL:orderd.org/Pharmacy/Order:1.0". */
const char *repository_id_of(struct compiler *c, const struct declaration *d);
/* Whether one that was declared forward would get the same id here. */
bool repository_id_check(struct compiler *c, const struct declaration *d, struct place place);
/* By typeid or #pragma ID; by #pragma version. */
bool repository_id_give(struct compiler *c, struct declaration *d, struct place place,
                        const char *id, size_t length);
bool repository_id_version(struct compiler *c, struct declaration *d, struct place place,
                           const char *version);
/* #pragma prefix in c->scope; typeprefix of an open scope or a module. */
bool repository_prefix(struct compiler *c, const struct token *prefix);
bool repository_type_prefix(struct compiler *c, struct scope *scope, const struct token *prefix);

#endif
