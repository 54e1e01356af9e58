/* Who may: the service's own keys, the list of clients in force, and what follows from both. There
 * is a gate where CURVE is on; where it is off (NULL), everybody may everything. The bus thread's.
 *
 * A client is known by its public key, which is the User-Id of what it sends (bus/zap.h). So the
 * rights that it has when it asks are those that the list gives it then, whenever it connected. At
 * PUB nobody asks: there the gate says whose connections must end when the list changes. */
#ifndef BUS_GATE_H
#define BUS_GATE_H

#include "bus/bus.h"
#include "bus/clients.h"
#include "bus/curve_key.h"

struct event_base;
struct gate;

/* Begins with an empty list, which lets nobody in. `keys` are copied. Opened before any socket of
 * the context, and closed behind the last one. */
MUST_CHECK enum status gate_open(struct event_base *base, void *context,
                                 const struct curve_keys *keys, struct gate **gate,
                                 struct fault *fault);
void gate_close(struct gate **gate); /* NULL inside is fine */

/* The service's own, lent for the gate's life. */
const struct curve_keys *gate_keys(const struct gate *gate);

/* Adds a door: a ZAP domain. At one with `carried`, which is what a PUB socket sends, only those
 * clients are let in that may read all of it; at others everybody in the list. Both are lent for
 * the gate's life. */
void gate_add(struct gate *gate, const char *domain, const struct topic_prefixes *carried);

/* Puts a list in force; the gate's from now on. `revoked` runs for each domain with `carried` where
 * a client was let in that is not any more. */
void gate_set_clients(struct gate *gate, struct bus_clients *clients,
                      void (*revoked)(void *arg, const char *domain), void *arg);

/* A bus_rights_of; `arg` is the gate. */
const struct bus_rights *gate_rights(void *arg, const char *user);

#endif
