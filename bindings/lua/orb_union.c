/* Unions, both ways: {_switch = label, _value = value}. */
#include "bindings/orb_value.h"

/* UTF-8 that has been checked, of one character. */
static int64_t code_point(const char *text, size_t length)
{
    static const uint8_t first[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    int64_t point = length ? (uint8_t)text[0] & first[length] : 0;
    for (size_t i = 1; i < length; i++)
        point = point << 6 | ((uint8_t)text[i] & 0x3f);
    return point;
}

/* ---- out ---- */

/* The label as the members have it (typecode.h); the value at `index` has been marshalled by the
 * discriminator's type, and so is one. */
static int64_t label_of(lua_State *L, const struct typecode *type, int index)
{
    size_t length;
    const char *text;
    uint64_t big = 0;
    switch (type->kind) {
    case TK_BOOLEAN: return lua_toboolean(L, index);
    case TK_ENUM:
        text = lua_tolstring(L, index, &length);
        return typecode_enumerator(type, text, length);
    case TK_CHAR:
    case TK_WCHAR: text = lua_tolstring(L, index, &length); return code_point(text, length);
    default:
        if (lua_isinteger(L, index))
            return lua_tointeger(L, index);
        text = lua_tolstring(L, index, &length);
        (void)orb_big_integer(text, length, &big);
        return (int64_t)big;
    }
}

static void get_field(struct marshal *m, const char *name, int table)
{
    lua_pushstring(m->L, name);
    marshal_get(m, table);
}

void marshal_union(struct marshal *m, const struct typecode *type, int index,
                   const struct place *at)
{
    lua_State *L = m->L;
    const struct typecode *discriminator = typecode_resolve(type->discriminator);
    if (lua_type(L, index) != LUA_TTABLE)
        marshal_refuse_type(m, at, type, index);
    marshal_enter(m, at);
    marshal_charge(m, 2);
    int label = lua_gettop(L) + 1, value = label + 1;
    struct place below = {.up = at, .name = "_switch"};
    get_field(m, "_switch", index);
    marshal_value(m, discriminator, label, &below);
    get_field(m, "_value", index);
    below.name = "_value";
    const struct typecode_member *member =
        typecode_union_member(type, label_of(L, discriminator, label));
    if (member)
        marshal_value(m, member->type, value, &below);
    else if (!lua_isnil(L, value))
        marshal_refuse(m, &below, "the union has no member for this _switch");
    lua_settop(L, label - 1);
    m->depth--;
}

/* ---- in ---- */

static void set_field(lua_State *L, const char *name, int table)
{
    lua_pushstring(L, name);
    lua_insert(L, -2);
    lua_rawset(L, table);
}

void unmarshal_union(struct unmarshal *u, const struct typecode *type)
{
    lua_State *L = u->L;
    const struct typecode *discriminator = typecode_resolve(type->discriminator);
    luaL_checkstack(L, LUA_MINSTACK, NULL);
    lua_createtable(L, 0, 2);
    int table = lua_gettop(L);
    unmarshal_value(u, discriminator);
    if (!cdr_ok(u->in)) {
        lua_settop(L, table);
        return;
    }
    const struct typecode_member *member =
        typecode_union_member(type, label_of(L, discriminator, -1));
    set_field(L, "_switch", table);
    if (!member)
        return;
    unmarshal_value(u, member->type);
    set_field(L, "_value", table);
}
