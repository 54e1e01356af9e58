/* Private to orderd.orb: a request under way, and how it ends other than well. */
#ifndef BINDINGS_ORB_SERVE_END_H
#define BINDINGS_ORB_SERVE_END_H

#include "base/buffer.h"
#include "base/trace.h"
#include "bindings/orb_servant.h"
#include "host/task.h"
#include "iiop/server.h"

/* The body of a reply that has been written, and taken back until the interceptor has been told. */
struct kept_reply {
    enum giop_reply_status status;
    size_t phase; /* where it began, modulo 8: its padding stands in the bytes */
    bool wide;
    struct buffer bytes;
};

struct serving {
    struct serving *next, **place; /* orb->serving; or orb->idle, by `next` alone */
    struct servant *servant;
    struct orb_request *request; /* NULL once it is answered */
    const struct idl_operation *operation;
    struct orb_operation *plan;
    bool late;                   /* the task could not be prepared at once */
    bool entered;                /* the method has been called */
    bool returned;               /* and has returned */
    struct cdr_writer *open;     /* the reply that is being written, or NULL */
    size_t body_at;              /* in its buffer: where the body begins */
    enum exception_kind refused; /* before the method was called */
    enum serving_end end;
    int told; /* the interceptors' table, in the registry, until sendreply; or LUA_NOREF */
    int64_t began_us;
    struct buffer contexts; /* id, size and bytes of each */
    struct kept_reply kept;
    struct trace trace;
};

/* How a request is about to end. */
struct ending {
    enum serving_end end;
    const struct typecode *user;    /* the declared exception whose reply is kept; or NULL */
    struct system_exception system; /* EXCEPTION_NONE: none, the kept reply goes */
    char why[512];                  /* of a system exception that this side raises */
};

/* The end of the request's task: whatever has not been answered is, now. */
void serving_done(const struct task_result *result, void *arg);

/* ---- orb_serve.c ---- */
void serving_give_back(struct serving *serving);

/* ---- orb_serve_reply.c: replies that go only after the interceptor has been told ---- */

struct cdr_writer *serving_open(struct serving *serving, enum giop_reply_status status);
void serving_abandon(struct serving *serving); /* if one is open */
void serving_keep(struct serving *serving);
void serving_send_kept(struct serving *serving);
/* Tells sendreply, if it has not been told. The error value, or whatever is on the top of `main`,
 * stays. False: it raised, and what it raised is on the top instead. */
MUST_CHECK bool serving_tell(struct serving *serving, lua_State *main, const struct ending *ending);

#endif
