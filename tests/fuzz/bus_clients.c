/* Lists of clients: what is taken can be looked up, key by key, and is within the limits. */
#include "bus/clients.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bus_clients *clients = NULL;
    struct fault fault = {0};
    if (bus_clients_parse((const char *)data, size, &clients, &fault) != STATUS_OK) {
        if (clients || fault.text[0] == '\0')
            abort();
        return 0;
    }
    for (size_t i = 0; i < clients->count; i++) {
        const struct bus_client *client = &clients->entries[i];
        if (bus_clients_find(clients, client->public_key) != client ||
            !bus_client_name_good(client->name) || !curve_key_good(client->public_key) ||
            client->read.count > CLIENT_PREFIXES_LIMIT ||
            client->send.count > CLIENT_PREFIXES_LIMIT)
            abort();
        for (size_t k = 0; k < client->read.count; k++) {
            if (!topic_prefixes_cover(&client->read, client->read.texts[k]))
                abort();
        }
    }
    bus_clients_free(&clients);
    return 0;
}
