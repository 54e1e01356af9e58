/* Private: the server's own structs, which its files share.
 *
 * A request belongs to its server until it is answered. One that is answered before its servant
 * returns (most are) costs a struct from the spare ones and no list. One that is not is kept: its
 * operation and key are copied, for the message they stand in goes, and it joins the lists of its
 * server and its connection, so that it can be cancelled, counted, and told that they are gone. */
#ifndef IIOP_SERVER_PRIVATE_H
#define IIOP_SERVER_PRIVATE_H

#include "base/metrics.h"
#include "iiop/connection.h"
#include "iiop/server.h"

#include <sys/queue.h>

struct event;
struct listener;

/* ---- a client's connection ---- */

struct orb_caller {
    TAILQ_ENTRY(orb_caller) links;
    struct orb_server *server;
    struct orb_connection *connection;
    TAILQ_HEAD(, orb_request) kept; /* its requests that are not answered yet */
    size_t kept_count;
    uint32_t char_set, wchar_set; /* as its first CodeSets context said */
    uint8_t minor;                /* GIOP 1.minor of its last message */
    bool negotiated;              /* that context has come */
    bool leaving;                 /* it finishes: no request refers to it any more */
};

/* Takes a connected descriptor, which must not block. */
void orb_caller_open(struct orb_server *server, int descriptor);
/* At once. Its requests stay. */
void orb_caller_close(struct orb_caller *caller);
/* Ends it in order: CloseConnection, unless requests are under way. */
void orb_caller_close_unused(struct orb_caller *caller);
/* MessageError, and the end. */
void orb_caller_refuse(struct orb_caller *caller, const char *why);
/* Reads on or rests, as its limits say. */
void orb_caller_throttle(struct orb_caller *caller);

/* ---- requests ---- */

struct orb_request {
    TAILQ_ENTRY(orb_request) links;        /* of server->kept, or server->spare */
    TAILQ_ENTRY(orb_request) caller_links; /* of caller->kept */
    struct orb_server *server;             /* NULL: it has been freed */
    struct orb_caller *caller;             /* NULL: it has gone */
    struct giop_request head;
    size_t prefix_size; /* how much of the key its servant stands for */
    int64_t started_us;
    uint8_t minor;
    bool kept;
    bool cancelled;
    struct cdr_writer writer; /* of the reply that is open */
    enum giop_reply_status status;
    struct buffer copies;          /* operation and key of a request that is kept */
    struct buffer contexts;        /* for the reply; see server_reply.c */
    struct buffer unwanted;        /* where a reply is written that nobody will see */
    char peer_name[ORB_PEER_SIZE]; /* when the caller has gone */
};

TAILQ_HEAD(orb_request_list, orb_request);

struct orb_request *orb_request_take(struct orb_server *server, struct orb_caller *caller);
/* Its servant has returned without an answer. */
void orb_request_keep(struct orb_request *request);
/* The caller has gone; the request goes on. */
void orb_request_orphan(struct orb_request *request);
/* Answered, with this status: counts it and gives it back. Its caller reads on where it rested for
 * it, or ends where it waited for it. */
void orb_request_done(struct orb_request *request, enum giop_reply_status status);
/* Never handed to anybody, nor counted. */
void orb_request_give_back(struct orb_request *request);
void orb_request_free(struct orb_request *request);

/* ---- what a message asks for ---- */

/* OBJECT_NOT_EXIST's minor code of the OMG: no such object in this adapter. */
enum { MINOR_NO_OBJECT = OMG_MINOR | 2 };

/* A Request: on its way to its servant, or answered. */
void orb_server_dispatch(struct orb_caller *caller, const struct giop_message *message);
void orb_server_locate(struct orb_caller *caller, const struct giop_message *message);
/* What every object answers. `servant` is NULL for a key that is unknown. False: the operation is
 * the servant's own. */
bool orb_common_operation(struct orb_request *request, const struct orb_servant *servant);
bool orb_servant_exists(const struct orb_servant *servant, const void *key, size_t size);

/* ---- the server ---- */

/* What is worth a line in the log, but no more than one each second. */
enum orb_note {
    NOTE_REFUSED, /* what a caller sent was no good, or late */
    NOTE_CROWDED, /* a connection was closed at once */
    NOTE_BUSY,    /* a request was refused */
    NOTES,
};

struct orb_note_times {
    int64_t quiet_until_us;
    int64_t untold;
};

enum orb_result { RESULT_OK, RESULT_USER_EXCEPTION, RESULT_SYSTEM_EXCEPTION, RESULTS };

struct orb_server {
    struct event_base *base;
    struct orb_server_options options;
    struct orb_connection_options connection_options;
    struct giop_budget budget;
    const struct orb_adapter *adapter;
    struct listener **listeners; /* in the order in which they came */
    size_t listener_count;

    TAILQ_HEAD(, orb_caller) callers;
    size_t caller_count;
    struct orb_request_list kept;
    size_t kept_count;
    struct orb_request_list spare;
    size_t spare_count;
    struct orb_request *current; /* handed to its servant, which has not returned or answered */

    struct counter *requests[RESULTS];
    struct counter *refused;
    struct gauge *connections;
    struct histogram *seconds;
    struct orb_note_times notes[NOTES];

    struct event *stopper;
    bool stopping;
    void (*stopped)(void *arg);
    void *stopped_arg;
};

/* `why` and `peer` go into the line. */
void orb_server_note(struct orb_server *server, enum orb_note note, const char *peer,
                     const char *why);
/* Says that all has stopped when it has: in a later turn of the loop. */
void orb_server_check_stopped(struct orb_server *server);

#endif
