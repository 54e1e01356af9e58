/* The list of clients: whose keys are let in, and what each may read and send. A JSON file
 * (docs/EVENTS.md, "Who may"), read strictly: one fault, and there is no list.
 *
 *     [{"name": "billing", "public_key": "...", "read": ["order."], "send": [], "cursors": true}]
 *
 * Public keys are no secrets, so nothing here takes care of how long a comparison takes. A list
 * does not change; it has one owner at a time, and any thread may be it. */
#ifndef BUS_CLIENTS_H
#define BUS_CLIENTS_H

#include "base/status.h"
#include "bus/curve_key.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    CLIENTS_LIMIT = 10000,
    CLIENTS_BYTES_LIMIT = 8 * 1024 * 1024, /* of the file */
    CLIENT_PREFIXES_LIMIT = 64,            /* of read, and of send */
    CLIENT_PREFIX_LIMIT = 255,             /* bytes */
    CLIENT_NAME_LIMIT = 64,
};

/* Beginnings of topics; an empty one is the beginning of all. */
struct topic_prefixes {
    char **texts;
    size_t count;
};

struct bus_client {
    char name[CLIENT_NAME_LIMIT + 1];
    char public_key[CURVE_KEY_SIZE];
    struct topic_prefixes read, send;
    bool cursors; /* may have cursors of its own at REPLAY */
};

struct bus_clients {
    struct bus_client *entries; /* by public key */
    size_t count;
};

/* STATUS_NOT_FOUND: no such file; STATUS_INVALID and STATUS_LIMIT: where in it ("/3/public_key")
 * and what was expected stand in the fault's text. */
MUST_CHECK enum status bus_clients_read(const char *path, struct bus_clients **clients,
                                        struct fault *fault);
/* The same of the file's text; `where` is the place in it. */
MUST_CHECK enum status bus_clients_parse(const char *text, size_t length,
                                         struct bus_clients **clients, struct fault *fault);
void bus_clients_free(struct bus_clients **clients); /* NULL inside is fine */

/* Puts this client into the list in a file, which is made if there is none; what is in `client` is
 * copied. STATUS_DUPLICATE: another one has its name or its key; else as bus_clients_read. Who
 * reads the file finds the list before or after, whole, and two who change it do so one after the
 * other.
 */
MUST_CHECK enum status bus_clients_add(const char *path, const struct bus_client *client,
                                       struct fault *fault);
/* Takes the client with this name out. STATUS_NOT_FOUND: there is none, or no file. */
MUST_CHECK enum status bus_clients_remove(const char *path, const char *name, struct fault *fault);

/* NULL: nobody in the list has this key. The key may be NULL, too. */
const struct bus_client *bus_clients_find(const struct bus_clients *clients,
                                          const char *public_key);

/* Does one of these stand at the beginning of the text? */
bool topic_prefixes_cover(const struct topic_prefixes *prefixes, const char *text);

/* 1 to CLIENT_NAME_LIMIT of A-Z a-z 0-9 . _ - */
bool bus_client_name_good(const char *name);

#endif
