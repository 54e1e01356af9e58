/* Private: directives (CORBA 3.3, part 1, 7.3, and 14.7.5 for pragmas). Macros are known by name to
 * #if and its like; nothing is ever expanded. A load begins without macros. */
#ifndef IDL_PREPROCESS_H
#define IDL_PREPROCESS_H

#include "idl/compiler.h"

/* Obeys the directive whose '#' comes, and takes its line; a branch that is not wanted as well. */
void preprocess_directive(struct compiler *c);
/* The innermost source has ended. Goes back to the includer; false at the end of everything. */
bool preprocess_end_file(struct compiler *c);
bool preprocess_is_macro(const struct compiler *c, const struct token *name);

/* #if and its like (condition.c): the name of the directive has been taken. */
void condition_if(struct compiler *c, struct place place);
void condition_ifdef(struct compiler *c, struct place place, bool wanted);
/* #elif and #else, met while reading: the branch before was the right one. */
void condition_else(struct compiler *c, const struct token *directive);
void condition_endif(struct compiler *c, struct place place);

/* #define, #undef (macro.c). */
void macro_define(struct compiler *c);
void macro_undefine(struct compiler *c);
/* False: there is none of that name. `*value` is 0 where it has no number. */
bool macro_value(const struct compiler *c, const struct token *name, uint64_t *value);

/* #pragma (pragma.c): the word has been taken. */
void pragma_obey(struct compiler *c);

#endif
