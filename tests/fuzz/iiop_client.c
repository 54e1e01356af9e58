/* Whatever a peer sends: a client with calls under way, to an object and to a name, survives it and
 * ends each of them once. The calls have the ids 1 to 4; the first is the name's resolution.
 *
 * Answers can send the client anywhere: this program's connect lets it reach its own peer only. */
#include "base/log.h"
#include "iiop/client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { CALLS = 4, TURNS = 12 };

static int listener = -1;
static uint16_t port;

int connect(int descriptor, const struct sockaddr *address, socklen_t length)
{
    const struct sockaddr_in *to = (const struct sockaddr_in *)(const void *)address;
    if (address->sa_family == AF_INET && to->sin_port == htons(port) &&
        to->sin_addr.s_addr == htonl(INADDR_LOOPBACK))
        return (int)syscall(SYS_connect, descriptor, address, length);
    errno = ECONNREFUSED;
    return -1;
}

static void listen_once(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof(address);
    if (listener >= 0)
        return;
    log_configure(LOG_ERROR, LOG_LOGFMT);
    listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof(address)) != 0 ||
        listen(listener, 16) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &length) != 0)
        abort();
    port = ntohs(address.sin_port);
}

static void answered(void *arg, const struct orb_outcome *outcome)
{
    int *answers = arg;
    struct cdr_reader body = outcome->body;
    struct buffer scratch = {0};
    size_t length;
    (void)cdr_read_string(&body, 0, &scratch, &length);
    buffer_release(&scratch);
    if (!outcome->why || ++*answers > 1)
        abort();
}

static struct orb_object *object_of(struct orb_client *client, const char *scheme, const char *rest)
{
    char text[80];
    struct ior *ior = NULL;
    (void)snprintf(text, sizeof(text), "%s:iiop:1.2@127.0.0.1:%u%s", scheme, port, rest);
    if (ior_parse(text, strlen(text), &ior, NULL) != STATUS_OK)
        abort();
    struct orb_object *object = orb_object_new(client, ior);
    ior_release(&ior);
    return object;
}

static void call(struct orb_object *object, int *answers)
{
    struct cdr_writer *body;
    struct orb_call *one = orb_call_new(object, "echo", 4, GIOP_RESPONSE_TARGET, &body);
    cdr_write_ulong(body, 7);
    orb_call_send(one, 60000, answered, answers);
}

static void turn(struct event_base *base, int count)
{
    for (int i = 0; i < count; i++)
        event_base_loop(base, EVLOOP_NONBLOCK);
}

/* Sends the bytes on every connection that the client makes, and hangs up without leaving a port
 * busy. */
static void serve(struct event_base *base, const uint8_t *data, size_t size)
{
    const struct linger none = {.l_onoff = 1};
    for (int i = 0; i < 3; i++) {
        int line = accept(listener, NULL, NULL);
        if (line < 0)
            return;
        (void)setsockopt(line, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
        (void)send(line, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
        turn(base, TURNS);
        close(line);
        turn(base, 2);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct orb_client_options options = orb_client_defaults();
    int answers[CALLS] = {0};
    listen_once();
    struct event_base *base = event_base_new();
    options.stream.message_bytes = 65536;
    options.stream.reassembly_bytes = 131072;
    struct orb_client *client = orb_client_new(base, &options);
    struct orb_object *named = object_of(client, "corbaname", "#desk");
    struct orb_object *object = object_of(client, "corbaloc", "/desk");
    call(named, &answers[0]);
    for (int i = 1; i < CALLS; i++)
        call(object, &answers[i]);
    turn(base, 4);
    serve(base, data, size);
    orb_client_free(&client);
    for (int i = 0; i < CALLS; i++)
        if (answers[i] != 1)
            abort();
    orb_object_release(&named);
    orb_object_release(&object);
    turn(base, 1);
    event_base_free(base);
    return 0;
}
