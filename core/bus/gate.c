/* The list of clients, asked by the handshake, by REPLAY and by INGEST. */
#include "bus/gate.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "bus/zap.h"

#include <stdlib.h>
#include <string.h>

enum { TELL_EVERY_US = 10 * 1000000 }; /* whoever is refused tries again and again */

struct door {
    const char *domain;
    const struct topic_prefixes *carried; /* NULL: everybody in the list is let in */
};

struct gate {
    struct curve_keys keys;
    struct bus_clients *clients; /* NULL: none yet */
    struct zap *zap;
    struct door *doors;
    size_t door_count;
    struct bus_rights rights; /* of who was asked for last */
    int64_t told_us;          /* when a refusal was logged last */
    int64_t untold;           /* refusals since */
};

/* ---- doors ---- */

static bool may_enter(const struct door *door, const struct bus_client *client)
{
    if (!client)
        return false;
    for (size_t i = 0; door->carried && i < door->carried->count; i++) {
        if (!topic_prefixes_cover(&client->read, door->carried->texts[i]))
            return false;
    }
    return true;
}

static const struct door *door_find(const struct gate *gate, const char *domain)
{
    for (size_t i = 0; i < gate->door_count; i++) {
        if (strcmp(gate->doors[i].domain, domain) == 0)
            return &gate->doors[i];
    }
    return NULL;
}

/* A public key is no secret, and what an operator needs to put it into the list. */
static void refusal_tell(struct gate *gate, const char *domain, const char *public_key,
                         const struct bus_client *client)
{
    int64_t now = clock_monotonic_us();
    if (gate->told_us != 0 && now - gate->told_us < TELL_EVERY_US) {
        gate->untold++;
        return;
    }
    log_warning(client ? "client refused: it may not read all that is published there"
                       : "client refused: its key is not in the list",
                LOG_TEXT("socket", domain), LOG_TEXT("client", client ? client->name : NULL),
                LOG_TEXT("public_key", public_key), LOG_INT("others_refused", gate->untold));
    gate->told_us = now;
    gate->untold = 0;
}

static bool on_handshake(void *arg, const char *domain, const char *public_key)
{
    struct gate *gate = arg;
    const struct door *door = door_find(gate, domain);
    const struct bus_client *client = bus_clients_find(gate->clients, public_key);
    bool entered = door && may_enter(door, client);
    if (!entered)
        refusal_tell(gate, domain, public_key, client);
    return entered;
}

void gate_add(struct gate *gate, const char *domain, const struct topic_prefixes *carried)
{
    gate->doors = memory_resize(gate->doors, (gate->door_count + 1) * sizeof(*gate->doors));
    gate->doors[gate->door_count++] = (struct door){.domain = domain, .carried = carried};
}

/* ---- a new list ---- */

static bool is_revoked(const struct door *door, const struct bus_clients *before,
                       const struct bus_clients *now)
{
    for (size_t i = 0; before && i < before->count; i++) {
        const struct bus_client *client = &before->entries[i];
        if (may_enter(door, client) && !may_enter(door, bus_clients_find(now, client->public_key)))
            return true;
    }
    return false;
}

void gate_set_clients(struct gate *gate, struct bus_clients *clients,
                      void (*revoked)(void *arg, const char *domain), void *arg)
{
    struct bus_clients *before = gate->clients;
    gate->clients = clients;
    gate->told_us = 0;
    for (size_t i = 0; i < gate->door_count; i++) {
        if (gate->doors[i].carried && is_revoked(&gate->doors[i], before, clients))
            revoked(arg, gate->doors[i].domain);
    }
    bus_clients_free(&before);
}

/* ---- rights ---- */

const struct bus_rights *gate_rights(void *arg, const char *user)
{
    struct gate *gate = arg;
    const struct bus_client *client = bus_clients_find(gate->clients, user);
    gate->rights = (struct bus_rights){.topic_count = 0};
    if (client)
        gate->rights = (struct bus_rights){
            .topics = (const char *const *)client->read.texts,
            .topic_count = client->read.count,
            .cursors = client->cursors,
            .send = (const char *const *)client->send.texts,
            .send_count = client->send.count,
        };
    return &gate->rights;
}

/* ---- life ---- */

const struct curve_keys *gate_keys(const struct gate *gate)
{
    return &gate->keys;
}

enum status gate_open(struct event_base *base, void *context, const struct curve_keys *keys,
                      struct gate **gate, struct fault *fault)
{
    struct gate *made = memory_new(sizeof(*made));
    made->keys = *keys;
    enum status status = zap_open(base, context, on_handshake, made, &made->zap, fault);
    if (status == STATUS_OK)
        *gate = made;
    else
        gate_close(&made);
    return status;
}

void gate_close(struct gate **gate)
{
    struct gate *closing = *gate;
    if (!closing)
        return;
    *gate = NULL;
    zap_close(&closing->zap);
    bus_clients_free(&closing->clients);
    curve_keys_wipe(&closing->keys);
    free(closing->doors);
    free(closing);
}
