/* orderctl seed: fills a database with orders of the past. */
#include "store/seed.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "orderctl/command.h"
#include "orderctl/progress.h"
#include "orderctl/seed_orders.h"

#include <signal.h>
#include <stdlib.h>

enum { BATCH = 5000, DAYS_LIMIT = 36500 };
#define ORDERS_LIMIT INT64_C(1000000000)
#define DAY_MS INT64_C(86400000)

static const struct command_option orders = {
    .name = "orders", .value = "N", .help = "How many are added. Default: 100000."};
static const struct command_option users = {
    .name = "users",
    .value = "N",
    .help = "From a pool of how many users they come; some of them order often, most of them "
            "seldom. Default: 1000."};
static const struct command_option days = {
    .name = "days",
    .value = "N",
    .help = "Over how many days, up to now, they were placed. Default: 90."};

/* ---- being interrupted ---- */

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
    (void)number;
    interrupted = 1;
}

/* The second Ctrl-C ends the program at once, should the database not answer. */
static void watch_signals(struct sigaction before[2])
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};

    interrupted = 0;
    sigaction(SIGINT, &action, &before[0]);
    sigaction(SIGTERM, &action, &before[1]);
}

static void leave_signals(const struct sigaction before[2])
{
    sigaction(SIGINT, &before[0], NULL);
    sigaction(SIGTERM, &before[1], NULL);
}

/* ---- adding ---- */

struct batch {
    struct seed_order orders[BATCH];
    struct order_record records[BATCH];
};

static enum status add_batch(struct seed *seed, const struct seed_plan *plan, int64_t first,
                             struct batch *batch, size_t count, struct fault *fault)
{
    for (size_t i = 0; i < count; i++) {
        seed_order_make(plan, first + (int64_t)i, &batch->orders[i]);
        batch->records[i] = batch->orders[i].record;
    }
    return seed_write(seed, batch->records, count, fault);
}

/* *added tells how far it came, whatever ended it. */
static enum status add_all(const struct invocation *in, struct seed *seed,
                           const struct seed_plan *plan, int64_t *added, struct fault *fault)
{
    struct progress progress = progress_begin(in->err, "orders", plan->orders);
    struct batch *batch = memory_new(sizeof(*batch));
    enum status status = STATUS_OK;

    while (*added < plan->orders && !interrupted) {
        int64_t left = plan->orders - *added;
        size_t count = left < BATCH ? (size_t)left : BATCH;
        status = add_batch(seed, plan, *added, batch, count, fault);
        if (status != STATUS_OK)
            break;
        *added += (int64_t)count;
        progress_tell(&progress, *added);
    }
    progress_end(&progress);
    free(batch);
    return status;
}

static void tell_pool(const struct invocation *in, const struct seed_plan *plan)
{
    char first[UUID_TEXT_SIZE], last[UUID_TEXT_SIZE];
    struct uuid one = seed_user(1), other = seed_user(plan->users);

    uuid_format(&one, first);
    uuid_format(&other, last);
    fprintf(in->out, "users: %s to %s\n", first, last);
}

static int tell_end(const struct invocation *in, const struct seed_plan *plan, enum status status,
                    int64_t added, const struct fault *fault)
{
    if (status != STATUS_OK)
        (void)invocation_fail_database(in, fault);
    else if (added < plan->orders)
        fprintf(in->err, "orderctl seed: interrupted\n");
    fprintf(in->out, "added: %lld orders\n", (long long)added);
    if (added > 0)
        tell_pool(in, plan);
    return added < plan->orders ? ORDERCTL_FAILED : ORDERCTL_DONE;
}

static int seed_database(const struct invocation *in, const char *url, const struct seed_plan *plan)
{
    struct sigaction before[2];
    struct seed *seed = NULL;
    struct fault fault = {0};
    int64_t added = 0;
    enum status status = seed_open(url, &seed, &fault);

    if (status != STATUS_OK)
        return invocation_fail_database(in, &fault);
    watch_signals(before);
    status = add_all(in, seed, plan, &added, &fault);
    leave_signals(before);
    seed_close(&seed);
    return tell_end(in, plan, status, added, &fault);
}

/* ---- the command ---- */

static int run(const struct invocation *in)
{
    struct seed_plan plan = {.orders = 100000, .users = 1000};
    int64_t past = 90;
    const char *url;
    int code = invocation_number(in, &orders, 1, ORDERS_LIMIT, &plan.orders);

    if (code == ORDERCTL_DONE)
        code = invocation_number(in, &users, 1, ORDERS_LIMIT, &plan.users);
    if (code == ORDERCTL_DONE)
        code = invocation_number(in, &days, 1, DAYS_LIMIT, &past);
    if (code != ORDERCTL_DONE)
        return code;
    url = invocation_database_url(in);
    if (!url)
        return ORDERCTL_USAGE;
    log_configure(LOG_ERROR, LOG_AUTO); /* what happens is told as the command's end */
    plan.until_ms = clock_wall_ms();
    plan.from_ms = plan.until_ms - past * DAY_MS;
    return seed_database(in, url, &plan);
}

const struct command command_seed = {
    .name = "seed",
    .summary = "fill a database with orders of the past",
    .description =
        "Adds invented orders, for trying out how the service does with many: of the demo "
        "catalogue's products, mostly COMPLETED or CANCELLED, the latest of them CONFIRMED. They "
        "have no events, as if retention had removed those, so no subscriber and no hook hears of "
        "them. There is no command that takes them away again.\n\nThe first users of the pool "
        "order "
        "most. With the defaults, from some 150000 orders on, the first one has so many open "
        "orders "
        "that the policy open_orders refuses another.\n\nThe orders that are there stay. "
        "The schema must be up to date (orderctl migrate, or a start of orderd). On PostgreSQL "
        "orderd may be running; a SQLite file that it has open is refused.\n\nOrders are added in "
        "batches, each in a transaction, the oldest orders first. Ctrl-C ends it after the batch "
        "that is under way, and what was added is told; a second one ends it at once.",
    .options = {&option_url, &orders, &users, &days},
    .run = run,
};
