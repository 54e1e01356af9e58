/* Bytes into a connection: whatever they are, the server neither crashes nor leaks, hands over
 * only requests that keep its promises, and answers in HTTP.
 *
 * The first byte says in what pieces the rest arrives, and whether answers come at once or later.
 */
#include "base/log.h"
#include "http/server_private.h"

#include <event2/event.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct event_base *base;
static struct http_request *held;
static bool hold;

static void require(bool promise)
{
    if (!promise)
        abort();
}

static void respond(struct http_request *request)
{
    struct text body = http_request_body(request);
    http_respond(request, 200, NULL, 0, body.data, body.length);
}

static void handle(struct http_request *request, void *arg)
{
    const struct http_server_options *options = arg;
    struct text path = http_request_path(request);
    struct text host = http_request_header(request, "host");
    require(held == NULL);
    require(path.length > 0 && (path.data[0] == '/' || path.data[0] == '*'));
    require(memchr(path.data, '\0', path.length) == NULL);
    require(memchr(path.data, '?', path.length) == NULL);
    require(host.data == NULL || memchr(host.data, ',', host.length) == NULL);
    require(http_request_body(request).length <= options->body_bytes_limit);
    require(strlen(http_request_trace(request)->id) == 32);
    if (hold)
        held = request;
    else
        respond(request);
}

static void turn(void)
{
    for (int i = 0; i < 4; i++)
        (void)event_base_loop(base, EVLOOP_NONBLOCK);
    if (held != NULL) {
        struct http_request *request = held;
        held = NULL;
        respond(request);
    }
}

/* Every answer begins where the one before it ended; the first tells whether it is HTTP at all. */
static void check_answers(int client)
{
    char bytes[4096];
    ssize_t count = recv(client, bytes, sizeof(bytes), 0);
    require(count < 9 || memcmp(bytes, "HTTP/1.1 ", 9) == 0);
    while (count > 0) {
        turn();
        count = recv(client, bytes, sizeof(bytes), 0);
    }
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    log_configure(LOG_ERROR, LOG_JSON);
    base = event_base_new();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct http_server_options options = http_server_defaults();
    int ends[2];
    if (size < 1 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) != 0)
        return 0;
    options.header_bytes_limit = 512;
    options.header_count_limit = 8;
    options.body_bytes_limit = 256;
    size_t step = (data[0] & 0x7f) + 1;
    hold = data[0] & 0x80;
    struct http_server *server = http_server_new(base, &options, handle, &options);
    connection_open(server, ends[0], false);
    for (size_t at = 1; at < size; at += step) {
        size_t length = size - at < step ? size - at : step;
        if (send(ends[1], data + at, length, MSG_NOSIGNAL) < 0)
            break;
        turn();
    }
    check_answers(ends[1]);
    close(ends[1]);
    http_server_free(&server);
    turn();
    return 0;
}
