/* Prints orderd's events, one line of JSON (a CloudEvent) each: every one once and in order. With a
 * cursor it goes on, the next time, behind the last line that was written. */
#include "orderd_subscriber.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    LIST_LIMIT = 16,
    KEY_SIZE = 41,
    HINT_SECONDS = 10, /* it says that it is waiting in vain */
};

struct settings {
    const char *publish[LIST_LIMIT + 1], *replay[LIST_LIMIT + 1], *topics[LIST_LIMIT + 1];
    struct orderd_options options;
    long limit; /* 0: none */
    char public_key[KEY_SIZE], secret_key[KEY_SIZE];
    struct orderd_keys keys;
};

static volatile sig_atomic_t stopping;

static void on_signal(int number)
{
    (void)number;
    stopping = 1;
}

static void usage(int code)
{
    fputs(
        "usage: orderd_example [OPTION...]\n"
        "  --publish ENDPOINT   of PUB, once for each process (tcp://127.0.0.1:5556)\n"
        "  --replay ENDPOINT    of REPLAY, likewise (tcp://127.0.0.1:5557)\n"
        "  --topic TOPIC        only this topic, or, with a dot at the end, those that begin so;\n"
        "                       may be given again\n"
        "  --cursor NAME        a durable cursor; made when there is none\n"
        "  --after POSITION     begin behind it; needs --epoch\n"
        "  --epoch EPOCH        of the stream that is expected\n"
        "  --from-beginning     a new cursor, or a reader with none, begins with the oldest event\n"
        "  --receive-mark N     events that may wait in the socket (10000)\n"
        "  --limit N            end after so many\n"
        "  --key FILE           CURVE: the client's own key pair; needs --server-key\n"
        "  --server-key TEXT    CURVE: the service's public key; needs --key\n",
        code == 0 ? stdout : stderr);
    exit(code);
}

static void list_add(const char **list, const char *text)
{
    size_t count = 0;
    while (list[count])
        count++;
    if (count == LIST_LIMIT)
        usage(2);
    list[count] = text;
}

static long number(const char *text)
{
    char *end;
    long value = strtol(text, &end, 10);
    if (*end != '\0' || value < 1 || value > 1000000000)
        usage(2);
    return value;
}

/* A file as zmq.auth writes it. */
static void keys_read(const char *path, struct settings *settings)
{
    char line[256];
    FILE *file = fopen(path, "r");
    if (!file) {
        perror(path);
        exit(1);
    }
    while (fgets(line, sizeof(line), file)) {
        (void)sscanf(line, " public-key = \"%40[^\"]\"", settings->public_key);
        (void)sscanf(line, " secret-key = \"%40[^\"]\"", settings->secret_key);
    }
    fclose(file);
    if (strlen(settings->public_key) != KEY_SIZE - 1 ||
        strlen(settings->secret_key) != KEY_SIZE - 1) {
        fprintf(stderr, "%s: expected a public-key and a secret-key of %d characters\n", path,
                KEY_SIZE - 1);
        exit(1);
    }
    settings->keys.public_key = settings->public_key;
    settings->keys.secret_key = settings->secret_key;
    settings->options.keys = &settings->keys;
}

static void settings_read(int argc, char **argv, struct settings *settings)
{
    static const struct option options[] = {{"publish", required_argument, NULL, 'p'},
                                            {"replay", required_argument, NULL, 'r'},
                                            {"topic", required_argument, NULL, 't'},
                                            {"cursor", required_argument, NULL, 'c'},
                                            {"after", required_argument, NULL, 'a'},
                                            {"epoch", required_argument, NULL, 'e'},
                                            {"from-beginning", no_argument, NULL, 'b'},
                                            {"receive-mark", required_argument, NULL, 'm'},
                                            {"limit", required_argument, NULL, 'l'},
                                            {"key", required_argument, NULL, 'k'},
                                            {"server-key", required_argument, NULL, 's'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (option) {
        case 'p': list_add(settings->publish, optarg); break;
        case 'r': list_add(settings->replay, optarg); break;
        case 't': list_add(settings->topics, optarg); break;
        case 'c': settings->options.cursor = optarg; break;
        case 'a': settings->options.after = optarg; break;
        case 'e': settings->options.epoch = optarg; break;
        case 'b': settings->options.from_beginning = true; break;
        case 'm': settings->options.receive_mark = (int)number(optarg); break;
        case 'k': keys_read(optarg, settings); break;
        case 's': settings->keys.server_key = optarg; break;
        case 'l': settings->limit = number(optarg); break;
        default: usage(option == 'h' ? 0 : 2);
        }
    }
    if (optind < argc || !settings->options.keys != !settings->keys.server_key)
        usage(2);
    if (!settings->publish[0])
        list_add(settings->publish, "tcp://127.0.0.1:5556");
    if (!settings->replay[0])
        list_add(settings->replay, "tcp://127.0.0.1:5557");
    settings->options.publish = settings->publish;
    settings->options.replay = settings->replay;
    settings->options.topics = settings->topics;
}

/* An event is handled when its line has been written. */
static bool handle(const struct orderd_event *event)
{
    return fwrite(event->json, 1, event->length, stdout) == event->length && putchar('\n') != EOF &&
           fflush(stdout) == 0;
}

/* Once, when orderd has said nothing for so long. */
static void hint(const struct orderd_subscriber *subscriber, time_t began)
{
    static bool given;
    if (given || time(NULL) - began < HINT_SECONDS)
        return;
    given = true;
    if (!orderd_subscriber_answered(subscriber))
        fputs("orderd_example: no answer so far, still trying: is orderd there, and does it let "
              "this client in (--key)?\n",
              stderr);
}

static enum orderd_result run(struct orderd_subscriber *subscriber, long limit)
{
    const time_t began = time(NULL);
    for (long count = 0; !stopping && (limit == 0 || count < limit);) {
        struct orderd_event event;
        enum orderd_result result = orderd_subscriber_next(subscriber, &event, 1000);
        hint(subscriber, began);
        if (result == ORDERD_NOTHING)
            continue;
        if (result != ORDERD_OK)
            return result;
        if (!handle(&event))
            break;
        orderd_subscriber_ack(subscriber);
        count++;
    }
    return orderd_subscriber_flush(subscriber, 30000);
}

int main(int argc, char **argv)
{
    struct settings settings = {0};
    settings_read(argc, argv, &settings);
    const struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    struct orderd_subscriber *subscriber;
    enum orderd_result result = orderd_subscriber_open(&settings.options, &subscriber);
    if (result == ORDERD_OK)
        result = run(subscriber, settings.limit);
    if (result != ORDERD_OK)
        fprintf(stderr, "orderd_example: %s\n",
                subscriber ? orderd_subscriber_error(subscriber) : "no memory");
    orderd_subscriber_close(&subscriber);
    return result == ORDERD_OK ? 0 : 1;
}
