/* An answer as it comes in from curl, and what its end means. */
#include "http/client_private.h"

#include "base/memory.h"
#include "http/grammar.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { HEAD_BYTES_LIMIT = 64 * 1024 };

static bool refuse_as_too_long(struct http_exchange *exchange)
{
    exchange->too_long = true;
    return false;
}

/* ---- the header ---- */

static size_t keep(struct buffer *head, struct text text)
{
    size_t place = head->size;
    buffer_append(head, text.data, text.length);
    buffer_append(head, "", 1);
    return place;
}

static void keep_field(struct http_exchange *exchange, struct text name, struct text value)
{
    struct field_place place = {keep(&exchange->head, name), 0};
    for (char *c = exchange->head.data + place.name; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    place.value = keep(&exchange->head, value);
    buffer_append(&exchange->fields, &place, sizeof(place));
}

static struct text without_line_end(const char *line, size_t length)
{
    while (length > 0 && (line[length - 1] == '\n' || line[length - 1] == '\r'))
        length--;
    return (struct text){line, length};
}

/* One line of a header. A 1xx answer comes before the real one: each status line starts anew. A
 * line that is no field (obsolete folding) is dropped, and so are trailers (RFC 9110, 6.5.1). */
static bool take_line(struct http_exchange *exchange, struct text line)
{
    if (line.length >= 5 && memcmp(line.data, "HTTP/", 5) == 0) {
        buffer_clear(&exchange->head);
        buffer_clear(&exchange->fields);
        exchange->head_complete = false;
        return true;
    }
    if (line.length == 0)
        exchange->head_complete = true;
    const char *colon = line.length > 0 ? memchr(line.data, ':', line.length) : NULL;
    if (exchange->head_complete || !colon ||
        !grammar_is_token(line.data, (size_t)(colon - line.data)))
        return true;
    if (exchange->head.size + line.length > HEAD_BYTES_LIMIT)
        return refuse_as_too_long(exchange);
    struct text value = {colon + 1, line.length - (size_t)(colon + 1 - line.data)};
    keep_field(exchange, (struct text){line.data, (size_t)(colon - line.data)},
               grammar_trim(value));
    return true;
}

static size_t take_header(char *bytes, size_t one, size_t length, void *arg)
{
    (void)one; /* always 1 */
    return take_line(arg, without_line_end(bytes, length)) ? length : 0;
}

static size_t take_content(char *bytes, size_t one, size_t length, void *arg)
{
    struct http_exchange *exchange = arg;
    (void)one;
    if (length > exchange->answer_limit - exchange->content.size) {
        refuse_as_too_long(exchange);
        return CURL_WRITEFUNC_ERROR;
    }
    buffer_append(&exchange->content, bytes, length);
    return length;
}

void exchange_collect(struct http_exchange *exchange)
{
    curl_easy_setopt(exchange->easy, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(exchange->easy, CURLOPT_HEADERDATA, exchange);
    curl_easy_setopt(exchange->easy, CURLOPT_WRITEFUNCTION, take_content);
    curl_easy_setopt(exchange->easy, CURLOPT_WRITEDATA, exchange);
}

/* ---- the end ---- */

static enum status status_of(const struct http_exchange *exchange, CURLcode code)
{
    if (exchange->too_long)
        return STATUS_LIMIT;
    switch (code) {
    case CURLE_OK: return STATUS_OK;
    case CURLE_FILESIZE_EXCEEDED:
    case CURLE_OUT_OF_MEMORY: return STATUS_LIMIT; /* how curl calls a line of 100 KiB */
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL: /* of the url; or an answer without a status line */
    case CURLE_WEIRD_SERVER_REPLY: return STATUS_INVALID;
    default: break;
    }
    /* Time is over, or the connection is: what counts is whether the request went out before. */
    return exchange->begun ? STATUS_TIMEOUT : STATUS_UNAVAILABLE;
}

static enum status explain(struct http_exchange *exchange, CURLcode code, struct fault *fault)
{
    enum status status = status_of(exchange, code);
    if (status == STATUS_LIMIT)
        return fault_set(fault, status, NULL, "the answer is longer than is taken");
    if (code == CURLE_OPERATION_TIMEDOUT && !exchange->error[0])
        return fault_set(fault, status, NULL, "no answer within %d ms", exchange->timeout_ms);
    if (code == CURLE_ABORTED_BY_CALLBACK)
        return fault_set(fault, status, NULL, "the connection was closed before an answer came");
    return fault_set(fault, status, NULL, "%s",
                     exchange->error[0] ? exchange->error : curl_easy_strerror(code));
}

static struct http_header *list_headers(const struct http_exchange *exchange, size_t *count)
{
    const struct field_place *places = (const void *)exchange->fields.data;
    *count = exchange->fields.size / sizeof(*places);
    struct http_header *headers = memory_new((*count + 1) * sizeof(*headers));
    for (size_t i = 0; i < *count; i++) {
        headers[i].name = exchange->head.data + places[i].name;
        headers[i].value = exchange->head.data + places[i].value;
    }
    return headers;
}

static void tell_answer(struct http_exchange *exchange)
{
    long status = 0;
    size_t count;
    curl_easy_getinfo(exchange->easy, CURLINFO_RESPONSE_CODE, &status);
    struct http_header *headers = list_headers(exchange, &count);
    struct http_answer answer = {
        .status = (int)status,
        .headers = headers,
        .header_count = count,
        .body = exchange->content.size > 0 ? exchange->content.data : "",
        .body_length = exchange->content.size,
    };
    exchange->answered(exchange->arg, STATUS_OK, &answer, NULL);
    free(headers);
}

void exchange_tell(struct http_exchange *exchange, CURLcode code)
{
    struct fault fault;
    enum status status = explain(exchange, code, &fault);
    if (status == STATUS_OK)
        tell_answer(exchange);
    else
        exchange->answered(exchange->arg, status, NULL, &fault);
}
