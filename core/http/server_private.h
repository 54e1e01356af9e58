/* Private: the server's own struct, which its files share. */
#ifndef HTTP_SERVER_PRIVATE_H
#define HTTP_SERVER_PRIVATE_H

#include "base/buffer.h"
#include "base/metrics.h"
#include "http/connection.h"
#include "http/listener.h"
#include "http/request.h"
#include "http/server.h"

#include <time.h>

struct event;
struct listener;

enum { DATE_TEXT_SIZE = 30 }; /* "Sun, 06 Nov 1994 08:49:37 GMT" and its terminator */

struct http_server {
    struct event_base *base;
    struct http_server_options options;
    http_handler *handler;
    void *arg;

    struct listener **listeners; /* in the order in which they came */
    size_t listener_count;
    bool crowded; /* the connection limit was reached and that was logged */

    struct connection_list connections[CONNECTION_STATES];
    int64_t time_us[CONNECTION_STATES]; /* how long a connection may be in a state; 0: no limit */
    size_t connection_count;            /* all but the closed ones */
    struct gauge *connection_gauge;
    struct event *sweeper;
    int64_t sweep_at_us; /* 0: the sweeper is not armed */
    struct event *reaper;

    struct request_list in_flight; /* handed over and not answered yet */
    struct request_list spare;
    size_t spare_count;
    size_t bodies_bytes; /* the sum of body_held of all requests; request.c alone changes it */

    struct buffer answer_head; /* where each answer's head is built */
    time_t date_s;
    char date[DATE_TEXT_SIZE];

    bool stopping;
    void (*stopped)(void *arg);
    void *stopped_arg;
};

extern const llhttp_settings_t request_parser_settings;

/* The sweeper wakes up for this deadline at the latest. */
void server_sweep_at(struct http_server *server, int64_t deadline_us);

/* Frees closed connections, and says that all has stopped when it has: in a later turn. */
void server_reap(struct http_server *server);
void server_check_stopped(struct http_server *server);

/* Counts a refused request or connection: orderd_http_rejected_total{reason}. */
void server_count_rejected(const char *reason);

#endif
