/* Who may come to the ZeroMQ sockets: the service's own keys and the list of clients, read from the
 * files that the configuration names. Without bus.curve there are none. Main thread. */
#ifndef SERVER_ACCESS_H
#define SERVER_ACCESS_H

#include "base/status.h"
#include "bus/clients.h"
#include "bus/curve_key.h"
#include "server/config.h"

/* The caller wipes them (curve_keys_wipe). Only with bus.curve. */
MUST_CHECK enum status access_keys_read(const struct config *config, struct curve_keys *keys,
                                        struct fault *fault);

/* NULL without bus.curve, and when there is no such file. The caller's (bus_clients_free). */
MUST_CHECK enum status access_clients_read(const struct config *config,
                                           struct bus_clients **clients, struct fault *fault);

#endif
