/* Making connections, one after the other.
 *
 * Everything but the connecting itself happens under one lock. A request is forgotten by taking it
 * off the list; when it is just being made, the connector is interrupted (an eventfd that every
 * wait of connect.c watches) and its owner waits until it has let go. */
#include "store/postgres/connector.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/random.h"
#include "store/parts.h"
#include "store/postgres/connect.h"
#include "store/postgres/database.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { PAUSE_FIRST_MS = 50, PAUSE_LONGEST_MS = 800, COMPLAIN_AGAIN_US = 30000000 };

TAILQ_HEAD(pg_requests, pg_request);

struct pg_connector {
    struct pg_connector_options options;
    pthread_t thread;
    int interrupt; /* readable: give up what is being made */
    pthread_mutex_t lock;
    pthread_cond_t asked, let_go;
    struct pg_requests requests;
    bool stopping;

    _Atomic int64_t down_since_us; /* 0: not down */

    /* The thread's. */
    bool prepared;
    int pause_ms;
    int64_t complained_us;
};

/* ---- what came of an attempt ---- */

static void note_success(struct pg_connector *connector)
{
    if (atomic_load(&connector->down_since_us) != 0)
        log_info("the database is reached again",
                 LOG_INT("after_ms", pg_connector_down_us(connector) / 1000));
    atomic_store(&connector->down_since_us, 0);
    connector->pause_ms = PAUSE_FIRST_MS;
    connector->complained_us = 0;
}

/* An outage is told once and then now and again. */
static void note_failure(struct pg_connector *connector, const struct fault *fault)
{
    int64_t now = clock_monotonic_us(), none = 0;

    (void)atomic_compare_exchange_strong(&connector->down_since_us, &none, now);
    if (connector->complained_us != 0 && now - connector->complained_us < COMPLAIN_AGAIN_US)
        return;
    connector->complained_us = now;
    log_warning("the database cannot be reached", LOG_TEXT("host", fault->where),
                LOG_TEXT("reason", fault->text),
                LOG_INT("since_ms", pg_connector_down_us(connector) / 1000));
}

int64_t pg_connector_down_us(const struct pg_connector *connector)
{
    int64_t since = atomic_load(&connector->down_since_us);

    return since == 0 ? 0 : clock_monotonic_us() - since;
}

/* ---- one attempt ---- */

static enum status prepare_database(struct pg_connector *connector, struct fault *fault)
{
    enum status status = STATUS_OK;

    if (!connector->prepared && connector->options.prepare != NULL)
        status = connector->options.prepare(connector->options.arg, connector->interrupt, fault);
    connector->prepared = status == STATUS_OK;
    return status;
}

static enum status make(struct pg_connector *connector, enum pg_purpose purpose, PGconn **conn,
                        struct fault *fault)
{
    const struct pg_connector_options *options = &connector->options;
    enum status status = prepare_database(connector, fault);

    if (status == STATUS_OK)
        status = pg_connect(options->url, connector->interrupt, options->connect_ms, conn, fault);
    if (status != STATUS_OK)
        return status;
    if (options->check != NULL)
        status = options->check(options->arg, *conn, connector->interrupt, fault);
    if (status == STATUS_OK)
        status = purpose == PG_PURPOSE_LEAD
                     ? pg_lead_prepare(*conn, connector->interrupt, PG_LEASE_MS, fault)
                     : pg_session_prepare(*conn, connector->interrupt, options->deadline_ms, fault);
    if (status != STATUS_OK) {
        PQfinish(*conn);
        *conn = NULL;
    }
    return status;
}

/* Under the lock, and back under it: the request's owner may have forgotten it meanwhile. */
static enum status make_unlocked(struct pg_connector *connector, struct pg_request *request)
{
    enum pg_purpose purpose = request->purpose;
    struct fault fault = {0};
    PGconn *conn = NULL;
    enum status status;

    request->state = PG_REQUEST_MAKING;
    pthread_mutex_unlock(&connector->lock);
    status = make(connector, purpose, &conn, &fault);
    pthread_mutex_lock(&connector->lock);
    if (request->state == PG_REQUEST_MAKING && status == STATUS_OK) {
        TAILQ_REMOVE(&connector->requests, request, waiting);
        request->state = PG_REQUEST_IDLE;
        request->conn = conn;
        mailbox_post(request->mailbox, &request->letter, request->open);
        note_success(connector);
        return STATUS_OK;
    }
    PQfinish(conn);
    if (request->state == PG_REQUEST_FORGOTTEN) {
        TAILQ_REMOVE(&connector->requests, request, waiting);
        request->state = PG_REQUEST_IDLE;
        pthread_cond_broadcast(&connector->let_go);
        return STATUS_OK;
    }
    request->state = PG_REQUEST_WAITING;
    if (!connector->stopping)
        note_failure(connector, &fault);
    return status;
}

/* ---- the thread ---- */

/* Half of the pause is fixed and half by chance. Forgetting and stopping cut it short. */
static void pause_between(struct pg_connector *connector)
{
    struct pollfd poller = {.fd = connector->interrupt, .events = POLLIN};
    int half = connector->pause_ms / 2;
    int milliseconds = half + (int)random_below((uint32_t)half + 1);

    connector->pause_ms =
        connector->pause_ms * 2 > PAUSE_LONGEST_MS ? PAUSE_LONGEST_MS : connector->pause_ms * 2;
    pthread_mutex_unlock(&connector->lock);
    (void)poll(&poller, 1, milliseconds);
    pthread_mutex_lock(&connector->lock);
}

static void take_interrupt(struct pg_connector *connector)
{
    uint64_t count;

    if (read(connector->interrupt, &count, sizeof(count)) < 0 && errno != EAGAIN)
        log_error("an eventfd cannot be read", LOG_INT("errno", errno));
}

static void *run(void *arg)
{
    struct pg_connector *connector = arg;
    struct pg_request *request;

    pthread_setname_np(pthread_self(), "connector");
    pthread_mutex_lock(&connector->lock);
    while (!connector->stopping) {
        request = TAILQ_FIRST(&connector->requests);
        if (request == NULL)
            pthread_cond_wait(&connector->asked, &connector->lock);
        else if (make_unlocked(connector, request) != STATUS_OK)
            pause_between(connector);
        take_interrupt(connector);
    }
    pthread_mutex_unlock(&connector->lock);
    return NULL;
}

/* ---- asking ---- */

void pg_connector_ask(struct pg_connector *connector, struct pg_request *request)
{
    pthread_mutex_lock(&connector->lock);
    if (request->state == PG_REQUEST_IDLE) {
        request->state = PG_REQUEST_WAITING;
        TAILQ_INSERT_TAIL(&connector->requests, request, waiting);
        pthread_cond_signal(&connector->asked);
    }
    pthread_mutex_unlock(&connector->lock);
}

static void interrupt(struct pg_connector *connector)
{
    const uint64_t one = 1;

    if (write(connector->interrupt, &one, sizeof(one)) != sizeof(one))
        log_error("an eventfd cannot be written", LOG_INT("errno", errno));
}

void pg_connector_forget(struct pg_connector *connector, struct pg_request *request)
{
    pthread_mutex_lock(&connector->lock);
    if (request->state == PG_REQUEST_WAITING) {
        TAILQ_REMOVE(&connector->requests, request, waiting);
        request->state = PG_REQUEST_IDLE;
    } else if (request->state == PG_REQUEST_MAKING) {
        request->state = PG_REQUEST_FORGOTTEN;
        interrupt(connector);
        while (request->state != PG_REQUEST_IDLE)
            pthread_cond_wait(&connector->let_go, &connector->lock);
    }
    pthread_mutex_unlock(&connector->lock);
}

/* ---- life ---- */

static void release(struct pg_connector *connector)
{
    pthread_cond_destroy(&connector->let_go);
    pthread_cond_destroy(&connector->asked);
    pthread_mutex_destroy(&connector->lock);
    if (connector->interrupt >= 0)
        close(connector->interrupt);
    free(connector);
}

enum status pg_connector_start(const struct pg_connector_options *options,
                               struct pg_connector **connector, struct fault *fault)
{
    struct pg_connector *made = memory_new(sizeof(*made));
    int error;

    made->options = *options;
    made->prepared = options->prepared;
    made->pause_ms = PAUSE_FIRST_MS;
    if (options->prepare != NULL && !options->prepared)
        made->complained_us = clock_monotonic_us(); /* whoever opened the store has said so */
    TAILQ_INIT(&made->requests);
    pthread_mutex_init(&made->lock, NULL);
    pthread_cond_init(&made->asked, NULL);
    pthread_cond_init(&made->let_go, NULL);
    made->interrupt = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    error = made->interrupt < 0 ? errno : store_thread_start(&made->thread, run, made);
    if (error == 0) {
        *connector = made;
        return STATUS_OK;
    }
    release(made);
    return fault_set(fault, STATUS_UNAVAILABLE, NULL, "starting the connector: %s",
                     strerror(error));
}

void pg_connector_stop(struct pg_connector **connector)
{
    struct pg_connector *stopped = *connector;
    int error;

    if (stopped == NULL)
        return;
    *connector = NULL;
    pthread_mutex_lock(&stopped->lock);
    stopped->stopping = true;
    pthread_cond_signal(&stopped->asked);
    pthread_mutex_unlock(&stopped->lock);
    interrupt(stopped);
    error = pthread_join(stopped->thread, NULL);
    if (error != 0)
        log_error("joining the connector failed", LOG_TEXT("reason", strerror(error)));
    release(stopped);
}
