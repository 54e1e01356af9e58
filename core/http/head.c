/* A complete header, read strictly: its lines, its fields, and the rules that tie them together
 * (RFC 9112, 2.2, 3.2, 5 and 6). What two readers could understand differently is refused. */
#include "http/request.h"

#include "http/grammar.h"
#include "http/server_private.h"

#include <string.h>

static bool bad(struct http_request *request, const char *detail)
{
    return request_refuse(request, "bad-request", detail);
}

/* The next line of the head without its CRLF; false when it does not end in CRLF or has a CR of
 * its own. */
static bool next_line(const char **position, const char *end, struct text *line)
{
    const char *start = *position;
    size_t left = (size_t)(end - start);
    const char *cr = memchr(start, '\r', left);
    const char *lf = memchr(start, '\n', left);
    if (cr == NULL || lf != cr + 1)
        return false;
    *line = (struct text){start, (size_t)(cr - start)};
    *position = lf + 1;
    return true;
}

/* Empty lines before the request line are allowed (RFC 9112, 2.2). */
static bool first_line(const char **position, const char *end, struct text *line)
{
    do {
        if (!next_line(position, end, line))
            return false;
    } while (line->length == 0 && *position < end);
    return line->length > 0;
}

/* method SP target SP version, with single spaces. The target goes to path until head_check. */
static bool split_request_line(struct http_request *request, struct text line)
{
    const char *space = memchr(line.data, ' ', line.length);
    if (space == NULL)
        return false;
    request->method = (struct text){line.data, (size_t)(space - line.data)};
    const char *target = space + 1;
    size_t left = line.length - request->method.length - 1;
    space = memchr(target, ' ', left);
    if (space == NULL || space == target)
        return false;
    request->path = (struct text){target, (size_t)(space - target)};
    return memchr(space + 1, ' ', left - request->path.length - 1) == NULL;
}

static bool split_field(struct text line, struct request_field *field)
{
    const char *colon = memchr(line.data, ':', line.length);
    if (colon == NULL)
        return false;
    field->name = (struct text){line.data, (size_t)(colon - line.data)};
    field->value = grammar_trim((struct text){colon + 1, line.length - field->name.length - 1});
    return grammar_is_token(field->name.data, field->name.length);
}

static bool add_field(struct http_request *request, struct text line)
{
    if (line.data[0] == ' ' || line.data[0] == '\t')
        return bad(request, "A header field is folded over two lines.");
    if (request->field_count == request->server->options.header_count_limit)
        return request_refuse(request, "header-too-large", "There are too many header fields.");
    if (!split_field(line, &request->fields[request->field_count]))
        return bad(request, "A header field's name is malformed.");
    request->field_count++;
    return true;
}

static bool same_name(const struct request_field *a, const struct request_field *b)
{
    return a->name.length == b->name.length &&
           strncasecmp(a->name.data, b->name.data, a->name.length) == 0;
}

/* Joins the later fields of this one's name to it, behind the head, where room was reserved. */
static void join_field(struct http_request *request, struct request_field *field)
{
    struct request_field *end = request->fields + request->field_count;
    size_t start = request->head.size;
    for (struct request_field *later = field + 1; later < end; later++) {
        if (!same_name(field, later))
            continue;
        if (request->head.size == start)
            buffer_append(&request->head, field->value.data, field->value.length);
        buffer_append(&request->head, ", ", 2);
        buffer_append(&request->head, later->value.data, later->value.length);
        later->name.length = 0; /* no name is empty: it matches nothing from now on */
    }
    if (request->head.size > start)
        field->value = (struct text){request->head.data + start, request->head.size - start};
}

/* Most headers have no name twice, and one look at lengths and first letters shows it. */
static bool may_have_twins(const struct http_request *request)
{
    uint64_t seen = 0;
    for (size_t i = 0; i < request->field_count; i++) {
        const struct text *name = &request->fields[i].name;
        uint64_t bit = UINT64_C(1) << ((name->length * 7 + (name->data[0] | 0x20)) & 63);
        if (seen & bit)
            return true;
        seen |= bit;
    }
    return false;
}

static void join_fields(struct http_request *request)
{
    if (!may_have_twins(request))
        return;
    for (size_t i = 0; i < request->field_count; i++)
        if (request->fields[i].name.length > 0)
            join_field(request, &request->fields[i]);
}

static bool split_lines(struct http_request *request)
{
    const char *position = request->head.data;
    const char *end = position + request->head.size;
    struct text line;
    if (!first_line(&position, end, &line) || !split_request_line(request, line))
        return bad(request, "The request line is malformed.");
    while (next_line(&position, end, &line)) {
        if (line.length == 0)
            return position == end || bad(request, "The header ends in its middle.");
        if (!add_field(request, line))
            return false;
    }
    return bad(request, "A line of the header does not end in CRLF.");
}

bool head_split(struct http_request *request)
{
    if (memchr(request->head.data, '\0', request->head.size) != NULL)
        return bad(request, "The header holds a NUL.");
    /* Joined values take at most the head's size again and a separator each. From here on the
     * head does not move. */
    buffer_reserve(&request->head,
                   request->head.size + 2 * request->server->options.header_count_limit);
    return split_lines(request);
}

/* ---- what the fields mean together ---- */

static size_t count_fields(const struct http_request *request, const char *name, struct text *value)
{
    size_t count = 0;
    for (size_t i = 0; i < request->field_count; i++) {
        if (grammar_same(request->fields[i].name, name)) {
            *value = request->fields[i].value;
            count++;
        }
    }
    return count;
}

static bool is_http_1_1(const struct http_request *request)
{
    return request->parser.http_minor == 1;
}

static bool check_version(struct http_request *request)
{
    if (request->parser.http_major != 1)
        return request_refuse(request, "http-version", "Only HTTP/1.0 and HTTP/1.1 are spoken.");
    return true;
}

static bool check_method(struct http_request *request)
{
    if (request->parser.method == HTTP_CONNECT || request->parser.method == HTTP_TRACE)
        return request_refuse(request, "not-implemented", "The method is not offered here.");
    return true;
}

/* RFC 9112, 3.2: exactly one in HTTP/1.1. */
static bool check_host(struct http_request *request)
{
    struct text host = {NULL, 0};
    size_t count = count_fields(request, "host", &host);
    if (count == 0 && is_http_1_1(request))
        return bad(request, "The Host field is missing.");
    if (count > 1)
        return bad(request, "There is more than one Host field.");
    if (count == 1 && !grammar_is_host(host))
        return bad(request, "The Host field is malformed.");
    return true;
}

/* RFC 9112, 6.1 and 6.3. llhttp has refused two lengths, and a length next to a coding. */
static bool check_coding(struct http_request *request)
{
    struct text coding;
    size_t count = count_fields(request, "transfer-encoding", &coding);
    if (count == 0)
        return true;
    if (!is_http_1_1(request))
        return bad(request, "HTTP/1.0 has no Transfer-Encoding.");
    if (request->parser.flags & F_CONTENT_LENGTH)
        return bad(request, "The length of the body is ambiguous.");
    if (count > 1)
        return bad(request, "There is more than one Transfer-Encoding field.");
    if (!grammar_same(coding, "chunked"))
        return request_refuse(request, "not-implemented",
                              "The only transfer coding that is known here is chunked.");
    return true;
}

static bool check_length(struct http_request *request)
{
    if (request->parser.content_length > request->server->options.body_bytes_limit)
        return request_refuse(request, "payload-too-large", "The body is longer than is accepted.");
    return true;
}

/* RFC 9110, 10.1.1. HTTP/1.0 does not know it. */
static bool check_expectation(struct http_request *request)
{
    struct text expectation;
    size_t count = count_fields(request, "expect", &expectation);
    if (count == 0 || !is_http_1_1(request))
        return true;
    if (count > 1 || !grammar_same(expectation, "100-continue"))
        return request_refuse(request, "expectation-failed",
                              "The only expectation that is known here is 100-continue.");
    request->wants_continue = true;
    return true;
}

/* "http://host/path" leaves "/path" (RFC 9112, 3.2.2). */
static bool strip_authority(struct text *target)
{
    static const char *const schemes[] = {"http://", "https://"};
    for (size_t i = 0; i < 2; i++) {
        size_t length = strlen(schemes[i]);
        if (target->length <= length || strncasecmp(target->data, schemes[i], length) != 0)
            continue;
        struct text rest = {target->data + length, target->length - length};
        size_t host = 0;
        while (host < rest.length && rest.data[host] != '/' && rest.data[host] != '?')
            host++;
        *target = (struct text){rest.data + host, rest.length - host};
        return grammar_is_host((struct text){rest.data, host});
    }
    return false;
}

static void split_query(struct http_request *request, struct text target)
{
    const char *mark = target.length > 0 ? memchr(target.data, '?', target.length) : NULL;
    size_t length = mark != NULL ? (size_t)(mark - target.data) : target.length;
    request->path = length > 0 ? (struct text){target.data, length} : (struct text){"/", 1};
    if (mark != NULL)
        request->query = (struct text){mark + 1, target.length - length - 1};
}

static bool check_target(struct http_request *request)
{
    struct text target = request->path;
    if (grammar_same(target, "*"))
        return request->parser.method == HTTP_OPTIONS ||
               bad(request, "Only OPTIONS may ask for the whole server.");
    if (memchr(target.data, '#', target.length) != NULL)
        return bad(request, "The request target has a fragment.");
    if (target.data[0] != '/' && !strip_authority(&target))
        return bad(request, "The request target is malformed.");
    split_query(request, target);
    return true;
}

bool head_check(struct http_request *request)
{
    if (!check_version(request) || !check_method(request) || !check_host(request) ||
        !check_coding(request) || !check_expectation(request) || !check_length(request) ||
        !check_target(request))
        return false;
    request->keep_alive = llhttp_should_keep_alive(&request->parser);
    join_fields(request);
    return true;
}
