/* The list of clients, from JSON to an array sorted by key. Every member has a reader; what has
 * none is refused. */
#include "bus/clients.h"

#include "base/json.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- values ---- */

static bool is_name_character(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
}

bool bus_client_name_good(const char *name)
{
    size_t length = 0;
    while (is_name_character(name[length]))
        length++;
    return name[length] == '\0' && length > 0 && length <= CLIENT_NAME_LIMIT;
}

static enum status name_read(const json_t *value, struct bus_client *client, struct fault *fault)
{
    const char *text = json_string_value(value);
    if (!text || !bus_client_name_good(text))
        return fault_set(fault, STATUS_INVALID, NULL, "expected 1 to %d of A-Z a-z 0-9 . _ -",
                         CLIENT_NAME_LIMIT);
    snprintf(client->name, sizeof(client->name), "%s", text);
    return STATUS_OK;
}

static enum status key_read(const json_t *value, struct bus_client *client, struct fault *fault)
{
    const char *text = json_string_value(value);
    if (!text || !curve_key_good(text))
        return fault_set(fault, STATUS_INVALID, NULL, "expected a public key: %d characters of Z85",
                         CURVE_KEY_LENGTH);
    memcpy(client->public_key, text, CURVE_KEY_SIZE);
    return STATUS_OK;
}

static enum status prefixes_read(const json_t *value, struct topic_prefixes *prefixes,
                                 struct fault *fault)
{
    size_t count = json_array_size(value);
    if (!json_is_array(value) || count > CLIENT_PREFIXES_LIMIT)
        return fault_set(fault, STATUS_INVALID, NULL,
                         "expected a list of at most %d beginnings of topics",
                         CLIENT_PREFIXES_LIMIT);
    prefixes->texts = memory_new((count + 1) * sizeof(*prefixes->texts));
    for (size_t i = 0; i < count; i++) {
        const json_t *text = json_array_get(value, i);
        if (!json_is_string(text) || json_string_length(text) > CLIENT_PREFIX_LIMIT)
            return fault_set(fault, STATUS_INVALID, NULL,
                             "expected beginnings of topics, of at most %d bytes",
                             CLIENT_PREFIX_LIMIT);
        prefixes->texts[prefixes->count++] =
            memory_text(json_string_value(text), json_string_length(text));
    }
    return STATUS_OK;
}

static enum status read_read(const json_t *value, struct bus_client *client, struct fault *fault)
{
    return prefixes_read(value, &client->read, fault);
}

static enum status send_read(const json_t *value, struct bus_client *client, struct fault *fault)
{
    return prefixes_read(value, &client->send, fault);
}

static enum status cursors_read(const json_t *value, struct bus_client *client, struct fault *fault)
{
    if (!json_is_boolean(value))
        return fault_set(fault, STATUS_INVALID, NULL, "expected true or false");
    client->cursors = json_is_true(value);
    return STATUS_OK;
}

/* ---- one client ---- */

static const struct member {
    const char *name;
    enum status (*read)(const json_t *value, struct bus_client *client, struct fault *fault);
} members[] = {
    {"name", name_read}, {"public_key", key_read},  {"read", read_read},
    {"send", send_read}, {"cursors", cursors_read},
};

enum { MEMBERS = sizeof(members) / sizeof(members[0]), MEMBERS_NEEDED = 2 };

static const struct member *member_find(const char *name)
{
    for (size_t i = 0; i < MEMBERS; i++) {
        if (strcmp(members[i].name, name) == 0)
            return &members[i];
    }
    return NULL;
}

static enum status client_read(json_t *json, size_t index, struct bus_client *client,
                               struct fault *fault)
{
    char where[64];
    const char *name;
    json_t *value;
    snprintf(where, sizeof(where), "/%zu", index);
    if (!json_is_object(json))
        return fault_set(fault, STATUS_INVALID, where, "expected an object");
    json_object_foreach(json, name, value)
    {
        struct fault found;
        const struct member *member = member_find(name);
        if (!member)
            return fault_set(fault, STATUS_INVALID, where,
                             "there is an unknown member; known are name, public_key, read, send, "
                             "cursors");
        snprintf(where, sizeof(where), "/%zu/%s", index, member->name);
        if (member->read(value, client, &found) != STATUS_OK)
            return fault_set(fault, found.status, where, "%s", found.text);
        snprintf(where, sizeof(where), "/%zu", index);
    }
    for (size_t i = 0; i < MEMBERS_NEEDED; i++) {
        if (!json_object_get(json, members[i].name))
            return fault_set(fault, STATUS_INVALID, where, "the member %s is missing",
                             members[i].name);
    }
    return STATUS_OK;
}

/* ---- the list ---- */

static int by_key(const void *a, const void *b)
{
    return strcmp(((const struct bus_client *)a)->public_key,
                  ((const struct bus_client *)b)->public_key);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct bus_client *)a)->name, ((const struct bus_client *)b)->name);
}

/* Sorts by what is to be unlike in all of them. */
static enum status unlike(struct bus_clients *clients, int (*order)(const void *, const void *),
                          const char *what, struct fault *fault)
{
    struct bus_client *entries = clients->entries;
    if (clients->count > 1)
        qsort(entries, clients->count, sizeof(*entries), order);
    for (size_t i = 1; i < clients->count; i++) {
        if (order(&entries[i - 1], &entries[i]) == 0)
            return fault_set(fault, STATUS_INVALID, NULL,
                             "two clients, %s and %s, have the same %s", entries[i - 1].name,
                             entries[i].name, what);
    }
    return STATUS_OK;
}

static enum status list_read(json_t *json, struct bus_clients *clients, struct fault *fault)
{
    if (!json_is_array(json))
        return fault_set(fault, STATUS_INVALID, NULL, "expected a list of clients");
    if (json_array_size(json) > CLIENTS_LIMIT)
        return fault_set(fault, STATUS_LIMIT, NULL, "expected at most %d clients", CLIENTS_LIMIT);
    clients->entries = memory_new((json_array_size(json) + 1) * sizeof(*clients->entries));
    for (size_t i = 0; i < json_array_size(json); i++) {
        clients->count++; /* what is read of it by halves is freed, too */
        enum status status = client_read(json_array_get(json, i), i, &clients->entries[i], fault);
        if (status != STATUS_OK)
            return status;
    }
    enum status status = unlike(clients, by_name, "name", fault);
    if (status == STATUS_OK)
        status = unlike(clients, by_key, "public_key", fault);
    return status;
}

enum status bus_clients_parse(const char *text, size_t length, struct bus_clients **clients,
                              struct fault *fault)
{
    json_t *json = NULL;
    struct bus_clients *made = memory_new(sizeof(*made));
    enum status status = json_read(text, length, &json, fault);
    if (status == STATUS_OK)
        status = list_read(json, made, fault);
    json_decref(json);
    if (status == STATUS_OK)
        *clients = made;
    else
        bus_clients_free(&made);
    return status;
}

/* ---- the file ---- */

/* Room for one byte more than is allowed shows what is too long. */
static enum status text_read(const char *path, char *text, size_t *size, struct fault *fault)
{
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ssize_t count = 1;
    *size = 0;
    if (file < 0)
        return fault_set(fault, errno == ENOENT ? STATUS_NOT_FOUND : STATUS_UNAVAILABLE, path,
                         "cannot read the list of clients: %s", strerror(errno));
    while (count > 0 && *size <= CLIENTS_BYTES_LIMIT) {
        count = read(file, text + *size, CLIENTS_BYTES_LIMIT + 1 - *size);
        *size += count > 0 ? (size_t)count : 0;
    }
    int error = errno;
    close(file);
    if (count < 0)
        return fault_set(fault, STATUS_UNAVAILABLE, path, "cannot read the list of clients: %s",
                         strerror(error));
    if (*size > CLIENTS_BYTES_LIMIT)
        return fault_set(fault, STATUS_LIMIT, path, "expected at most %d bytes",
                         CLIENTS_BYTES_LIMIT);
    return STATUS_OK;
}

enum status bus_clients_read(const char *path, struct bus_clients **clients, struct fault *fault)
{
    size_t size;
    struct fault found = {0};
    char *text = memory_new(CLIENTS_BYTES_LIMIT + 1);
    enum status status = text_read(path, text, &size, fault);
    if (status == STATUS_OK) {
        status = bus_clients_parse(text, size, clients, &found);
        if (status != STATUS_OK)
            (void)fault_set(fault, status, path, "%s%s%s", found.where, found.where[0] ? ": " : "",
                            found.text);
    }
    free(text);
    return status;
}

/* ---- life, and looking up ---- */

static void prefixes_release(struct topic_prefixes *prefixes)
{
    for (size_t i = 0; i < prefixes->count; i++)
        free(prefixes->texts[i]);
    free(prefixes->texts);
}

void bus_clients_free(struct bus_clients **clients)
{
    struct bus_clients *freed = *clients;
    if (!freed)
        return;
    *clients = NULL;
    for (size_t i = 0; i < freed->count; i++) {
        prefixes_release(&freed->entries[i].read);
        prefixes_release(&freed->entries[i].send);
    }
    free(freed->entries);
    free(freed);
}

static int key_against(const void *key, const void *client)
{
    return strcmp(key, ((const struct bus_client *)client)->public_key);
}

const struct bus_client *bus_clients_find(const struct bus_clients *clients, const char *public_key)
{
    if (!clients || !public_key || clients->count == 0)
        return NULL;
    return bsearch(public_key, clients->entries, clients->count, sizeof(*clients->entries),
                   key_against);
}

bool topic_prefixes_cover(const struct topic_prefixes *prefixes, const char *text)
{
    for (size_t i = 0; i < prefixes->count; i++) {
        if (strncmp(text, prefixes->texts[i], strlen(prefixes->texts[i])) == 0)
            return true;
    }
    return false;
}
