/* What TCP alone costs: a message of a ping's size there, one of its answer's size back. As
 * "server" it prints its port and echoes until it is killed; as "client PORT SECONDS" it prints
 * "calls N seconds S". */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { REQUEST = 64, ANSWER = 24, CLOCK_EVERY = 256 };

static bool move(ssize_t (*way)(int, void *, size_t), int fd, char *bytes, size_t size)
{
    for (size_t done = 0; done < size;) {
        ssize_t n = way(fd, bytes + done, size - done);
        if (n <= 0)
            return false;
        done += (size_t)n;
    }
    return true;
}

static ssize_t send_some(int fd, void *bytes, size_t size)
{
    return write(fd, bytes, size);
}

static int no_delay(int fd)
{
    int on = 1;
    if (fd >= 0 && setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0)
        perror("TCP_NODELAY");
    return fd;
}

static int serve(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(at);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(listener, (struct sockaddr *)&at, sizeof(at)) != 0 || listen(listener, 8) != 0 ||
        getsockname(listener, (struct sockaddr *)&at, &size) != 0) {
        perror("listen");
        return 1;
    }
    printf("port %d\nready\n", ntohs(at.sin_port));
    fflush(stdout);
    for (;;) {
        char bytes[REQUEST] = {0};
        int fd = no_delay(accept(listener, NULL, NULL));
        while (move(read, fd, bytes, REQUEST) && move(send_some, fd, bytes, ANSWER)) {
        }
        close(fd);
    }
}

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int call(const char *port, double seconds)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)strtoul(port, NULL, 10)),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    char bytes[REQUEST] = {0};
    int fd = no_delay(socket(AF_INET, SOCK_STREAM, 0));
    if (connect(fd, (struct sockaddr *)&at, sizeof(at)) != 0) {
        perror("connect");
        return 1;
    }
    long calls = 0;
    double begun = seconds_now(), now = begun;
    for (; now - begun < seconds; now = seconds_now()) {
        for (int i = 0; i < CLOCK_EVERY; i++, calls++) {
            if (!move(send_some, fd, bytes, REQUEST) || !move(read, fd, bytes, ANSWER)) {
                fprintf(stderr, "the connection was closed\n");
                return 1;
            }
        }
    }
    printf("calls %ld seconds %.6f\n", calls, now - begun);
    close(fd);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "server") == 0)
        return serve();
    if (argc == 4 && strcmp(argv[1], "client") == 0)
        return call(argv[2], strtod(argv[3], NULL));
    fprintf(stderr, "usage: tcp_pingpong server | client PORT SECONDS\n");
    return 2;
}
