/* Types in words, as IDL writes them. */
#include "cdr/typecode.h"

#include <stdio.h>
#include <string.h>

static const char *const basic_names[] = {
    [TK_NULL] = "null",
    [TK_VOID] = "void",
    [TK_SHORT] = "short",
    [TK_LONG] = "long",
    [TK_USHORT] = "unsigned short",
    [TK_ULONG] = "unsigned long",
    [TK_FLOAT] = "float",
    [TK_DOUBLE] = "double",
    [TK_BOOLEAN] = "boolean",
    [TK_CHAR] = "char",
    [TK_OCTET] = "octet",
    [TK_ANY] = "any",
    [TK_TYPECODE] = "TypeCode",
    [TK_PRINCIPAL] = "Principal",
    [TK_OBJREF] = "Object",
    [TK_STRING] = "string",
    [TK_LONGLONG] = "long long",
    [TK_ULONGLONG] = "unsigned long long",
    [TK_LONGDOUBLE] = "long double",
    [TK_WCHAR] = "wchar",
    [TK_WSTRING] = "wstring",
};
enum { BASIC_NAMES = sizeof(basic_names) / sizeof(basic_names[0]) };

const struct typecode *typecode_of_name(const char *name, size_t length)
{
    for (int kind = 0; kind < BASIC_NAMES; kind++)
        if (basic_names[kind] != NULL && strlen(basic_names[kind]) == length &&
            memcmp(basic_names[kind], name, length) == 0)
            return typecode_basic((enum typecode_kind)kind);
    return NULL;
}

/* Where the text grows; `room` leaves a place for the terminator, and is 0 once it was cut. */
struct line {
    char *at;
    size_t room;
};

static void put(struct line *line, const char *text, size_t length)
{
    size_t size = length;
    if (size > line->room) {
        size = line->room;
        while (size > 0 && ((unsigned char)text[size] & 0xc0) == 0x80)
            size--;
        line->room = size;
    }
    if (size > 0)
        memcpy(line->at, text, size);
    line->at += size;
    line->room -= size;
}

static void put_text(struct line *line, const char *text)
{
    put(line, text, strlen(text));
}

static void put_number(struct line *line, const char *before, long number, const char *after)
{
    char text[24];
    (void)snprintf(text, sizeof(text), "%ld", number);
    put_text(line, before);
    put_text(line, text);
    put_text(line, after);
}

/* "IDL:orderd.org/Pharmacy/Line:1.0" as "Pharmacy::Line": a first part with a dot is a prefix. */
static bool put_scoped(struct line *line, const char *id)
{
    const char *end = strrchr(id, ':');
    if (strncmp(id, "IDL:", 4) != 0 || end < id + 4)
        return false;
    const char *begin = id + 4;
    const char *slash = memchr(begin, '/', (size_t)(end - begin));
    if (slash != NULL && memchr(begin, '.', (size_t)(slash - begin)) != NULL)
        begin = slash + 1;
    for (; begin < end; begin = slash + 1) {
        slash = memchr(begin, '/', (size_t)(end - begin));
        if (slash == NULL)
            slash = end;
        put(line, begin, (size_t)(slash - begin));
        if (slash < end)
            put_text(line, "::");
    }
    return true;
}

static const char *kind_name(enum typecode_kind kind)
{
    switch (kind) {
    case TK_STRUCT: return "struct";
    case TK_UNION: return "union";
    case TK_ENUM: return "enum";
    case TK_EXCEPT: return "exception";
    case TK_ALIAS: return "typedef";
    case TK_VALUE: return "valuetype";
    case TK_VALUE_BOX: return "value box";
    case TK_NATIVE: return "native";
    case TK_ABSTRACT_INTERFACE: return "abstract interface";
    case TK_LOCAL_INTERFACE: return "local interface";
    default: return (unsigned)kind < BASIC_NAMES ? basic_names[kind] : "type";
    }
}

static void put_named(struct line *line, const struct typecode *type)
{
    if (type->kind == TK_OBJREF && strcmp(type->id, typecode_basic(TK_OBJREF)->id) == 0)
        put_text(line, "Object");
    else if (!put_scoped(line, type->id))
        put_text(line, type->name[0] != '\0' ? type->name : kind_name(type->kind));
}

static void put_type(struct line *line, const struct typecode *type);

static void put_array(struct line *line, const struct typecode *type)
{
    const struct typecode *element = type;
    while (element->kind == TK_ARRAY)
        element = element->content;
    put_type(line, element);
    for (; type->kind == TK_ARRAY; type = type->content)
        put_number(line, "[", type->length, "]");
}

static void put_sequence(struct line *line, const struct typecode *type)
{
    put_text(line, "sequence<");
    if (line->room > 0) /* ends one that holds itself, too */
        put_type(line, type->content);
    if (type->length > 0)
        put_number(line, ",", type->length, "");
    put_text(line, ">");
}

static void put_type(struct line *line, const struct typecode *type)
{
    switch (type->kind) {
    case TK_SEQUENCE: put_sequence(line, type); break;
    case TK_ARRAY: put_array(line, type); break;
    case TK_STRING:
    case TK_WSTRING:
        put_text(line, basic_names[type->kind]);
        if (type->length > 0)
            put_number(line, "<", type->length, ">");
        break;
    case TK_FIXED:
        put_number(line, "fixed<", type->fixed_digits, ",");
        put_number(line, "", type->fixed_scale, ">");
        break;
    default: put_named(line, type); break;
    }
}

void typecode_describe(const struct typecode *type, char *text, size_t size)
{
    struct line line = {.at = text, .room = size > 0 ? size - 1 : 0};
    if (size == 0)
        return;
    put_type(&line, type);
    *line.at = '\0';
}
