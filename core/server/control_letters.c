/* /dead-letters: what nobody could handle, shown, to be tried again, or dropped. */
#include "base/memory.h"
#include "server/control_private.h"
#include "store/repository.h"

#include <stdlib.h>
#include <string.h>

enum { PAGE = 100, PAGE_LIMIT = 1000, SOURCE_LIMIT = 255 };

static const char missing[] = "dead-letter-not-found";

/* ---- what a letter looks like ---- */

static void letter_write(const struct stored_dead_letter *stored, bool with_payload,
                         struct json_writer *w)
{
    const struct dead_letter *letter = &stored->letter;
    json_open_object(w);
    member_number(w, "id", stored->id);
    member_time(w, "received_at", stored->received_at);
    member_text(w, "source", letter->source);
    member_text(w, "topic", letter->topic);
    member_text(w, "event_id", letter->event_id);
    member_text(w, "about", letter->about);
    member_number(w, "attempts", letter->attempts);
    member_truth(w, "retrying", stored->retrying);
    member_text(w, "reason", letter->reason);
    if (with_payload) {
        json_key(w, "payload");
        json_text(w, letter->payload ? letter->payload : "", letter->payload_length);
    }
    json_close_object(w);
}

/* ---- a page of them ---- */

struct letters_call {
    struct http_request *request;
    struct dead_letter_query query;
    char source[SOURCE_LIMIT + 1];
};

static enum status take(void *arg, const char *name, const char *value, struct fault *fault)
{
    struct letters_call *call = arg;
    int64_t limit = 0;
    if (strcmp(name, "after") == 0)
        return control_query_number(name, value, 0, INT64_MAX, &call->query.after, fault);
    if (strcmp(name, "limit") == 0) {
        enum status status = control_query_number(name, value, 1, PAGE_LIMIT, &limit, fault);
        call->query.limit = (size_t)limit;
        return status;
    }
    if (strcmp(name, "source") == 0) {
        call->query.source = call->source;
        return control_query_text(name, value, call->source, sizeof(call->source), fault);
    }
    return control_query_unknown(name, fault);
}

static void on_listed(void *arg, enum status status, const struct stored_dead_letter *letters,
                      size_t count, const struct fault *fault)
{
    struct letters_call *call = arg;
    struct buffer json = {0};
    struct json_writer w = {.out = &json};
    if (status != STATUS_OK) {
        control_answer_failure(call->request, fault, status, missing);
        free(call);
        return;
    }
    json_open_object(&w);
    json_key(&w, "dead_letters");
    json_open_array(&w);
    for (size_t i = 0; i < count; i++)
        letter_write(&letters[i], false, &w);
    json_close_array(&w);
    json_key(&w, "next_after");
    if (count > 0 && count == call->query.limit)
        json_number(&w, letters[count - 1].id);
    else
        json_nothing(&w);
    json_close_object(&w);
    control_answer_json(call->request, &json);
    free(call);
}

void control_letters_list(struct control *control, struct http_request *request,
                          const char *parameter)
{
    struct fault fault = {0};
    struct letters_call *call = memory_new(sizeof(*call));
    (void)parameter;
    *call = (struct letters_call){.request = request, .query.limit = PAGE};
    if (control_query_read(request, take, call, &fault) == STATUS_OK) {
        repository_dead_letters_list(control->repository, &call->query, on_listed, call);
    } else {
        control_answer_failure(request, &fault, STATUS_INVALID, NULL);
        free(call);
    }
}

/* ---- one of them ---- */

/* False when the parameter is no id, and that has been answered. */
static bool id_read(struct http_request *request, const char *parameter, int64_t *id)
{
    struct fault fault = {0};
    if (control_query_number("id", parameter, 1, INT64_MAX, id, &fault) == STATUS_OK)
        return true;
    control_answer_problem(request, missing, NULL);
    return false;
}

static void on_got(void *arg, enum status status, const struct stored_dead_letter *letters,
                   size_t count, const struct fault *fault)
{
    struct http_request *request = arg;
    struct buffer json = {0};
    struct json_writer w = {.out = &json};
    if (status != STATUS_OK || count == 0) {
        control_answer_failure(request, fault, status, missing);
        return;
    }
    letter_write(&letters[0], true, &w);
    control_answer_json(request, &json);
}

void control_letters_show(struct control *control, struct http_request *request,
                          const char *parameter)
{
    int64_t id;
    if (id_read(request, parameter, &id))
        repository_dead_letter_get(control->repository, id, on_got, request);
}

static void on_marked(void *arg, enum status status, const struct fault *fault)
{
    if (status == STATUS_OK)
        control_answer_nothing(arg, 202);
    else
        control_answer_failure(arg, fault, status, missing);
}

void control_letters_retry(struct control *control, struct http_request *request,
                           const char *parameter)
{
    int64_t id;
    if (id_read(request, parameter, &id))
        repository_dead_letter_retry(control->repository, id, on_marked, request);
}

static void on_dropped(void *arg, enum status status, const struct fault *fault)
{
    if (status == STATUS_OK)
        control_answer_nothing(arg, 204);
    else
        control_answer_failure(arg, fault, status, missing);
}

void control_letters_drop(struct control *control, struct http_request *request,
                          const char *parameter)
{
    int64_t id;
    if (id_read(request, parameter, &id))
        repository_dead_letter_drop(control->repository, id, on_dropped, request);
}
