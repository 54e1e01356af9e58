/* Questions to a running orderd through its control socket, and what is said when they fail. */
#include "orderctl/service.h"

#include "base/json.h"
#include "base/memory.h"
#include "http/client.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    CONNECT_TIMEOUT_MS = 2000,
    TIMEOUT_MS = 60000,
    ANSWER_BYTES_LIMIT = 512 * 1024 * 1024, /* a dead letter can be long */
};

struct service {
    const struct invocation *invocation;
    struct event_base *base; /* runs until an answer is here */
    struct http_client *client;
    struct buffer path; /* of the socket, terminated */
    struct buffer url;
    struct service_reply *reply; /* of the question under way */
};

struct service *service_open(const struct invocation *invocation)
{
    struct service *service = memory_new(sizeof(*service));
    service->invocation = invocation;
    buffer_printf(&service->path, "%s/control.sock", invocation_state_dir(invocation));
    buffer_append(&service->path, "", 1);
    service->base = event_base_new();
    if (service->base)
        service->client = http_client_new(service->base);
    return service;
}

void service_close(struct service **service)
{
    if ((*service)->client)
        http_client_free(&(*service)->client);
    if ((*service)->base)
        event_base_free((*service)->base);
    buffer_release(&(*service)->path);
    buffer_release(&(*service)->url);
    free(*service);
    *service = NULL;
}

/* ---- asking ---- */

static void answered(void *arg, enum status status, const struct http_answer *answer,
                     const struct fault *fault)
{
    struct service *service = arg;
    struct service_reply *reply = service->reply;
    event_base_loopbreak(service->base);
    reply->status = status;
    if (fault)
        reply->fault = *fault;
    if (!answer)
        return;
    reply->http_status = answer->status;
    buffer_append(&reply->body, answer->body, answer->body_length);
}

enum status service_ask(struct service *service, const char *method, const char *path,
                        struct service_reply *reply)
{
    *reply = (struct service_reply){.status = STATUS_INTERNAL};
    if (!service->client)
        return fault_set(&reply->fault, STATUS_INTERNAL, NULL, "there is no event loop");
    buffer_clear(&service->url);
    buffer_printf(&service->url, "http://orderd%s", path);
    buffer_append(&service->url, "", 1);
    const struct http_call call = {
        .method = method,
        .url = service->url.data,
        .unix_socket = service->path.data,
        .connect_timeout_ms = CONNECT_TIMEOUT_MS,
        .timeout_ms = TIMEOUT_MS,
        .answer_bytes_limit = ANSWER_BYTES_LIMIT,
    };
    service->reply = reply;
    http_client_call(service->client, &call, answered, service);
    event_base_dispatch(service->base);
    return reply->status;
}

json_t *service_reply_json(struct service_reply *reply)
{
    json_t *json = NULL;
    if (!reply->json && reply->body.size > 0 &&
        json_read(reply->body.data, reply->body.size, &json, NULL) == STATUS_OK)
        reply->json = json;
    return json_is_object(reply->json) ? reply->json : NULL;
}

bool service_reply_good(const struct service_reply *reply)
{
    return reply->status == STATUS_OK && reply->http_status >= 200 && reply->http_status < 300;
}

void service_reply_release(struct service_reply *reply)
{
    json_decref(reply->json);
    reply->json = NULL;
    buffer_release(&reply->body);
}

json_t *service_json(struct service *service, const char *method, const char *path)
{
    struct service_reply reply;
    json_t *json = NULL;
    (void)service_ask(service, method, path, &reply);
    if (service_reply_good(&reply))
        json = json_incref(service_reply_json(&reply));
    if (!json)
        (void)service_fail(service, &reply);
    service_reply_release(&reply);
    return json;
}

/* ---- what went wrong ---- */

static int fail_without_answer(const struct service *service, const struct service_reply *reply)
{
    const char *path = service->path.data;
    struct fault fault = reply->fault;
    bool there = access(path, R_OK | W_OK) == 0 || errno == ENOENT;
    if (!there)
        (void)fault_set(&fault, STATUS_UNAVAILABLE, path, "cannot open it: %s", strerror(errno));
    else if (reply->status == STATUS_UNAVAILABLE)
        (void)fault_set(&fault, STATUS_UNAVAILABLE, path,
                        "no orderd listens there. Is it running, and is this its state directory "
                        "(--state-dir, ORDERD_STATE_DIR)?");
    return invocation_fail(service->invocation, &fault);
}

/* orderd says why in a problem's detail (RFC 9457), for a script with file:line in front. */
static int fail_with_problem(const struct service *service, struct service_reply *reply)
{
    const struct invocation *in = service->invocation;
    const json_t *problem = service_reply_json(reply);
    const char *detail = json_string_value(json_object_get(problem, "detail"));
    if (!detail)
        detail = json_string_value(json_object_get(problem, "title"));
    if (!detail)
        detail = "no reason was given";
    fprintf(in->err, "orderctl %s: orderd refused (%d): %s\n", in->command->name,
            reply->http_status, detail);
    return ORDERCTL_FAILED;
}

int service_fail(const struct service *service, struct service_reply *reply)
{
    const struct fault senseless = {.text = "orderd's answer makes no sense"};
    if (reply->status != STATUS_OK)
        return fail_without_answer(service, reply);
    if (service_reply_good(reply))
        return invocation_fail(service->invocation, &senseless);
    return fail_with_problem(service, reply);
}

const char *service_problem(struct service_reply *reply)
{
    const char *code = json_string_value(json_object_get(service_reply_json(reply), "code"));
    return code ? code : "";
}
