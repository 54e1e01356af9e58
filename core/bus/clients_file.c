/* Changes of the file with the list of clients: read, changed, written beside it, renamed. The lock
 * is the directory's, for the file itself is another one after each change. */
#include "base/memory.h"
#include "bus/clients.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- as text ---- */

/* NULL: one of them is no text (UTF-8), and a right must not be lost in silence. */
static json_t *prefixes_json(const struct topic_prefixes *prefixes)
{
    json_t *list = json_array();
    bool whole = list != NULL;
    for (size_t i = 0; whole && i < prefixes->count; i++)
        whole = json_array_append_new(list, json_string(prefixes->texts[i])) == 0;
    if (whole)
        return list;
    json_decref(list);
    errno = EILSEQ;
    return NULL;
}

/* One client a line, by name: so people find them, and a diff shows what has changed. */
static int client_write(FILE *file, const struct bus_client *client)
{
    json_t *json = json_pack("{s:s,s:s,s:o,s:o,s:b}", "name", client->name, "public_key",
                             client->public_key, "read", prefixes_json(&client->read), "send",
                             prefixes_json(&client->send), "cursors", client->cursors);
    int written = json ? json_dumpf(json, file, 0) : -1;
    json_decref(json);
    return written;
}

static int by_name(const void *a, const void *b)
{
    return strcmp((*(const struct bus_client *const *)a)->name,
                  (*(const struct bus_client *const *)b)->name);
}

static bool list_write(FILE *file, const struct bus_client **sorted, size_t count)
{
    bool written = fputs("[", file) >= 0;
    qsort(sorted, count, sizeof(struct bus_client *), by_name);
    for (size_t i = 0; written && i < count; i++)
        written = fputs(i > 0 ? ",\n  " : "\n  ", file) >= 0 && client_write(file, sorted[i]) == 0;
    return written && fputs(count > 0 ? "\n]\n" : "]\n", file) >= 0;
}

/* ---- as a file ---- */

/* Mode and owner stay as they are; a new one is everybody's to read, for public keys are. */
static void likeness_take(const char *path, int file)
{
    struct stat info;
    bool there = stat(path, &info) == 0;
    (void)!fchmod(file, there ? info.st_mode & 07777 : 0644);
    if (there && (info.st_uid != geteuid() || info.st_gid != getegid()))
        (void)!fchown(file, info.st_uid, info.st_gid);
}

static bool beside_write(const char *path, int number, const struct bus_client **sorted,
                         size_t count)
{
    FILE *file = fdopen(number, "w");
    if (!file) {
        close(number);
        return false;
    }
    likeness_take(path, number);
    bool written = list_write(file, sorted, count) && fflush(file) == 0 && fsync(number) == 0;
    return fclose(file) == 0 && written;
}

/* Under the lock there is one at a time, so the name can be the same each time, and what a change
 * that was killed has left is used up by the next one. */
static enum status list_replace(const char *path, int directory, const struct bus_client **sorted,
                                size_t count, struct fault *fault)
{
    char *beside = NULL;
    if (asprintf(&beside, "%s.new", path) < 0)
        return fault_set(fault, STATUS_INTERNAL, path, "no memory");
    int number = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    bool written = number >= 0 && beside_write(path, number, sorted, count) &&
                   rename(beside, path) == 0 && fsync(directory) == 0;
    int error = errno;
    if (!written && number >= 0)
        unlink(beside);
    free(beside);
    if (written)
        return STATUS_OK;
    return fault_set(fault, STATUS_UNAVAILABLE, path, "cannot write it: %s", strerror(error));
}

static enum status directory_lock(const char *path, int *directory, struct fault *fault)
{
    char *copy = memory_text(path, strlen(path));
    const char *name = dirname(copy);
    enum status status = STATUS_OK;
    *directory = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*directory < 0 || flock(*directory, LOCK_EX) != 0)
        status = fault_set(fault, STATUS_UNAVAILABLE, name, "cannot lock it: %s", strerror(errno));
    if (status != STATUS_OK && *directory >= 0)
        close(*directory);
    free(copy);
    return status;
}

/* ---- changes ---- */

/* The list of pointers to them, with room for one more. */
static const struct bus_client **pointers_new(const struct bus_clients *clients)
{
    size_t count = clients ? clients->count : 0;
    const struct bus_client **pointers = memory_new((count + 1) * sizeof(struct bus_client *));
    for (size_t i = 0; i < count; i++)
        pointers[i] = &clients->entries[i];
    return pointers;
}

static enum status list_add(const char *path, const struct bus_client **list, size_t *count,
                            const struct bus_client *client, struct fault *fault)
{
    for (size_t i = 0; i < *count; i++) {
        if (strcmp(list[i]->name, client->name) == 0)
            return fault_set(fault, STATUS_DUPLICATE, path, "there is a client %s already",
                             client->name);
        if (strcmp(list[i]->public_key, client->public_key) == 0)
            return fault_set(fault, STATUS_DUPLICATE, path, "the client %s has this key already",
                             list[i]->name);
    }
    if (*count == CLIENTS_LIMIT)
        return fault_set(fault, STATUS_LIMIT, path, "there are %d clients already", CLIENTS_LIMIT);
    list[(*count)++] = client;
    return STATUS_OK;
}

static enum status list_remove(const char *path, const struct bus_client **list, size_t *count,
                               const char *name, struct fault *fault)
{
    for (size_t i = 0; i < *count; i++) {
        if (strcmp(list[i]->name, name) == 0) {
            list[i] = list[--*count];
            return STATUS_OK;
        }
    }
    return fault_set(fault, STATUS_NOT_FOUND, path, "there is no client %s", name);
}

/* Adds `client`, or, when there is none, removes the one with this name. */
static enum status change_at(const char *path, const struct bus_client *client, const char *name,
                             struct fault *fault)
{
    int directory;
    struct bus_clients *clients = NULL;
    enum status status = directory_lock(path, &directory, fault);
    if (status != STATUS_OK)
        return status;
    status = bus_clients_read(path, &clients, fault);
    if (status == STATUS_NOT_FOUND && client)
        status = STATUS_OK;
    const struct bus_client **list = pointers_new(clients);
    size_t count = clients ? clients->count : 0;
    if (status == STATUS_OK)
        status = client ? list_add(path, list, &count, client, fault)
                        : list_remove(path, list, &count, name, fault);
    if (status == STATUS_OK)
        status = list_replace(path, directory, list, count, fault);
    free(list);
    bus_clients_free(&clients);
    close(directory);
    return status;
}

/* Where a link leads, so that the link stays one. */
static enum status change(const char *path, const struct bus_client *client, const char *name,
                          struct fault *fault)
{
    char *real = realpath(path, NULL);
    enum status status = change_at(real ? real : path, client, name, fault);
    free(real);
    return status;
}

enum status bus_clients_add(const char *path, const struct bus_client *client, struct fault *fault)
{
    return change(path, client, NULL, fault);
}

enum status bus_clients_remove(const char *path, const char *name, struct fault *fault)
{
    return change(path, NULL, name, fault);
}
