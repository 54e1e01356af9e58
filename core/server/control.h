/* The control socket: HTTP on <state_dir>/control.sock, for orderctl. Only the service's own user
 * can open it (mode 0600).
 *
 *     GET /status
 *         {"version","pid","ready","leading","http","iiop","publish","replay","ingest","store",
 *          "epoch","generation","hash","uptime_seconds",
 *          "threads":[{"name","lua_memory_bytes","tasks"}]}
 *     POST /reload
 *         {"generation","hash"}, or 422 with the script's file and line
 *
 * Where there is a store, of which it has a repository of its own:
 *
 *     GET /dead-letters?after=ID&limit=1..1000&source=NAME
 *         {"dead_letters":[LETTER],"next_after": ID or null}
 *     GET /dead-letters/ID
 *         LETTER, and "payload"
 *     POST /dead-letters/ID/retry
 *         202: the leading process will try it again
 *     DELETE /dead-letters/ID
 *         204
 *     GET /cursors
 *         {"cursors":[{"name","kind","position","lag","lag_is_more","updated_at"}]}
 *     DELETE /cursors/NAME?force=yes
 *         {"name","kind"}; 409 cursor-in-use for the relay's, and without force for a hook's
 *     GET /events/head
 *         {"epoch","floor","head","heads":{TOPIC: POSITION}}
 *     GET /events?after=POSITION&epoch=&from_time=TIME&topic=PREFIX&limit=1..1000&wait=0..30
 *         JSON lines: [TOPIC,POSITION,PREVIOUS,CLOUDEVENT] for each event, and last
 *         {"epoch","position","count","complete"}
 *
 * LETTER: {"id","received_at","source","topic","event_id","about","attempts","retrying","reason"}.
 *
 * Pages are bounded: one asks on with what "next_after" says, or after "position" while "complete"
 * is false. Of events `limit` is how many are looked at; those of other topics are not shown.
 * `from_time` leaves out what comes before the first event that happened then or later; while
 * "begun" is false it goes along with the next `after`. `wait` is how many seconds to wait for an
 * event when there is none.
 *
 * Errors are problems (http/problem.h): 410 position-gone with "floor" and "head", 409
 * epoch-mismatch with "epoch", 404, 422, 503. */
#ifndef SERVER_CONTROL_H
#define SERVER_CONTROL_H

#include "base/status.h"
#include "server/server.h"

MUST_CHECK enum status control_open(struct server *server, struct control **control,
                                    struct fault *fault);
void control_close(struct control **control); /* NULL inside is fine */

#endif
