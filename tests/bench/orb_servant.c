/* everything.idl's Measured as a servant in C: what the broker itself costs, without Lua. Prints
 * "Measured REFERENCE" and "ready", then serves until it is killed. */
#include "base/log.h"
#include "base/status.h"
#include "giop/reference.h"
#include "iiop/server.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char type_id[] = "IDL:test.orderd.org/Everything/Measured:1.0";
static int32_t told;

static bool is_a(void *arg, const char *id, size_t length)
{
    (void)arg;
    return length == strlen(type_id) && memcmp(id, type_id, length) == 0;
}

/* Summary sum(in Rows all): Row is {long, string, double}, Summary {long, double, string}. */
static void sum(struct orb_request *request)
{
    enum { LEAST_ROW = 17 };
    struct buffer scratch = {0};
    struct cdr_reader r = orb_request_arguments(request);
    uint32_t count = cdr_read_length(&r, 0, LEAST_ROW);
    const char *last = "";
    size_t length = 0;
    double total = 0;
    for (uint32_t i = 0; i < count && cdr_ok(&r); i++) {
        (void)cdr_read_ulong(&r);
        buffer_clear(&scratch);
        last = cdr_read_string(&r, 0, &scratch, &length);
        total += cdr_read_double(&r);
    }
    if (!cdr_ok(&r)) {
        orb_reply_exception(request, r.failure, 0, COMPLETED_NO);
    } else {
        struct cdr_writer *w = orb_reply_open(request, GIOP_NO_EXCEPTION);
        cdr_write_ulong(w, count);
        cdr_write_double(w, total);
        cdr_write_string(w, 0, last, length);
        orb_reply_send(request);
    }
    buffer_release(&scratch);
}

static void tell(struct orb_request *request)
{
    told++;
    orb_reply_nothing(request);
}

static void answer_told(struct orb_request *request)
{
    struct cdr_writer *w = orb_reply_open(request, GIOP_NO_EXCEPTION);
    cdr_write_ulong(w, (uint32_t)told);
    orb_reply_send(request);
}

static void invoke(void *arg, struct orb_request *request)
{
    static const struct {
        const char *name;
        void (*run)(struct orb_request *request);
    } operations[] = {
        {"ping", orb_reply_nothing}, {"sum", sum}, {"tell", tell}, {"told", answer_told}};
    (void)arg;
    size_t length;
    const char *name = orb_request_operation(request, &length);
    for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
        if (strlen(operations[i].name) == length && memcmp(operations[i].name, name, length) == 0) {
            operations[i].run(request);
            return;
        }
    }
    orb_reply_exception(request, EXCEPTION_BAD_OPERATION, 0, COMPLETED_NO);
}

static void print_reference(const struct orb_server *server)
{
    const char *port = strrchr(orb_server_address(server), ':') + 1;
    struct ior *ior = ior_new(type_id, "127.0.0.1", (uint16_t)strtoul(port, NULL, 10), "Measured",
                              strlen("Measured"));
    struct buffer text = {0};
    ior_format(ior, &text);
    printf("Measured %.*s\nready\n", (int)text.size, text.data);
    fflush(stdout);
    buffer_release(&text);
    ior_release(&ior);
}

int main(void)
{
    struct fault fault = {0};
    struct event_base *base = event_base_new();
    struct orb_adapter *adapter = orb_adapter_new(NULL);
    const struct orb_servant servant = {.type_id = type_id, .is_a = is_a, .invoke = invoke};
    const struct orb_server_options options = orb_server_defaults();
    struct orb_server *server = orb_server_new(base, &options, adapter);
    enum status status = orb_adapter_add(adapter, "Measured", strlen("Measured"), &servant);
    if (status == STATUS_OK)
        status = orb_server_listen(server, "127.0.0.1:0", false, &fault);
    if (status == STATUS_OK) {
        print_reference(server);
        event_base_dispatch(base);
    } else {
        fprintf(stderr, "%s\n", fault.text);
    }
    orb_server_free(&server);
    orb_adapter_free(&adapter);
    event_base_free(base);
    return status == STATUS_OK ? 0 : 1;
}
