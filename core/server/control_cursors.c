/* /cursors: how far each reader of the events has come; those that nobody uses are deleted. */
#include "base/memory.h"
#include "server/control_private.h"
#include "store/repository.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char missing[] = "cursor-not-found";

/* Whose a cursor is: the service's own readers have names that nobody outside can choose. */
static const char *kind_of(const char *name)
{
    if (strcmp(name, "relay") == 0)
        return "relay";
    if (strcmp(name, "hooks") == 0 || strncmp(name, "hook:", 5) == 0)
        return "hook";
    return "outside";
}

static void cursor_write(const struct stored_cursor *cursor, struct json_writer *w)
{
    json_open_object(w);
    member_text(w, "name", cursor->name);
    member_text(w, "kind", kind_of(cursor->name));
    member_text(w, "position", cursor->position.text);
    member_number(w, "lag", (int64_t)cursor->lag);
    member_truth(w, "lag_is_more", cursor->lag >= CURSOR_LAG_LIMIT);
    member_time(w, "updated_at", cursor->updated_at);
    json_close_object(w);
}

static void on_listed(void *arg, enum status status, const struct stored_cursor *cursors,
                      size_t count, const struct fault *fault)
{
    struct http_request *request = arg;
    struct buffer json = {0};
    struct json_writer w = {.out = &json};
    if (status != STATUS_OK) {
        control_answer_failure(request, fault, status, missing);
        return;
    }
    json_open_object(&w);
    json_key(&w, "cursors");
    json_open_array(&w);
    for (size_t i = 0; i < count; i++)
        cursor_write(&cursors[i], &w);
    json_close_array(&w);
    json_close_object(&w);
    control_answer_json(request, &json);
}

void control_cursors_list(struct control *control, struct http_request *request,
                          const char *parameter)
{
    (void)parameter;
    repository_cursors_list(control->repository, on_listed, request);
}

/* ---- deleting ---- */

static enum status take_force(void *arg, const char *name, const char *value, struct fault *fault)
{
    bool *force = arg;
    if (strcmp(name, "force") != 0)
        return control_query_unknown(name, fault);
    *force = strcmp(value, "yes") == 0;
    return STATUS_OK;
}

/* Why it must stay; NULL when it may go. */
static const char *reason_to_keep(const char *name, bool force)
{
    const char *kind = kind_of(name);
    if (strcmp(kind, "relay") == 0)
        return "relay is the publisher's own: without it every event that is stored would be "
               "published again";
    if (strcmp(kind, "hook") == 0 && !force)
        return "it belongs to a hook, which would begin anew without it, at the head or at the "
               "beginning as its script says";
    return NULL;
}

struct delete_call {
    struct http_request *request;
    char name[CURSOR_NAME_LIMIT + 1];
};

static void on_deleted(void *arg, enum status status, const struct fault *fault)
{
    struct delete_call *call = arg;
    struct buffer json = {0};
    struct json_writer w = {.out = &json};
    if (status == STATUS_OK) {
        json_open_object(&w);
        member_text(&w, "name", call->name);
        member_text(&w, "kind", kind_of(call->name));
        json_close_object(&w);
        control_answer_json(call->request, &json);
    } else {
        control_answer_failure(call->request, fault, status, missing);
    }
    free(call);
}

static void cursor_delete(struct control *control, struct http_request *request, const char *name)
{
    struct delete_call *call = memory_new(sizeof(*call));
    call->request = request;
    snprintf(call->name, sizeof(call->name), "%s", name);
    repository_cursor_delete(control->repository, name, on_deleted, call);
}

void control_cursors_delete(struct control *control, struct http_request *request,
                            const char *parameter)
{
    struct fault fault = {0};
    bool force = false;
    if (control_query_read(request, take_force, &force, &fault) != STATUS_OK) {
        control_answer_failure(request, &fault, STATUS_INVALID, NULL);
        return;
    }
    const char *reason = reason_to_keep(parameter, force);
    if (reason)
        control_answer_problem(request, "cursor-in-use", reason);
    else
        cursor_delete(control, request, parameter);
}
