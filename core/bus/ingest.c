/* The INGEST socket: what is asked of a message, and what its sender is told.
 *
 * When as many messages as may be are on their way into the store, the socket is not read: what
 * comes meanwhile waits in the senders' queues, and nothing is dropped. */
#include "bus/ingest.h"

#include "base/json_writer.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/metrics.h"
#include "bus/caller.h"
#include "bus/entrance.h"
#include "bus/inbound_message.h"
#include "bus/intake.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

enum {
    ANSWERS_MARK = 1000, /* to one sender, beside those to what is on its way */
    REQUESTS_MARK = 100, /* of one sender that wait here, each as long as a message may be */
};

enum nack {
    NACK_MALFORMED,
    NACK_UNKNOWN_TOPIC,
    NACK_FORBIDDEN,
    NACK_UNAVAILABLE,
    NACKS,
};

static const char *const nack_names[NACKS] = {
    [NACK_MALFORMED] = "malformed",
    [NACK_UNKNOWN_TOPIC] = "unknown-topic",
    [NACK_FORBIDDEN] = "forbidden",
    [NACK_UNAVAILABLE] = "unavailable",
};

struct ingest {
    struct entrance *entrance;
    struct intake *intake;
    const struct topics *topics;
    bus_rights_of *rights; /* NULL: everybody may everything */
    void *rights_arg;
    bool stopped;
    struct buffer scratch; /* the answer under construction */
    struct counter *acks, *duplicates, *dropped;
    struct counter *nacks[NACKS];
};

/* ---- answers ---- */

static void answer(struct ingest *ingest, const struct caller *caller, const char *kind)
{
    const struct bus_frame frame = {.data = ingest->scratch.data, .size = ingest->scratch.size};
    if (caller_answer(ingest->entrance, caller, kind, &frame, 1) != STATUS_OK)
        counter_add(ingest->dropped, 1); /* it is gone or takes none, and will send again */
}

static struct json_writer answer_begin(struct ingest *ingest)
{
    struct json_writer w = {.out = &ingest->scratch};
    buffer_clear(w.out);
    json_open_object(&w);
    return w;
}

static void acknowledge(struct ingest *ingest, const struct caller *caller, const char *event_id,
                        bool duplicate)
{
    struct json_writer w = answer_begin(ingest);
    json_key(&w, "event_id");
    json_string_of(&w, event_id);
    json_key(&w, "duplicate");
    json_truth(&w, duplicate);
    json_close_object(&w);
    counter_add(duplicate ? ingest->duplicates : ingest->acks, 1);
    answer(ingest, caller, "ACK");
}

static void refuse(struct ingest *ingest, const struct caller *caller, enum nack code,
                   const char *detail)
{
    struct json_writer w = answer_begin(ingest);
    json_key(&w, "code");
    json_string_of(&w, nack_names[code]);
    json_key(&w, "detail");
    json_string_of(&w, detail);
    json_key(&w, "retry");
    json_truth(&w, code == NACK_UNAVAILABLE);
    json_close_object(&w);
    counter_add(ingest->nacks[code], 1);
    answer(ingest, caller, "NACK");
}

static void refuse_malformed(struct ingest *ingest, const struct caller *caller,
                             const struct fault *fault)
{
    char detail[sizeof(fault->where) + sizeof(fault->text) + 2];
    snprintf(detail, sizeof(detail), "%s%s%s", fault->where, fault->where[0] ? ": " : "",
             fault->text);
    refuse(ingest, caller, NACK_MALFORMED, detail);
}

/* ---- messages ---- */

static void on_done(void *arg, const struct inbound *message, const void *context,
                    enum status status, const struct fault *fault)
{
    struct ingest *ingest = arg;
    const struct caller *caller = context;
    if (status == STATUS_OK || status == STATUS_DUPLICATE) {
        acknowledge(ingest, caller, message->event_id, status == STATUS_DUPLICATE);
        return;
    }
    if (status != STATUS_UNAVAILABLE && status != STATUS_TIMEOUT)
        log_error("a message was not stored", LOG_TEXT("topic", message->topic),
                  LOG_TEXT("event_id", message->event_id), LOG_TEXT("reason", fault->text));
    refuse(ingest, caller, NACK_UNAVAILABLE, "the store does not answer now; send it again");
}

static bool may_send(const struct ingest *ingest, const char *user, const struct bus_frame *topic)
{
    if (!ingest->rights)
        return true;
    const struct bus_rights *rights = ingest->rights(ingest->rights_arg, user);
    for (size_t i = 0; i < rights->send_count; i++) {
        size_t length = strlen(rights->send[i]);
        if (length <= topic->size && memcmp(rights->send[i], topic->data, length) == 0)
            return true;
    }
    return false;
}

/* `frames` are [topic][payload]. */
static void take(struct ingest *ingest, const struct caller *caller, const char *user,
                 const struct bus_frame *frames)
{
    struct inbound_head head;
    struct fault fault = {0};
    const char *topic = topics_find(ingest->topics, &frames[0]);
    if (ingest->stopped) {
        refuse(ingest, caller, NACK_UNAVAILABLE, "this process is being stopped");
    } else if (!may_send(ingest, user, &frames[0])) {
        refuse(ingest, caller, NACK_FORBIDDEN, "this client may not send on this topic");
    } else if (!topic) {
        refuse(ingest, caller, NACK_UNKNOWN_TOPIC, "no script takes this topic");
    } else if (inbound_head_read(frames[1].data, frames[1].size, &head, &fault) != STATUS_OK) {
        refuse_malformed(ingest, caller, &fault);
    } else {
        const struct inbound message = {
            .event_id = head.event_id,
            .topic = topic,
            .about = head.about[0] ? head.about : NULL,
            .payload = frames[1].data,
            .payload_length = frames[1].size,
        };
        intake_put(ingest->intake, &message, caller, sizeof(*caller));
    }
}

static enum status put_read(const struct caller_request *request, struct fault *fault)
{
    const struct bus_frame *verb = &request->verb;
    if (verb->size != strlen("PUT") || memcmp(verb->data, "PUT", verb->size) != 0)
        return fault_set(fault, STATUS_INVALID, NULL, "expected the verb PUT");
    if (request->count != 2)
        return fault_set(fault, STATUS_INVALID, NULL,
                         "expected two frames behind the id, topic and payload");
    return STATUS_OK;
}

static void on_request(void *arg, const struct bus_message *message)
{
    struct ingest *ingest = arg;
    struct caller caller;
    struct caller_request request;
    struct fault fault = {0};
    enum status status = caller_read(message, &caller, &request, &fault);
    if (status == STATUS_OK)
        status = put_read(&request, &fault);
    if (status == STATUS_OK)
        take(ingest, &caller, message->user, request.frames);
    else
        refuse_malformed(ingest, &caller, &fault);
    if (intake_full(ingest->intake))
        entrance_pause(ingest->entrance);
}

static void on_room(void *arg)
{
    struct ingest *ingest = arg;
    entrance_resume(ingest->entrance);
}

/* ---- life ---- */

static void counters_find(struct ingest *ingest)
{
    ingest->acks = metrics_counter("orderd_ingest_acks_total",
                                   "Messages of other services that INGEST has stored", "");
    ingest->duplicates = metrics_counter("orderd_ingest_duplicates_total",
                                         "Messages sent to INGEST that had come before", "");
    ingest->dropped = metrics_counter("orderd_ingest_answers_dropped_total",
                                      "Answers of INGEST whose client was gone, or took none", "");
    for (enum nack code = 0; code < NACKS; code++) {
        struct buffer labels = {0};
        metrics_label(&labels, "code", nack_names[code]);
        buffer_append(&labels, "", 1);
        ingest->nacks[code] = metrics_counter(
            "orderd_ingest_nacks_total", "Messages that INGEST did not take, by code", labels.data);
        buffer_release(&labels);
    }
}

static enum status listen_at(struct ingest *ingest, struct event_base *base, void *context,
                             const struct bus_options *options, struct fault *fault)
{
    const struct entrance_options entrance = {
        .name = ENTRANCE_INGEST,
        .address = options->ingest,
        .type = ZMQ_ROUTER,
        .high_water_mark = (int)options->ingest_pending + ANSWERS_MARK,
        .receive_mark = REQUESTS_MARK,
        .message_limit = options->message_bytes,
        .received = on_request,
        .arg = ingest,
    };
    return entrance_open(base, context, options, &entrance, &ingest->entrance, fault);
}

enum status ingest_open(struct event_base *base, void *context, struct repository *repository,
                        const struct bus_options *options, const struct topics *topics,
                        struct ingest **ingest, struct fault *fault)
{
    struct ingest *made = memory_new(sizeof(*made));
    const struct intake_options intake = {.name = "ingest",
                                          .limit = options->ingest_pending,
                                          .done = on_done,
                                          .room = on_room,
                                          .arg = made};
    enum status status = listen_at(made, base, context, options, fault);
    if (status != STATUS_OK) {
        free(made);
        return status;
    }
    made->topics = topics;
    made->rights = options->rights;
    made->rights_arg = options->rights_arg;
    made->intake = intake_new(base, repository, &intake);
    counters_find(made);
    *ingest = made;
    return STATUS_OK;
}

void ingest_stop(struct ingest *ingest)
{
    ingest->stopped = true;
}

bool ingest_healthy(const struct ingest *ingest)
{
    return entrance_is_open(ingest->entrance);
}

void ingest_close(struct ingest **ingest)
{
    struct ingest *closing = *ingest;
    if (!closing)
        return;
    *ingest = NULL;
    entrance_close(&closing->entrance);
    intake_free(&closing->intake);
    buffer_release(&closing->scratch);
    free(closing);
}

const char *ingest_address(const struct ingest *ingest)
{
    return entrance_address(ingest->entrance);
}
