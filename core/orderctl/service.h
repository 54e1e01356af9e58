/* A running orderd, asked through its control socket: HTTP over control.sock in the state
 * directory. One question at a time, over one connection that is kept. */
#ifndef ORDERCTL_SERVICE_H
#define ORDERCTL_SERVICE_H

#include "base/buffer.h"
#include "orderctl/command.h"

#include <jansson.h>

struct service;

/* Nothing is connected yet. The invocation is lent. */
struct service *service_open(const struct invocation *invocation);
void service_close(struct service **service);

struct service_reply {
    enum status status; /* STATUS_OK: there was an answer, of any kind; else see http/client.h */
    struct fault fault;
    int http_status;
    struct buffer body;
    json_t *json; /* service_reply_json's */
};

/* `path` with its query, "/events?limit=1". The reply is the caller's: service_reply_release. */
enum status service_ask(struct service *service, const char *method, const char *path,
                        struct service_reply *reply);
void service_reply_release(struct service_reply *reply);

/* The body when it is a JSON object, else NULL; the reply's. */
json_t *service_reply_json(struct service_reply *reply);

/* An answer of the 200s. */
bool service_reply_good(const struct service_reply *reply);

/* Says why there was no answer, or no good one. ORDERCTL_FAILED. */
int service_fail(const struct service *service, struct service_reply *reply);

/* The stable code of a refusal, "position-gone"; "" when there is none. */
const char *service_problem(struct service_reply *reply);

/* Asks, and gives an answer that is a JSON object (json_decref); NULL when it was none, and that
 * has been said. */
MUST_CHECK json_t *service_json(struct service *service, const char *method, const char *path);

#endif
