/* Types as Lua values: what an any holds, and what a TypeCode is. */
#include "bindings/kind.h"
#include "bindings/orb_private.h"
#include "bindings/orb_value.h"

#include <stdio.h>
#include <string.h>

static int release(lua_State *L)
{
    struct orb_type *type = lua_touserdata(L, 1);
    type->type = NULL;
    if (type->arena)
        typecode_arena_release(&type->arena);
    return 0;
}

static int type_tostring(lua_State *L)
{
    const struct orb_type *type = lua_touserdata(L, 1);
    char text[512] = "";
    if (type->type)
        typecode_describe(type->type, text, sizeof(text));
    lua_pushstring(L, text);
    return 1;
}

static const struct kind type_kind = {.name = "type", .release = release, .text = type_tostring};

struct orb_type *orb_type_test(lua_State *L, int index)
{
    struct orb_type *type = kind_test(L, index, &type_kind);
    return type && type->type ? type : NULL;
}

/* a == b */
static int type_equal(lua_State *L)
{
    const struct orb_type *a = orb_type_test(L, 1), *b = orb_type_test(L, 2);
    lua_pushboolean(L, a && b && typecode_equivalent(a->type, b->type));
    return 1;
}

static struct orb_type *push_empty(lua_State *L)
{
    struct orb_type *type = kind_new(L, &type_kind, sizeof(*type), 0);
    lua_getmetatable(L, -1);
    lua_pushliteral(L, "__eq");
    if (lua_rawget(L, -2) == LUA_TNIL) {
        lua_pushcfunction(L, type_equal);
        lua_setfield(L, -3, "__eq");
    }
    lua_pop(L, 2);
    return type;
}

struct orb_type *orb_type_push_new(lua_State *L)
{
    struct orb_type *type = push_empty(L);
    type->arena = typecode_arena_new();
    return type;
}

void orb_type_push(lua_State *L, struct orb *orb, const struct typecode *type)
{
    struct orb_type *made = push_empty(L);
    made->arena = typecode_arena_hold(idl_arena(orb->idl));
    made->type = type;
}

/* ---- by name ---- */

static const struct typecode *find_basic(const char *name)
{
    static const struct {
        const char *name;
        enum typecode_kind kind;
    } basics[] = {
        {"any", TK_ANY},
        {"boolean", TK_BOOLEAN},
        {"char", TK_CHAR},
        {"double", TK_DOUBLE},
        {"float", TK_FLOAT},
        {"long", TK_LONG},
        {"long double", TK_LONGDOUBLE},
        {"long long", TK_LONGLONG},
        {"null", TK_NULL},
        {"Object", TK_OBJREF},
        {"octet", TK_OCTET},
        {"short", TK_SHORT},
        {"string", TK_STRING},
        {"TypeCode", TK_TYPECODE},
        {"unsigned long", TK_ULONG},
        {"unsigned long long", TK_ULONGLONG},
        {"unsigned short", TK_USHORT},
        {"void", TK_VOID},
        {"wchar", TK_WCHAR},
        {"wstring", TK_WSTRING},
    };
    for (size_t i = 0; i < sizeof(basics) / sizeof(basics[0]); i++) {
        if (strcmp(basics[i].name, name) == 0)
            return typecode_basic(basics[i].kind);
    }
    return NULL;
}

int orb_lua_type(lua_State *L)
{
    struct orb *orb = orb_of(L);
    const char *name = luaL_checkstring(L, 2);
    const struct typecode *type = find_basic(name);
    if (!type)
        type = idl_find_type(orb->idl, name);
    if (!type)
        return luaL_error(L, "there is no type '%s' in the IDL that has been loaded", name);
    orb_type_push(L, orb, type);
    return 1;
}

/* ---- for messages ---- */

static const char *article(const char *name)
{
    return strchr("aeioAEIO", name[0]) ? "an" : "a";
}

/* "an octet (0 to 255)"; NULL for another kind. */
static const char *describe_basic(enum typecode_kind kind)
{
    switch (kind) {
    case TK_OCTET: return "an octet (0 to 255)";
    case TK_SHORT: return "a short (-32768 to 32767)";
    case TK_USHORT: return "an unsigned short (0 to 65535)";
    case TK_LONG: return "a long (-2147483648 to 2147483647)";
    case TK_ULONG: return "an unsigned long (0 to 4294967295)";
    case TK_LONGLONG: return "a long long (an integer)";
    case TK_ULONGLONG: return "an unsigned long long (0 to 18446744073709551615)";
    case TK_FLOAT: return "a float (a number up to 3.4e38)";
    case TK_DOUBLE:
    case TK_LONGDOUBLE: return "a number";
    case TK_BOOLEAN: return "a boolean";
    case TK_CHAR:
    case TK_WCHAR: return "a text of one character";
    case TK_STRING:
    case TK_WSTRING: return "a text";
    case TK_FIXED: return "a text of decimal digits";
    case TK_ANY: return "an any (a table with _anyval and _anytype, or a plain value)";
    case TK_TYPECODE: return "a type";
    default: return NULL;
    }
}

/* " (PENDING, CONFIRMED, ...)" */
static void add_enumerators(const struct typecode *type, char *text, size_t size)
{
    size_t used = strlen(text);
    for (uint32_t i = 0; i < type->member_count; i++) {
        const char *name = type->members[i].name;
        size_t room = size - used;
        int length = snprintf(text + used, room, "%s%s", i ? ", " : " (", name);
        if ((size_t)length + sizeof(", ...)") >= room) {
            snprintf(text + used, room, "%s...)", i ? ", " : " (");
            return;
        }
        used += (size_t)length;
    }
    snprintf(text + used, size - used, ")");
}

void orb_describe_type(const struct typecode *type, char *text, size_t size)
{
    char name[128];
    type = typecode_resolve(type);
    const char *basic = describe_basic(type->kind);
    if (basic) {
        snprintf(text, size, "%s", basic);
        return;
    }
    typecode_describe(type, name, sizeof(name));
    snprintf(text, size, "%s %s", article(name), name);
    if (type->kind == TK_ENUM)
        add_enumerators(type, text, size);
}
