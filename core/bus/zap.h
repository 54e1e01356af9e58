/* Who is let in: the handler of ZeroMQ's authentication protocol (ZAP, RFC 27) for CURVE.
 *
 * libzmq asks it in the midst of each handshake, at inproc://zeromq.zap.01 of its context, and lets
 * nobody in before it has answered; but where there is none, it lets everybody in. So it is opened
 * before any socket is bound, answers while the loop runs, and is closed behind the last socket.
 *
 * Who is not in the list is refused for now (300), not for good (400): libzmq then lets the client
 * try again by itself, and whoever comes into the list later need not be started anew. After a 400
 * its socket would stay silent for ever, and say so to none but a monitor. libzmq leaves one that
 * was refused so for now its connection until the time for the handshake is over (5 s,
 * zmq_socket.c), which also keeps it from coming more often.
 * The bus thread's. */
#ifndef BUS_ZAP_H
#define BUS_ZAP_H

#include "base/status.h"

#include <stdbool.h>

struct event_base;
struct zap;

/* May whoever has this public key (Z85) connect to the socket of this domain? Both are lent. */
typedef bool zap_allows(void *arg, const char *domain, const char *public_key);

/* Whoever is let in has the public key as User-Id: a client whose key is replaced in the list is
 * another one, also on connections that are there. */
MUST_CHECK enum status zap_open(struct event_base *base, void *context, zap_allows *allows,
                                void *arg, struct zap **zap, struct fault *fault);
void zap_close(struct zap **zap); /* NULL inside is fine */

#endif
