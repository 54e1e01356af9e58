/* Private: an exchange, and what the files of the HTTP client share. */
#ifndef HTTP_CLIENT_PRIVATE_H
#define HTTP_CLIENT_PRIVATE_H

#include "base/buffer.h"
#include "http/client.h"

#include <curl/curl.h>
#include <event2/event_struct.h>
#include <stdbool.h>
#include <sys/queue.h>

/* Where an exchange stands, and so on which list it is. */
enum exchange_state {
    EXCHANGE_FAILED,  /* could not be started: on failed, told in the next turn of the loop */
    EXCHANGE_RUNNING, /* curl has it: on running */
    EXCHANGE_TOLD,    /* `answered` runs or has run: on no list */
};

/* A header of the answer, by its place in `head`, which still grows and moves. */
struct field_place {
    size_t name, value;
};

struct http_exchange {
    TAILQ_ENTRY(http_exchange) links;
    struct http_client *client;
    enum exchange_state state;
    http_answered *answered;
    void *arg;

    CURL *easy;
    struct event deadline; /* of the whole call */
    int timeout_ms;
    struct curl_slist *request_headers;
    char *body; /* of the request */
    bool idempotent;
    bool begun; /* bytes of the request may have left */

    size_t answer_limit; /* of the body */
    bool too_long;
    bool head_complete;
    struct buffer head;   /* of the answer: terminated names and values */
    struct buffer fields; /* struct field_place each */
    struct buffer content;

    struct fault fault;          /* why it is EXCHANGE_FAILED */
    char error[CURL_ERROR_SIZE]; /* curl's words for its error */
};

TAILQ_HEAD(exchange_list, http_exchange);

/* Sets a clean easy handle to do the call. STATUS_INVALID for what must not be put on a wire. */
MUST_CHECK enum status exchange_prepare(struct http_exchange *exchange,
                                        const struct http_call *call, struct fault *fault);

/* Lets the handle deliver its answer into the exchange. */
void exchange_collect(struct http_exchange *exchange);

/* Tells how curl's transfer ended; not in a curl callback. */
void exchange_tell(struct http_exchange *exchange, CURLcode code);

#endif
