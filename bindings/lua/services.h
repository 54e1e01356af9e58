/* What the Lua modules work with: the C services of one thread, handed to each vm as its context.
 * The server fills it; everything outlives the vm. A service that a thread does not have is NULL,
 * and the modules that need it raise a clear error. */
#ifndef BINDINGS_SERVICES_H
#define BINDINGS_SERVICES_H

#include "bus/bus.h"
#include "domain/money.h"
#include "host/conf.h"
#include "host/vm.h"
#include "http/client.h"
#include "http/jwt.h"
#include "iiop/adapter.h"
#include "iiop/client.h"
#include "seal/seal.h"
#include "store/repository.h"

#include <stdbool.h>

/* One role of the configuration and the permissions it stands for. */
struct role {
    const char *name;
    const char *const *permissions; /* NULL ends */
};

enum { POLICY_INSTRUCTIONS = 200000 };

struct services {
    struct repository *repository; /* of this thread; NULL for a program without orders */
    struct http_client *client;
    struct orb_client *orb; /* for calls over IIOP; used only in the thread, never while loading */
    const struct orb_adapter *adapter;  /* what is served behind the scripts' servants; or NULL */
    const char *orb_host;               /* what references say of this service; */
    uint16_t orb_port;                  /* 0: not known, references cannot be made */
    const char *const *idl_directories; /* where IDL files are looked for; NULL ends; or NULL */
    struct bus *bus;                    /* for bus_post and health; shared by all threads */
    /* The keys in force: a reload puts new ones here, in this thread, between tasks. NULL: no
     * identity, every call is anonymous. */
    struct jwt_keys *keys;
    struct identity_cache *identities; /* of this thread; NULL: every token is verified anew */
    const struct role *roles;          /* a NULL name ends */
    const struct seal *seal;           /* for references to sessions; NULL: none can be made */
    const struct currency *currency;
    const struct conf_value *settings;     /* the scripts' own part of the configuration */
    const struct conf_value *integrations; /* urls and time-outs of the peers */
    int64_t policy_instructions;           /* for one policy's check; 0: POLICY_INSTRUCTIONS */
    bool log_requests; /* a log line for every request, not only for failed ones (5xx) */
    bool hooks;        /* this thread runs hooks and timers (the bus thread's) */
};

#endif
