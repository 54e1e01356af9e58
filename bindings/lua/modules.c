/* The tables of modules that a vm is made with. */
#include "bindings/modules.h"

#include "bindings/open.h"

/* clang-format off */
#define MODULES                               \
    {"orderd.bus", open_bus},                 \
    {"orderd.clock", open_clock},             \
    {"orderd.conf", open_conf},               \
    {"orderd.health", open_health},           \
    {"orderd.hook", open_hook},               \
    {"orderd.http", open_http},               \
    {"orderd.http_client", open_http_client}, \
    {"orderd.idempotency", open_idempotency}, \
    {"orderd.identity", open_identity},       \
    {"orderd.json", open_json},               \
    {"orderd.log", open_log},                 \
    {"orderd.metrics", open_metrics},         \
    {"orderd.money", open_money},             \
    {"orderd.orb", open_orb},                 \
    {"orderd.order", open_order},             \
    {"orderd.policy", open_policy},           \
    {"orderd.problem", open_problem},         \
    {"orderd.repository", open_repository},   \
    {"orderd.seal", open_seal},               \
    {"orderd.timer", open_timer},             \
    {"orderd.uuid", open_uuid}
/* clang-format on */

const struct vm_module lua_modules[] = {MODULES, {NULL, NULL}};

const struct vm_module lua_test_modules[] = {
    MODULES,
    {"orderd.test", open_test},
    {NULL, NULL},
};
