/* any and TypeCode, both ways. A type that came over the wire belongs to the Type that shows it. */
#include "bindings/orb_value.h"
#include "cdr/value.h"

/* ---- out ---- */

static void write_any(struct marshal *m, const struct typecode *type, int index,
                      const struct place *at)
{
    typecode_write(m->out, type);
    if (m->out->failure) {
        m->out->failure = EXCEPTION_NONE;
        marshal_refuse(m, at, "its type cannot be passed");
    }
    const struct typecode *plain = typecode_resolve(type);
    if (plain->kind == TK_NULL || plain->kind == TK_VOID) {
        if (!lua_isnil(m->L, index))
            marshal_refuse(m, at, "this type has no values");
        return;
    }
    marshal_value(m, type, index, at);
}

/* {_anyval = value, _anytype = type} */
static void marshal_typed(struct marshal *m, int index, const struct place *at)
{
    lua_State *L = m->L;
    int top = lua_gettop(L);
    struct place below = {.up = at, .name = "_anyval"};
    marshal_enter(m, at);
    marshal_charge(m, 2);
    lua_pushliteral(L, "_anytype");
    marshal_get(m, index);
    const struct orb_type *type = orb_type_test(L, top + 1);
    if (!type)
        marshal_refuse(m, at, "a table where an any is expected needs _anytype, a type");
    lua_pushliteral(L, "_anyval");
    marshal_get(m, index);
    write_any(m, type->type, top + 2, &below);
    lua_settop(L, top);
    m->depth--;
}

static enum typecode_kind kind_of(lua_State *L, int index)
{
    switch (lua_type(L, index)) {
    case LUA_TSTRING: return TK_STRING;
    case LUA_TBOOLEAN: return TK_BOOLEAN;
    case LUA_TNUMBER: return lua_isinteger(L, index) ? TK_LONGLONG : TK_DOUBLE;
    default: return TK_NULL;
    }
}

void marshal_any(struct marshal *m, int index, const struct place *at)
{
    if (lua_type(m->L, index) == LUA_TTABLE) {
        marshal_typed(m, index, at);
        return;
    }
    enum typecode_kind kind = kind_of(m->L, index);
    if (kind == TK_NULL)
        marshal_refuse_type(m, at, typecode_basic(TK_ANY), index);
    write_any(m, typecode_basic(kind), index, at);
}

void marshal_typecode(struct marshal *m, int index, const struct place *at)
{
    const struct orb_type *type = orb_type_test(m->L, index);
    if (!type)
        marshal_refuse_type(m, at, typecode_basic(TK_TYPECODE), index);
    typecode_write(m->out, type->type);
}

/* ---- in ---- */

/* Pushes the Type and gives what it shows; NULL after a failure. */
static const struct typecode *push_type(struct unmarshal *u)
{
    struct orb_type *type = orb_type_push_new(u->L);
    type->type = typecode_read(u->in, type->arena);
    return type->type;
}

void unmarshal_typecode(struct unmarshal *u)
{
    luaL_checkstack(u->L, LUA_MINSTACK, NULL);
    if (push_type(u))
        return;
    lua_pop(u->L, 1);
    lua_pushnil(u->L);
}

void unmarshal_any(struct unmarshal *u)
{
    lua_State *L = u->L;
    luaL_checkstack(L, LUA_MINSTACK, NULL);
    lua_createtable(L, 0, 2);
    lua_pushliteral(L, "_anytype");
    const struct typecode *type = push_type(u);
    if (!type) {
        lua_pop(L, 2);
        return;
    }
    lua_rawset(L, -3); /* the table keeps the type while its value is read */
    enum typecode_kind kind = typecode_resolve(type)->kind;
    if (kind == TK_NULL || kind == TK_VOID)
        return;
    lua_pushliteral(L, "_anyval");
    unmarshal_value(u, type);
    lua_rawset(L, -3);
}
