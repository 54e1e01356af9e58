/* repository_saves SECONDS DIRECTORY [IN_FLIGHT]: how many orders a second the store saves for one
 * thread that keeps IN_FLIGHT (32) saves under way. Each is a real order of two items, made by the
 * domain. */
#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "store/repository.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { IN_FLIGHT = 32, USERS = 1000 };

static struct {
    struct event_base *base;
    struct repository *repository;
    int64_t saved, end_us;
    long in_flight;
} bench;

static _Noreturn void fail(const char *why)
{
    fprintf(stderr, "repository_saves: %s\n", why);
    exit(1);
}

static void save_next(void);

static void on_saved(void *arg, enum status status, const struct fault *fault)
{
    (void)arg;
    if (status != STATUS_OK)
        fail(fault->text);
    bench.saved++;
    if (clock_monotonic_us() < bench.end_us)
        save_next();
    else if (--bench.in_flight == 0)
        event_base_loopbreak(bench.base);
}

static void save_next(void)
{
    int64_t now = clock_wall_ms();
    struct order_item items[2] = {
        {.product_id = {{1, 0x90, 0xa0, 15, 1}}, .quantity = 2, .price = 1099},
        {.product_id = {{1, 0x90, 0xa0, 15, 2}}, .quantity = 1, .price = 599}};
    uint32_t user = random_below(USERS);
    struct order_draft draft = {
        .order_id = uuid_v7(now),
        .user_id = {{1, 0x90, 0xb0, [14] = (uint8_t)(user >> 8), [15] = (uint8_t)user}},
        .currency = currency_find("USD", 3),
        .items = items,
        .item_count = 2};
    struct order *order = NULL;
    struct fault fault;

    if (order_create(&draft, now, &order, &fault) != STATUS_OK)
        fail(fault.text);
    repository_save(
        bench.repository,
        &(struct save){.order = order,
                       .traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"},
        on_saved, NULL);
    order_free(&order);
}

static void run(const char *directory, double seconds, long in_flight)
{
    char url[4096];
    struct store_options options = {.url = url};
    struct store *store = NULL;
    struct fault fault;
    int64_t start;

    snprintf(url, sizeof(url), "sqlite:%s/saves.db", directory);
    log_configure(LOG_WARNING, LOG_AUTO);
    bench.base = event_base_new();
    if (store_open(&options, &store, &fault) != STATUS_OK ||
        repository_open(store, bench.base, &bench.repository, &fault) != STATUS_OK)
        fail(fault.text);
    start = clock_monotonic_us();
    bench.end_us = start + (int64_t)(seconds * 1e6);
    for (bench.in_flight = 0; bench.in_flight < in_flight; bench.in_flight++)
        save_next();
    event_base_dispatch(bench.base);
    printf("%.0f orders/s by repository_save, %ld in flight\n",
           (double)bench.saved * 1e6 / (double)(clock_monotonic_us() - start), in_flight);
    repository_close(&bench.repository);
    store_close(&store);
    event_base_free(bench.base);
}

int main(int count, char **arguments)
{
    double seconds = count < 3 ? 0 : strtod(arguments[1], NULL);
    long in_flight = count > 3 ? strtol(arguments[3], NULL, 10) : IN_FLIGHT;

    if (seconds <= 0 || in_flight < 1) {
        fprintf(stderr, "usage: repository_saves SECONDS DIRECTORY [IN_FLIGHT]\n");
        return 2;
    }
    run(arguments[2], seconds, in_flight);
    return 0;
}
