/* The contract of several repositories in several threads. cmocka's asserts belong to the main
 * thread, so the others count what went wrong. */
#include "suite.h"

#include <event2/event.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS = 3, EACH = 150, IN_FLIGHT = 16 };

struct saver {
    pthread_t thread;
    struct store *store;
    uint8_t number;
    struct event_base *base;
    struct repository *repository;
    int begun, answered, found, wrong;
    struct uuid saved[EACH];
};

static void save_next(struct saver *saver);

static void on_found(void *arg, enum status status, struct order *order, const struct fault *fault)
{
    struct saver *saver = arg;

    (void)fault;
    saver->wrong += status != STATUS_OK;
    order_free(&order);
    if (++saver->found == EACH)
        event_base_loopbreak(saver->base);
}

/* Reads back what it has just been told is saved. */
static void on_saved(void *arg, enum status status, const struct fault *fault)
{
    struct saver *saver = arg;

    (void)fault;
    saver->wrong += status != STATUS_OK;
    repository_get(saver->repository, &saver->saved[saver->answered++], READ_DECIDING, on_found,
                   saver);
    if (saver->begun < EACH)
        save_next(saver);
}

static void save_next(struct saver *saver)
{
    struct order *order =
        suite_order(suite_user(saver->number), SUITE_NOW_MS + saver->begun, saver->begun);

    saver->saved[saver->begun++] = suite_id(order);
    repository_save(saver->repository, &(struct save){.order = order}, on_saved, saver);
    order_free(&order);
}

static void *run_saver(void *arg)
{
    struct saver *saver = arg;

    saver->base = event_base_new();
    if (repository_open(saver->store, saver->base, &saver->repository, NULL) != STATUS_OK) {
        saver->wrong++;
    } else {
        for (int i = 0; i < IN_FLIGHT; i++)
            save_next(saver);
        event_base_dispatch(saver->base);
        repository_close(&saver->repository);
    }
    event_base_free(saver->base);
    return NULL;
}

/* Every event's previous position is that of the last event read on its topic. */
static void assert_chain(const struct event_list *list)
{
    const char *last = "";

    for (size_t i = 0; i < list->count; i++) {
        assert_string_equal(list->events[i].topic, "order.created");
        assert_string_equal(list->events[i].previous.text, last);
        assert_true(strcmp(last, list->events[i].position.text) < 0);
        last = list->events[i].position.text;
    }
}

static void threads_save_and_read_side_by_side(void **state)
{
    struct suite *suite = *state;
    struct saver savers[THREADS];
    const struct event_list *list;

    memset(savers, 0, sizeof(savers));
    for (int i = 0; i < THREADS; i++) {
        savers[i].store = suite->store;
        savers[i].number = (uint8_t)i;
        assert_int_equal(pthread_create(&savers[i].thread, NULL, run_saver, &savers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(savers[i].thread, NULL), 0);
        assert_int_equal(savers[i].wrong, 0);
        assert_int_equal(savers[i].answered, EACH);
        assert_int_equal(savers[i].found, EACH);
    }
    list = suite_events(suite, "", 2000);
    assert_int_equal(list->count, THREADS * EACH);
    assert_chain(list);
}

/* ---- one order, many hands ---- */

struct rival {
    pthread_t thread;
    struct store *store;
    struct uuid order_id;
    enum order_status to;
    struct answer answer;
    bool found;
    pthread_barrier_t *start;
};

static void *run_rival(void *arg)
{
    struct rival *rival = arg;
    struct suite suite = {.base = event_base_new()};
    struct order *order;

    if (repository_open(rival->store, suite.base, &suite.repository, NULL) != STATUS_OK)
        abort();
    order = suite_get(&suite, rival->order_id);
    rival->found = order != NULL;
    suite_change(order, rival->to, NULL, SUITE_NOW_MS + 1);
    pthread_barrier_wait(rival->start);
    repository_save(suite.repository, &(struct save){.order = order}, suite_answer, &rival->answer);
    suite_wait(suite.base, &rival->answer.times);
    order_free(&order);
    repository_close(&suite.repository);
    event_base_free(suite.base);
    return NULL;
}

static void of_rival_changes_exactly_one_wins(void **state)
{
    struct suite *suite = *state;
    struct uuid id = suite_add(suite, suite_user(1), SUITE_NOW_MS, 1);
    struct rival rivals[THREADS];
    pthread_barrier_t start;
    struct order *order;
    int won = 0;

    memset(rivals, 0, sizeof(rivals));
    pthread_barrier_init(&start, NULL, THREADS);
    for (int i = 0; i < THREADS; i++) {
        rivals[i].store = suite->store;
        rivals[i].order_id = id;
        rivals[i].to = i % 2 == 0 ? ORDER_CONFIRMED : ORDER_CANCELLED;
        rivals[i].start = &start;
        assert_int_equal(pthread_create(&rivals[i].thread, NULL, run_rival, &rivals[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(rivals[i].thread, NULL), 0);
        assert_true(rivals[i].answer.status == STATUS_OK ||
                    rivals[i].answer.status == STATUS_CONFLICT);
        won += rivals[i].answer.status == STATUS_OK;
    }
    assert_int_equal(won, 1);
    order = suite_get(suite, id);
    assert_int_equal(order_record(order).version, 2);
    order_free(&order);
    pthread_barrier_destroy(&start);
}

/* ---- repositories that come and go ---- */

static void *open_and_close(void *arg)
{
    struct event_base *base = event_base_new();
    struct repository *repository = NULL;
    struct answer *answers = calloc(EACH, sizeof(*answers));

    for (int i = 0; i < EACH / 10; i++) {
        if (repository_open(arg, base, &repository, NULL) != STATUS_OK)
            abort();
        repository_watch(repository, (void (*)(void *))abort, NULL);
        repository_watch(repository, NULL, NULL);
        repository_ping(repository, suite_answer, &answers[i]);
        (void)event_base_loop(base, EVLOOP_NONBLOCK);
        repository_close(&repository);
        if (answers[i].times != 1)
            abort();
    }
    free(answers);
    event_base_free(base);
    return NULL;
}

static void a_repository_can_close_while_others_save(void **state)
{
    struct suite *suite = *state;
    struct saver saver = {.store = suite->store};
    pthread_t visitor;

    assert_int_equal(pthread_create(&saver.thread, NULL, run_saver, &saver), 0);
    assert_int_equal(pthread_create(&visitor, NULL, open_and_close, suite->store), 0);
    assert_int_equal(pthread_join(visitor, NULL), 0);
    assert_int_equal(pthread_join(saver.thread, NULL), 0);
    assert_int_equal(saver.wrong, 0);
    assert_int_equal(saver.answered, EACH);
}

int suite_run_threads(void)
{
    const struct CMUnitTest tests[] = {
        SUITE_TEST(threads_save_and_read_side_by_side),
        SUITE_TEST(of_rival_changes_exactly_one_wins),
        SUITE_TEST(a_repository_can_close_while_others_save),
    };

    return cmocka_run_group_tests_name("threads", tests, NULL, NULL);
}
