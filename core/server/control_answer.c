/* How the control socket answers: JSON, nothing, or a problem. */
#include "base/clock.h"
#include "base/memory.h"
#include "http/problem.h"
#include "server/control_private.h"

#include <stdio.h>
#include <string.h>

struct control_call *control_call_new(struct control *control, struct http_request *request)
{
    struct control_call *call = memory_new(sizeof(*call));
    *call = (struct control_call){.control = control, .request = request};
    return call;
}

void control_answer(struct http_request *request, const char *type, struct buffer *body)
{
    const struct http_header header = {.name = "Content-Type", .value = type};
    http_respond(request, 200, &header, 1, body->data, body->size);
    buffer_release(body);
}

void control_answer_json(struct http_request *request, struct buffer *json)
{
    control_answer(request, "application/json", json);
}

void control_answer_nothing(struct http_request *request, int status)
{
    http_respond(request, status, NULL, 0, NULL, 0);
}

void control_answer_problem_with(struct http_request *request, const char *code, const char *detail,
                                 const char *members)
{
    const struct problem problem = {
        .kind = problem_find(code, strlen(code)), .detail = detail, .members = members};
    problem_respond(request, &problem, NULL, 0);
}

void control_answer_problem(struct http_request *request, const char *code, const char *detail)
{
    control_answer_problem_with(request, code, detail, NULL);
}

static const char *code_of(enum status status, const char *missing)
{
    switch (status) {
    case STATUS_NOT_FOUND: return missing;
    case STATUS_INVALID: return "validation-failed";
    case STATUS_TIMEOUT:
    case STATUS_UNAVAILABLE: return "store-unavailable";
    default: return "internal";
    }
}

void control_answer_failure(struct http_request *request, const struct fault *fault,
                            enum status status, const char *missing)
{
    char detail[sizeof(fault->where) + sizeof(fault->text) + 2];
    snprintf(detail, sizeof(detail), "%s%s%s", fault->where, fault->where[0] ? ": " : "",
             fault->text);
    control_answer_problem(request, code_of(status, missing), detail[0] ? detail : NULL);
}

/* ---- members of JSON ---- */

void member_text(struct json_writer *w, const char *name, const char *text)
{
    json_key(w, name);
    json_string_of(w, text);
}

void member_number(struct json_writer *w, const char *name, int64_t number)
{
    json_key(w, name);
    json_number(w, number);
}

void member_truth(struct json_writer *w, const char *name, bool value)
{
    json_key(w, name);
    json_truth(w, value);
}

void member_time(struct json_writer *w, const char *name, int64_t wall_ms)
{
    char text[CLOCK_TEXT_SIZE];
    clock_format(wall_ms, text);
    member_text(w, name, text);
}
