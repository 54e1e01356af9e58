/* A bus that serves REPLAY, and who asks it. */
#include "client.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

/* ---- the site ---- */

struct site *site_new(void **state)
{
    static struct site site;
    memset(&site, 0, sizeof(site));
    world_open(&site.world);
    site.foreign = foreign_context();
    site.options = (struct bus_options){.publish = "127.0.0.1:0",
                                        .high_water_mark = 1000,
                                        .heartbeat_ms = 1000,
                                        .message_bytes = 65536,
                                        .replay = "127.0.0.1:0",
                                        .replays = 4,
                                        .client_replays = 4,
                                        .replay_credit = 100,
                                        .replay_idle_ms = 60000};
    *state = &site;
    return &site;
}

void site_begin(struct site *site)
{
    struct repository *repository = site->repository ? site->repository : site->world.repository;
    struct fault fault;
    if (!site->options.store)
        site->options.store = site->world.store;
    site->closed = false;
    assert_int_equal(bus_open(site->world.base, repository, &site->options, &site->bus, &fault),
                     STATUS_OK);
}

static void on_closed(void *arg)
{
    ((struct site *)arg)->closed = true;
}

static bool is_closed(void *arg)
{
    return ((struct site *)arg)->closed;
}

void site_end(struct site *site)
{
    bus_close(site->bus, on_closed, site);
    site->bus = NULL;
    world_until(&site->world, is_closed, site);
}

int site_setup(void **state)
{
    site_begin(site_new(state));
    return 0;
}

int site_teardown(void **state)
{
    struct site *site = *state;
    if (site->bus)
        site_end(site);
    zmq_ctx_term(site->foreign);
    world_close(&site->world);
    return 0;
}

/* ---- a client ---- */

void client_open(struct client *client, struct site *site, int receive_mark)
{
    client_open_at(client, site, bus_replay_address(site->bus), receive_mark);
}

void client_open_at(struct client *client, struct site *site, const char *address, int receive_mark)
{
    char endpoint[160];
    memset(client, 0, sizeof(*client));
    client->site = site;
    client->socket = zmq_socket(site->foreign, ZMQ_DEALER);
    zmq_setsockopt(client->socket, ZMQ_RCVHWM, &receive_mark, sizeof(receive_mark));
    snprintf(endpoint, sizeof(endpoint), "tcp://%s", address);
    assert_int_equal(zmq_connect(client->socket, endpoint), 0);
}

void client_close(struct client *client)
{
    const int none = 0;
    zmq_setsockopt(client->socket, ZMQ_LINGER, &none, sizeof(none));
    zmq_close(client->socket);
}

void client_ask(struct client *client, const char *verb, const char *id, const char *json)
{
    const char *frames[] = {verb, id, json};
    foreign_send(client->socket, frames, 3);
}

void client_listen(struct client *client)
{
    foreign_hear(client->socket, &client->heard);
}

static bool heard_next(void *arg)
{
    struct client *client = arg;
    client_listen(client);
    return client->heard.count > client->read;
}

const char *client_next(struct client *client)
{
    if (client->read == HEARD_LIMIT)
        client->read = client->heard.count = 0;
    world_until(&client->site->world, heard_next, client);
    client->read++;
    return client_frame(client, 0);
}

const char *client_frame(const struct client *client, size_t frame)
{
    return client->heard.messages[client->read - 1].text[frame];
}

size_t client_frames(const struct client *client)
{
    return client->heard.messages[client->read - 1].frames;
}

void client_expect(struct client *client, const char *kind, const char *id, const char *text)
{
    const char *got = client_next(client);
    if (strcmp(got, kind) != 0)
        print_message("%s %s\n", got, client_frame(client, 2));
    assert_string_equal(got, kind);
    assert_string_equal(client_frame(client, 1), id);
    assert_int_equal(client_frames(client), 3);
    if (!strstr(client_frame(client, 2), text))
        fail_msg("expected %s in %s", text, client_frame(client, 2));
}

void client_expect_events(struct client *client, const char *id, size_t count)
{
    char last[40] = "";
    for (size_t i = 0; i < count; i++) {
        assert_string_equal(client_next(client), "EVENT");
        assert_string_equal(client_frame(client, 1), id);
        assert_int_equal(client_frames(client), 6);
        assert_true(strcmp(client_frame(client, 3), last) > 0);
        snprintf(last, sizeof(last), "%s", client_frame(client, 3));
    }
}

/* Every turn of the loop serves all clients, so who is answered twice has seen a turn of his
 * neighbours. */
void client_expect_silence(struct client *client)
{
    static struct client other;
    client_open(&other, client->site, 0);
    for (int i = 0; i < 2; i++) {
        client_ask(&other, "HEAD", "other", "{}");
        client_expect(&other, "OK", "other", "head");
    }
    client_close(&other);
    usleep(20000); /* libzmq's own threads bring what was sent */
    client_listen(client);
    assert_int_equal(client->heard.count, client->read);
}
