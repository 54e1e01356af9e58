/* Private to orderd.orb: a request under way, and how it ends other than well. */
#ifndef BINDINGS_ORB_SERVE_END_H
#define BINDINGS_ORB_SERVE_END_H

#include "base/trace.h"
#include "bindings/orb_servant.h"
#include "host/task.h"
#include "iiop/server.h"

struct serving {
    struct serving *next, **place; /* orb->serving; or orb->idle, by `next` alone */
    struct servant *servant;
    struct orb_request *request; /* NULL once it is answered */
    const struct idl_operation *operation;
    struct orb_operation *plan;
    bool late;                   /* the task could not be prepared at once */
    bool entered;                /* the method has been called */
    bool returned;               /* and has returned */
    bool open;                   /* the reply is */
    enum exception_kind refused; /* before the method was called */
    enum serving_end end;
    int told; /* the interceptors' table, in the registry; or LUA_NOREF */
    int64_t began_us;
    struct buffer contexts; /* id, size and bytes of each */
    struct trace trace;
};

/* The end of the request's task: whatever has not been answered is, now. */
void serving_done(const struct task_result *result, void *arg);

/* ---- orb_serve.c ---- */
void serving_give_back(struct serving *serving);

#endif
