/* The object broker as the configuration wants it: limits and time-outs, and the address that
 * references carry. */
#ifndef SERVER_ORB_H
#define SERVER_ORB_H

#include "base/status.h"
#include "bindings/services.h"
#include "iiop/client.h"
#include "iiop/server.h"
#include "server/config.h"

struct orb_client_options orb_client_options_of(const struct config *config);
struct orb_server_options orb_server_options_of(const struct config *config);

/* The host and port of references to objects served at `bound` ("127.0.0.1:2810"): those of
 * orb.public, else those of `bound`, with this machine's name for an address that means all of
 * them. */
enum { ORB_HOST_SIZE = 256 };
void orb_public_address(const struct config *config, const char *bound, char host[ORB_HOST_SIZE],
                        uint16_t *port);

#endif
