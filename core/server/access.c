/* Files of CURVE. */
#include "server/access.h"

enum status access_keys_read(const struct config *config, struct curve_keys *keys,
                             struct fault *fault)
{
    enum status status = curve_keys_read(config->bus.curve_key, keys, fault);
    if (status == STATUS_NOT_FOUND)
        return fault_set(fault, status, config->bus.curve_key,
                         "there is no key pair for bus.curve: `orderctl keys curve` makes one");
    return status;
}

enum status access_clients_read(const struct config *config, struct bus_clients **clients,
                                struct fault *fault)
{
    *clients = NULL;
    if (!config->bus.curve)
        return STATUS_OK;
    enum status status = bus_clients_read(config->bus.clients, clients, fault);
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}
