/* orderd.metrics: the figures of the whole process, as Prometheus reads them. */
#include "base/metrics.h"

#include "bindings/module.h"
#include "bindings/open.h"

static int lua_render(lua_State *L)
{
    struct buffer *scratch = scratch_take(L);
    metrics_render(scratch);
    scratch_push(L, scratch);
    return 1;
}

int open_metrics(lua_State *L)
{
    static const luaL_Reg functions[] = {{"render", lua_render}, {NULL, NULL}};
    luaL_newlib(L, functions);
    return 1;
}
