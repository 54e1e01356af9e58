/* A client of REPLAY that only counts.
 *
 *     bus_replay ENDPOINT CREDIT
 *
 * Reads the stream from its beginning to its end. Prints the events, how many of them each second,
 * the bytes of an average one, all frames together, and how many broke the chain of previous
 * positions. */
#include "zmq_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT = 64, FRAMES = 6 };

static void ask(void *socket, const char *verb, const char *json)
{
    must(zmq_send(socket, verb, strlen(verb), ZMQ_SNDMORE), "send");
    must(zmq_send(socket, "1", 1, ZMQ_SNDMORE), "send");
    must(zmq_send(socket, json, strlen(json), 0), "send");
}

/* Gives the count of frames, and their bytes; keeps the beginning of each. */
static int receive(void *socket, char texts[FRAMES][TEXT], size_t *bytes)
{
    zmq_msg_t part;
    int frames = 0, more = 1;
    must(zmq_msg_init(&part), "message");
    for (*bytes = 0; more; frames++) {
        must(zmq_msg_recv(&part, socket, 0), "receive");
        size_t size = zmq_msg_size(&part);
        *bytes += size;
        if (frames < FRAMES) {
            size_t kept = size < TEXT - 1 ? size : TEXT - 1;
            memcpy(texts[frames], zmq_msg_data(&part), kept);
            texts[frames][kept] = '\0';
        }
        more = zmq_msg_more(&part);
    }
    zmq_msg_close(&part);
    return frames;
}

struct tally {
    long count, broken;
    size_t bytes;
};

/* [EVENT][id][topic][position][previous][envelope] until END; all have one topic. */
static struct tally read_all(void *socket, long credit)
{
    struct tally tally = {0};
    char texts[FRAMES][TEXT], last[TEXT] = "", json[64];
    size_t bytes;
    long left = credit;
    snprintf(json, sizeof(json), "{\"after\":\"\",\"credit\":%ld}", credit);
    ask(socket, "READ", json);
    while (receive(socket, texts, &bytes) == FRAMES && strcmp(texts[0], "EVENT") == 0) {
        tally.count++;
        tally.bytes += bytes;
        tally.broken += strcmp(last, texts[4]) != 0;
        memcpy(last, texts[3], TEXT);
        if (--left == credit / 2) {
            snprintf(json, sizeof(json), "{\"credit\":%ld}", credit - left);
            ask(socket, "CREDIT", json);
            left = credit;
        }
    }
    if (strcmp(texts[0], "END") != 0) {
        fprintf(stderr, "bus_replay: %s %s\n", texts[0], texts[2]);
        exit(EXIT_FAILURE);
    }
    return tally;
}

int main(int argc, char **argv)
{
    int none = 0;
    if (argc != 3) {
        fprintf(stderr, "usage: bus_replay ENDPOINT CREDIT\n");
        return 2;
    }
    void *context = zmq_ctx_new();
    void *socket = zmq_socket(context, ZMQ_DEALER);
    must(zmq_setsockopt(socket, ZMQ_RCVHWM, &none, sizeof(none)), "high-water mark");
    must(zmq_connect(socket, argv[1]), "connect");
    double begun = now();
    struct tally tally = read_all(socket, strtol(argv[2], NULL, 10));
    double rate = (double)tally.count / (now() - begun);
    printf("%ld %.0f %zu %ld\n", tally.count, rate,
           tally.count ? tally.bytes / (size_t)tally.count : 0, tally.broken);
    zmq_close(socket);
    zmq_ctx_term(context);
    return EXIT_SUCCESS;
}
