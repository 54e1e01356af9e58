/* Which route a method and a path lead to: a trie of path segments.
 *
 * Patterns: "/order/orders/{order_id:uuid}". A segment is literal or one parameter; the type is
 * uuid, or absent for any non-empty text. Literal segments win over uuid parameters, those over
 * others; a path that the winner does not have with this method is tried with the next. Paths are
 * compared after percent-decoding each segment (RFC 3986, 2.1); an encoded slash never splits one.
 * A trailing slash is a different path. HEAD is answered by GET's route unless it has its own.
 * Filled once, then read only: by any number of threads. */
#ifndef HTTP_ROUTER_H
#define HTTP_ROUTER_H

#include "base/status.h"
#include "http/server.h"

#include <stddef.h>

enum { ROUTER_PARAMETERS_LIMIT = 8, ROUTER_SEGMENT_LIMIT = 256 };

struct router;

struct router *router_new(void);
void router_free(struct router **router);

/* `route` is the caller's and comes back from router_match. STATUS_INVALID: the pattern;
 * STATUS_DUPLICATE: the method and pattern are taken. */
MUST_CHECK enum status router_add(struct router *router, const char *method, const char *pattern,
                                  void *route, struct fault *fault);

struct route_parameter {
    const char *name;  /* the router's */
    const char *value; /* decoded; in the match's own memory; terminated */
};

struct route_match {
    void *route;
    struct route_parameter parameters[ROUTER_PARAMETERS_LIMIT];
    size_t parameter_count;
    char allow[128]; /* for STATUS_REFUSED: the methods that the path has, "GET, HEAD, PUT" */
    char memory[1024];
};

/* STATUS_NOT_FOUND: no such path; STATUS_REFUSED: the path has other methods; STATUS_INVALID: bad
 * percent-encoding or an encoded NUL in the path. */
MUST_CHECK enum status router_match(const struct router *router, struct text method,
                                    struct text path, struct route_match *match);

#endif
