/* orderd.seal: values that travel through hands that are not trusted, as JSON in sealed texts. */
#include "seal/seal.h"

#include "base/clock.h"
#include "bindings/json.h"
#include "bindings/module.h"
#include "bindings/open.h"

static const struct seal *services_seal(lua_State *L)
{
    const struct seal *seal = services_of(L)->seal;
    if (!seal)
        luaL_error(L, "nothing can be sealed here: this program has no key for it");
    return seal;
}

static int lua_seal(lua_State *L)
{
    const struct seal *seal = services_seal(L);
    luaL_checkany(L, 1);
    lua_Integer expires_at = luaL_checkinteger(L, 2);
    struct buffer *scratch = scratch_take(L);
    struct json_writer w = {.out = scratch};
    char text[SEAL_TEXT_LIMIT];
    size_t length = 0;
    json_encode(L, 1, &w);
    enum status status = seal_close(seal, scratch->data, scratch->size, expires_at, text, &length);
    if (status == STATUS_LIMIT)
        return luaL_argerror(L, 1, "the value is too large to be sealed");
    if (status != STATUS_OK)
        return luaL_error(L, "sealing failed");
    lua_pushlstring(L, text, length);
    return 1;
}

static int lua_unseal(lua_State *L)
{
    const struct seal *seal = services_seal(L);
    size_t length = 0;
    const char *text = luaL_checklstring(L, 1, &length);
    char bytes[SEAL_BYTES_LIMIT];
    size_t size = 0;
    int64_t expires_at = 0;
    struct fault fault;
    if (seal_open(seal, text, length, clock_wall_ms(), bytes, &size, &expires_at) != STATUS_OK ||
        json_decode(L, bytes, size, &fault) != STATUS_OK)
        return 0;
    lua_pushinteger(L, expires_at);
    return 2;
}

int open_seal(lua_State *L)
{
    static const luaL_Reg functions[] = {{"close", lua_seal}, {"open", lua_unseal}, {NULL, NULL}};
    luaL_newlib(L, functions);
    return 1;
}
