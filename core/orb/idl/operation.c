/* Operations and attributes. */
#include "idl/parser.h"

#include "base/buffer.h"

#include <string.h>

/* ---- parts of both ---- */

static void *kept(struct compiler *c, const void *items, size_t size)
{
    void *copy = typecode_arena_take(c->idl->arena, size);
    if (size)
        memcpy(copy, items, size);
    return copy;
}

static bool add_operation(struct compiler *c, struct interface *in, const struct declaration *d,
                          const struct idl_operation *operation)
{
    struct operation_link *link = typecode_arena_take(c->idl->arena, sizeof(*link));
    link->declaration = d;
    link->operation = *operation;
    link->operation.name_length = strlen(operation->name);
    *in->own_end = link;
    in->own_end = &link->next;
    in->own_count++;
    return interface_count_operations(c, d->place, 1);
}

static struct declaration *declare(struct compiler *c, const struct interface *in,
                                   const struct token *name)
{
    if (!scope_check_inherited(c, in, name))
        return NULL;
    struct declaration *d = scope_declare(c, DECLARED_OPERATION, name);
    if (d)
        d->complete = true;
    return d;
}

static bool parse_exception_name(struct compiler *c, struct list *names)
{
    struct place place;
    const struct declaration *d = parser_scoped_name(c, &place);
    if (!d)
        return false;
    if (d->kind != DECLARED_EXCEPTION)
        return compiler_refuse(c, place, "an exception expected, but '%s' is %s",
                               declaration_name(d), declaration_kind_name(d));
    for (size_t i = 0; i < names->count; i++)
        if (names->items[i] == d->type) /* twice is once */
            return true;
    list_add(names, d->type);
    return true;
}

/* raises, getraises, setraises: nothing when the keyword does not come. */
static bool parse_raises(struct compiler *c, int keyword, struct idl_operation *operation)
{
    struct list names = {0};
    if (!parser_accept(c, keyword))
        return compiler_ok(c);
    bool good = parser_expect(c, '(') && parse_exception_name(c, &names);
    while (good && parser_accept(c, ','))
        good = parse_exception_name(c, &names);
    good = good && parser_expect(c, ')');
    if (good) {
        operation->exceptions = kept(c, names.items, names.count * sizeof(*names.items));
        operation->exception_count = (uint32_t)names.count;
    }
    list_release(&names);
    return good;
}

/* ---- attributes: _get_x, and _set_x unless it is readonly ---- */

struct attribute {
    const struct typecode *type;
    struct idl_operation get, set;
    bool readonly;
};

static const char *accessor(struct compiler *c, const char *prefix, const struct token *name)
{
    buffer_clear(&c->spelling);
    buffer_append_text(&c->spelling, prefix);
    buffer_append_text(&c->spelling, name->text);
    return typecode_arena_text(c->idl->arena, c->spelling.data, c->spelling.size);
}

static bool add_attribute(struct compiler *c, struct interface *in, const struct token *name,
                          struct attribute attribute)
{
    const struct declaration *d = declare(c, in, name);
    if (!d)
        return false;
    attribute.get.name = accessor(c, "_get_", name);
    attribute.get.attribute = true;
    attribute.get.result = attribute.type;
    attribute.get.output_count = 1;
    if (!add_operation(c, in, d, &attribute.get) || attribute.readonly)
        return compiler_ok(c);
    struct idl_parameter value = {
        .name = declaration_name(d), .type = attribute.type, .mode = IDL_IN};
    attribute.set.name = accessor(c, "_set_", name);
    attribute.set.attribute = true;
    attribute.set.result = typecode_basic(TK_VOID);
    attribute.set.parameters = kept(c, &value, sizeof(value));
    attribute.set.parameter_count = attribute.set.input_count = 1;
    return add_operation(c, in, d, &attribute.set);
}

/* Exceptions may stand behind a single attribute only (7.14.1). */
static bool parse_attribute_raises(struct compiler *c, struct attribute *attribute)
{
    if (attribute->readonly)
        return parse_raises(c, KEYWORD_RAISES, &attribute->get);
    return parse_raises(c, KEYWORD_GETRAISES, &attribute->get) &&
           parse_raises(c, KEYWORD_SETRAISES, &attribute->set);
}

void parse_attribute(struct compiler *c, struct interface *in)
{
    struct token name;
    struct attribute attribute = {.readonly = parser_accept(c, KEYWORD_READONLY)};
    if (!parser_expect(c, KEYWORD_ATTRIBUTE))
        return;
    attribute.type = parse_parameter_type(c);
    if (!attribute.type || !parser_identifier(c, &name))
        return;
    bool several = parser_peek(c)->kind == ',';
    if (!several && !parse_attribute_raises(c, &attribute))
        return;
    do {
        if (!add_attribute(c, in, &name, attribute))
            return;
    } while (several && parser_accept(c, ',') && parser_identifier(c, &name));
}

/* ---- parameters ---- */

struct parameter_list {
    struct idl_parameter *items; /* memory of the load */
    uint32_t count, capacity;
};

static void add_parameter(struct compiler *c, struct parameter_list *list,
                          const struct idl_parameter *parameter)
{
    if (list->count == list->capacity) {
        uint32_t capacity = list->capacity ? 2 * list->capacity : 8;
        struct idl_parameter *items = typecode_arena_take(c->scratch, capacity * sizeof(*items));
        if (list->count)
            memcpy(items, list->items, list->count * sizeof(*items));
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count++] = *parameter;
}

static bool parse_mode(struct compiler *c, enum idl_mode *mode)
{
    if (parser_accept(c, KEYWORD_IN))
        *mode = IDL_IN;
    else if (parser_accept(c, KEYWORD_OUT))
        *mode = IDL_OUT;
    else if (parser_accept(c, KEYWORD_INOUT))
        *mode = IDL_INOUT;
    else
        return parser_refuse(c, "'in', 'out' or 'inout'");
    return true;
}

static bool parse_parameter(struct compiler *c, struct parameter_list *list,
                            struct idl_operation *operation)
{
    struct token name;
    struct idl_parameter parameter = {.mode = IDL_IN};
    struct place place = parser_peek(c)->place;
    if (!parse_mode(c, &parameter.mode))
        return false;
    if (operation->oneway && parameter.mode != IDL_IN)
        return compiler_refuse(c, place, "'in' expected: a oneway operation gives nothing back");
    parameter.type = parse_parameter_type(c);
    if (!parameter.type || !parser_identifier(c, &name))
        return false;
    const struct declaration *d = scope_declare(c, DECLARED_MEMBER, &name);
    if (!d)
        return false;
    parameter.name = declaration_name(d);
    operation->input_count += parameter.mode != IDL_OUT;
    operation->output_count += parameter.mode != IDL_IN;
    add_parameter(c, list, &parameter);
    return true;
}

/* Behind '('; the names are the operation's own. */
static bool parse_parameters(struct compiler *c, struct idl_operation *operation)
{
    struct parameter_list list = {0};
    struct scope *scope = typecode_arena_take(c->idl->arena, sizeof(*scope));
    bool good = true;
    scope_open_nameless(c, scope);
    if (!parser_accept(c, ')')) {
        do {
            good = parse_parameter(c, &list, operation);
        } while (good && parser_accept(c, ','));
        good = good && parser_expect(c, ')');
    }
    scope_close(c);
    operation->parameters = kept(c, list.items, list.count * sizeof(*list.items));
    operation->parameter_count = list.count;
    return good;
}

/* ---- operations ---- */

static const struct typecode *parse_result(struct compiler *c, bool oneway)
{
    if (parser_accept(c, KEYWORD_VOID))
        return typecode_basic(TK_VOID);
    if (!oneway)
        return parse_parameter_type(c);
    (void)parser_refuse(c, "'void' behind 'oneway'");
    return NULL;
}

static bool parse_exceptions(struct compiler *c, struct idl_operation *operation)
{
    struct token token = *parser_peek(c);
    if (operation->oneway && token.kind == KEYWORD_RAISES)
        return compiler_refuse(c, token.place, "';' expected: a oneway operation raises nothing");
    if (!parse_raises(c, KEYWORD_RAISES, operation))
        return false;
    token = *parser_peek(c);
    return token.kind != KEYWORD_CONTEXT ||
           compiler_refuse(c, token.place, "'context' is not supported");
}

void parse_operation(struct compiler *c, struct interface *in)
{
    struct token name;
    struct idl_operation operation = {.oneway = parser_accept(c, KEYWORD_ONEWAY)};
    operation.result = parse_result(c, operation.oneway);
    if (!operation.result || !parser_identifier(c, &name))
        return;
    const struct declaration *d = declare(c, in, &name);
    if (!d || !parser_expect(c, '('))
        return;
    operation.name = declaration_name(d);
    operation.output_count = operation.result->kind != TK_VOID;
    if (parse_parameters(c, &operation) && parse_exceptions(c, &operation))
        (void)add_operation(c, in, d, &operation);
}
