/* What the tests of REPLAY stand on: a bus that serves it, with a world, and foreign DEALERs. */
#ifndef TESTS_BUS_CLIENT_H
#define TESTS_BUS_CLIENT_H

#include "world.h"

struct site {
    struct world world;
    struct repository *repository; /* the bus's; NULL: the world's */
    struct bus_options options;    /* of the bus; what a test changes before site_begin */
    struct bus *bus;
    void *foreign; /* the context of the clients */
    bool closed;
};

/* In *state, a world and no bus yet. */
struct site *site_new(void **state);
void site_begin(struct site *site);
void site_end(struct site *site);

/* For cmocka: a site whose bus serves, and its end. */
int site_setup(void **state);
int site_teardown(void **state);

/* ---- a client ---- */

struct client {
    struct site *site;
    void *socket;
    struct heard heard;
    size_t read; /* of heard, those that the test has looked at */
    size_t wanted;
};

/* A DEALER of REPLAY; takes at most `receive_mark` messages ahead, 0 for any number. */
void client_open(struct client *client, struct site *site, int receive_mark);
/* The same of any address. */
void client_open_at(struct client *client, struct site *site, const char *address,
                    int receive_mark);
void client_close(struct client *client);

/* Sends a request; `json` may hold no NUL. */
void client_ask(struct client *client, const char *verb, const char *id, const char *json);
/* Takes what has come already. */
void client_listen(struct client *client);
/* Waits for the next answer and gives its frame of a number; frame 0 begins a new answer. */
const char *client_next(struct client *client);
const char *client_frame(const struct client *client, size_t frame);
size_t client_frames(const struct client *client);
/* Nothing more has come, though another client was answered meanwhile. */
void client_expect_silence(struct client *client);

/* The next answer is of this kind and id, and its JSON has this text in it. */
void client_expect(struct client *client, const char *kind, const char *id, const char *text);
/* The next ones are EVENTs of this id, so many. */
void client_expect_events(struct client *client, const char *id, size_t count);

#endif
