/* Macros: names that #if and its like ask for. */
#include "idl/lexer.h"
#include "idl/preprocess.h"

#include <string.h>

struct macro {
    struct index_entry by_name;
    uint64_t value;
};

static struct macro *find(const struct compiler *c, const char *name, size_t length)
{
    struct index_entry *entry = index_find(&c->macros, NULL, name, length, true);
    return entry ? index_item(entry, struct macro, by_name) : NULL;
}

static bool read_name(struct compiler *c, struct token *name)
{
    *name = lexer_next_in_line(c);
    return name->kind == TOKEN_IDENTIFIER ||
           compiler_refuse(c, name->place, "the name of a macro expected");
}

/* Only a number is taken as a value: it is good for #if, and nothing is expanded. */
static bool read_value(struct compiler *c, uint64_t *value)
{
    struct token token = lexer_next_in_line(c);
    if (token.kind == TOKEN_LINE_END)
        return true;
    struct token more = lexer_next_in_line(c);
    if (token.kind != TOKEN_INTEGER || more.kind != TOKEN_LINE_END)
        return compiler_refuse(c, token.place,
                               "no value, or one integer, expected: macros are not expanded here");
    *value = token.integer;
    return true;
}

void macro_define(struct compiler *c)
{
    struct token name;
    uint64_t value = 0;
    if (!read_name(c, &name) || !read_value(c, &value))
        return;
    struct macro *macro = find(c, name.text, name.length);
    if (!macro) {
        macro = typecode_arena_take(c->scratch, sizeof(*macro));
        macro->by_name.text = name.text;
        macro->by_name.length = name.length;
        index_add(&c->macros, &macro->by_name);
    } else if (macro->value != value) {
        compiler_refuse(c, name.place, "'%s' has been defined with another value", name.text);
    }
    macro->value = value;
}

void macro_undefine(struct compiler *c)
{
    struct token name;
    if (!read_name(c, &name))
        return;
    struct macro *macro = find(c, name.text, name.length);
    if (macro)
        index_remove(&c->macros, &macro->by_name);
    lexer_pass_line(c);
}

bool macro_value(const struct compiler *c, const struct token *name, uint64_t *value)
{
    const struct macro *macro = find(c, name->text, name->length);
    *value = macro ? macro->value : 0;
    return macro != NULL;
}
