/* From settings to the broker's options. */
#include "server/orb.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct giop_stream_limits stream_limits_of(const struct config *config)
{
    return (struct giop_stream_limits){
        .message_bytes = (size_t)config->orb.message_bytes,
        .reassembly_bytes = (size_t)config->orb.reassembly_bytes,
        .partial_messages = (size_t)config->orb.partial_messages,
    };
}

static struct cdr_limits cdr_limits_of(const struct config *config)
{
    return (struct cdr_limits){
        .string_bytes = (uint32_t)config->orb.string_bytes,
        .typecode_depth = (uint32_t)config->orb.typecode_depth,
        .typecode_nodes = (uint32_t)config->orb.typecode_nodes,
        .value_depth = (uint32_t)config->orb.value_depth,
        .profiles = (uint32_t)config->orb.profiles,
        .contexts = (uint32_t)config->orb.contexts,
    };
}

/* The setting's choices stand in this order. */
static enum giop_address address_of(const char *target)
{
    return strcmp(target, "key") == 0       ? GIOP_KEY_ADDR
           : strcmp(target, "profile") == 0 ? GIOP_PROFILE_ADDR
                                            : GIOP_REFERENCE_ADDR;
}

struct orb_client_options orb_client_options_of(const struct config *config)
{
    return (struct orb_client_options){
        .stream = stream_limits_of(config),
        .cdr = cdr_limits_of(config),
        .reassembly_total_bytes = (size_t)config->orb.reassembly_total_bytes,
        .fragment_bytes = (size_t)config->orb.fragment_bytes,
        .unsent_bytes = (size_t)config->orb.unsent_bytes,
        .pending_calls = (size_t)config->orb.calls,
        .connections = (size_t)config->orb.peers,
        .connect_timeout_ms = (int)config->orb.connect_ms,
        .call_timeout_ms = (int)config->orb.call_ms,
        .idle_timeout_ms = (int)config->orb.peer_idle_ms,
        .forward_limit = (int)config->orb.forwards,
        .breaker_failures = (int)config->orb.timeouts,
        .backoff_first_ms = config->orb.backoff_ms < 100 ? (int)config->orb.backoff_ms : 100,
        .backoff_most_ms = (int)config->orb.backoff_ms,
        .address = address_of(config->orb.target),
    };
}

struct orb_server_options orb_server_options_of(const struct config *config)
{
    return (struct orb_server_options){
        .stream = stream_limits_of(config),
        .cdr = cdr_limits_of(config),
        .reassembly_total_bytes = (size_t)config->orb.reassembly_total_bytes,
        .fragment_bytes = (size_t)config->orb.fragment_bytes,
        .connections = (size_t)config->orb.connections,
        .pipelined = (size_t)config->orb.pipelined,
        .requests = (size_t)config->orb.requests,
        .unsent_bytes = (size_t)config->orb.unsent_bytes,
        .message_deadline_ms = (int)config->orb.message_ms,
        .idle_timeout_ms = (int)config->orb.idle_ms,
        .write_timeout_ms = (int)config->orb.write_ms,
    };
}

/* ---- where references lead ---- */

/* Splits "host:port" or "[host]:port". */
static void address_split(const char *address, char host[ORB_HOST_SIZE], uint16_t *port)
{
    const char *colon = strrchr(address, ':');
    int length = (int)(colon - address);
    if (length > 1 && address[0] == '[') {
        address++;
        length -= 2;
    }
    snprintf(host, ORB_HOST_SIZE, "%.*s", length, address);
    *port = (uint16_t)strtoul(colon + 1, NULL, 10);
}

void orb_public_address(const struct config *config, const char *bound, char host[ORB_HOST_SIZE],
                        uint16_t *port)
{
    address_split(config->orb.public ? config->orb.public : bound, host, port);
    if (strcmp(host, "0.0.0.0") != 0 && strcmp(host, "::") != 0)
        return;
    if (gethostname(host, ORB_HOST_SIZE) != 0)
        snprintf(host, ORB_HOST_SIZE, "localhost");
    host[ORB_HOST_SIZE - 1] = '\0';
}
