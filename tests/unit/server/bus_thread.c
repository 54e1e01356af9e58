/* The bus thread of a process that leads, and of one that does not: its store is real, but who
 * leads is in the test's hand, and the thread's loop turns here. */
#include "server/bus_thread.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "bindings/modules.h"
#include "host/bundle.h"
#include "host/task.h"
#include "server/directory.h"
#include "store/repository_ops.h"

#include <event2/event.h>
#include <lauxlib.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static const char epoch[] = "an-epoch";

struct site {
    char directory[256], scripts[300], hooks[320], script[340], conf[300];
    struct config config;
    struct store *store;
    struct bundle *bundle;
    struct mailbox *home;
    struct bus_thread bus_thread;
    struct repository_ops operations; /* the repository's own, but for the lead */
    void (*changed)(void *arg, const char *epoch);
    void *changed_arg;
    bool given_away, with_open_sockets; /* the candidacy was ended, and when */
    struct position hooks_then, relay_then;
    int generation;
    char said[4096]; /* by scripts */
    const char *awaited;
    struct wait *waiting; /* the hook that waits for the test */
    bool answered;
    struct position position;
};

static struct site site;

/* ---- what scripts see ---- */

static int say(lua_State *L)
{
    size_t used = strlen(site.said);
    if (used + 64 < sizeof(site.said)) /* timers go on and on */
        snprintf(site.said + used, sizeof(site.said) - used, "%s\n", luaL_checkstring(L, 1));
    return 0;
}

static int wait_for_test(lua_State *L)
{
    site.waiting = wait_begin(L, NULL, NULL);
    return wait_yield(L, site.waiting);
}

static int push_nothing(lua_State *L, void *arg)
{
    (void)L;
    (void)arg;
    return 0;
}

static void let_hook_go_on(void)
{
    struct wait *wait = site.waiting;
    assert_non_null(wait);
    site.waiting = NULL;
    wait_finish(wait, push_nothing, NULL);
}

static int open_test(lua_State *L)
{
    static const luaL_Reg functions[] = {{"say", say}, {"wait", wait_for_test}, {NULL, NULL}};
    luaL_newlib(L, functions);
    return 1;
}

static struct vm *state_new(const char *text)
{
    static struct vm_module modules[64];
    static const char *const entries[] = {"hooks", NULL};
    struct vm_options options = {
        .memory_limit = 32 << 20,
        .instruction_limit = 1000000,
        .task_deadline_ms = 10000,
        .task_limit = 100,
        .generation = (uint64_t)++site.generation,
        .modules = modules,
        .entries = entries,
        .context = &site.bus_thread.thread.services,
    };
    size_t count = 0;
    struct fault fault = {0};
    struct vm *vm = NULL;
    for (; lua_modules[count].name; count++)
        modules[count] = lua_modules[count];
    modules[count++] = (struct vm_module){"test", open_test};
    modules[count] = (struct vm_module){NULL, NULL};
    FILE *file = fopen(site.script, "w");
    assert_non_null(file);
    fprintf(file,
            "local hook, timer, test = require 'orderd.hook', require 'orderd.timer', "
            "require 'test'\n%s",
            text);
    fclose(file);
    if (site.bundle)
        bundle_release(&site.bundle);
    if (bundle_read(site.scripts, NULL, &site.bundle, &fault) != STATUS_OK ||
        vm_new(site.bundle, &options, &vm, &fault) != STATUS_OK)
        fail_msg("%s: %s", fault.where, fault.text);
    return vm;
}

/* ---- the store, and who leads ---- */

static void on_cursor(void *arg, enum status status, const struct position *position,
                      const struct fault *fault)
{
    struct position *cursor = arg;
    (void)fault;
    memset(cursor, 0, sizeof(*cursor));
    if (status == STATUS_OK)
        *cursor = *position;
}

/* SQLite reads at once. */
static struct position cursor_of(const char *name)
{
    struct position position;
    repository_cursor_read(site.bus_thread.thread.services.repository, name, on_cursor, &position);
    return position;
}

static void on_heads(void *arg, enum status status, const struct stream_ends *ends,
                     const struct fault *fault)
{
    (void)fault;
    assert_int_equal(status, STATUS_OK);
    *(struct position *)arg = ends->head;
}

static struct position head(void)
{
    struct position position = {{0}};
    repository_events_ends(site.bus_thread.thread.services.repository, on_heads, &position);
    return position;
}

static void lead(struct repository *repository, void (*changed)(void *arg, const char *epoch),
                 void *arg)
{
    (void)repository;
    if (!changed && site.changed) {
        site.given_away = true;
        site.with_open_sockets = site.bus_thread.bus != NULL;
        site.hooks_then = cursor_of("hook:h");
        site.relay_then = cursor_of("relay");
    }
    site.changed = changed;
    site.changed_arg = arg;
}

static void give(void)
{
    assert_non_null(site.changed);
    site.changed(site.changed_arg, epoch);
}

static void take(void)
{
    assert_non_null(site.changed);
    site.changed(site.changed_arg, NULL);
}

/* ---- the loop ---- */

static void too_late(evutil_socket_t descriptor, short what, void *arg)
{
    (void)descriptor;
    (void)what;
    *(bool *)arg = true;
}

static void turn_until(bool (*so)(void))
{
    struct event_base *base = site.bus_thread.thread.base;
    const struct timeval limit = {.tv_sec = 20};
    bool late = false;
    struct event *alarm = evtimer_new(base, too_late, &late);
    evtimer_add(alarm, &limit);
    while (!so() && !late)
        event_base_loop(base, EVLOOP_ONCE);
    event_free(alarm);
    if (late)
        fail_msg("nothing came of it in 20 s; said: %s", site.said);
}

static bool is_said(void)
{
    return strstr(site.said, site.awaited) != NULL;
}

static void hear(const char *text)
{
    site.awaited = text;
    turn_until(is_said);
}

static bool is_answered(void)
{
    return site.answered;
}

static void on_saved(void *arg, enum status status, const struct fault *fault)
{
    (void)arg;
    (void)fault;
    assert_int_equal(status, STATUS_OK);
    site.answered = true;
}

static void create_order(void)
{
    int64_t now = clock_wall_ms();
    const struct order_item item = {.product_id = uuid_v7(now), .quantity = 2, .price = 1099};
    const struct order_draft draft = {
        .order_id = uuid_v7(now),
        .user_id = uuid_v7(now),
        .currency = currency_find("USD", 3),
        .items = &item,
        .item_count = 1,
    };
    struct order *order = NULL;
    struct fault fault;
    assert_int_equal(order_create(&draft, now, &order, &fault), STATUS_OK);
    const struct save save = {.order = order};
    site.answered = false;
    repository_save(site.bus_thread.thread.services.repository, &save, on_saved, NULL);
    turn_until(is_answered);
    order_free(&order);
}

static int periods;

static void on_period(evutil_socket_t descriptor, short what, void *arg)
{
    (void)descriptor;
    (void)what;
    (void)arg;
    periods++;
}

static bool periods_passed(void)
{
    return periods >= 10;
}

/* Time for several runs of the scripts' timers, and for hooks, if they do run. */
static void let_it_turn(void)
{
    const struct timeval period = {0, 1000}; /* as theirs */
    struct event *event = event_new(site.bus_thread.thread.base, -1, EV_PERSIST, on_period, NULL);
    periods = 0;
    event_add(event, &period);
    turn_until(periods_passed);
    event_free(event);
}

static void forget_what_was_said(void)
{
    let_it_turn(); /* what is under way ends */
    site.said[0] = '\0';
}

static bool is_closed(void)
{
    return site.bus_thread.bus == NULL;
}

static bool is_leading(void)
{
    bool leading = atomic_load(&site.bus_thread.leading);
    assert_int_equal(gauge_value(metrics_gauge("orderd_leading", "", "")), leading);
    return leading;
}

/* ---- life ---- */

static void open_site(const char *text, const char *store)
{
    struct fault fault = {0};
    struct thread *thread = &site.bus_thread.thread;
    FILE *file = fopen(site.conf, "w");
    assert_non_null(file);
    fprintf(file,
            "return { state_dir = '%s', bus = { publish = '127.0.0.1:0', replay = '127.0.0.1:0', "
            "ingest = '127.0.0.1:0', subscribe = {} }%s }",
            site.directory, store);
    fclose(file);
    if (config_read(site.conf, &site.config, &fault) != STATUS_OK)
        fail_msg("%s: %s", fault.where, fault.text);
    const struct store_options options = {.url = site.config.store.url, .deadline_ms = 10000};
    if (site.config.has_store)
        assert_int_equal(store_open(&options, &site.store, &fault), STATUS_OK);
    assert_int_equal(bus_thread_open(&site.bus_thread, &site.config, site.store, NULL, &fault),
                     STATUS_OK);
    if (site.store) {
        struct repository *repository = thread->services.repository;
        site.operations = *repository->ops;
        site.operations.lead = lead;
        repository->ops = &site.operations;
    }
    site.home = mailbox_new(thread->base, NULL);
    thread->home = site.home;
    thread_attach(thread, state_new(text));
    assert_int_equal(bus_thread_start(&site.bus_thread, &site.config, NULL, &fault), STATUS_OK);
}

static int setup(void **state)
{
    static const char *const variables[] = {"DATABASE_URL",  "ORDERD_STATE_DIR",
                                            "ORDERD_PUB",    "ORDERD_REPLAY",
                                            "ORDERD_INGEST", "ORDERD_SUBSCRIBE"};
    struct fault fault;
    (void)state;
    log_configure(LOG_ERROR, LOG_LOGFMT);
    for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
        unsetenv(variables[i]);
    memset(&site, 0, sizeof(site));
    if (directory_make_temporary(site.directory, &fault) != STATUS_OK)
        return -1;
    snprintf(site.scripts, sizeof(site.scripts), "%s/scripts", site.directory);
    snprintf(site.hooks, sizeof(site.hooks), "%s/hooks", site.scripts);
    snprintf(site.script, sizeof(site.script), "%s/a.lua", site.hooks);
    snprintf(site.conf, sizeof(site.conf), "%s/conf.lua", site.directory);
    return directory_make(site.hooks, &fault) == STATUS_OK ? 0 : -1;
}

static void stop(void)
{
    thread_ask_stop(&site.bus_thread.thread);
    turn_until(is_closed);
}

static int teardown(void **state)
{
    (void)state;
    if (site.bus_thread.bus && !site.bus_thread.thread.stopping)
        stop();
    mailbox_free(&site.home);
    thread_close(&site.bus_thread.thread);
    if (site.waiting)
        let_hook_go_on(); /* it is gone, and its wait is freed */
    if (site.store)
        store_close(&site.store);
    bundle_release(&site.bundle);
    config_release(&site.config);
    unlink(site.script);
    rmdir(site.hooks);
    rmdir(site.scripts);
    directory_remove(site.directory);
    return 0;
}

static const char scripts[] =
    "timer.every(0.001, 'tick', function() test.say('tick') end)\n"
    "hook.on('order.created', {name = 'h', start = 'beginning'}, function(event)\n"
    "  test.say('hook ' .. event.position)\n"
    "end)\n";

static const char waiting_hook[] =
    "hook.on('order.created', {name = 'h', start = 'beginning'}, function()\n"
    "  test.say('begun') test.wait() test.say('ended')\n"
    "end)\n";

/* ---- the tests ---- */

static void a_process_that_does_not_lead_runs_neither_timers_nor_hooks(void **state)
{
    (void)state;
    open_site(scripts, "");
    create_order();
    let_it_turn();
    assert_string_equal(site.said, "");
    assert_false(is_leading());
}

static void one_that_begins_to_lead_runs_them(void **state)
{
    (void)state;
    open_site(scripts, "");
    create_order();
    give();
    assert_true(is_leading());
    hear("tick");
    hear("hook");
    site.said[0] = '\0';
    create_order(); /* the store tells of it */
    hear("hook");
}

static void one_that_leads_no_longer_runs_none_and_can_lead_again(void **state)
{
    (void)state;
    open_site(scripts, "");
    give();
    create_order();
    hear("hook");
    take();
    assert_false(is_leading());
    forget_what_was_said();
    create_order();
    let_it_turn();
    assert_string_equal(site.said, "");
    give();
    assert_true(is_leading());
    hear("tick");
    hear("hook");
}

static void on_switched(struct letter *letter, void *receiver)
{
    (void)receiver;
    free(letter);
    site.answered = true;
}

static void reload(const char *text)
{
    struct thread_switch *order = calloc(1, sizeof(*order));
    assert_non_null(order);
    order->thread = &site.bus_thread.thread;
    order->vm = state_new(text);
    order->switched = on_switched;
    site.answered = false;
    thread_post_switch(order);
    turn_until(is_answered);
}

static void a_reload_starts_timers_only_where_they_run(void **state)
{
    (void)state;
    open_site("timer.every(0.001, 'old', function() test.say('old') end)", "");
    reload("timer.every(0.001, 'new', function() test.say('new') end)");
    let_it_turn();
    assert_string_equal(site.said, "");
    give();
    hear("new");
    reload("timer.every(0.001, 'newest', function() test.say('latest') end)");
    forget_what_was_said();
    hear("latest");
    assert_null(strstr(site.said, "old"));
    assert_null(strstr(site.said, "new"));
    take();
    reload(scripts);
    forget_what_was_said();
    let_it_turn();
    assert_string_equal(site.said, "");
}

static size_t said(const char *text)
{
    size_t count = 0;
    for (const char *found = site.said; (found = strstr(found, text)); found++)
        count++;
    return count;
}

static void a_hook_that_comes_back_waits_for_what_it_began_before(void **state)
{
    (void)state;
    open_site("hook.on('order.created', {name = 'h'}, function()"
              " test.say('begin') test.wait() test.say('end') end)",
              "");
    give();
    create_order();
    hear("begin");
    reload("");
    reload("hook.on('order.created', {name = 'h'}, function() test.say('again') end)");
    create_order();
    let_it_turn();
    assert_string_equal(site.said, "begin\n");
    let_hook_go_on();
    hear("again");
    let_it_turn();
    assert_int_equal(said("end"), 1);
    assert_int_equal(said("again"), 1); /* the first event is done */
}

static void a_stop_gives_the_lead_away_when_all_is_settled_and_before_it_lingers(void **state)
{
    (void)state;
    open_site(waiting_hook, "");
    give();
    create_order();
    hear("begun");
    thread_ask_stop(&site.bus_thread.thread);
    let_it_turn();
    assert_false(site.given_away);
    assert_true(is_leading());
    let_hook_go_on();
    turn_until(is_closed);
    assert_true(site.given_away);
    assert_true(site.with_open_sockets);
    assert_false(is_leading());
    assert_string_equal(site.hooks_then.text, head().text);
    assert_string_equal(site.relay_then.text, head().text);
}

static void a_stop_of_one_that_does_not_lead_ends_its_candidacy_first(void **state)
{
    (void)state;
    open_site(waiting_hook, "");
    give();
    create_order();
    hear("begun");
    take(); /* the hook is an orphan, for which the stop waits */
    thread_ask_stop(&site.bus_thread.thread);
    let_it_turn();
    assert_true(site.given_away);
    assert_false(is_closed());
    let_hook_go_on();
    turn_until(is_closed);
    assert_string_equal(cursor_of("hook:h").text, "");
}

static void the_lead_that_is_lost_in_the_middle_of_a_stop_is_not_had_again(void **state)
{
    (void)state;
    open_site(waiting_hook, "");
    give();
    create_order();
    hear("begun");
    thread_ask_stop(&site.bus_thread.thread);
    let_it_turn();
    take();
    assert_false(is_leading());
    assert_true(site.given_away);
    let_hook_go_on();
    turn_until(is_closed);
    assert_string_equal(cursor_of("hook:h").text, "");
}

/* The teardown is the hard end: what the stop has begun goes on while the bus is being closed. */
static void a_stop_that_is_ended_hard_closes_the_bus_once(void **state)
{
    (void)state;
    open_site(waiting_hook, "");
    give();
    create_order();
    hear("begun");
    thread_ask_stop(&site.bus_thread.thread);
    let_it_turn();
    assert_false(is_closed());
}

static void a_program_without_a_store_leads_always(void **state)
{
    (void)state;
    open_site("timer.every(0.001, 'tick', function() test.say('tick') end)", ", store = false");
    assert_true(is_leading());
    hear("tick");
    stop();
    assert_false(is_leading());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_process_that_does_not_lead_runs_neither_timers_nor_hooks,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(one_that_begins_to_lead_runs_them, setup, teardown),
        cmocka_unit_test_setup_teardown(one_that_leads_no_longer_runs_none_and_can_lead_again,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_reload_starts_timers_only_where_they_run, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_hook_that_comes_back_waits_for_what_it_began_before,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(
            a_stop_gives_the_lead_away_when_all_is_settled_and_before_it_lingers, setup, teardown),
        cmocka_unit_test_setup_teardown(a_stop_of_one_that_does_not_lead_ends_its_candidacy_first,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(
            the_lead_that_is_lost_in_the_middle_of_a_stop_is_not_had_again, setup, teardown),
        cmocka_unit_test_setup_teardown(a_stop_that_is_ended_hard_closes_the_bus_once, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_program_without_a_store_leads_always, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
