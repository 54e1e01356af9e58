/* The control socket: HTTP on <state_dir>/control.sock, for orderctl. Only the service's own user
 * can open it (mode 0600).
 *
 *     POST /reload   200 {"generation","hash"}, or 422 with the script's file and line
 *     GET  /status   200 {"version","pid","ready","leading","http","iiop","publish","epoch",
 *                         "generation","hash","uptime_seconds",
 *                         "threads":[{"name","lua_memory_bytes","tasks"}]} */
#ifndef SERVER_CONTROL_H
#define SERVER_CONTROL_H

#include "base/status.h"
#include "server/server.h"

MUST_CHECK enum status control_open(struct server *server, struct control **control,
                                    struct fault *fault);
void control_close(struct control **control); /* NULL inside is fine */

#endif
