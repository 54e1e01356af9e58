/* Answers: the head is built in the server's one buffer and goes out with the body in one call. */
#include "http/server_private.h"

#include "base/log.h"
#include "http/grammar.h"

#include <stdio.h>
#include <string.h>

static const char *reason_phrase(int status)
{
    switch (status) {
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 303: return "See Other";
    case 304: return "Not Modified";
    case 307: return "Temporary Redirect";
    case 308: return "Permanent Redirect";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 417: return "Expectation Failed";
    case 422: return "Unprocessable Content";
    case 428: return "Precondition Required";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    default: return ""; /* may be empty (RFC 9112, 4) */
    }
}

/* IMF-fixdate (RFC 9110, 5.6.7), in no locale; made once a second. */
static const char *date_now(struct http_server *server)
{
    static const char days[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    time_t now = time(NULL);
    if (now == server->date_s)
        return server->date;
    struct tm utc;
    gmtime_r(&now, &utc);
    snprintf(server->date, sizeof(server->date), "%s, %02u %s %04u %02u:%02u:%02u GMT",
             days[utc.tm_wday], (unsigned)utc.tm_mday % 100u, months[utc.tm_mon],
             ((unsigned)utc.tm_year + 1900u) % 10000u, (unsigned)utc.tm_hour % 100u,
             (unsigned)utc.tm_min % 100u, (unsigned)utc.tm_sec % 100u);
    server->date_s = now;
    return server->date;
}

static size_t write_decimal(char *text, size_t number)
{
    char digits[20];
    size_t count = 0;
    do {
        digits[count++] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    for (size_t i = 0; i < count; i++)
        text[i] = digits[count - 1 - i];
    return count;
}

/* Framing and dates are decided here, whatever a script says. */
static bool is_servers_own(struct text name)
{
    switch (name.length) {
    case 4: return grammar_same(name, "date");
    case 10: return grammar_same(name, "connection") || grammar_same(name, "keep-alive");
    case 14: return grammar_same(name, "content-length");
    case 17: return grammar_same(name, "transfer-encoding");
    default: return false;
    }
}

static void append_header(struct buffer *out, const struct http_header *header)
{
    struct text name = {header->name, strlen(header->name)};
    struct text value = {header->value, strlen(header->value)};
    if (!grammar_is_token(name.data, name.length) || is_servers_own(name) ||
        memchr(value.data, '\r', value.length) != NULL ||
        memchr(value.data, '\n', value.length) != NULL) {
        log_warning("answer header dropped", LOG_TEXT("name", header->name));
        return;
    }
    char *at = buffer_reserve(out, name.length + value.length + 4);
    at = mempcpy(at, name.data, name.length);
    at = mempcpy(at, ": ", 2);
    at = mempcpy(at, value.data, value.length);
    (void)mempcpy(at, "\r\n", 2);
    out->size += name.length + value.length + 4;
}

static void append_status_line(struct buffer *out, int status, const char *date)
{
    char *at = buffer_reserve(out, 128);
    char *start = at;
    at = mempcpy(at, "HTTP/1.1 ", 9);
    at += write_decimal(at, (size_t)status);
    *at++ = ' ';
    at = stpcpy(at, reason_phrase(status));
    at = mempcpy(at, "\r\nDate: ", 8);
    at = mempcpy(at, date, DATE_TEXT_SIZE - 1);
    at = mempcpy(at, "\r\n", 2);
    out->size += (size_t)(at - start);
}

/* RFC 9110, 8.6: none with 204; with 304 it would be a guess at what 200 has. */
static bool has_length(int status)
{
    return status != 204 && status != 304;
}

static void append_end(struct buffer *out, const struct http_request *request, int status,
                       size_t body_length, bool last)
{
    char *at = buffer_reserve(out, 128);
    char *start = at;
    if (has_length(status)) {
        at = mempcpy(at, "Content-Length: ", 16);
        at += write_decimal(at, body_length);
        at = mempcpy(at, "\r\n", 2);
    }
    if (last)
        at = mempcpy(at, "Connection: close\r\n", 19);
    else if (request->parser.http_minor == 0)
        at = mempcpy(at, "Connection: keep-alive\r\n", 24);
    at = mempcpy(at, "\r\n", 2);
    out->size += (size_t)(at - start);
}

static void send_answer(struct connection *connection, const struct http_request *request,
                        int status, const struct http_header *headers, size_t header_count,
                        struct text body)
{
    struct http_server *server = connection->server;
    struct buffer *head = &server->answer_head;
    connection->last = !request->keep_alive || server->stopping;
    buffer_clear(head);
    append_status_line(head, status, date_now(server));
    for (size_t i = 0; i < header_count; i++)
        append_header(head, &headers[i]);
    append_end(head, request, status, body.length, connection->last);
    if (request->parser.method == HTTP_HEAD || !has_length(status))
        body.length = 0;
    (void)connection_send(connection, (struct text){head->data, head->size}, body);
}

void http_respond(struct http_request *request, int status, const struct http_header *headers,
                  size_t header_count, const char *body, size_t body_length)
{
    struct connection *connection = request->connection;
    struct http_server *server = request->server;
    if (status < 200 || status > 599) {
        log_error("answer with an impossible status", LOG_INT("status", status));
        status = 500;
    }
    if (connection != NULL) {
        connection->request = NULL;
        send_answer(connection, request, status, headers, header_count,
                    (struct text){body, body_length});
    }
    if (server != NULL)
        TAILQ_REMOVE(&server->in_flight, request, links);
    request_give_back(request);
    if (connection != NULL)
        connection_answered(connection);
    if (server != NULL)
        server_check_stopped(server);
}
