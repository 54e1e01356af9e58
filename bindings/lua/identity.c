/* orderd.identity: who calls, by the bearer token (RFC 6750) that the request carries, and what
 * they may do. */
#include "http/jwt.h"

#include "base/clock.h"
#include "bindings/caller.h"
#include "bindings/module.h"
#include "bindings/open.h"
#include "bindings/problem.h"
#include "bindings/request.h"

#include <string.h>
#include <strings.h>

enum bearer { BEARER_ABSENT, BEARER_BROKEN, BEARER_GOOD };

/* "Bearer" in any case, one space, a token68 (RFC 9110, 11.2). */
static enum bearer read_bearer(struct text header, struct text *token)
{
    static const char scheme[] = "Bearer ";
    static const char token68[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                  "0123456789-._~+/=";
    if (!header.data)
        return BEARER_ABSENT;
    size_t length = strlen(scheme);
    if (header.length <= length || strncasecmp(header.data, scheme, length) != 0)
        return BEARER_BROKEN;
    *token = (struct text){header.data + length, header.length - length};
    if (token->length > JWT_BYTES_LIMIT)
        return BEARER_BROKEN;
    for (size_t i = 0; i < token->length; i++) {
        if (!memchr(token68, token->data[i], sizeof(token68) - 1))
            return BEARER_BROKEN;
    }
    return BEARER_GOOD;
}

static enum bearer request_bearer(lua_State *L, int argument, struct text *token)
{
    struct call *call = request_check(L, argument);
    return read_bearer(http_request_header(call->request, "authorization"), token);
}

/* RFC 6750, 3: the error is named only when a token was shown. */
static int raise_unauthenticated(lua_State *L, const char *detail, bool shown)
{
    problem_push(L, "unauthenticated", detail);
    lua_createtable(L, 0, 1);
    lua_pushstring(L, shown ? "Bearer realm=\"orderd\", error=\"invalid_token\""
                            : "Bearer realm=\"orderd\"");
    lua_setfield(L, -2, "WWW-Authenticate");
    lua_setfield(L, -2, "headers");
    return lua_error(L);
}

/* Verified now or before: lent until the next call; NULL with the reason in the fault. */
static const struct identity *verify(const struct services *services, struct text token,
                                     struct identity *found, struct fault *fault)
{
    if (!services->keys) {
        (void)fault_set(fault, STATUS_REFUSED, NULL, "no token can be verified here");
        return NULL;
    }
    int64_t now = clock_wall_ms();
    struct identity_cache *cache = services->identities;
    const struct identity *known =
        cache ? identity_cache_find(cache, services->keys, token.data, token.length, now) : NULL;
    if (known)
        return known;
    if (jwt_verify(services->keys, token.data, token.length, now, found, fault))
        return NULL;
    if (cache)
        identity_cache_put(cache, services->keys, token.data, token.length, found);
    return found;
}

/* Raises forbidden unless the caller on the top has one of the permissions from 2 on. */
static void check_permissions(lua_State *L, int count, const struct caller *caller)
{
    bool allowed = count < 2;
    for (int i = 2; i <= count && !allowed; i++)
        allowed = caller_can(services_of(L), caller, luaL_checkstring(L, i));
    if (!allowed)
        problem_raise(L, "forbidden", "The caller does not have the permission for this.");
}

static int lua_require(lua_State *L)
{
    int count = lua_gettop(L);
    struct text token;
    enum bearer bearer = request_bearer(L, 1, &token);
    if (bearer == BEARER_ABSENT)
        return raise_unauthenticated(L, "The request carries no token.", false);
    if (bearer == BEARER_BROKEN)
        return raise_unauthenticated(L, "The Authorization header carries no bearer token.", true);
    struct identity found;
    struct fault fault;
    const struct identity *identity = verify(services_of(L), token, &found, &fault);
    if (!identity)
        return raise_unauthenticated(L, fault.text, true);
    check_permissions(L, count, caller_push(L, identity));
    return 1;
}

static int lua_token(lua_State *L)
{
    struct text token;
    if (request_bearer(L, 1, &token) == BEARER_GOOD)
        lua_pushlstring(L, token.data, token.length);
    else
        lua_pushnil(L);
    return 1;
}

static int lua_verify(lua_State *L)
{
    struct text token;
    token.data = luaL_checklstring(L, 1, &token.length);
    struct identity found;
    struct fault fault;
    const struct identity *identity = verify(services_of(L), token, &found, &fault);
    if (identity) {
        caller_push(L, identity);
        return 1;
    }
    lua_pushnil(L);
    lua_pushstring(L, fault.text);
    return 2;
}

/* The name on the top: of a role, or of a permission. */
static void read_name(lua_State *L, int argument, char name[JWT_SCOPE_SIZE])
{
    size_t length = JWT_SCOPE_SIZE;
    const char *text = lua_type(L, -1) == LUA_TSTRING ? lua_tolstring(L, -1, &length) : "";
    luaL_argcheck(L, length < JWT_SCOPE_SIZE, argument, "a name must be a short text");
    memcpy(name, text, length + 1);
}

/* Adds the names of an array behind those that are there. */
static size_t read_names(lua_State *L, int argument, struct identity *identity, size_t first)
{
    luaL_checktype(L, argument, LUA_TTABLE);
    size_t count = lua_rawlen(L, argument);
    luaL_argcheck(L, count <= JWT_SCOPES_LIMIT - first, argument, "there are too many names");
    for (size_t i = 0; i < count; i++) {
        lua_rawgeti(L, argument, (lua_Integer)i + 1);
        read_name(L, argument, identity->names[first + i]);
        lua_pop(L, 1);
    }
    return count;
}

static int lua_caller(lua_State *L)
{
    struct identity identity = {0};
    size_t length;
    const char *user_id = luaL_checklstring(L, 1, &length);
    luaL_argcheck(L, uuid_parse(user_id, length, &identity.user_id) == STATUS_OK, 1,
                  "the user's id must be a UUID");
    if (!lua_isnoneornil(L, 3))
        identity.scope_count = read_names(L, 3, &identity, 0);
    identity.role_count = read_names(L, 2, &identity, identity.scope_count);
    caller_push(L, &identity);
    return 1;
}

int open_identity(lua_State *L)
{
    static const luaL_Reg functions[] = {{"require", lua_require},
                                         {"token", lua_token},
                                         {"verify", lua_verify},
                                         {"caller", lua_caller},
                                         {NULL, NULL}};
    luaL_newlib(L, functions);
    return 1;
}
