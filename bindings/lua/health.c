/* orderd.health: can the service do its work now? */
#include "bindings/module.h"
#include "bindings/open.h"
#include "host/task.h"

struct pinged {
    enum status status;
    const struct fault *fault;
};

static int push_pinged(lua_State *L, void *arg)
{
    const struct pinged *pinged = arg;
    lua_pushboolean(L, pinged->status == STATUS_OK);
    if (pinged->status == STATUS_OK)
        return 1;
    lua_pushstring(L, *pinged->fault->text ? pinged->fault->text : status_name(pinged->status));
    return 2;
}

static void ping_done(void *wait, enum status status, const struct fault *fault)
{
    struct pinged pinged = {.status = status, .fault = fault};
    wait_finish(wait, push_pinged, &pinged);
}

static int lua_store(lua_State *L)
{
    struct repository *repository = services_repository(L);
    struct wait *wait = wait_begin(L, NULL, NULL);
    repository_ping(repository, ping_done, wait);
    return wait_yield(L, wait);
}

static int lua_bus(lua_State *L)
{
    const char *trouble = bus_trouble(services_bus(L));
    lua_pushboolean(L, trouble == NULL);
    if (!trouble)
        return 1;
    lua_pushstring(L, trouble);
    return 2;
}

int open_health(lua_State *L)
{
    static const luaL_Reg functions[] = {{"store", lua_store}, {"bus", lua_bus}, {NULL, NULL}};
    luaL_newlib(L, functions);
    return 1;
}
