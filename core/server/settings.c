/* The table of every setting. To add one: a field in struct config, a line here, a line in
 * conf/orderd.lua. */
#include "server/config.h"
#include "server/setting.h"

#include <stddef.h>

#define AT(field_) .offset = offsetof(struct config, field_)
#define RANGE(least_, most_) .least = (least_), .most = (most_)
#define SECONDS(least_, most_) .least = (least_)*1000LL, .most = (most_)*1000LL

/* state_dir comes first: the defaults of others are below it. */
const struct setting settings[] = {
    {"state_dir", SETTING_TEXT, "var", .environment = "ORDERD_STATE_DIR", AT(state_dir),
     .doc = "Where the service keeps its files: the store, the control socket, the keys."},
    {"workers", SETTING_INTEGER, "0", RANGE(0, CONFIG_WORKERS_LIMIT),
     .environment = "ORDERD_WORKERS", AT(workers),
     .doc = "Threads that answer requests. 0 takes one for each processor."},

    {"http.listen", SETTING_ADDRESS, "127.0.0.1:8080", .environment = "ORDERD_HTTP",
     AT(http.listen), .doc = "Where HTTP is served. Port 0 takes a free one."},
    {"http.header_bytes", SETTING_INTEGER, "16384", RANGE(1024, 1048576), AT(http.header_bytes),
     .doc = "The longest request line and header together; more is answered 431."},
    {"http.header_count", SETTING_INTEGER, "100", RANGE(8, 1000), AT(http.header_count),
     .doc = "The most header fields of a request; more is answered 431."},
    {"http.body_bytes", SETTING_INTEGER, "1048576", RANGE(1024, 67108864), AT(http.body_bytes),
     .doc = "The longest body of a request; more is answered 413."},
    {"http.bodies_bytes", SETTING_INTEGER, "67108864", RANGE(1048576, 1099511627776),
     AT(http.bodies_bytes),
     .doc = "All bodies together that one worker holds at a time; more is answered 503."},
    {"http.connections", SETTING_INTEGER, "10000", RANGE(1, 1000000), AT(http.connections),
     .doc = "Connections of one worker at a time; one more is answered 503 and closed."},
    {"http.header_seconds", SETTING_SECONDS, "10", SECONDS(1, 3600), AT(http.header_ms),
     .doc = "The longest that a client may take to send the whole header."},
    {"http.body_seconds", SETTING_SECONDS, "30", SECONDS(1, 3600), AT(http.body_ms),
     .doc = "The longest that a client may take to send the whole body."},
    {"http.idle_seconds", SETTING_SECONDS, "60", SECONDS(1, 86400), AT(http.idle_ms),
     .doc = "How long a connection may wait for its next request."},
    {"http.write_seconds", SETTING_SECONDS, "30", SECONDS(1, 3600), AT(http.write_ms),
     .doc = "How long a client may take nothing of an answer that waits for it."},

    {"bus.publish", SETTING_ADDRESS, "127.0.0.1:5556", .environment = "ORDERD_PUB", AT(bus.publish),
     .doc = "Where events are published (ZeroMQ PUB). Port 0 takes a free one."},
    {"bus.subscribe", SETTING_ENDPOINTS, "tcp://127.0.0.1:6556", .environment = "ORDERD_SUBSCRIBE",
     AT(bus.subscribe),
     .doc = "Where other services publish theirs (the variable separates them by commas)."},
    {"bus.high_water_mark", SETTING_INTEGER, "10000", RANGE(1, 10000000), AT(bus.high_water_mark),
     .doc = "Messages that a subscriber may lag behind before its next ones are dropped."},
    {"bus.heartbeat_seconds", SETTING_SECONDS, "1", .least = 10, .most = 60000,
     AT(bus.heartbeat_ms), .doc = "How often a stream without events says where it stands."},

    {"store.url", SETTING_STORE, "sqlite:<state_dir>/orderd.db", .environment = "DATABASE_URL",
     AT(store.url),
     .doc = "Where orders are kept. `store = false` makes a program without orders, which the "
            "variable does not change."},
    {"store.deadline_seconds", SETTING_SECONDS, "5", .least = 100, .most = 300000,
     AT(store.deadline_ms), .doc = "The longest that a call to the store may take."},
    {"store.group", SETTING_INTEGER, "256", RANGE(1, 1000), AT(store.group),
     .doc = "The most saves that share one transaction, and one sync of the disk."},
    {"store.queue", SETTING_INTEGER, "10000", RANGE(1, 1000000), AT(store.queue),
     .doc = "Saves that may wait; one more is answered 503."},

    {"scripts.dir", SETTING_TEXT, "scripts", AT(scripts.dir),
     .doc = "The scripts that decide: routes, use cases, policies, integrations, hooks."},
    {"scripts.memory_mb", SETTING_INTEGER, "64", RANGE(4, 65536), AT(scripts.memory_mb),
     .doc = "The most memory of one Lua state; each thread has one, and two during a reload."},
    {"scripts.instructions", SETTING_INTEGER, "20000000", RANGE(100000, 1000000000000),
     AT(scripts.instructions), .doc = "Lua instructions that one request or hook may take."},
    {"scripts.task_seconds", SETTING_SECONDS, "30", SECONDS(1, 3600), AT(scripts.task_ms),
     .doc = "The longest that one request or hook may run, waiting included."},
    {"scripts.tasks", SETTING_INTEGER, "10000", RANGE(1, 1000000), AT(scripts.tasks),
     .doc = "Requests and hooks under way at a time in one thread; one more is answered 503."},
    {"scripts.policy_instructions", SETTING_INTEGER, "200000", RANGE(1000, 1000000000),
     AT(scripts.policy_instructions), .doc = "Lua instructions that one policy may take."},

    {"identity.jwks", SETTING_TEXT, "<state_dir>/jwks.json", .environment = "ORDERD_JWKS",
     AT(identity.jwks), .doc = "The keys that tokens are signed with (a JWK set, RFC 7517)."},
    {"identity.issuer", SETTING_TEXT, "orderd", AT(identity.issuer),
     .doc = "What a token's iss must be."},
    {"identity.audience", SETTING_TEXT, "orderd", AT(identity.audience),
     .doc = "What a token's aud must be, or hold."},
    {"identity.leeway_seconds", SETTING_INTEGER, "30", RANGE(0, 600), AT(identity.leeway_s),
     .doc = "How far the clocks of issuer and service may be apart."},
    {"identity.roles", SETTING_ROLES, NULL, AT(identity.roles),
     .doc = "The permissions of each role. Default: customer, pharmacist and admin as "
            "conf/orderd.lua lists them; a table here replaces them all."},

    {"log.level", SETTING_CHOICE, "info", .choices = "debug|info|warning|error",
     .environment = "ORDERD_LOG_LEVEL", AT(log.level), .doc = "The least level that is logged."},
    {"log.format", SETTING_CHOICE, "auto", .choices = "auto|logfmt|json",
     .environment = "ORDERD_LOG_FORMAT", AT(log.format),
     .doc = "auto is logfmt on a terminal and JSON elsewhere."},
    {"log.requests", SETTING_CHOICE, "errors", .choices = "errors|all", AT(log.requests),
     .doc = "Which requests get a line: those answered 5xx, or all."},

    {"order.currency", SETTING_CURRENCY, "USD", AT(currency),
     .doc = "The currency of every order (ISO 4217)."},

    {"integrations.inventory.url", SETTING_URL, "http://127.0.0.1:8090",
     .environment = "ORDERD_INVENTORY_URL", .offset = SETTING_FOR_SCRIPTS,
     .doc = "The Inventory service."},
    {"integrations.inventory.timeout_seconds", SETTING_SECONDS, "2", .least = 10, .most = 300000,
     .offset = SETTING_FOR_SCRIPTS, .doc = "The longest that it may take."},
    {"integrations.inventory.stock_check", SETTING_BOOLEAN, "true", .offset = SETTING_FOR_SCRIPTS,
     .doc = "Whether stock is asked for before an order is taken."},
    {"integrations.products.url", SETTING_URL, "http://127.0.0.1:8090",
     .environment = "ORDERD_PRODUCTS_URL", .offset = SETTING_FOR_SCRIPTS,
     .doc = "The Product service."},
    {"integrations.products.timeout_seconds", SETTING_SECONDS, "2", .least = 10, .most = 300000,
     .offset = SETTING_FOR_SCRIPTS, .doc = "The longest that it may take."},
    {"integrations.products.cache_seconds", SETTING_SECONDS, "5", SECONDS(0, 86400),
     .offset = SETTING_FOR_SCRIPTS, .doc = "How long a product that was looked up stays known."},
    {"integrations.auth.url", SETTING_URL, "http://127.0.0.1:8090",
     .environment = "ORDERD_AUTH_URL", .offset = SETTING_FOR_SCRIPTS, .doc = "The Auth service."},
    {"integrations.auth.timeout_seconds", SETTING_SECONDS, "2", .least = 10, .most = 300000,
     .offset = SETTING_FOR_SCRIPTS, .doc = "The longest that it may take."},

    {"settings", SETTING_FREE, NULL, AT(settings),
     .doc = "What the scripts themselves want to know; settings.policies goes to the policies."},
};
const size_t settings_count = sizeof(settings) / sizeof(settings[0]);
