/* A call, checked and put on a curl handle.
 *
 * Curl sends what it is given: header lines with line breaks in them, two Content-Length. A script
 * may have built them from what a stranger sent, so they are refused here. */
#include "http/client_private.h"

#include "base/memory.h"
#include "http/grammar.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { CONNECT_TIMEOUT_MS = 3000, TIMEOUT_MS = 30000, ANSWER_BYTES_LIMIT = 1024 * 1024 };

/* ---- what may be sent ---- */

/* field-value (RFC 9110, 5.5): no control characters but the tab. */
static bool is_field_value(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text == 0x7f || ((unsigned char)*text < ' ' && *text != '\t'))
            return false;
    return true;
}

static bool is_our_business(const char *name)
{
    return strcasecmp(name, "Content-Length") == 0 || strcasecmp(name, "Transfer-Encoding") == 0 ||
           strcasecmp(name, "Connection") == 0;
}

static enum status check_header(const struct http_header *header, struct fault *fault)
{
    if (!grammar_is_token(header->name, strlen(header->name)))
        return fault_set(fault, STATUS_INVALID, NULL, "a header's name is not a token");
    if (is_our_business(header->name))
        return fault_set(fault, STATUS_INVALID, NULL, "the header %s is set by the client itself",
                         header->name);
    if (!is_field_value(header->value))
        return fault_set(fault, STATUS_INVALID, NULL,
                         "the header %s has a control character in its value", header->name);
    return STATUS_OK;
}

static enum status check_call(const struct http_call *call, struct fault *fault)
{
    if (!call->method || !grammar_is_token(call->method, strlen(call->method)))
        return fault_set(fault, STATUS_INVALID, NULL, "the method is not a token");
    if (strcasecmp(call->method, "CONNECT") == 0)
        return fault_set(fault, STATUS_INVALID, NULL, "CONNECT is for proxies");
    if (!call->url || !is_field_value(call->url))
        return fault_set(fault, STATUS_INVALID, NULL, "there is no url, or it has a line break");
    for (size_t i = 0; i < call->header_count; i++) {
        enum status status = check_header(&call->headers[i], fault);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

/* RFC 9110, 9.2.2. */
static bool is_idempotent(const char *method)
{
    static const char *const methods[] = {"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"};
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
        if (strcmp(method, methods[i]) == 0)
            return true;
    return false;
}

/* ---- the handle ---- */

#define SET(option_, value_)                                                                       \
    do {                                                                                           \
        if (curl_easy_setopt(easy, (option_), (value_)) != CURLE_OK)                               \
            return STATUS_INVALID;                                                                 \
    } while (0)

/* Called when a connection stands, before the request goes out. Curl sends a request again by
 * itself when a kept connection turns out to be dead; but the other side may have taken the first
 * one and died of it, so a POST goes out once. */
static int before_request(void *arg, char *to_address, char *from_address, int to_port,
                          int from_port)
{
    struct http_exchange *exchange = arg;
    (void)to_address, (void)from_address, (void)to_port, (void)from_port;
    if (exchange->begun && !exchange->idempotent)
        return CURL_PREREQFUNC_ABORT;
    exchange->begun = true;
    return CURL_PREREQFUNC_OK;
}

/* What every call has: nothing but HTTP, no surprise from the environment, no signals. Compressed
 * answers are not asked for, so the limit of bytes is one of memory too. */
static enum status set_manners(CURL *easy, struct http_exchange *exchange)
{
    SET(CURLOPT_PRIVATE, exchange);
    SET(CURLOPT_ERRORBUFFER, exchange->error);
    SET(CURLOPT_PROTOCOLS_STR, "http,https");
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_PROXY, "");
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_QUICK_EXIT, 1L); /* giving up does not wait for a slow name server */
    SET(CURLOPT_PATH_AS_IS, 1L);
    SET(CURLOPT_USERAGENT, "orderd/" ORDERD_VERSION);
    SET(CURLOPT_PREREQFUNCTION, before_request);
    SET(CURLOPT_PREREQDATA, exchange);
    return STATUS_OK;
}

static int positive_or(int value, int otherwise)
{
    return value > 0 ? value : otherwise;
}

static enum status set_limits(CURL *easy, const struct http_call *call, size_t answer_limit)
{
    SET(CURLOPT_CONNECTTIMEOUT_MS, (long)positive_or(call->connect_timeout_ms, CONNECT_TIMEOUT_MS));
    SET(CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)answer_limit);
    return STATUS_OK;
}

static bool wants_body(const char *method)
{
    return strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0 ||
           strcmp(method, "PATCH") == 0;
}

/* A method that gives its body a meaning says "Content-Length: 0" without one (RFC 9110, 8.6). */
static enum status set_body(CURL *easy, struct http_exchange *exchange,
                            const struct http_call *call)
{
    if (!call->body && !wants_body(call->method))
        return STATUS_OK;
    size_t length = call->body ? call->body_length : 0;
    exchange->body = memory_text(call->body ? call->body : "", length);
    SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)length);
    SET(CURLOPT_POSTFIELDS, exchange->body);
    return STATUS_OK;
}

static enum status set_request(CURL *easy, struct http_exchange *exchange,
                               const struct http_call *call)
{
    SET(CURLOPT_URL, call->url);
    SET(CURLOPT_HTTPHEADER, exchange->request_headers);
    if (call->unix_socket)
        SET(CURLOPT_UNIX_SOCKET_PATH, call->unix_socket);
    if (strcmp(call->method, "HEAD") == 0) {
        SET(CURLOPT_NOBODY, 1L);
        return STATUS_OK;
    }
    if (set_body(easy, exchange, call) != STATUS_OK)
        return STATUS_INVALID;
    SET(CURLOPT_CUSTOMREQUEST, call->method);
    return STATUS_OK;
}

/* ---- header lines, as curl wants them ---- */

static void add_line(struct http_exchange *exchange, const char *line)
{
    struct curl_slist *longer = curl_slist_append(exchange->request_headers, line);
    if (longer)
        exchange->request_headers = longer;
}

static void add_header(struct http_exchange *exchange, const struct http_header *header)
{
    struct buffer line = {0};
    const char *value = header->value + strspn(header->value, " \t");
    /* "Name:" would mean to leave the header out. */
    buffer_printf(&line, *value ? "%s: %s" : "%s;%s", header->name, value);
    buffer_append(&line, "", 1);
    add_line(exchange, line.data);
    buffer_release(&line);
}

static bool has_header(const struct http_call *call, const char *name)
{
    for (size_t i = 0; i < call->header_count; i++)
        if (strcasecmp(call->headers[i].name, name) == 0)
            return true;
    return false;
}

static void add_headers(struct http_exchange *exchange, const struct http_call *call)
{
    for (size_t i = 0; i < call->header_count; i++)
        add_header(exchange, &call->headers[i]);
    if (!has_header(call, "Content-Type"))
        add_line(exchange, "Content-Type:"); /* or curl says that it is a form */
    if (!has_header(call, "Expect"))
        add_line(exchange, "Expect:"); /* or a longer body waits a second for 100 Continue */
}

enum status exchange_prepare(struct http_exchange *exchange, const struct http_call *call,
                             struct fault *fault)
{
    enum status status = check_call(call, fault);
    if (status != STATUS_OK)
        return status;
    exchange->idempotent = is_idempotent(call->method);
    exchange->timeout_ms = positive_or(call->timeout_ms, TIMEOUT_MS);
    exchange->answer_limit =
        call->answer_bytes_limit > 0 ? call->answer_bytes_limit : ANSWER_BYTES_LIMIT;
    add_headers(exchange, call);
    if (set_manners(exchange->easy, exchange) != STATUS_OK ||
        set_limits(exchange->easy, call, exchange->answer_limit) != STATUS_OK ||
        set_request(exchange->easy, exchange, call) != STATUS_OK)
        return fault_set(fault, STATUS_INVALID, NULL, "curl does not take the call");
    exchange_collect(exchange);
    return STATUS_OK;
}
