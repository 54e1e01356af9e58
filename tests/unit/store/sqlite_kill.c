/* kill -9 in the middle of saves: what was answered is there, once, with its event. */
#include "../../contract/sqlite_place.h"
#include "../../contract/suite.h"

#include "base/log.h"

#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { IN_FLIGHT = 32, ANSWERS = 300 };

/* ---- the child: saves for ever, and tells each answered id through a pipe ---- */

static struct {
    struct suite suite;
    int pipe;
} child;

static void save_one(void);

static void on_saved(void *arg, enum status status, const struct fault *fault)
{
    struct uuid *id = arg;

    (void)fault;
    if (status != STATUS_OK || write(child.pipe, id, sizeof(*id)) != (ssize_t)sizeof(*id))
        _exit(1);
    free(id);
    save_one();
}

static void save_one(void)
{
    struct order *order = suite_order(suite_user(1), SUITE_NOW_MS, 100);
    struct uuid *id = malloc(sizeof(*id));

    if (id == NULL)
        _exit(1);
    *id = suite_id(order);
    repository_save(child.suite.repository, &(struct save){.order = order}, on_saved, id);
    order_free(&order);
}

static _Noreturn void run_child(void *place, int pipe)
{
    child.suite.place = place;
    child.suite.base = event_base_new();
    child.pipe = pipe;
    suite_open(&child.suite, (struct store_options){0});
    for (int i = 0; i < IN_FLIGHT; i++)
        save_one();
    event_base_dispatch(child.suite.base);
    _exit(1);
}

/* ---- the parent ---- */

static size_t read_ids(int pipe, struct uuid *ids, size_t limit)
{
    size_t bytes = 0;
    ssize_t got;

    while (bytes < limit * sizeof(*ids) &&
           (got = read(pipe, (char *)ids + bytes, limit * sizeof(*ids) - bytes)) > 0)
        bytes += (size_t)got;
    return bytes / sizeof(*ids);
}

static size_t events_of(const struct event_list *list, struct uuid id)
{
    size_t count = 0;

    for (size_t i = 0; i < list->count; i++)
        count += uuid_equal(&list->events[i].order_id, &id);
    return count;
}

/* Every answered order has its one event, and every event has its order, answered or not. */
static void check(struct suite *suite, const struct uuid *ids, size_t count)
{
    const struct event_list *list = suite_events(suite, "", 2000);

    assert_true(list->count >= count && list->count < 2000);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(events_of(list, ids[i]), 1);
    for (size_t i = 0; i < list->count; i++) {
        struct order *order = suite_get(suite, list->events[i].order_id);
        assert_non_null(order);
        order_free(&order);
    }
}

static void what_was_answered_survives_kill_9(void **state)
{
    static struct uuid ids[ANSWERS + 1000];
    struct suite *suite = *state;
    int ends[2], result;
    size_t count;
    pid_t pid;

    suite_close(suite);
    assert_int_equal(pipe(ends), 0);
    fflush(NULL);
    pid = fork();
    if (pid == 0) {
        close(ends[0]);
        run_child(suite->place, ends[1]);
    }
    close(ends[1]);
    count = read_ids(ends[0], ids, ANSWERS);
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, &result, 0), pid);
    assert_true(WIFSIGNALED(result) && WTERMSIG(result) == SIGKILL);
    count += read_ids(ends[0], ids + count, 1000); /* what it had told before it died */
    close(ends[0]);
    assert_true(count >= ANSWERS);
    suite_open(suite, (struct store_options){0});
    check(suite, ids, count);
    (void)suite_add(suite, suite_user(1), SUITE_NOW_MS, 1); /* and it goes on */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUITE_TEST(what_was_answered_survives_kill_9),
        SUITE_TEST(what_was_answered_survives_kill_9),
        SUITE_TEST(what_was_answered_survives_kill_9),
    };

    suite_factory = &sqlite_factory;
    log_configure(LOG_ERROR, LOG_AUTO);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
