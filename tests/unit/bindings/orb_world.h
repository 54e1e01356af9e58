/* A vm that calls the objects which it serves itself, over a real socket, in one loop. Its scripts
 * are those of tests/unit/bindings/orb; a test may add some of its own. */
#ifndef TEST_BINDINGS_ORB_WORLD_H
#define TEST_BINDINGS_ORB_WORLD_H

#include "fixture.h"

struct orb_world {
    struct fixture fixture;
    struct orb_server *server;
};

void orb_world_open(struct orb_world *w);
void orb_world_close(struct orb_world *w);

/* Copies a script of the shared ones: "servants/echo.lua". */
void orb_world_add(struct orb_world *w, const char *path);
void orb_world_add_all(struct orb_world *w);
/* Makes the vm and serves what it declares. */
void orb_world_load(struct orb_world *w);

/* Runs the cases of the vm's tests and fails with the messages of those that fail; how many there
 * were. */
size_t orb_world_run(struct orb_world *w);
/* The body of the only case; servants and support are there. Loads. */
void orb_world_lua(struct orb_world *w, const char *text);

#endif
