/* What libzmq alone can do: messages of one size from one process to another over TCP on loopback,
 * as libzmq's own local_thr and remote_thr measure it (their ends are the two modes here).
 *
 *     zmq_thr receive COUNT SIZE       prints the endpoint, then messages a second
 *     zmq_thr send ENDPOINT COUNT SIZE
 */
#include "zmq_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *socket_new(void *context, int type)
{
    int none = 0;
    void *socket = zmq_socket(context, type);
    must(socket ? 0 : -1, "socket");
    must(zmq_setsockopt(socket, ZMQ_SNDHWM, &none, sizeof(none)), "high-water mark");
    must(zmq_setsockopt(socket, ZMQ_RCVHWM, &none, sizeof(none)), "high-water mark");
    return socket;
}

/* The clock runs from the first message to the last. */
static void receive(void *context, long count)
{
    char endpoint[128];
    size_t size = sizeof(endpoint);
    zmq_msg_t message;
    double begun = 0;
    void *socket = socket_new(context, ZMQ_PULL);
    must(zmq_bind(socket, "tcp://127.0.0.1:*"), "bind");
    must(zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, endpoint, &size), "endpoint");
    printf("%s\n", endpoint);
    fflush(stdout);
    must(zmq_msg_init(&message), "message");
    for (long i = 0; i < count; i++) {
        must(zmq_msg_recv(&message, socket, 0), "receive");
        if (i == 0)
            begun = now();
    }
    printf("%.0f\n", (double)(count - 1) / (now() - begun));
    zmq_close(socket);
}

static void send_all(void *context, const char *endpoint, long count, size_t size)
{
    void *socket = socket_new(context, ZMQ_PUSH);
    must(zmq_connect(socket, endpoint), "connect");
    for (long i = 0; i < count; i++) {
        zmq_msg_t message;
        must(zmq_msg_init_size(&message, size), "message");
        memset(zmq_msg_data(&message), 0, size);
        must(zmq_msg_send(&message, socket, 0), "send");
    }
    zmq_close(socket);
}

int main(int argc, char **argv)
{
    void *context = zmq_ctx_new();
    if (argc == 4 && strcmp(argv[1], "receive") == 0) {
        receive(context, strtol(argv[2], NULL, 10));
    } else if (argc == 5 && strcmp(argv[1], "send") == 0) {
        send_all(context, argv[2], strtol(argv[3], NULL, 10), strtoul(argv[4], NULL, 10));
    } else {
        fprintf(stderr, "usage: zmq_thr receive COUNT SIZE | send ENDPOINT COUNT SIZE\n");
        return 2;
    }
    zmq_ctx_term(context);
    return EXIT_SUCCESS;
}
