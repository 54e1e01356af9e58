/* A table of verbs and one of members; every value is checked before anybody acts on any. */
#include "bus/replay_request.h"

#include "base/clock.h"
#include "base/json.h"

#include <stdio.h>
#include <string.h>

/* ---- values ---- */

static enum status text_copy(const json_t *value, char *text, size_t size, const char *expected,
                             struct fault *fault)
{
    size_t length = json_is_string(value) ? json_string_length(value) : size;
    if (length >= size)
        return fault_set(fault, STATUS_INVALID, NULL, "expected %s", expected);
    memcpy(text, json_string_value(value), length + 1);
    return STATUS_OK;
}

static enum status position_read(const json_t *value, struct replay_request *request,
                                 struct fault *fault)
{
    if (!json_is_string(value))
        return fault_set(fault, STATUS_INVALID, NULL, "expected a position");
    if (json_string_length(value) >= sizeof(request->position.text))
        return fault_set(fault, STATUS_LIMIT, NULL, "no position is as long");
    return text_copy(value, request->position.text, sizeof(request->position.text), "a position",
                     fault);
}

static enum status at_read(const json_t *value, struct replay_request *request, struct fault *fault)
{
    const char *text = json_string_value(value);
    request->at_head = text && strcmp(text, "head") == 0;
    request->at_beginning = text && strcmp(text, "beginning") == 0;
    if (text && text[0] == '\0')
        return fault_set(fault, STATUS_INVALID, NULL, "expected head, beginning or a position");
    return request->at_head || request->at_beginning ? STATUS_OK
                                                     : position_read(value, request, fault);
}

static enum status time_read(const json_t *value, struct replay_request *request,
                             struct fault *fault)
{
    if (!json_is_string(value) || clock_parse(json_string_value(value), json_string_length(value),
                                              &request->from_time) != STATUS_OK)
        return fault_set(fault, STATUS_INVALID, NULL, "expected a time (RFC 3339)");
    return STATUS_OK;
}

static bool is_cursor_character(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
}

static bool is_cursor_name(const char *name)
{
    size_t length = 0;
    while (is_cursor_character(name[length]))
        length++;
    return name[length] == '\0' && length > 0 && length <= REPLAY_CURSOR_LIMIT;
}

static enum status cursor_read(const json_t *value, struct replay_request *request,
                               struct fault *fault)
{
    static const char expected[] = "1 to 64 of A-Z a-z 0-9 . _ -";
    enum status status =
        text_copy(value, request->cursor, sizeof(request->cursor), expected, fault);
    if (status == STATUS_OK && !is_cursor_name(request->cursor))
        status = fault_set(fault, STATUS_INVALID, NULL, "expected %s", expected);
    return status;
}

static enum status epoch_read(const json_t *value, struct replay_request *request,
                              struct fault *fault)
{
    return text_copy(value, request->epoch, sizeof(request->epoch), "an epoch", fault);
}

static enum status topics_read(const json_t *value, struct replay_request *request,
                               struct fault *fault)
{
    size_t count = json_array_size(value); /* 0 for what is no list */
    if (count == 0 || count > REPLAY_TOPICS_LIMIT)
        return fault_set(fault, STATUS_INVALID, NULL, "expected a list of 1 to %d prefixes",
                         REPLAY_TOPICS_LIMIT);
    for (size_t i = 0; i < count; i++) {
        enum status status = text_copy(json_array_get(value, i), request->topics[i],
                                       sizeof(request->topics[i]), "prefixes of topics", fault);
        if (status != STATUS_OK)
            return status;
    }
    request->topic_count = count;
    return STATUS_OK;
}

static enum status number_read(const json_t *value, int64_t least, int64_t *number,
                               struct fault *fault)
{
    if (!json_is_integer(value) || json_integer_value(value) < least)
        return fault_set(fault, STATUS_INVALID, NULL, "expected a whole number, at least %d",
                         (int)least);
    *number = json_integer_value(value);
    return STATUS_OK;
}

static enum status limit_read(const json_t *value, struct replay_request *request,
                              struct fault *fault)
{
    return number_read(value, 1, &request->limit, fault);
}

static enum status credit_read(const json_t *value, struct replay_request *request,
                               struct fault *fault)
{
    return number_read(value, 0, &request->credit, fault);
}

/* ---- members ---- */

static const struct member {
    const char *name;
    enum replay_member bit;
    enum status (*read)(const json_t *value, struct replay_request *request, struct fault *fault);
} members[] = {
    {"after", MEMBER_AFTER, position_read},       {"from_time", MEMBER_FROM_TIME, time_read},
    {"cursor", MEMBER_CURSOR, cursor_read},       {"epoch", MEMBER_EPOCH, epoch_read},
    {"topics", MEMBER_TOPICS, topics_read},       {"limit", MEMBER_LIMIT, limit_read},
    {"credit", MEMBER_CREDIT, credit_read},       {"at", MEMBER_AT, at_read},
    {"position", MEMBER_POSITION, position_read},
};

enum { MEMBERS = sizeof(members) / sizeof(members[0]) };

/* ---- verbs ---- */

static const struct verb {
    const char *name;
    unsigned must, may; /* members */
} verbs[REPLAY_VERBS] = {
    [REPLAY_READ] = {"READ", 0,
                     MEMBER_AFTER | MEMBER_FROM_TIME | MEMBER_CURSOR | MEMBER_EPOCH |
                         MEMBER_TOPICS | MEMBER_LIMIT | MEMBER_CREDIT},
    [REPLAY_CREDIT] = {"CREDIT", MEMBER_CREDIT, 0},
    [REPLAY_CANCEL] = {"CANCEL", 0, 0},
    [REPLAY_HEAD] = {"HEAD", 0, 0},
    [REPLAY_CURSOR_CREATE] = {"CURSOR-CREATE", MEMBER_CURSOR | MEMBER_AT, MEMBER_EPOCH},
    [REPLAY_CURSOR_ACK] = {"CURSOR-ACK", MEMBER_CURSOR | MEMBER_POSITION | MEMBER_EPOCH, 0},
    [REPLAY_CURSOR_LIST] = {"CURSOR-LIST", 0, 0},
    [REPLAY_CURSOR_DELETE] = {"CURSOR-DELETE", MEMBER_CURSOR, 0},
};

static enum status verb_read(const struct bus_frame *frame, enum replay_verb *verb,
                             struct fault *fault)
{
    for (*verb = 0; *verb < REPLAY_VERBS; (*verb)++) {
        const char *name = verbs[*verb].name;
        if (strlen(name) == frame->size && memcmp(name, frame->data, frame->size) == 0)
            return STATUS_OK;
    }
    return fault_set(fault, STATUS_NOT_FOUND, NULL, "there is no such verb");
}

/* ---- the whole ---- */

static const struct member *member_find(const char *name, unsigned allowed)
{
    for (size_t i = 0; i < MEMBERS; i++) {
        if ((members[i].bit & allowed) && strcmp(members[i].name, name) == 0)
            return &members[i];
    }
    return NULL;
}

static enum status member_read(const char *name, const json_t *value, const struct verb *verb,
                               struct replay_request *request, struct fault *fault)
{
    const struct member *member = member_find(name, verb->must | verb->may);
    if (!member)
        return fault_set(fault, STATUS_INVALID, NULL, "%s has no such member", verb->name);
    request->given |= member->bit;
    return member->read(value, request, fault);
}

static enum status members_read(json_t *json, const struct verb *verb,
                                struct replay_request *request, struct fault *fault)
{
    const char *name;
    json_t *value;
    json_object_foreach(json, name, value)
    {
        enum status status = member_read(name, value, verb, request, fault);
        if (status != STATUS_OK) {
            snprintf(fault->where, sizeof(fault->where), "/%.64s", name);
            return status;
        }
    }
    for (size_t i = 0; i < MEMBERS; i++) {
        if (verb->must & ~request->given & members[i].bit)
            return fault_set(fault, STATUS_INVALID, NULL, "%s needs the member %s", verb->name,
                             members[i].name);
    }
    return STATUS_OK;
}

/* What the table does not tell. */
static enum status members_agree(const struct replay_request *request, struct fault *fault)
{
    unsigned from = request->given & (MEMBER_AFTER | MEMBER_FROM_TIME | MEMBER_CURSOR);
    bool one = from && (from & (from - 1)) == 0;
    bool epoch = (request->given & MEMBER_EPOCH) != 0;
    if (request->verb == REPLAY_READ && !one)
        return fault_set(fault, STATUS_INVALID, NULL,
                         "READ needs exactly one of after, from_time and cursor");
    if (request->verb == REPLAY_READ && epoch && from != MEMBER_AFTER)
        return fault_set(fault, STATUS_INVALID, "/epoch", "goes with after only");
    if (request->verb == REPLAY_CURSOR_CREATE && request->position.text[0] != '\0' && !epoch)
        return fault_set(fault, STATUS_INVALID, NULL, "a position needs the member epoch");
    return STATUS_OK;
}

static enum status json_of(const struct caller_request *from, json_t **json, struct fault *fault)
{
    if (from->count != 1)
        return fault_set(fault, STATUS_INVALID, NULL, "expected one frame behind the id");
    if (from->frames[0].size > REPLAY_JSON_LIMIT)
        return fault_set(fault, STATUS_INVALID, NULL, "expected JSON of at most %d bytes",
                         REPLAY_JSON_LIMIT);
    enum status status = json_read(from->frames[0].data, from->frames[0].size, json, fault);
    if (status == STATUS_OK && !json_is_object(*json))
        status = fault_set(fault, STATUS_INVALID, NULL, "expected a JSON object");
    return status;
}

enum status replay_request_read(const struct caller_request *from, struct replay_request *request,
                                struct fault *fault)
{
    json_t *json = NULL;
    *request = (struct replay_request){.given = 0};
    enum status status = verb_read(&from->verb, &request->verb, fault);
    if (status == STATUS_OK)
        status = json_of(from, &json, fault);
    if (status == STATUS_OK)
        status = members_read(json, &verbs[request->verb], request, fault);
    if (status == STATUS_OK)
        status = members_agree(request, fault);
    json_decref(json);
    return status;
}

/* ---- names of cursors ---- */

bool replay_cursor_allowed(const char *name)
{
    return is_cursor_name(name) && strcmp(name, "relay") != 0 && strcmp(name, "hooks") != 0;
}
