/* Listening sockets: TCP addresses that may be shared within this process and with nobody else, and
 * Unix sockets that belong to their owner alone.
 *
 * SO_REUSEPORT would let any other process of this user join the address and take half of the
 * connections without a word. So the first server of this process binds without the option, which
 * fails when anybody listens there, and sets it before it listens; the next ones join. Which
 * addresses are ours is the one thing that servers of different threads share: `ours`, under a
 * lock that is held while an address is taken. */
#include "base/listener_private.h"
#include "base/memory.h"

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct our_address {
    SLIST_ENTRY(our_address) links;
    size_t users;
    char text[LISTENER_ADDRESS_SIZE];
};

static pthread_mutex_t ours_lock = PTHREAD_MUTEX_INITIALIZER;
static SLIST_HEAD(, our_address) ours = SLIST_HEAD_INITIALIZER(ours);

static struct our_address *ours_find(const char *text)
{
    struct our_address *address;
    SLIST_FOREACH(address, &ours, links)
    if (strcmp(address->text, text) == 0)
        return address;
    return NULL;
}

static void ours_add(const char *text)
{
    struct our_address *address = ours_find(text);
    if (address == NULL) {
        address = memory_new(sizeof(*address));
        snprintf(address->text, sizeof(address->text), "%s", text);
        SLIST_INSERT_HEAD(&ours, address, links);
    }
    address->users++;
}

static void ours_remove(const char *text)
{
    struct our_address *address = ours_find(text);
    if (address == NULL || --address->users > 0)
        return;
    SLIST_REMOVE(&ours, address, our_address, links);
    free(address);
}

/* ---- TCP ---- */

union any_address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    struct sockaddr_storage storage;
};

/* The port behind the last colon; false when it is none. */
static bool parse_port(const char *colon, uint16_t *port)
{
    size_t digits = strspn(colon + 1, "0123456789");
    if (digits == 0 || digits > 5 || colon[1 + digits] != '\0')
        return false;
    unsigned long number = strtoul(colon + 1, NULL, 10);
    *port = htons((uint16_t)number);
    return number <= UINT16_MAX;
}

/* "127.0.0.1:8080" or "[::1]:8080", both in numbers. */
static bool parse_numbers(const char *text, union any_address *address, socklen_t *length)
{
    char host[INET6_ADDRSTRLEN];
    const char *colon = strrchr(text, ':');
    bool is_v6 = text[0] == '[';
    const char *start = text + (is_v6 ? 1 : 0);
    const char *end = is_v6 ? strchr(text, ']') : colon;
    if (colon == NULL || end == NULL || end + (is_v6 ? 1 : 0) != colon ||
        (size_t)(end - start) >= sizeof(host))
        return false;
    memcpy(host, start, (size_t)(end - start));
    host[end - start] = '\0';
    if (is_v6) {
        *length = sizeof(address->v6);
        address->v6.sin6_family = AF_INET6;
        return inet_pton(AF_INET6, host, &address->v6.sin6_addr) == 1 &&
               parse_port(colon, &address->v6.sin6_port);
    }
    *length = sizeof(address->v4);
    address->v4.sin_family = AF_INET;
    return inet_pton(AF_INET, host, &address->v4.sin_addr) == 1 &&
           parse_port(colon, &address->v4.sin_port);
}

static enum status parse_address(const char *text, union any_address *address, socklen_t *length,
                                 struct fault *fault)
{
    memset(address, 0, sizeof(*address));
    if (!parse_numbers(text, address, length))
        return fault_set(fault, STATUS_INVALID, NULL,
                         "\"%s\" is not an address like 127.0.0.1:8080 or [::1]:8080", text);
    return STATUS_OK;
}

static void format_address(const union any_address *address, char text[LISTENER_ADDRESS_SIZE])
{
    char host[INET6_ADDRSTRLEN] = "";
    if (address->any.sa_family == AF_INET6) {
        inet_ntop(AF_INET6, &address->v6.sin6_addr, host, sizeof(host));
        snprintf(text, LISTENER_ADDRESS_SIZE, "[%s]:%u", host, ntohs(address->v6.sin6_port));
    } else {
        inet_ntop(AF_INET, &address->v4.sin_addr, host, sizeof(host));
        snprintf(text, LISTENER_ADDRESS_SIZE, "%s:%u", host, ntohs(address->v4.sin_port));
    }
}

static bool set_option(int descriptor, int option)
{
    int on = 1;
    return setsockopt(descriptor, SOL_SOCKET, option, &on, sizeof(on)) == 0;
}

/* `join` binds beside our own other sockets; otherwise the address must be free. */
static bool bind_and_listen(int descriptor, const union any_address *address, socklen_t length,
                            const struct listener *listener, bool join)
{
    return set_option(descriptor, SO_REUSEADDR) &&
           (!join || set_option(descriptor, SO_REUSEPORT)) &&
           bind(descriptor, &address->any, length) == 0 &&
           (!listener->shared || join || set_option(descriptor, SO_REUSEPORT)) &&
           listen(descriptor, listener->backlog ? listener->backlog : SOMAXCONN) == 0;
}

static enum status listen_failed(int descriptor, const char *address, struct fault *fault)
{
    enum status status =
        fault_set(fault, STATUS_UNAVAILABLE, address, "cannot listen: %s", strerror(errno));
    if (descriptor >= 0)
        close(descriptor);
    return status;
}

static int open_socket(int family)
{
    return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

static enum status take_address(struct listener *listener, const char *text,
                                union any_address *address, socklen_t length, int *descriptor,
                                struct fault *fault)
{
    char canonical[LISTENER_ADDRESS_SIZE];
    format_address(address, canonical);
    bool join = listener->shared && ours_find(canonical) != NULL;
    int opened = open_socket(address->any.sa_family);
    if (opened < 0 || !bind_and_listen(opened, address, length, listener, join) ||
        getsockname(opened, &address->any, &length) != 0)
        return listen_failed(opened, text, fault);
    format_address(address, listener->address);
    if (listener->shared)
        ours_add(listener->address);
    *descriptor = opened;
    return STATUS_OK;
}

enum status socket_listen_tcp(struct listener *listener, const char *address, int *descriptor,
                              struct fault *fault)
{
    union any_address parsed;
    socklen_t length = 0;
    enum status status = parse_address(address, &parsed, &length, fault);
    if (status != STATUS_OK)
        return status;
    pthread_mutex_lock(&ours_lock);
    status = take_address(listener, address, &parsed, length, descriptor, fault);
    pthread_mutex_unlock(&ours_lock);
    return status;
}

enum status listener_socket_tcp(const char *address, int backlog, int *descriptor,
                                char bound[LISTENER_ADDRESS_SIZE], struct fault *fault)
{
    struct listener listener = {.backlog = backlog};
    enum status status = socket_listen_tcp(&listener, address, descriptor, fault);
    if (status == STATUS_OK)
        memcpy(bound, listener.address, LISTENER_ADDRESS_SIZE);
    return status;
}

/* ---- Unix ---- */

static bool somebody_listens(const struct sockaddr_un *address)
{
    int probe = open_socket(AF_UNIX);
    if (probe < 0)
        return true; /* not known, so not replaced */
    int result = connect(probe, (const struct sockaddr *)address, sizeof(*address));
    bool refused = result != 0 && errno == ECONNREFUSED;
    close(probe);
    return !refused;
}

/* True when the path is free now. What is no socket is left alone. */
static bool remove_stale(const struct sockaddr_un *address)
{
    struct stat found;
    if (lstat(address->sun_path, &found) != 0)
        return errno == ENOENT;
    errno = EADDRINUSE;
    if (!S_ISSOCK(found.st_mode) || somebody_listens(address)) {
        errno = EADDRINUSE;
        return false;
    }
    return unlink(address->sun_path) == 0;
}

/* The mode is set on the socket before bind makes the file, so that it is never open to others;
 * umask would be the whole process's. */
static bool bind_unix(int descriptor, const struct sockaddr_un *address)
{
    return fchmod(descriptor, S_IRUSR | S_IWUSR) == 0 &&
           bind(descriptor, (const struct sockaddr *)address, sizeof(*address)) == 0 &&
           listen(descriptor, SOMAXCONN) == 0;
}

enum status socket_listen_unix(struct listener *listener, const char *path, int *descriptor,
                               struct fault *fault)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (path[0] == '\0' || strlen(path) >= sizeof(address.sun_path))
        return fault_set(fault, STATUS_INVALID, NULL,
                         "a Unix socket's path has 1 to %zu characters",
                         sizeof(address.sun_path) - 1);
    memcpy(address.sun_path, path, strlen(path) + 1);
    listener->is_unix = true;
    if (!remove_stale(&address))
        return listen_failed(-1, path, fault);
    int opened = open_socket(AF_UNIX);
    if (opened < 0 || !bind_unix(opened, &address) || lstat(path, &listener->identity) != 0)
        return listen_failed(opened, path, fault);
    snprintf(listener->address, sizeof(listener->address), "unix:%s", path);
    *descriptor = opened;
    return STATUS_OK;
}

static void forget_unix(const struct listener *listener)
{
    const char *path = listener->address + strlen("unix:");
    struct stat found;
    if (lstat(path, &found) == 0 && found.st_dev == listener->identity.st_dev &&
        found.st_ino == listener->identity.st_ino)
        (void)unlink(path);
}

void socket_forget(const struct listener *listener)
{
    if (listener->is_unix) {
        forget_unix(listener);
    } else if (listener->shared) {
        pthread_mutex_lock(&ours_lock);
        ours_remove(listener->address);
        pthread_mutex_unlock(&ours_lock);
    }
}
