/* Subscribers of the live feed that only count: one SUB socket or many, one thread.
 *
 *     bus_subscribe ENDPOINT SOCKETS COUNT
 *
 * Ends when every socket has COUNT events, or hears nothing for two seconds; fails when nothing
 * comes within a minute. Prints the events of all sockets together, how many of them each second,
 * and how many positions were left out. */
#include "zmq_client.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SOCKETS_LIMIT = 256, TURN = 1000, QUIET_MS = 2000, FIRST_MS = 60000, TEXT = 64 };

struct subscriber {
    void *socket;
    long count, gaps;
    char last[TEXT]; /* position of order.created */
};

static void text_take(zmq_msg_t *part, char text[TEXT])
{
    size_t size = zmq_msg_size(part) < TEXT - 1 ? zmq_msg_size(part) : TEXT - 1;
    memcpy(text, zmq_msg_data(part), size);
    text[size] = '\0';
}

/* [topic][position][previous][envelope]; all events of the measurement have one topic. */
static bool event_take(struct subscriber *subscriber)
{
    char texts[3][TEXT];
    zmq_msg_t part;
    must(zmq_msg_init(&part), "message");
    for (int i = 0; i < 4; i++) {
        if (zmq_msg_recv(&part, subscriber->socket, ZMQ_DONTWAIT) < 0)
            return false;
        if (i < 3)
            text_take(&part, texts[i]);
    }
    zmq_msg_close(&part);
    if (subscriber->count > 0 && strcmp(texts[2], subscriber->last) != 0)
        subscriber->gaps++;
    memcpy(subscriber->last, texts[1], TEXT);
    subscriber->count++;
    return true;
}

static void subscriber_open(struct subscriber *subscriber, void *context, const char *endpoint)
{
    int none = 0;
    subscriber->socket = zmq_socket(context, ZMQ_SUB);
    must(subscriber->socket ? 0 : -1, "socket");
    must(zmq_setsockopt(subscriber->socket, ZMQ_RCVHWM, &none, sizeof(none)), "high-water mark");
    must(zmq_setsockopt(subscriber->socket, ZMQ_SUBSCRIBE, "order.", 6), "subscribe");
    must(zmq_connect(subscriber->socket, endpoint), "connect");
}

static bool all_done(const struct subscriber *subscribers, int sockets, long count)
{
    for (int i = 0; i < sockets; i++)
        if (subscribers[i].count < count)
            return false;
    return true;
}

/* What came, or nothing for too long. Notes when the first and the last came. */
static bool turn(struct subscriber *subscribers, zmq_pollitem_t *items, int sockets, bool begun,
                 double *first, double *last)
{
    int ready = zmq_poll(items, sockets, begun ? QUIET_MS : FIRST_MS);
    must(ready, "poll");
    if (ready > 0 && !begun)
        *first = now();
    for (int i = 0; i < sockets; i++)
        for (int k = 0; (items[i].revents & ZMQ_POLLIN) && k < TURN && event_take(&subscribers[i]);)
            k++;
    if (ready > 0)
        *last = now();
    return ready > 0;
}

int main(int argc, char **argv)
{
    static struct subscriber subscribers[SOCKETS_LIMIT];
    zmq_pollitem_t items[SOCKETS_LIMIT] = {0};
    int sockets = argc == 4 ? atoi(argv[2]) : 0;
    double first = 0, last = 0;
    long count, total = 0, gaps = 0;
    if (sockets < 1 || sockets > SOCKETS_LIMIT) {
        fprintf(stderr, "usage: bus_subscribe ENDPOINT SOCKETS COUNT\n");
        return 2;
    }
    void *context = zmq_ctx_new();
    count = strtol(argv[3], NULL, 10);
    for (int i = 0; i < sockets; i++) {
        subscriber_open(&subscribers[i], context, argv[1]);
        items[i] = (zmq_pollitem_t){.socket = subscribers[i].socket, .events = ZMQ_POLLIN};
    }
    printf("ready\n");
    fflush(stdout);
    while (!all_done(subscribers, sockets, count) &&
           turn(subscribers, items, sockets, first != 0, &first, &last)) {
    }
    if (first == 0) {
        fprintf(stderr,
                "bus_subscribe: nothing came: all was published before anybody was there\n");
        return EXIT_FAILURE;
    }
    for (int i = 0; i < sockets; i++) {
        total += subscribers[i].count;
        gaps += subscribers[i].gaps;
        zmq_close(subscribers[i].socket);
    }
    printf("%ld %.0f %ld\n", total, (double)total / (last - first), gaps);
    zmq_ctx_term(context);
    return EXIT_SUCCESS;
}
