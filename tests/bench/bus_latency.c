/* How long an event takes from its commit to a subscriber: places orders over HTTP at a steady
 * rate, listens to PUB, and compares, for each order, when the 201 came (the commit has just
 * happened) and when its event came.
 *
 *     bus_latency HOST PORT PUB TOKEN BODY RATE SECONDS
 *
 * Prints orders a second, then p50 and p99 in milliseconds, and how many events never came. An
 * event that comes before its 201 counts as 0. */
#include "zmq_client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNECTIONS = 64, SLOTS = 1 << 20, ID = 36, ANSWER = 8192, LINGER_S = 3 };

struct order {
    char id[ID];
    double answered, told; /* seconds; 0: not yet */
};

struct connection {
    int fd;
    bool busy;
    size_t size;
    char answer[ANSWER];
};

struct run {
    struct order *orders; /* SLOTS of them, open addressing by id */
    struct connection connections[CONNECTIONS];
    zmq_pollitem_t items[CONNECTIONS + 1]; /* the last is the subscriber */
    char request[4096];
    size_t request_size;
    int next; /* in turn, so that none idles until it is closed */
    long sent, answered;
};

/* ---- orders by id ---- */

static struct order *order_find(struct run *run, const char *id)
{
    unsigned long hash = 5381;
    for (int i = 0; i < ID; i++)
        hash = hash * 33 + (unsigned char)id[i];
    for (unsigned long i = hash % SLOTS;; i = (i + 1) % SLOTS) {
        struct order *order = &run->orders[i];
        if (order->id[0] == '\0')
            memcpy(order->id, id, ID);
        if (memcmp(order->id, id, ID) == 0)
            return order;
    }
}

/* ---- HTTP ---- */

static int connect_to(const char *host, const char *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)strtoul(port, NULL, 10))};
    int yes = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
    must(fd, "socket");
    must(inet_pton(AF_INET, host, &address.sin_addr) - 1, "address");
    must(connect(fd, (struct sockaddr *)&address, sizeof(address)), "connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    return fd;
}

static void request_send(struct run *run, struct connection *connection)
{
    connection->busy = true;
    connection->size = 0;
    ssize_t wrote = write(connection->fd, run->request, run->request_size);
    must(wrote == (ssize_t)run->request_size ? 0 : -1, "send");
    run->sent++;
}

/* Whole when its head has come and as much behind it as that says. */
static bool answer_whole(struct connection *connection)
{
    connection->answer[connection->size] = '\0';
    char *end = strstr(connection->answer, "\r\n\r\n");
    char *length = strcasestr(connection->answer, "content-length:");
    return end && length &&
           connection->size >=
               (size_t)(end + 4 - connection->answer) + strtoul(length + 15, NULL, 10);
}

static void answer_read(struct run *run, struct connection *connection)
{
    ssize_t got =
        read(connection->fd, connection->answer + connection->size, ANSWER - 1 - connection->size);
    must(got > 0 ? 0 : -1, "read");
    connection->size += (size_t)got;
    if (!answer_whole(connection))
        return;
    const char *place = strcasestr(connection->answer, "location: /order/orders/");
    if (strncmp(connection->answer, "HTTP/1.1 201", 12) != 0 || !place) {
        fprintf(stderr, "bus_latency: not created:\n%s\n", connection->answer);
        exit(EXIT_FAILURE);
    }
    order_find(run, place + strlen("location: /order/orders/"))->answered = now();
    connection->busy = false;
    run->answered++;
}

/* ---- PUB ---- */

static void event_note(struct run *run, zmq_msg_t *envelope)
{
    static const char before[] = "\"subject\":\"";
    const char *place =
        memmem(zmq_msg_data(envelope), zmq_msg_size(envelope), before, sizeof(before) - 1);
    if (place)
        order_find(run, place + sizeof(before) - 1)->told = now();
}

static void events_take(struct run *run, void *subscriber)
{
    zmq_msg_t part;
    must(zmq_msg_init(&part), "message");
    while (zmq_msg_recv(&part, subscriber, ZMQ_DONTWAIT) >= 0)
        if (!zmq_msg_more(&part))
            event_note(run, &part);
    zmq_msg_close(&part);
}

/* ---- the run ---- */

static void turn(struct run *run, void *subscriber, int timeout_ms)
{
    must(zmq_poll(run->items, CONNECTIONS + 1, timeout_ms), "poll");
    if (run->items[CONNECTIONS].revents & ZMQ_POLLIN)
        events_take(run, subscriber);
    for (int i = 0; i < CONNECTIONS; i++)
        if (run->items[i].revents & ZMQ_POLLIN)
            answer_read(run, &run->connections[i]);
}

static void load(struct run *run, void *subscriber, double rate, double seconds)
{
    double begun = now();
    for (double at = 0; at < seconds; at = now() - begun) {
        for (int i = 0; i < CONNECTIONS && (double)run->sent < at * rate; i++) {
            struct connection *connection = &run->connections[run->next++ % CONNECTIONS];
            if (!connection->busy)
                request_send(run, connection);
        }
        turn(run, subscriber, 1);
    }
    for (double until = now() + LINGER_S; now() < until;)
        turn(run, subscriber, 10);
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void report(const struct run *run, double seconds)
{
    double *taken = calloc((size_t)run->answered + 1, sizeof(*taken));
    long count = 0, lost = 0;
    must(taken ? 0 : -1, "memory");
    for (long i = 0; i < SLOTS; i++) {
        const struct order *order = &run->orders[i];
        if (order->answered == 0)
            continue;
        if (order->told == 0)
            lost++;
        else
            taken[count++] = order->told > order->answered ? order->told - order->answered : 0;
    }
    qsort(taken, (size_t)count, sizeof(*taken), compare);
    printf("%.0f %.3f %.3f %ld\n", (double)run->answered / seconds, taken[count / 2] * 1e3,
           taken[count * 99 / 100] * 1e3, lost);
    free(taken);
}

int main(int argc, char **argv)
{
    static struct run run;
    if (argc != 8) {
        fprintf(stderr, "usage: bus_latency HOST PORT PUB TOKEN BODY RATE SECONDS\n");
        return 2;
    }
    run.orders = calloc(SLOTS, sizeof(*run.orders));
    run.request_size =
        (size_t)snprintf(run.request, sizeof(run.request),
                         "POST /order/orders HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\n"
                         "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
                         argv[1], argv[4], strlen(argv[5]), argv[5]);
    void *context = zmq_ctx_new(), *subscriber = zmq_socket(context, ZMQ_SUB);
    int none = 0;
    zmq_setsockopt(subscriber, ZMQ_RCVHWM, &none, sizeof(none));
    zmq_setsockopt(subscriber, ZMQ_SUBSCRIBE, "order.created", 13);
    must(zmq_connect(subscriber, argv[3]), "subscribe");
    sleep(1); /* the subscription reaches the publisher */
    for (int i = 0; i < CONNECTIONS; i++) {
        run.connections[i].fd = connect_to(argv[1], argv[2]);
        run.items[i] = (zmq_pollitem_t){.fd = run.connections[i].fd, .events = ZMQ_POLLIN};
    }
    run.items[CONNECTIONS] = (zmq_pollitem_t){.socket = subscriber, .events = ZMQ_POLLIN};
    load(&run, subscriber, strtod(argv[6], NULL), strtod(argv[7], NULL));
    report(&run, strtod(argv[7], NULL));
    zmq_close(subscriber);
    zmq_ctx_term(context);
    return EXIT_SUCCESS;
}
