/* ZAP on a REP socket: one request, one answer, at once.
 *
 * A request is [version][request id][domain][address][identity][mechanism][credentials], an answer
 * [version][request id][status code][status text][user id][metadata]. */
#include "bus/zap.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/metrics.h"
#include "bus/curve_key.h"
#include "bus/zmq_socket.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

enum {
    VERSION,
    REQUEST_ID,
    DOMAIN,
    ADDRESS,
    IDENTITY,
    MECHANISM,
    KEY,
    REQUEST_FRAMES,
    DOMAIN_LIMIT = 255,
    KEY_BYTES = 32,
};

struct zap {
    struct bus_socket *socket;
    zap_allows *allows;
    void *arg;
    struct counter *accepted, *refused, *malformed;
};

static struct bus_frame text_frame(const char *text)
{
    return (struct bus_frame){.data = text, .size = strlen(text)};
}

static bool frame_is(const struct bus_frame *frame, const char *text)
{
    return frame->size == strlen(text) && memcmp(frame->data, text, frame->size) == 0;
}

/* A socket that asked and is gone by now hears nothing, and needs nothing. */
static void answer(struct zap *zap, const struct bus_message *request, const char *code,
                   const char *text, const char *user)
{
    bool has_id = request->count > REQUEST_ID;
    const struct bus_frame frames[] = {
        text_frame("1.0"), has_id ? request->frames[REQUEST_ID] : text_frame(""),
        text_frame(code),  text_frame(text),
        text_frame(user),  text_frame(""),
    };
    if (bus_socket_send(zap->socket, frames, sizeof(frames) / sizeof(frames[0])) != STATUS_OK)
        log_warning("handshake not answered");
}

static bool is_whole(const struct bus_message *request)
{
    const struct bus_frame *frames = request->frames;
    return request->count == REQUEST_FRAMES && frame_is(&frames[VERSION], "1.0") &&
           frame_is(&frames[MECHANISM], "CURVE") && frames[KEY].size == KEY_BYTES &&
           frames[DOMAIN].size > 0 && frames[DOMAIN].size <= DOMAIN_LIMIT &&
           !memchr(frames[DOMAIN].data, '\0', frames[DOMAIN].size);
}

static void on_request(void *arg, const struct bus_message *request)
{
    struct zap *zap = arg;
    char domain[DOMAIN_LIMIT + 1], key[CURVE_KEY_SIZE];
    if (!is_whole(request)) {
        counter_add(zap->malformed, 1);
        answer(zap, request, "500", "malformed", "");
        return;
    }
    const struct bus_frame *named = &request->frames[DOMAIN];
    memcpy(domain, named->data, named->size);
    domain[named->size] = '\0';
    zmq_z85_encode(key, (const uint8_t *)request->frames[KEY].data, KEY_BYTES);
    bool allowed = zap->allows(zap->arg, domain, key);
    counter_add(allowed ? zap->accepted : zap->refused, 1);
    answer(zap, request, allowed ? "200" : "300", allowed ? "OK" : "not in the list of clients",
           allowed ? key : "");
}

enum status zap_open(struct event_base *base, void *context, zap_allows *allows, void *arg,
                     struct zap **zap, struct fault *fault)
{
    static const struct bus_socket_options options = {.type = ZMQ_REP, .message_limit = -1};
    static const char help[] = "ZeroMQ handshakes, by how they ended";
    struct zap *made = memory_new(sizeof(*made));
    made->allows = allows;
    made->arg = arg;
    made->accepted = metrics_counter("orderd_bus_handshakes_total", help, "result=\"accepted\"");
    made->refused = metrics_counter("orderd_bus_handshakes_total", help, "result=\"refused\"");
    made->malformed = metrics_counter("orderd_bus_handshakes_total", help, "result=\"malformed\"");
    enum status status =
        bus_socket_open(base, context, &options, on_request, made, &made->socket, fault);
    if (status == STATUS_OK)
        status = bus_socket_bind(made->socket, "inproc://zeromq.zap.01", fault);
    if (status == STATUS_OK)
        *zap = made;
    else
        zap_close(&made);
    return status;
}

void zap_close(struct zap **zap)
{
    struct zap *closing = *zap;
    if (!closing)
        return;
    *zap = NULL;
    bus_socket_close(&closing->socket);
    free(closing);
}
