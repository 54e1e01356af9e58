/* The configuration: the file, checked against the table of settings, with the environment's
 * overrides and the defaults put in. Read once at start, before any thread; read only then. */
#ifndef SERVER_CONFIG_H
#define SERVER_CONFIG_H

#include "base/log.h"
#include "base/status.h"
#include "bindings/services.h"
#include "domain/money.h"
#include "host/conf.h"

#include <stdbool.h>
#include <stdint.h>

enum { CONFIG_WORKERS_LIMIT = 256 };

/* All text belongs to the configuration. Times are milliseconds. */
struct config {
    const char *state_dir;
    int64_t workers; /* 0 in the file has become the number of processors */

    struct {
        const char *listen;
        int64_t header_bytes, header_count, body_bytes, bodies_bytes, connections;
        int64_t header_ms, body_ms, idle_ms, write_ms;
    } http;

    struct {
        const char *listen, *public, *target; /* public: or NULL */
        const struct conf_value *idl;         /* a list of directories */
        bool naming;
        int64_t message_bytes, reassembly_bytes, reassembly_total_bytes, partial_messages;
        int64_t string_bytes, typecode_depth, typecode_nodes, value_depth, profiles, contexts;
        int64_t connections, pipelined, requests, unsent_bytes, fragment_bytes;
        int64_t message_ms, idle_ms, write_ms;
        int64_t call_ms, connect_ms, peer_idle_ms, backoff_ms;
        int64_t peers, calls, forwards, timeouts;
    } orb;

    struct {
        const char *publish, *replay, *ingest;
        const struct conf_value *subscribe; /* a list of texts */
        const struct conf_value *feeds;     /* lists of texts, by address */
        int64_t high_water_mark, heartbeat_ms, ping_ms, ping_timeout_ms, connections, message_bytes;
        int64_t replays, client_replays, replay_credit, replay_idle_ms, ingest_pending;
        bool curve, open_to_all;
        const char *curve_key, *clients; /* files */
    } bus;

    bool has_store;
    struct {
        const char *url, *replica; /* replica: or NULL */
        int64_t deadline_ms, group, queue, key_ms, events_days, inbound_days, letters_days,
            connections, connect_ms;
    } store;

    struct {
        const char *dir;
        int64_t memory_mb, instructions, task_ms, tasks, policy_instructions;
    } scripts;

    struct {
        const char *jwks, *issuer, *audience;
        int64_t leeway_s;
        const struct conf_value *roles;
    } identity;

    struct {
        const char *level, *format, *requests;
    } log;

    const struct currency *currency;
    const struct conf_value *settings; /* for scripts */

    /* Made from the above. */
    enum log_level log_level;
    enum log_format log_format;
    bool log_all_requests;
    const struct role *roles;              /* a NULL name ends */
    const struct conf_value *integrations; /* a table for scripts, defaults included */
    const char *const *idl;                /* the directories of orb.idl; NULL ends */

    struct config_memory *memory;
};

/* STATUS_NOT_FOUND: no file; STATUS_INVALID with where ("conf/orderd.lua:12" or the variable's
 * name) and what was expected. Nothing is left behind on failure. */
MUST_CHECK enum status config_read(const char *path, struct config *config, struct fault *fault);
void config_release(struct config *config);

/* Logs a warning for each variable ORDERD_... that no setting takes: a misspelt one does nothing,
 * and that must not go unseen. */
void config_warn_of_variables(void);

/* The manual page of the program: options, and every setting with its variable and default. */
void config_print_help(void);

#endif
