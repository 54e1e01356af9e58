/* Private: what the parts of the control socket share. Everything here is the main thread's. */
#ifndef SERVER_CONTROL_PRIVATE_H
#define SERVER_CONTROL_PRIVATE_H

#include "base/json_writer.h"
#include "http/server.h"
#include "server/server.h"

#include <stdbool.h>
#include <sys/queue.h>

struct repository;
struct router;

TAILQ_HEAD(events_calls, events_call);

struct control {
    struct server *server;
    struct http_server *http;
    struct router *router;
    struct repository *repository; /* NULL: no store */
    bool closing;                  /* nobody may wait any more */
    /* control_events.c's. */
    struct events_calls waiting; /* for events */
    size_t waiting_count;        /* of calls that may wait, whether they do now or not */
    uint64_t commits;            /* words of the store that something was committed */
};

/* Answers the request, now or later. `parameter` is the path's, lent; "" where it has none. */
typedef void control_handler(struct control *control, struct http_request *request,
                             const char *parameter);

/* A request that waits for the store. */
struct control_call {
    struct control *control;
    struct http_request *request;
};
struct control_call *control_call_new(struct control *control, struct http_request *request);

/* ---- resources ---- */

control_handler control_status, control_reload;
control_handler control_letters_list, control_letters_show, control_letters_retry,
    control_letters_drop;
control_handler control_cursors_list, control_cursors_delete;
control_handler control_events_read, control_events_head;

/* Answers whoever waits for events. */
void control_events_close(struct control *control);

/* ---- answers (control_answer.c): each gives the request up ---- */

void control_answer(struct http_request *request, const char *type, struct buffer *body); /* 200 */
void control_answer_json(struct http_request *request, struct buffer *json);
void control_answer_nothing(struct http_request *request, int status);
void control_answer_problem(struct http_request *request, const char *code, const char *detail);
/* `members`: see struct problem. */
void control_answer_problem_with(struct http_request *request, const char *code, const char *detail,
                                 const char *members);
/* What the store, or the reading of a query, did not do. STATUS_NOT_FOUND becomes `missing`. */
void control_answer_failure(struct http_request *request, const struct fault *fault,
                            enum status status, const char *missing);

void member_text(struct json_writer *w, const char *name, const char *text); /* NULL: null */
void member_number(struct json_writer *w, const char *name, int64_t number);
void member_truth(struct json_writer *w, const char *name, bool value);
void member_time(struct json_writer *w, const char *name, int64_t wall_ms);

/* ---- queries (control_query.c) ---- */

/* Takes one parameter; control_query_unknown is the answer for a name that means nothing. */
typedef enum status control_take(void *arg, const char *name, const char *value,
                                 struct fault *fault);
MUST_CHECK enum status control_query_read(const struct http_request *request, control_take *take,
                                          void *arg, struct fault *fault);
MUST_CHECK enum status control_query_unknown(const char *name, struct fault *fault);

/* The number that is the whole text. STATUS_INVALID, where "/name", outside least to most. */
MUST_CHECK enum status control_query_number(const char *name, const char *text, int64_t least,
                                            int64_t most, int64_t *number, struct fault *fault);

/* Copies a text that is shorter than `size`. */
MUST_CHECK enum status control_query_text(const char *name, const char *text, char *copy,
                                          size_t size, struct fault *fault);

#endif
