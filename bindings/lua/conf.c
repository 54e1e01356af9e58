/* orderd.conf: the parts of the configuration that are the scripts' own. */
#include "host/conf.h"

#include "bindings/kind.h"
#include "bindings/module.h"
#include "bindings/open.h"

static void push_part(lua_State *L, const struct conf_value *part)
{
    if (part)
        conf_push(L, part);
    else
        lua_newtable(L);
}

static int push_currency(lua_State *L, void *object)
{
    (void)object;
    lua_pushstring(L, services_currency(L)->code);
    return 1;
}

/* A new copy with every read: what one script does to its own, no other sees. */
static int push_settings(lua_State *L, void *object)
{
    (void)object;
    push_part(L, services_of(L)->settings);
    return 1;
}

static int push_integrations(lua_State *L, void *object)
{
    (void)object;
    push_part(L, services_of(L)->integrations);
    return 1;
}

static const struct kind_field fields[] = {{"currency", push_currency},
                                           {"settings", push_settings},
                                           {"integrations", push_integrations},
                                           {NULL, NULL}};

static const struct kind conf_kind = {.name = "conf", .fields = fields};

int open_conf(lua_State *L)
{
    kind_new(L, &conf_kind, 1, 0);
    return 1;
}
