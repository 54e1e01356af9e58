/* An object of ours that answers every call with LOCATION_FORWARD, which no script can. Prints
 * "Forwarder REFERENCE" and "ready", then serves until it is killed. Usage: forwarder REFERENCE */
#include "base/status.h"
#include "giop/reference.h"
#include "iiop/server.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A client that asks before it calls is told what it would be told there. */
static bool is_a(void *arg, const char *id, size_t length)
{
    const struct ior *target = arg;
    return strlen(target->type_id) == length && memcmp(target->type_id, id, length) == 0;
}

static void invoke(void *arg, struct orb_request *request)
{
    orb_reply_forward(request, arg);
}

static void print_reference(const struct orb_server *server, const char *type_id)
{
    const char *port = strrchr(orb_server_address(server), ':') + 1;
    struct ior *ior = ior_new(type_id, "127.0.0.1", (uint16_t)strtoul(port, NULL, 10), "Forwarder",
                              strlen("Forwarder"));
    struct buffer text = {0};
    ior_format(ior, &text);
    printf("Forwarder %.*s\nready\n", (int)text.size, text.data);
    fflush(stdout);
    buffer_release(&text);
    ior_release(&ior);
}

static enum status serve(struct ior *target, struct fault *fault)
{
    struct event_base *base = event_base_new();
    struct orb_adapter *adapter = orb_adapter_new(NULL);
    const struct orb_servant servant = {
        .type_id = target->type_id, .is_a = is_a, .invoke = invoke, .arg = target};
    const struct orb_server_options options = orb_server_defaults();
    struct orb_server *server = orb_server_new(base, &options, adapter);
    enum status status = orb_adapter_add(adapter, "Forwarder", strlen("Forwarder"), &servant);
    if (status == STATUS_OK)
        status = orb_server_listen(server, "127.0.0.1:0", false, fault);
    if (status == STATUS_OK) {
        print_reference(server, target->type_id);
        event_base_dispatch(base);
    }
    orb_server_free(&server);
    orb_adapter_free(&adapter);
    event_base_free(base);
    return status;
}

int main(int argc, char **argv)
{
    struct fault fault = {0};
    struct ior *target = NULL;
    if (argc != 2) {
        fprintf(stderr, "usage: forwarder REFERENCE\n");
        return 2;
    }
    enum status status = ior_parse(argv[1], strlen(argv[1]), &target, &fault);
    if (status == STATUS_OK)
        status = serve(target, &fault);
    if (status != STATUS_OK)
        fprintf(stderr, "%s\n", fault.text);
    ior_release(&target);
    return status == STATUS_OK ? 0 : 1;
}
