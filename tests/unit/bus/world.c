/* The store, the loop and the foreign sockets of the bus tests. */
#include "world.h"

#include "base/clock.h"
#include "domain/order.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

/* ---- the store ---- */

static void on_commit(void *arg)
{
    struct world *world = arg;
    if (world->committed)
        world->committed(world->committed_arg);
}

static void store_begin(struct world *world)
{
    char url[96];
    const struct store_options options = {
        .url = url, .deadline_ms = 20000, .group_limit = 16, .queue_limit = 1000};
    struct fault fault;
    snprintf(url, sizeof(url), "sqlite:%s/test.db", world->directory);
    world->base = event_base_new();
    assert_non_null(world->base);
    assert_int_equal(store_open(&options, &world->store, &fault), STATUS_OK);
    assert_int_equal(repository_open(world->store, world->base, &world->repository, &fault),
                     STATUS_OK);
    repository_watch(world->repository, on_commit, world);
}

static void store_end(struct world *world)
{
    repository_close(&world->repository);
    store_close(&world->store);
    event_base_free(world->base);
}

void world_open(struct world *world)
{
    *world = (struct world){.directory = "/tmp/orderd-bus-XXXXXX"};
    assert_non_null(mkdtemp(world->directory));
    store_begin(world);
}

void world_restart(struct world *world)
{
    world->committed = NULL;
    store_end(world);
    store_begin(world);
}

void world_close(struct world *world)
{
    store_end(world);
    DIR *directory = opendir(world->directory);
    assert_non_null(directory);
    for (struct dirent *entry = readdir(directory); entry; entry = readdir(directory))
        (void)unlinkat(dirfd(directory), entry->d_name, 0);
    closedir(directory);
    assert_int_equal(rmdir(world->directory), 0);
}

/* The short timer lets foreign sockets, which the loop does not know, be looked at. */
void world_until(struct world *world, bool (*so)(void *arg), void *arg)
{
    int64_t end = clock_monotonic_us() + 40 * 1000000LL;
    while (!so(arg)) {
        const struct timeval soon = {0, 2000};
        if (clock_monotonic_us() > end)
            fail_msg("waited in vain");
        event_base_loopexit(world->base, &soon);
        event_base_dispatch(world->base);
    }
}

/* ---- orders ---- */

struct answer {
    bool came;
    enum status status;
    struct order *order;
    struct position position;
};

static bool answer_came(void *arg)
{
    return ((struct answer *)arg)->came;
}

static void on_done(void *arg, enum status status, const struct fault *fault)
{
    struct answer *answer = arg;
    (void)fault;
    answer->came = true;
    answer->status = status;
}

static void save(struct world *world, struct order *order)
{
    struct answer answer = {0};
    const struct save what = {
        .order = order, .traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"};
    repository_save(world->repository, &what, on_done, &answer);
    world_until(world, answer_came, &answer);
    assert_int_equal(answer.status, STATUS_OK);
    order_free(&order);
}

struct uuid world_create_order(struct world *world)
{
    int64_t now = clock_wall_ms();
    const struct order_item item = {.product_id = uuid_v7(now), .quantity = 2, .price = 1099};
    const struct order_draft draft = {
        .order_id = uuid_v7(now),
        .user_id = uuid_v7(now),
        .currency = currency_find("USD", 3),
        .items = &item,
        .item_count = 1,
    };
    struct order *order = NULL;
    struct fault fault;
    assert_int_equal(order_create(&draft, now, &order, &fault), STATUS_OK);
    save(world, order);
    return draft.order_id;
}

static void on_got(void *arg, enum status status, struct order *order, const struct fault *fault)
{
    struct answer *answer = arg;
    (void)fault;
    answer->came = true;
    answer->status = status;
    answer->order = order;
}

void world_change_order(struct world *world, const struct uuid *id, enum order_status to)
{
    struct answer answer = {0};
    const struct order_transition transition = {.to = to, .reason = "a test", .reason_length = 6};
    struct fault fault;
    repository_get(world->repository, id, READ_DECIDING, on_got, &answer);
    world_until(world, answer_came, &answer);
    assert_int_equal(answer.status, STATUS_OK);
    assert_int_equal(order_change_status(answer.order, &transition, clock_wall_ms(), &fault),
                     STATUS_OK);
    save(world, answer.order);
}

/* ---- cursors ---- */

static void on_cursor(void *arg, enum status status, const struct position *position,
                      const struct fault *fault)
{
    struct answer *answer = arg;
    (void)fault;
    answer->came = true;
    answer->status = status;
    if (status == STATUS_OK)
        answer->position = *position;
}

struct position world_cursor(struct world *world, const char *name)
{
    struct answer answer = {0};
    repository_cursor_read(world->repository, name, on_cursor, &answer);
    world_until(world, answer_came, &answer);
    return answer.position;
}

void world_set_cursor(struct world *world, const char *name, const char *position)
{
    struct answer answer = {0};
    struct position to = {{0}};
    snprintf(to.text, sizeof(to.text), "%s", position);
    repository_cursor_write(world->repository, name, &to, on_done, &answer);
    world_until(world, answer_came, &answer);
    assert_int_equal(answer.status, STATUS_OK);
}

static void on_heads(void *arg, enum status status, const struct stream_ends *ends,
                     const struct fault *fault)
{
    struct answer *answer = arg;
    (void)fault;
    answer->came = true;
    answer->status = status;
    if (status == STATUS_OK)
        answer->position = ends->head;
}

struct position world_head(struct world *world)
{
    struct answer answer = {0};
    repository_events_ends(world->repository, on_heads, &answer);
    world_until(world, answer_came, &answer);
    assert_int_equal(answer.status, STATUS_OK);
    return answer.position;
}

/* ---- foreign sockets ---- */

void *foreign_context(void)
{
    void *context = zmq_ctx_new();
    assert_non_null(context);
    return context;
}

void *foreign_subscriber(void *context, const char *address)
{
    char endpoint[160];
    void *socket = zmq_socket(context, ZMQ_SUB);
    snprintf(endpoint, sizeof(endpoint), "tcp://%s", address);
    assert_int_equal(zmq_setsockopt(socket, ZMQ_SUBSCRIBE, "", 0), 0);
    assert_int_equal(zmq_connect(socket, endpoint), 0);
    return socket;
}

void *foreign_publisher(void *context, char *endpoint, size_t size)
{
    void *socket = zmq_socket(context, ZMQ_PUB);
    assert_int_equal(zmq_bind(socket, "tcp://127.0.0.1:*"), 0);
    assert_int_equal(zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, endpoint, &size), 0);
    return socket;
}

void foreign_send(void *socket, const char *const *frames, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_true(
            zmq_send(socket, frames[i], strlen(frames[i]), i + 1 < count ? ZMQ_SNDMORE : 0) >= 0);
}

static bool hear_frame(void *socket, char text[1024], bool *more)
{
    int flag = 0;
    size_t size = sizeof(flag);
    int length = zmq_recv(socket, text, 1023, ZMQ_DONTWAIT);
    if (length < 0)
        return false;
    text[length < 1023 ? length : 1023] = '\0';
    zmq_getsockopt(socket, ZMQ_RCVMORE, &flag, &size);
    *more = flag != 0;
    return true;
}

void foreign_hear(void *socket, struct heard *heard)
{
    bool more = true;
    while (heard->count < HEARD_LIMIT) {
        size_t frames = 0;
        for (more = true; more && frames < HEARD_FRAMES; frames++) {
            if (!hear_frame(socket, heard->messages[heard->count].text[frames], &more))
                break;
        }
        if (frames == 0)
            return;
        heard->messages[heard->count++].frames = frames;
    }
}

void foreign_close(void *context, void *socket)
{
    const int none = 0;
    zmq_setsockopt(socket, ZMQ_LINGER, &none, sizeof(none));
    zmq_close(socket);
    zmq_ctx_term(context);
}
