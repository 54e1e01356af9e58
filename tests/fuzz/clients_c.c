/* The subscriber in C (tools/clients/c) and an orderd that says anything: whatever comes on the
 * feed, as answers to calls and as a replay, it tells an event or an error and stays whole.
 *
 * The subscriber is taken in as source, so that its sockets can be replaced by ends of our own. An
 * input is a row of messages: to which socket, how many frames, and each with its length. */
#include "orderd_subscriber.c"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FEED, READS, CALLS, SOCKETS, MESSAGES = 64, STEPS = 3, FRAMES_MOST = 8 };

struct input {
    const uint8_t *at;
    size_t left;
};

static void *sockets_context;
static void *ours[SOCKETS], *theirs[SOCKETS];

static void sockets_open(void)
{
    static const char *const names[] = {"inproc://feed", "inproc://reads", "inproc://calls"};
    if (sockets_context)
        return;
    sockets_context = zmq_ctx_new();
    for (int i = 0; i < SOCKETS; i++) {
        ours[i] = zmq_socket(sockets_context, ZMQ_PAIR);
        theirs[i] = zmq_socket(sockets_context, ZMQ_PAIR);
        if (zmq_bind(ours[i], names[i]) != 0 || zmq_connect(theirs[i], names[i]) != 0)
            abort();
    }
}

static void socket_drain(void *socket)
{
    struct frames frames = {.count = 0};
    while (frames_receive(socket, &frames, 0)) {
    }
    frames_clear(&frames);
}

/* ---- the input ---- */

static uint8_t byte_take(struct input *input)
{
    if (input->left == 0)
        return 0;
    input->left--;
    return *input->at++;
}

static void message_send(struct input *input)
{
    void *socket = ours[byte_take(input) % SOCKETS];
    int frames = 1 + byte_take(input) % FRAMES_MOST;
    for (int i = 0; i < frames; i++) {
        size_t size = byte_take(input);
        if (size > input->left)
            size = input->left;
        if (zmq_send(socket, input->at, size, ZMQ_DONTWAIT | (i + 1 < frames ? ZMQ_SNDMORE : 0)) <
            0)
            abort();
        input->at += size;
        input->left -= size;
    }
}

/* ---- the subscriber ---- */

static subscriber *subscriber_new(uint8_t kind)
{
    static const char *const replay[] = {"inproc://nobody", NULL};
    static const char *const one[] = {"order.created", NULL}, *const some[] = {"order.", "x", NULL};
    const struct orderd_options options = {
        .replay = replay,
        .topics = kind & 1   ? one
                  : kind & 2 ? some
                             : NULL,
        .cursor = kind & 4 ? "books" : NULL,
        .from_beginning = (kind & 8) != 0,
        .ack_every = 1,
    };
    subscriber *s = calloc(1, sizeof(*s));
    if (!s || options_take(s, &options) != ORDERD_OK ||
        ask(s, "HEAD", json_object()) != ORDERD_NOTHING)
        abort();
    s->feed = theirs[FEED];
    s->reads.socket = theirs[READS];
    s->calls.socket = theirs[CALLS];
    s->step = step_head;
    return s;
}

static void subscriber_free(subscriber *s)
{
    s->feed = s->reads.socket = s->calls.socket = NULL; /* they stay */
    orderd_subscriber_close(&s);
}

static void text_check(const char *text, size_t size)
{
    if (!memchr(text, '\0', size))
        abort();
}

/* False: it has ended with an error. */
static bool subscriber_step(subscriber *s)
{
    struct orderd_event event;
    enum orderd_result result = orderd_subscriber_next(s, &event, 0);
    text_check(s->position, sizeof(s->position));
    text_check(s->epoch, sizeof(s->epoch));
    text_check(s->floor, sizeof(s->floor));
    if (result == ORDERD_NOTHING)
        return true;
    if (result != ORDERD_OK) {
        if (s->error[0] == '\0')
            abort();
        return false;
    }
    if (!event.topic || strcmp(event.position, s->position) != 0 || (event.length && !event.json))
        abort();
    orderd_subscriber_ack(s);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {.at = data, .left = size};
    sockets_open();
    subscriber *s = subscriber_new(byte_take(&input));
    bool well = true;
    for (int i = 0; i < MESSAGES && input.left > 0 && well; i++) {
        message_send(&input);
        for (int step = 0; step < STEPS && well; step++)
            well = subscriber_step(s);
    }
    subscriber_free(s);
    for (int i = 0; i < SOCKETS; i++) {
        socket_drain(ours[i]);
        socket_drain(theirs[i]);
    }
    return 0;
}
