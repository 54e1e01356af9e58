/* The scripts of the configuration and the Lua states that are made from them. */
#ifndef SERVER_SCRIPTS_H
#define SERVER_SCRIPTS_H

#include "base/status.h"
#include "bindings/services.h"
#include "host/bundle.h"
#include "host/vm.h"
#include "server/config.h"

#include <stdbool.h>

/* The scripts as they stand on disk now. The demo peers' are a program of their own, and the
 * tests' are left out unless they are to be run. */
MUST_CHECK enum status scripts_read(const struct config *config, bool with_tests,
                                    struct bundle **bundle, struct fault *fault);

/* A new Lua state for the thread that has these services. Any thread. */
MUST_CHECK enum status scripts_load(const struct config *config, struct bundle *bundle,
                                    bool with_tests, uint64_t generation, struct services *services,
                                    struct vm **vm, struct fault *fault);

/* The keys that identities are verified with; NULL when there is no such file. */
MUST_CHECK enum status keys_read(const struct config *config, struct jwt_keys **keys,
                                 struct fault *fault);

#endif
