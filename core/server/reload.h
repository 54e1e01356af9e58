/* New scripts, keys and clients for the running service: every thread gets them, or none. */
#ifndef SERVER_RELOAD_H
#define SERVER_RELOAD_H

#include "base/status.h"
#include "server/server.h"

struct reload *reload_new(struct server *server);
/* Tells those who wait that the service is stopping; refuses every later ask. */
void reload_end(struct reload *reload);
void reload_free(struct reload **reload); /* NULL inside is fine */

/* STATUS_OK when every thread runs the new scripts; otherwise none does, and the fault says why
 * ("scripts/routes/orders.lua:12"). Runs exactly once, perhaps before reload_ask returns. */
typedef void reload_done(void *arg, enum status status, const struct fault *fault);

/* Reads what is on disk now. An ask during a reload starts another one after it, for files may have
 * changed since; all who ask meanwhile share that one. `done` may be NULL. */
void reload_ask(struct reload *reload, reload_done *done, void *arg);

#endif
