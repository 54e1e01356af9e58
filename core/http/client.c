/* The HTTP client's life: curl's sockets and timer in a libevent loop, and the exchanges on them.
 *
 * Curl says which sockets to watch and when to call it again; we call curl_multi_socket_action when
 * something happened and then tell everybody whose transfer is done. `answered` runs only there,
 * outside of curl, so it may make and cancel calls. A call that cannot even start is told by a
 * timer of no time, never from http_client_call.
 *
 * Watches and exchanges (with their curl handle and buffers) go to spare lists and are used again.
 * That spares the hot path the allocations, and an event that arrives late in a turn of the loop
 * finds memory that is still a watch. Of exchanges a surplus is freed, when all have been told. */
#include "http/client_private.h"

#include "base/log.h"
#include "base/memory.h"

#include <assert.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum {
    SPARE_EXCHANGES = 64,
    KEPT_BYTES = 64 * 1024, /* a spare exchange keeps buffers up to this */
    KEPT_CONNECTIONS = 64,
    HOST_CONNECTIONS = 64, /* calls beyond it wait for one, within their time-out */
};

/* One socket of curl's, or a spare. */
struct watch {
    SLIST_ENTRY(watch) links; /* in spare_watches */
    struct http_client *client;
    struct event event;
};

struct http_client {
    struct event_base *base;
    CURLM *multi;
    struct event *timer;    /* curl's */
    struct event *failures; /* there are failed exchanges to tell */
    struct exchange_list running, failed, spare;
    size_t spare_count;
    SLIST_HEAD(, watch) spare_watches;
    bool telling; /* an `answered` runs */
    bool closing;
};

static void time_is_over(evutil_socket_t fd, short what, void *arg);

static struct timeval in_milliseconds(long ms)
{
    return (struct timeval){.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};
}

/* ---- exchanges ---- */

static struct http_exchange *take_exchange(struct http_client *client)
{
    struct http_exchange *exchange = TAILQ_FIRST(&client->spare);
    if (exchange) {
        TAILQ_REMOVE(&client->spare, exchange, links);
        client->spare_count--;
        return exchange;
    }
    exchange = memory_new(sizeof(*exchange));
    exchange->client = client;
    evtimer_assign(&exchange->deadline, client->base, time_is_over, exchange);
    exchange->easy = curl_easy_init();
    if (!exchange->easy)
        abort(); /* no memory, as in memory_new */
    return exchange;
}

static void free_exchange(struct http_exchange *exchange)
{
    curl_easy_cleanup(exchange->easy);
    buffer_release(&exchange->head);
    buffer_release(&exchange->fields);
    buffer_release(&exchange->content);
    free(exchange);
}

static void empty(struct buffer *buffer)
{
    if (buffer->capacity > KEPT_BYTES)
        buffer_release(buffer);
    else
        buffer_clear(buffer);
}

/* Makes it spare, as clean as a new one; it is on no list. */
static void give_back(struct http_exchange *exchange)
{
    struct http_client *client = exchange->client;
    curl_easy_reset(exchange->easy);
    curl_slist_free_all(exchange->request_headers);
    exchange->request_headers = NULL;
    free(exchange->body);
    exchange->body = NULL;
    exchange->begun = exchange->too_long = exchange->head_complete = false;
    exchange->error[0] = '\0';
    empty(&exchange->head);
    empty(&exchange->fields);
    empty(&exchange->content);
    TAILQ_INSERT_HEAD(&client->spare, exchange, links);
    client->spare_count++;
}

static void free_spare(struct http_client *client, size_t kept)
{
    while (client->spare_count > kept) {
        struct http_exchange *exchange = TAILQ_FIRST(&client->spare);
        TAILQ_REMOVE(&client->spare, exchange, links);
        client->spare_count--;
        free_exchange(exchange);
    }
}

static void detach(struct http_exchange *exchange)
{
    struct http_client *client = exchange->client;
    if (exchange->state == EXCHANGE_RUNNING) {
        evtimer_del(&exchange->deadline);
        curl_multi_remove_handle(client->multi, exchange->easy);
        TAILQ_REMOVE(&client->running, exchange, links);
    } else {
        TAILQ_REMOVE(&client->failed, exchange, links);
    }
    exchange->state = EXCHANGE_TOLD;
}

/* ---- telling ---- */

static void finish(struct http_exchange *exchange, CURLcode code)
{
    exchange->client->telling = true;
    detach(exchange);
    exchange_tell(exchange, code);
    exchange->client->telling = false;
    give_back(exchange);
}

/* Curl's own time-out would not count while a call waits for a connection. */
static void time_is_over(evutil_socket_t fd, short what, void *arg)
{
    (void)fd, (void)what;
    finish(arg, CURLE_OPERATION_TIMEDOUT);
}

static void finish_failed(struct http_exchange *exchange)
{
    exchange->client->telling = true;
    detach(exchange);
    exchange->answered(exchange->arg, exchange->fault.status, NULL, &exchange->fault);
    exchange->client->telling = false;
    give_back(exchange);
}

static void tell_failed_soon(struct http_client *client)
{
    evtimer_add(client->failures, &(struct timeval){0});
}

static void tell_finished(struct http_client *client)
{
    CURLMsg *message;
    int left;
    while ((message = curl_multi_info_read(client->multi, &left))) {
        struct http_exchange *exchange = NULL;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&exchange);
        if (message->msg == CURLMSG_DONE)
            finish(exchange, message->data.result);
    }
}

/* One in a turn of the loop: a caller who tries again and again must not keep others waiting. */
static void tell_failed(evutil_socket_t fd, short what, void *arg)
{
    struct http_client *client = arg;
    struct http_exchange *exchange = TAILQ_FIRST(&client->failed);
    (void)fd, (void)what;
    if (exchange)
        finish_failed(exchange);
    if (!TAILQ_EMPTY(&client->failed))
        tell_failed_soon(client);
}

/* ---- curl in the loop ---- */

static void drive(struct http_client *client, curl_socket_t fd, int happened)
{
    int running;
    CURLMcode code = curl_multi_socket_action(client->multi, fd, happened, &running);
    if (code != CURLM_OK)
        log_error("curl failed", LOG_TEXT("reason", curl_multi_strerror(code)));
    tell_finished(client);
    free_spare(client, SPARE_EXCHANGES);
}

static void socket_ready(evutil_socket_t fd, short what, void *arg)
{
    const struct watch *watch = arg;
    int happened =
        (what & EV_READ ? CURL_CSELECT_IN : 0) | (what & EV_WRITE ? CURL_CSELECT_OUT : 0);
    drive(watch->client, fd, happened);
}

static void time_passed(evutil_socket_t fd, short what, void *arg)
{
    (void)fd, (void)what;
    drive(arg, CURL_SOCKET_TIMEOUT, 0);
}

static struct watch *take_watch(struct http_client *client)
{
    struct watch *watch = SLIST_FIRST(&client->spare_watches);
    if (watch) {
        SLIST_REMOVE_HEAD(&client->spare_watches, links);
        return watch;
    }
    watch = memory_new(sizeof(*watch));
    watch->client = client;
    return watch;
}

static void stop_watching(struct http_client *client, curl_socket_t fd, struct watch *watch)
{
    curl_multi_assign(client->multi, fd, NULL);
    event_del(&watch->event);
    SLIST_INSERT_HEAD(&client->spare_watches, watch, links);
}

/* CURLMOPT_SOCKETFUNCTION. */
static int socket_wanted(CURL *easy, curl_socket_t fd, int wanted, void *arg, void *socket_arg)
{
    struct http_client *client = arg;
    struct watch *watch = socket_arg;
    (void)easy;
    if (wanted == CURL_POLL_REMOVE) {
        if (watch)
            stop_watching(client, fd, watch);
        return 0;
    }
    if (watch)
        event_del(&watch->event);
    else
        watch = take_watch(client);
    curl_multi_assign(client->multi, fd, watch);
    short events = (short)(EV_PERSIST | (wanted & CURL_POLL_IN ? EV_READ : 0) |
                           (wanted & CURL_POLL_OUT ? EV_WRITE : 0));
    event_assign(&watch->event, client->base, fd, events, socket_ready, watch);
    return event_add(&watch->event, NULL);
}

/* CURLMOPT_TIMERFUNCTION. */
static int timer_wanted(CURLM *multi, long after_ms, void *arg)
{
    struct http_client *client = arg;
    struct timeval after = in_milliseconds(after_ms);
    (void)multi;
    return after_ms < 0 ? evtimer_del(client->timer) : evtimer_add(client->timer, &after);
}

/* ---- calls ---- */

static enum status start(struct http_exchange *exchange, const struct http_call *call)
{
    struct http_client *client = exchange->client;
    enum status status = exchange_prepare(exchange, call, &exchange->fault);
    if (status != STATUS_OK)
        return status;
    CURLMcode code = curl_multi_add_handle(client->multi, exchange->easy);
    if (code != CURLM_OK)
        return fault_set(&exchange->fault, STATUS_INTERNAL, NULL, "%s", curl_multi_strerror(code));
    return STATUS_OK;
}

struct http_exchange *http_client_call(struct http_client *client, const struct http_call *call,
                                       http_answered *answered, void *arg)
{
    if (client->closing)
        return NULL;
    struct http_exchange *exchange = take_exchange(client);
    exchange->answered = answered;
    exchange->arg = arg;
    if (start(exchange, call) == STATUS_OK) {
        struct timeval in = in_milliseconds(exchange->timeout_ms);
        exchange->state = EXCHANGE_RUNNING;
        TAILQ_INSERT_TAIL(&client->running, exchange, links);
        evtimer_add(&exchange->deadline, &in);
    } else {
        exchange->state = EXCHANGE_FAILED;
        TAILQ_INSERT_TAIL(&client->failed, exchange, links);
        tell_failed_soon(client);
    }
    return exchange;
}

void http_exchange_cancel(struct http_exchange *exchange)
{
    if (!exchange || exchange->state == EXCHANGE_TOLD)
        return;
    detach(exchange);
    give_back(exchange);
}

/* ---- the client ---- */

static void init_curl(void)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        abort(); /* no memory, or a broken library: nothing to go on with */
}

/* Curl writes through OpenSSL with write(2), which cannot ask for less than the signal. */
static void ignore_sigpipe(void)
{
    struct sigaction now;
    if (sigaction(SIGPIPE, NULL, &now) == 0 && !(now.sa_flags & SA_SIGINFO) &&
        now.sa_handler == SIG_DFL)
        signal(SIGPIPE, SIG_IGN);
}

static void init_once(void)
{
    init_curl();
    ignore_sigpipe();
}

static void set_multi(struct http_client *client)
{
    CURLM *multi = client->multi;
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, socket_wanted);
    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, client);
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, timer_wanted);
    curl_multi_setopt(multi, CURLMOPT_TIMERDATA, client);
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)KEPT_CONNECTIONS);
    curl_multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)HOST_CONNECTIONS);
}

struct http_client *http_client_new(struct event_base *base)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, init_once);
    struct http_client *client = memory_new(sizeof(*client));
    client->base = base;
    TAILQ_INIT(&client->running);
    TAILQ_INIT(&client->failed);
    TAILQ_INIT(&client->spare);
    SLIST_INIT(&client->spare_watches);
    client->timer = evtimer_new(base, time_passed, client);
    client->failures = evtimer_new(base, tell_failed, client);
    client->multi = curl_multi_init();
    if (!client->timer || !client->failures || !client->multi)
        abort(); /* no memory, as in memory_new */
    set_multi(client);
    return client;
}

static void end_calls(struct http_client *client)
{
    struct http_exchange *exchange;
    while ((exchange = TAILQ_FIRST(&client->running)))
        finish(exchange, CURLE_ABORTED_BY_CALLBACK);
    while ((exchange = TAILQ_FIRST(&client->failed)))
        finish_failed(exchange);
}

void http_client_free(struct http_client **client)
{
    struct http_client *freed = *client;
    struct watch *watch;
    *client = NULL;
    if (!freed)
        return;
    assert(!freed->telling);
    freed->closing = true;
    end_calls(freed);
    free_spare(freed, 0);
    curl_multi_cleanup(freed->multi); /* closes connections, gives watches back */
    while ((watch = SLIST_FIRST(&freed->spare_watches))) {
        SLIST_REMOVE_HEAD(&freed->spare_watches, links);
        free(watch);
    }
    event_free(freed->failures);
    event_free(freed->timer);
    free(freed);
}
