/* kill -9 among messages that come in, are handled and become dead letters: what was answered
 * holds, and a letter is written exactly when its message waits no more. */
#include "../../contract/sqlite_place.h"
#include "../../contract/suite.h"

#include "base/log.h"

#include <event2/event.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { IN_FLIGHT = 32, ANSWERS = 300 };

/* What the child tells of a message once it is answered. */
enum step { STEP_PUT, STEP_HANDLED, STEP_BURIED, STEPS };

struct told {
    int message;
    enum step step;
};

/* ---- the child: puts messages for ever, and of three leaves one, handles one, buries one ---- */

static struct {
    struct suite suite;
    int pipe, next;
} child;

struct message {
    struct told told;
    char event_id[32];
};

static void begin(void);

static void tell(const struct message *message)
{
    if (write(child.pipe, &message->told, sizeof(message->told)) != sizeof(message->told))
        _exit(1);
}

static void on_done(void *arg, enum status status, const struct fault *fault)
{
    struct message *message = arg;

    (void)fault;
    if (status != STATUS_OK)
        _exit(1);
    tell(message);
    free(message);
    begin();
}

static void on_put(void *arg, enum status status, const struct fault *fault)
{
    struct message *message = arg;
    const struct dead_letter letter = {.source = "inbound",
                                       .topic = "t",
                                       .event_id = message->event_id,
                                       .reason = "why",
                                       .was_inbound = true};

    (void)fault;
    if (status != STATUS_OK)
        _exit(1);
    tell(message);
    message->told.step = (enum step)(message->told.message % STEPS);
    if (message->told.step == STEP_HANDLED)
        repository_inbound_handled(child.suite.repository, message->event_id, on_done, message);
    else if (message->told.step == STEP_BURIED)
        repository_dead_letter_add(child.suite.repository, &letter, on_done, message);
    else
        on_done(message, STATUS_OK, NULL);
}

static void begin(void)
{
    struct message *message = calloc(1, sizeof(*message));
    struct inbound inbound = {.topic = "t", .payload = "{}", .payload_length = 2};

    if (message == NULL)
        _exit(1);
    message->told.message = child.next++;
    snprintf(message->event_id, sizeof(message->event_id), "event-%d", message->told.message);
    inbound.event_id = message->event_id;
    repository_inbound_put(child.suite.repository, &inbound, on_put, message);
}

static _Noreturn void run_child(void *place, int pipe)
{
    child.suite.place = place;
    child.suite.base = event_base_new();
    child.pipe = pipe;
    suite_open(&child.suite, (struct store_options){0});
    for (int i = 0; i < IN_FLIGHT; i++)
        begin();
    event_base_dispatch(child.suite.base);
    _exit(1);
}

/* ---- the parent ---- */

static int64_t number(const struct suite *suite, const char *sql)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    int64_t found;

    assert_int_equal(sqlite3_open(((const struct sqlite_place *)suite->place)->path, &db),
                     SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    found = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    return found;
}

static void check_told(const struct suite *suite, const struct told *told)
{
    static const char *const conditions[STEPS] = {
        [STEP_PUT] = "1",
        [STEP_HANDLED] = "handled_at IS NOT NULL",
        [STEP_BURIED] = "handled_at IS NOT NULL AND EXISTS (SELECT 1 FROM dead_letters AS d"
                        " WHERE d.event_id = inbound.event_id)",
    };
    char sql[256];

    snprintf(sql, sizeof(sql), "SELECT count(*) FROM inbound WHERE event_id = 'event-%d' AND %s",
             told->message, conditions[told->step]);
    assert_int_equal(number(suite, sql), 1);
}

/* Of those that were not answered, too. */
static void check_all(const struct suite *suite)
{
    assert_int_equal(number(suite, "SELECT count(*) FROM dead_letters AS d WHERE NOT EXISTS (SELECT"
                                   " 1 FROM inbound AS i WHERE i.event_id = d.event_id"
                                   " AND i.handled_at IS NOT NULL)"),
                     0);
    assert_int_equal(number(suite, "SELECT count(*) FROM inbound AS i WHERE handled_at IS NOT NULL"
                                   " AND substr(event_id, 7) % 3 = 2 AND NOT EXISTS (SELECT 1 FROM"
                                   " dead_letters AS d WHERE d.event_id = i.event_id)"),
                     0);
    assert_int_equal(number(suite, "SELECT count(*) - count(DISTINCT event_id) FROM dead_letters"),
                     0);
}

static size_t read_told(int pipe, struct told *told, size_t limit)
{
    size_t count = 0;

    /* Of a pipe what was written at once comes at once. */
    while (count < limit && read(pipe, &told[count], sizeof(*told)) == sizeof(*told))
        count++;
    return count;
}

static void what_was_answered_holds_after_kill_9(void **state)
{
    static struct told told[ANSWERS + 1000];
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
    count = read_told(ends[0], told, ANSWERS);
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, &result, 0), pid);
    assert_true(WIFSIGNALED(result) && WTERMSIG(result) == SIGKILL);
    count += read_told(ends[0], told + count, 1000);
    close(ends[0]);
    assert_true(count >= ANSWERS);
    suite_open(suite, (struct store_options){0});
    for (size_t i = 0; i < count; i++)
        check_told(suite, &told[i]);
    check_all(suite);
    assert_int_equal(suite_put(suite, &(struct inbound){.event_id = "event-0", .topic = "t"}),
                     STATUS_DUPLICATE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUITE_TEST(what_was_answered_holds_after_kill_9),
        SUITE_TEST(what_was_answered_holds_after_kill_9),
        SUITE_TEST(what_was_answered_holds_after_kill_9),
    };

    suite_factory = &sqlite_factory;
    log_configure(LOG_ERROR, LOG_AUTO);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
