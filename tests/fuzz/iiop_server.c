/* Bytes into a server of objects: whatever they are, it neither crashes nor leaks, hands over only
 * requests that keep its promises, and answers in GIOP, each message whole.
 *
 * The first byte says in what pieces the rest arrives, and whether answers come at once or later.
 */
#include "base/log.h"
#include "iiop/server_private.h"

#include <event2/event.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HELD_LIMIT = 4, SMALL_STRING = 256 };

static struct event_base *base;
static struct orb_adapter *adapter;
static struct orb_request *held[HELD_LIMIT];
static size_t held_count;
static bool hold;

static void require(bool promise)
{
    if (!promise)
        abort();
}

/* ---- the servant: says what it was told ---- */

static void answer(struct orb_request *request)
{
    struct buffer scratch = {0};
    struct cdr_reader arguments = orb_request_arguments(request);
    size_t length, wide_length;
    const char *text = cdr_read_string(&arguments, 0, &scratch, &length);
    struct cdr_writer *w = orb_reply_open(request, GIOP_NO_EXCEPTION);
    require(length <= SMALL_STRING);
    cdr_write_string(w, 0, text, length);
    buffer_clear(&scratch);
    text = cdr_read_wstring(&arguments, 0, &scratch, &wide_length);
    if (cdr_ok(&arguments))
        cdr_write_wstring(w, 0, text, wide_length);
    orb_reply_send(request);
    buffer_release(&scratch);
}

static void check_request(const struct orb_request *request)
{
    size_t length, key_size, id_size;
    const char *operation = orb_request_operation(request, &length);
    const char *key = orb_request_key(request, &key_size);
    const char *id = orb_request_object_id(request, &id_size);
    require(operation != NULL && key != NULL && id == key + key_size - id_size);
    require(orb_request_contexts(request)->count <= GIOP_CONTEXTS_LIMIT);
    require(orb_request_peer(request) != NULL);
}

static void run(void *arg, struct orb_request *request)
{
    (void)arg;
    check_request(request);
    if (hold && held_count < HELD_LIMIT)
        held[held_count++] = request;
    else
        answer(request);
}

static bool exists(void *arg, const void *key, size_t size)
{
    (void)arg;
    return size == 0 || ((const char *)key)[size - 1] != '!';
}

static void answer_held(void)
{
    while (held_count > 0) {
        struct orb_request *request = held[--held_count];
        check_request(request);
        if (held_count % 2)
            orb_reply_exception(request, EXCEPTION_TRANSIENT, 0, COMPLETED_MAYBE);
        else
            answer(request);
    }
}

/* ---- the client ---- */

static void turn(void)
{
    for (int i = 0; i < 4; i++)
        (void)event_base_loop(base, EVLOOP_NONBLOCK);
}

/* What has come in whole is GIOP of a version that is spoken here. */
static void check_messages(struct buffer *got)
{
    size_t at = 0;
    while (got->size - at >= GIOP_HEADER_SIZE) {
        const uint8_t *header = (const uint8_t *)got->data + at;
        uint32_t size;
        memcpy(&size, header + 8, sizeof(size));
        require(memcmp(header, "GIOP\1", 5) == 0 && header[5] <= 2 && header[7] <= GIOP_FRAGMENT);
        require(size <= 1 << 20);
        if (size > got->size - at - GIOP_HEADER_SIZE)
            break;
        at += GIOP_HEADER_SIZE + size;
    }
    got->size -= at;
    memmove(got->data, got->data + at, got->size);
}

static void receive(int client, struct buffer *got)
{
    ssize_t count;
    while ((count = recv(client, buffer_reserve(got, 4096), 4096, 0)) > 0) {
        got->size += (size_t)count;
        check_messages(got);
        turn();
    }
}

static void feed(int client, const uint8_t *data, size_t size, size_t step, struct buffer *got)
{
    for (size_t at = 0; at < size; at += step) {
        size_t length = size - at < step ? size - at : step;
        if (send(client, data + at, length, MSG_NOSIGNAL) < 0)
            return;
        turn();
        if (held_count == HELD_LIMIT)
            answer_held();
        receive(client, got);
    }
}

static struct orb_server_options small_limits(void)
{
    struct orb_server_options options = orb_server_defaults();
    options.stream = (struct giop_stream_limits){65536, 65536, 3};
    options.cdr.string_bytes = SMALL_STRING;
    options.reassembly_total_bytes = 65536;
    options.fragment_bytes = 64;
    options.pipelined = 3;
    options.unsent_bytes = 512;
    return options;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    const struct orb_servant servant = {.type_id = "IDL:test/Any:1.0", .invoke = run};
    const struct orb_servant some = {
        .type_id = "IDL:test/Some:1.0", .invoke = run, .exists = exists};
    (void)argc;
    (void)argv;
    log_configure(LOG_ERROR, LOG_JSON);
    base = event_base_new();
    adapter = orb_adapter_new(NULL);
    require(orb_adapter_add(adapter, "a", 1, &servant) == STATUS_OK);
    require(orb_adapter_add_default(adapter, "b", 1, &some) == STATUS_OK);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct orb_server_options options = small_limits();
    struct buffer got = {0};
    int ends[2];
    if (size < 1 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) != 0)
        return 0;
    hold = data[0] & 0x80;
    struct orb_server *server = orb_server_new(base, &options, adapter);
    orb_caller_open(server, ends[0]);
    feed(ends[1], data + 1, size - 1, ((data[0] & 0x7fU) + 1) * 4, &got);
    if (size % 2)
        answer_held();
    receive(ends[1], &got);
    close(ends[1]);
    turn();
    require(server->budget.used <= options.reassembly_total_bytes);
    orb_server_free(&server);
    answer_held();
    turn();
    buffer_release(&got);
    return 0;
}
