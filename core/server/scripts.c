/* What is read from disk at start and at every reload: scripts and keys. */
#include "server/scripts.h"

#include "bindings/modules.h"
#include "bindings/policy.h"

enum status scripts_read(const struct config *config, bool with_tests, struct bundle **bundle,
                         struct fault *fault)
{
    static const char *const except[] = {"demo", "tests", NULL};
    static const char *const except_demo[] = {"demo", NULL};
    return bundle_read(config->scripts.dir, with_tests ? except_demo : except, bundle, fault);
}

enum status scripts_load(const struct config *config, struct bundle *bundle, bool with_tests,
                         uint64_t generation, struct services *services, struct vm **vm,
                         struct fault *fault)
{
    static const char *const entries[] = {"routes", "servants", "hooks", "policies", "tests", NULL};
    const struct vm_options options = {
        .memory_limit = (size_t)config->scripts.memory_mb * 1024 * 1024,
        .instruction_limit = config->scripts.instructions,
        .task_deadline_ms = (int)config->scripts.task_ms,
        .task_limit = (size_t)config->scripts.tasks,
        .generation = generation,
        .modules = with_tests ? lua_test_modules : lua_modules,
        .entries = entries,
        .pure = "policies",
        .context = services,
    };
    enum status status = vm_new(bundle, &options, vm, fault);
    if (status != STATUS_OK)
        return status;
    status = lua_policies_check(*vm, fault);
    if (status != STATUS_OK)
        vm_free(vm);
    return status;
}

enum status keys_read(const struct config *config, struct jwt_keys **keys, struct fault *fault)
{
    const struct jwt_rules rules = {
        .issuer = config->identity.issuer,
        .audience = config->identity.audience,
        .leeway_s = (int)config->identity.leeway_s,
    };
    enum status status = jwt_keys_read(config->identity.jwks, &rules, keys, fault);
    if (status != STATUS_NOT_FOUND)
        return status;
    *keys = NULL;
    return STATUS_OK;
}
