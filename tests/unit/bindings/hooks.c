/* hook and timer: events to scripts, and what runs by the clock. */
#include "fixture.h"

#include "base/clock.h"
#include "base/metrics.h"
#include "bindings/hook.h"
#include "bindings/modules.h"
#include "bus/dispatcher.h"
#include "bus/inbox.h"

#include <event2/event.h>
#include <lauxlib.h>
#include <string.h>
#include <unistd.h>

/* What scripts have told the test with require("seen")(text). */
static char seen[4096];
static const char *awaited;
static bool arrived;

static int tell(lua_State *L)
{
    size_t used = strlen(seen);
    snprintf(seen + used, sizeof(seen) - used, "%s\n", luaL_checkstring(L, 1));
    if (awaited && strstr(seen, awaited))
        arrived = true;
    return 0;
}

static int open_seen(lua_State *L)
{
    lua_pushcfunction(L, tell);
    return 1;
}

static struct vm_module modules[32];

static void use_modules(struct fixture *f)
{
    size_t count = 0;
    while (lua_modules[count].name) {
        modules[count] = lua_modules[count];
        count++;
    }
    modules[count++] = (struct vm_module){"seen", open_seen};
    modules[count] = (struct vm_module){NULL, NULL};
    f->options.modules = modules;
}

static void open_world(struct fixture *f, const char *script)
{
    seen[0] = '\0';
    fixture_open(f);
    fixture_open_store(f);
    use_modules(f);
    char whole[4096];
    snprintf(whole, sizeof(whole),
             "local hook, timer, seen = require('orderd.hook'), require('orderd.timer'),\n"
             "  require('seen')\n%s",
             script);
    fixture_write(f, "scripts/hooks/a.lua", whole);
    fixture_load(f);
}

static void run_until_seen(struct fixture *f, const char *text)
{
    awaited = text;
    arrived = strstr(seen, text) != NULL;
    fixture_run_until(f, &arrived);
}

/* ---- committed events ---- */

struct feed {
    struct fixture *f;
    struct dispatcher *dispatcher;
    const char *name; /* of the hook */
    bool saved, stopped;
};

static void deliver(void *arg, struct delivery *delivery, const struct stored_event *event,
                    int attempt)
{
    struct feed *feed = arg;
    lua_hook_event(feed->f->vm, feed->name, delivery, event, attempt);
}

static void feed_open(struct feed *feed, struct fixture *f, const char *name)
{
    static const struct dispatcher_options options = {.cursor = "hook:test", .window = 8};
    *feed = (struct feed){.f = f, .name = name};
    feed->dispatcher = dispatcher_new(f->base, f->services.repository, &options, deliver, feed);
    dispatcher_lead(feed->dispatcher, "an-epoch");
}

static void feed_stopped(void *arg)
{
    *(bool *)arg = true;
}

static void feed_close(struct feed *feed)
{
    dispatcher_stop(feed->dispatcher, feed_stopped, &feed->stopped);
    fixture_run_until(feed->f, &feed->stopped);
    dispatcher_free(&feed->dispatcher);
}

static void on_saved(void *arg, enum status status, const struct fault *fault)
{
    (void)fault;
    assert_int_equal(status, STATUS_OK);
    *(bool *)arg = true;
}

/* Puts one order.created event into the store. */
static void save_order(struct feed *feed)
{
    int64_t now = clock_wall_ms();
    struct order_item item = {.product_id = uuid_v7(now), .quantity = 2, .price = 1099};
    struct order_draft draft = {.order_id = uuid_v7(now),
                                .user_id = uuid_v7(now),
                                .currency = feed->f->services.currency,
                                .items = &item,
                                .item_count = 1};
    struct order *order = NULL;
    struct fault fault = {0};
    assert_int_equal(order_create(&draft, now, &order, &fault), STATUS_OK);
    struct save save = {.order = order,
                        .traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"};
    feed->saved = false;
    repository_save(feed->f->services.repository, &save, on_saved, &feed->saved);
    fixture_run_until(feed->f, &feed->saved);
    order_free(&order);
    dispatcher_wake(feed->dispatcher);
}

static void an_event_runs_the_hook_of_the_name(void **state)
{
    (void)state;
    struct fixture f;
    struct feed feed;
    open_world(
        &f, "hook.on('order.created', {name = 'other'}, function() seen('wrong') end)\n"
            "hook.on('order.created', {name = 'one'}, function(e)\n"
            "  timer.sleep(0.001)\n"
            "  seen(e.topic .. ' ' .. e.type .. ' ' .. e.data.total_amount .. ' ' .. e.attempt)\n"
            "end)\n");
    feed_open(&feed, &f, "one");
    save_order(&feed);
    run_until_seen(&f, "order.created");
    assert_string_equal(seen, "order.created OrderCreatedEvent 21.98 1\n");
    feed_close(&feed);
    fixture_close(&f);
}

static void a_hook_that_raises_is_run_again(void **state)
{
    (void)state;
    struct fixture f;
    struct feed feed;
    open_world(&f,
               "hook.on('order.created', {name = 'stubborn', retry = {first_seconds = 0.001}},\n"
               "function(e)\n"
               "  seen('attempt ' .. e.attempt)\n"
               "  if e.attempt < 3 then error('not yet') end\n"
               "end)\n");
    struct counter *failures =
        metrics_counter("orderd_hook_failures_total", "", "hook=\"stubborn\"");
    uint64_t before = counter_value(failures);
    feed_open(&feed, &f, "stubborn");
    save_order(&feed);
    run_until_seen(&f, "attempt 3");
    assert_string_equal(seen, "attempt 1\nattempt 2\nattempt 3\n");
    assert_int_equal(counter_value(failures) - before, 2);
    feed_close(&feed);
    fixture_close(&f);
}

static char letter_told[256]; /* source, topic and reason */

static void keep_letter(void *arg, enum status status, const struct stored_dead_letter *letters,
                        size_t count, const struct fault *fault)
{
    struct stored_dead_letter *kept = arg;
    (void)fault;
    assert_int_equal(status, STATUS_OK);
    if (count == 0)
        return;
    kept->id = letters[0].id;
    kept->letter.attempts = letters[0].letter.attempts;
    snprintf(letter_told, sizeof(letter_told), "%s %s %s", letters[0].letter.source,
             letters[0].letter.topic, letters[0].letter.reason);
}

/* The first dead letter, once there is one. */
static struct stored_dead_letter wait_letter(struct fixture *f)
{
    const struct dead_letter_query query = {.limit = 10};
    struct stored_dead_letter kept = {.id = 0};
    for (int i = 0; i < 1000 && kept.id == 0; i++) {
        event_base_loop(f->base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
        repository_dead_letters_list(f->services.repository, &query, keep_letter, &kept);
        usleep(1000);
    }
    assert_int_not_equal(kept.id, 0);
    return kept;
}

static void a_hook_that_never_succeeds_leaves_its_event_to_the_dead_letters(void **state)
{
    (void)state;
    struct fixture f;
    struct feed feed;
    open_world(&f, "hook.on('order.created', {name = 'poisoned',\n"
                   "  retry = {attempts = 3, first_seconds = 0.001}}, function(e)\n"
                   "  seen('attempt ' .. e.attempt) error('never') end)\n");
    feed_open(&feed, &f, "poisoned");
    save_order(&feed);
    assert_int_equal(wait_letter(&f).letter.attempts, 3);
    assert_contains(letter_told, "hook:test order.created ");
    assert_contains(letter_told, "never");
    assert_string_equal(seen, "attempt 1\nattempt 2\nattempt 3\n");
    feed_close(&feed);
    fixture_close(&f);
}

static void assert_refused(const char *script, const char *reason)
{
    struct fixture f;
    struct fault fault = {0};
    char whole[512];
    fixture_open(&f);
    snprintf(whole, sizeof(whole), "local hook = require('orderd.hook')\n%s", script);
    fixture_write(&f, "scripts/hooks/a.lua", whole);
    assert_int_equal(fixture_try_load(&f, &fault), STATUS_INVALID);
    assert_contains(fault.text, reason);
    fixture_close(&f);
}

static void what_is_said_about_a_hook_is_checked(void **state)
{
    (void)state;
    assert_refused("hook.on('order.created', {name = 'a b'}, tostring)", "1 to 64");
    assert_refused("hook.on('order.created', {}, tostring)", "1 to 64");
    assert_refused("hook.on('order.created', {name = 'a', start = 'middle'}, tostring)",
                   "beginning");
    assert_refused("hook.on('order.created', {name = 'a', retry = 3}, tostring)",
                   "retry must be a table");
    assert_refused("hook.on('order.created', {name = 'a', retry = {attempts = -1}}, tostring)",
                   "attempts");
    assert_refused("hook.on('order.created', {name = 'a', retry = {often = 1}}, tostring)",
                   "often");
    assert_refused(
        "hook.on('order.created', {name = 'a', retry = {first_seconds = 0/0}}, tostring)",
        "first_seconds");
    assert_refused(
        "hook.on('order.created', {name = 'a', retry = {first_seconds = 2, longest_seconds = 1}},"
        " tostring)",
        "longest_seconds");
    assert_refused("hook.on('order.created', {name = 'a'}, tostring) hook.on('order.completed', "
                   "{name = 'a'}, tostring)",
                   "already");
    assert_refused("hook.on('order.craeted', {name = 'a'}, tostring)",
                   "no event has the topic 'order.craeted'; there are order.created, "
                   "order.status_changed, order.cancelled, order.completed");
    assert_refused("hook.inbound('', tostring)", "1 to 255 bytes without blanks");
    assert_refused("hook.inbound('a b', tostring)", "1 to 255 bytes without blanks");
    assert_refused("hook.inbound('order.created', tostring)", "the service's own");
    assert_refused("hook.inbound('t', {schema = 1}, tostring)", "schema");
}

/* ---- what comes in ---- */

static void the_topics_that_hooks_take_are_told(void **state)
{
    (void)state;
    struct fixture f;
    open_world(&f, "hook.inbound('stock.moved', function() end)\n"
                   "hook.inbound('other', function() end)\n");
    const char *const *topics = lua_hook_inbound_topics(f.vm);
    assert_string_equal(topics[0], "stock.moved");
    assert_string_equal(topics[1], "other");
    assert_null(topics[2]);
    fixture_close(&f);
}

static void deliver_message(void *arg, struct delivery *delivery,
                            const struct stored_inbound *message, int attempt)
{
    struct fixture *f = arg;
    lua_hook_message(f->vm, delivery, message, attempt);
}

static void count_pending(void *arg, enum status status, const struct stored_inbound *messages,
                          size_t count, const struct fault *fault)
{
    (void)messages;
    (void)fault;
    assert_int_equal(status, STATUS_OK);
    *(size_t *)arg = count;
}

static void put_message(struct fixture *f, const char *id, const char *topic, const char *payload)
{
    const struct inbound message = {.event_id = id,
                                    .topic = topic,
                                    .about = "an order",
                                    .payload = payload,
                                    .payload_length = strlen(payload)};
    bool put = false;
    repository_inbound_put(f->services.repository, &message, on_saved, &put);
    fixture_run_until(f, &put);
}

/* Handles what waits, until nothing does. */
static void handle_messages(struct fixture *f)
{
    bool stopped = false;
    size_t pending = 1;
    struct inbox *inbox = inbox_new(f->base, f->services.repository, 8, deliver_message, f);
    inbox_lead(inbox);
    for (int i = 0; i < 5000 && pending > 0; i++) {
        event_base_loop(f->base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
        repository_inbound_pending(f->services.repository, 10, count_pending, &pending);
        usleep(1000);
    }
    assert_int_equal(pending, 0);
    inbox_stop(inbox, feed_stopped, &stopped);
    fixture_run_until(f, &stopped);
    inbox_free(&inbox);
}

/* Two messages about one thing come in their order, the first one twice; one that no script takes
 * goes to the dead letters. In the end none is left. */
static void a_message_that_waits_reaches_its_hook_and_is_handled(void **state)
{
    (void)state;
    struct fixture f;
    open_world(&f, "hook.inbound('stock.moved', {retry = {first_seconds = 0.001}}, function(m)\n"
                   "  seen(m.topic .. ' ' .. m.id .. ' ' .. m.payload .. ' ' .. m.attempt)\n"
                   "  if m.payload == 'first' and m.attempt == 1 then error('again') end\n"
                   "end)\n");
    struct counter *failures =
        metrics_counter("orderd_hook_failures_total", "", "hook=\"inbound stock.moved\"");
    uint64_t before = counter_value(failures);
    put_message(&f, "1", "stock.moved", "first");
    put_message(&f, "2", "stock.moved", "second");
    put_message(&f, "3", "nobody.takes.it", "third");
    handle_messages(&f);
    assert_string_equal(seen,
                        "stock.moved 1 first 1\nstock.moved 1 first 2\nstock.moved 2 second 1\n");
    assert_int_equal(counter_value(failures) - before, 1);
    fixture_close(&f);
}

static void a_message_that_its_hook_gives_up_is_a_dead_letter_at_once(void **state)
{
    (void)state;
    struct fixture f;
    open_world(&f, "hook.inbound('stock.moved', function(m)\n"
                   "  seen('attempt ' .. m.attempt)\n"
                   "  local _, failure = pcall(error, 'it is broken', 0)\n"
                   "  hook.give_up(failure)\n"
                   "end)\n");
    put_message(&f, "1", "stock.moved", "x");
    handle_messages(&f);
    assert_int_equal(wait_letter(&f).letter.attempts, 1);
    assert_string_equal(letter_told, "inbound stock.moved it is broken");
    assert_string_equal(seen, "attempt 1\n");
    fixture_close(&f);
}

static void what_is_published_and_taken_is_declared(void **state)
{
    (void)state;
    struct fixture f;
    open_world(&f, "hook.inbound('stock.moved', function() end)\n"
                   "hook.on('order.created', { name = 'tell' }, function() end)\n"
                   "timer.every(0.001, 'tell', function()\n"
                   "  for _, each in ipairs(hook.declared()) do\n"
                   "    seen(each.direction .. ' ' .. each.topic .. ' ' .. (each.type or ''))\n"
                   "  end\n"
                   "end)\n");
    lua_timers_start(f.vm);
    run_until_seen(&f, "in stock.moved \n");
    lua_timers_stop(f.vm);
    assert_contains(seen, "out order.created OrderCreatedEvent\n"
                          "out order.status_changed OrderStatusChangedEvent\n"
                          "out order.cancelled OrderCancelledEvent\n"
                          "out order.completed OrderCompletedEvent\n"
                          "in stock.moved \n");
    fixture_close(&f);
}

static void no_script_means_no_topics(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_load(&f);
    assert_null(lua_hook_inbound_topics(f.vm)[0]);
    fixture_close(&f);
}

static void one_topic_has_one_inbound_hook(void **state)
{
    (void)state;
    struct fixture f;
    struct fault fault = {0};
    fixture_open(&f);
    fixture_write(&f, "scripts/hooks/a.lua",
                  "local hook = require('orderd.hook')\n"
                  "hook.inbound('t', function() end)\nhook.inbound('t', function() end)");
    assert_int_equal(fixture_try_load(&f, &fault), STATUS_INVALID);
    assert_contains(fault.text, "taken already");
    fixture_close(&f);
}

/* ---- timers ---- */

static void a_timer_runs_again_and_again_even_when_it_raises(void **state)
{
    (void)state;
    struct fixture f;
    open_world(&f, "local runs = 0\n"
                   "timer.every(0.002, 'tick', function()\n"
                   "  runs = runs + 1 seen('run ' .. runs)\n"
                   "  if runs == 1 then error('once') end\n"
                   "  timer.sleep(0.001)\n"
                   "end)\n");
    lua_timers_start(f.vm);
    run_until_seen(&f, "run 4");
    lua_timers_stop(f.vm);
    fixture_close(&f);
}

static void a_stopped_timer_does_not_run(void **state)
{
    (void)state;
    struct fixture f;
    open_world(&f, "timer.every(0.001, 'tick', function() seen('tick') end)\n"
                   "hook.inbound('wait', function() timer.sleep(0.05) seen('waited') end)\n");
    lua_timers_start(f.vm);
    lua_timers_stop(f.vm);
    put_message(&f, "1", "wait", "");
    handle_messages(&f);
    assert_string_equal(seen, "waited\n");
    fixture_close(&f);
}

/* Stopped and started in the middle of a run: the next one waits for its end. */
static void runs_of_a_timer_that_is_started_anew_do_not_overlap(void **state)
{
    (void)state;
    struct fixture f;
    open_world(&f, "local running, runs = false, 0\n"
                   "timer.every(0.001, 'tick', function()\n"
                   "  seen(running and 'overlapping' or 'begun')\n"
                   "  running = true timer.sleep(0.02) running = false\n"
                   "  runs = runs + 1 seen('ended ' .. runs)\n"
                   "end)\n");
    lua_timers_start(f.vm);
    run_until_seen(&f, "begun");
    lua_timers_stop(f.vm);
    lua_timers_start(f.vm);
    run_until_seen(&f, "ended 3");
    assert_lacks(seen, "overlapping");
    lua_timers_stop(f.vm);
    fixture_close(&f);
}

/* What was under way when it was stopped is the last one. */
static void a_timer_that_is_stopped_in_the_middle_of_a_run_ends_with_it(void **state)
{
    (void)state;
    struct fixture f;
    open_world(&f, "timer.every(0.001, 'tick', function()\n"
                   "  seen('begun') timer.sleep(0.01) seen('ended')\n"
                   "end)\n"
                   "hook.inbound('wait', function() timer.sleep(0.05) seen('waited') end)\n");
    lua_timers_start(f.vm);
    run_until_seen(&f, "begun");
    lua_timers_stop(f.vm);
    put_message(&f, "1", "wait", "");
    handle_messages(&f);
    assert_string_equal(seen, "begun\nended\nwaited\n");
    fixture_close(&f);
}

static void odd_durations_are_refused(void **state)
{
    (void)state;
    struct fixture f;
    open_world(&f, "for _, bad in ipairs{0, -1, 0/0, 1/0, 1e9} do\n"
                   "  assert(not pcall(timer.every, bad, 'x', function() end), bad)\n"
                   "end\n"
                   "assert(not pcall(timer.sleep, 1))\n"); /* not while loading */
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_runs_the_hook_of_the_name),
        cmocka_unit_test(a_hook_that_raises_is_run_again),
        cmocka_unit_test(a_hook_that_never_succeeds_leaves_its_event_to_the_dead_letters),
        cmocka_unit_test(what_is_said_about_a_hook_is_checked),
        cmocka_unit_test(a_message_that_waits_reaches_its_hook_and_is_handled),
        cmocka_unit_test(the_topics_that_hooks_take_are_told),
        cmocka_unit_test(what_is_published_and_taken_is_declared),
        cmocka_unit_test(no_script_means_no_topics),
        cmocka_unit_test(a_message_that_its_hook_gives_up_is_a_dead_letter_at_once),
        cmocka_unit_test(one_topic_has_one_inbound_hook),
        cmocka_unit_test(a_timer_runs_again_and_again_even_when_it_raises),
        cmocka_unit_test(a_stopped_timer_does_not_run),
        cmocka_unit_test(runs_of_a_timer_that_is_started_anew_do_not_overlap),
        cmocka_unit_test(a_timer_that_is_stopped_in_the_middle_of_a_run_ends_with_it),
        cmocka_unit_test(odd_durations_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
