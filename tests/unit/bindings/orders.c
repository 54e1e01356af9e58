/* order and repository: the entity and its store, as scripts use them. */
#include "fixture.h"

#define PRELUDE                                                                                    \
    "local order, repository = require('orderd.order'), require('orderd.repository')\n"            \
    "local test, json = require('orderd.test'), require('orderd.json')\n"                          \
    "local USER = '0190a000-0000-7000-8000-0000000000f1'\n"                                        \
    "local IBUPROFEN = '0190a000-0000-7000-8000-000000000001'\n"                                   \
    "local function draft(quantity)\n"                                                             \
    "  return {user_id = USER, items = {{product_id = IBUPROFEN, quantity = quantity or 2,\n"      \
    "    price = 1099}}}\n"                                                                        \
    "end\n"

static void holds(const char *text)
{
    struct fixture f;
    fixture_open(&f);
    fixture_open_store(&f);
    char script[4096];
    snprintf(script, sizeof(script), "%s%s", PRELUDE, text);
    fixture_lua(&f, script);
    fixture_close(&f);
}

static void an_order_shows_its_fields(void **state)
{
    (void)state;
    holds("local o = order.new(draft())\n"
          "assert(o.status == 'PENDING' and o.total_amount == 2198 and o.currency == 'USD')\n"
          "assert(o.user_id == USER and o.version == 1 and o.etag == '\"1\"')\n"
          "assert(o.notes == nil and o.reason == nil and o.completed_at == nil)\n"
          "assert(o.items[1].product_id == IBUPROFEN and o.items[1].quantity == 2)\n"
          "assert(o.created_at == o.updated_at)\n"
          "assert(not pcall(function() return o.nothing end))\n"
          "assert(not pcall(function() o.status = 'COMPLETED' end))");
}

static void a_broken_draft_is_a_problem_with_a_pointer(void **state)
{
    (void)state;
    holds("local function pointer(change)\n"
          "  local d = draft(); change(d)\n"
          "  return test.problem('validation-failed', order.new, d).errors[1].pointer\n"
          "end\n"
          "test.equal(pointer(function(d) d.user_id = 'me' end), '/user_id')\n"
          "test.equal(pointer(function(d) d.items = nil end), '/items')\n"
          "test.equal(pointer(function(d) d.items = {} end), '/items')\n"
          "test.equal(pointer(function(d) d.items[1] = 3 end), '/items/0')\n"
          "test.equal(pointer(function(d) d.items[1].quantity = 0 end), '/items/0/quantity')\n"
          "test.equal(pointer(function(d) d.items[1].quantity = 1.5 end), '/items/0/quantity')\n"
          "test.equal(pointer(function(d) d.items[1].price = '1' end), '/items/0/price')\n"
          "test.equal(pointer(function(d) d.items[1].product_id = 7 end), '/items/0/product_id')\n"
          "test.equal(pointer(function(d) d.notes = ('x'):rep(2001) end), '/notes')");
}

static void a_slip_of_the_pen_is_not_ignored(void **state)
{
    (void)state;
    holds("local d = draft(); d.note = 'x'\n"
          "local ok, reason = pcall(order.new, d)\n"
          "assert(not ok and reason:find(\"no option 'note'; there are: \", 1, true), reason)");
}

static void only_allowed_transitions_pass(void **state)
{
    (void)state;
    holds("local o = order.new(draft())\n"
          "local p = test.problem('invalid-transition', o.change_status, o, 'COMPLETED')\n"
          "test.equal({p.from, p.to, p.allowed},\n"
          "  {'PENDING', 'COMPLETED', {'CONFIRMED', 'CANCELLED'}})\n"
          "assert(o.status == 'PENDING' and o.version == 1)\n"
          "o:change_status('CANCELLED', {reason = 'too late', notes = 'called'})\n"
          "assert(o.status == 'CANCELLED' and o.reason == 'too late' and o.notes == 'called')\n"
          "p = test.problem('invalid-transition', o.change_status, o, 'CANCELLED')\n"
          "assert(json.encode(p.allowed) == '[]')\n"
          "test.problem('validation-failed', o.change_status, o, 'LOST')\n"
          "assert(order.is_status('PENDING') and not order.is_status('pending'))");
}

static void items_are_replaced_while_pending(void **state)
{
    (void)state;
    holds("local o = order.new(draft())\n"
          "o:replace_items({{product_id = IBUPROFEN, quantity = 3, price = 100}})\n"
          "assert(o.total_amount == 300 and o.version == 2)\n"
          "o:change_status('CONFIRMED')\n"
          "test.problem('invalid-transition', o.replace_items, o, o.items)");
}

static void what_was_saved_is_read_again(void **state)
{
    (void)state;
    holds("local o = order.new(draft())\n"
          "assert(repository.save(o) == true)\n"
          "local same = repository.get(o.order_id)\n"
          "assert(json.encode(same) == json.encode(o))\n"
          "same:change_status('CONFIRMED')\n"
          "assert(repository.save(same) == true)\n"
          "assert(repository.get(o.order_id).status == 'CONFIRMED')\n"
          "same:change_status('COMPLETED')\n"
          "assert(repository.save(same) == true)\n"
          "assert(repository.get(o.order_id).version == 3)\n"
          "assert(repository.get(USER) == nil)");
}

static void the_second_of_two_changes_is_a_conflict(void **state)
{
    (void)state;
    holds("local o = order.new(draft())\n"
          "repository.save(o)\n"
          "local a, b = repository.get(o.order_id), repository.get(o.order_id)\n"
          "a:change_status('CONFIRMED'); b:change_status('CANCELLED')\n"
          "repository.save(a)\n"
          "test.problem('version-mismatch', repository.save, b)\n"
          "assert(repository.get(o.order_id).status == 'CONFIRMED')");
}

static void an_inbound_event_counts_once(void **state)
{
    (void)state;
    holds("local o = order.new(draft())\n"
          "repository.save(o)\n"
          "o:change_status('CONFIRMED')\n"
          "assert(repository.save(o, {inbox_id = 'event-1'}) == true)\n"
          "local again = repository.get(o.order_id)\n"
          "again:change_status('CANCELLED')\n"
          "assert(repository.save(again, {inbox_id = 'event-1'}) == false)\n"
          "assert(repository.get(o.order_id).status == 'CONFIRMED')\n"
          "assert(repository.inbox_add('event-2') == true)\n"
          "assert(repository.inbox_add('event-2') == false)");
}

static void lists_come_in_pages_newest_first(void **state)
{
    (void)state;
    holds("local ids = {}\n"
          "for i = 1, 5 do\n"
          "  local o = order.new(draft(i)); repository.save(o); ids[i] = o.order_id\n"
          "end\n"
          "local page, cursor = repository.list({user_id = USER, limit = 3})\n"
          "assert(#page == 3 and page[1].order_id == ids[5] and cursor)\n"
          "local rest, last = repository.list({user_id = USER, limit = 3, cursor = cursor})\n"
          "assert(#rest == 2 and rest[2].order_id == ids[1] and last == nil)\n"
          "assert(#repository.list({status = 'CONFIRMED'}) == 0)\n"
          "assert(#repository.list({min_total = 2198, max_total = 3297}) == 2)\n"
          "assert(json.encode((repository.list({status = 'COMPLETED'}))) == '[]')");
}

static void a_query_is_checked(void **state)
{
    (void)state;
    holds("local function pointer(query)\n"
          "  return test.problem('validation-failed', repository.list, query).errors[1].pointer\n"
          "end\n"
          "test.equal(pointer({cursor = 'made up'}), '/cursor')\n"
          "test.equal(pointer({limit = 0}), '/limit')\n"
          "test.equal(pointer({limit = 101}), '/limit')\n"
          "test.equal(pointer({status = 'LOST'}), '/status')\n"
          "test.equal(pointer({user_id = 'me'}), '/user_id')\n"
          "assert(not pcall(repository.list, {limit = 'ten'}))\n"
          "assert(not pcall(repository.list, {colour = 'red'}))");
}

static void a_closed_order_is_gone(void **state)
{
    (void)state;
    holds("local kept\n"
          "do local o <close> = order.new(draft()); kept = o end\n"
          "assert(not pcall(function() return kept.status end))\n"
          "assert(not pcall(repository.save, kept))\n"
          "assert(not pcall(json.encode, kept))");
}

static void the_store_says_that_it_is_well(void **state)
{
    (void)state;
    holds("assert(require('orderd.health').store() == true)");
}

static void without_a_store_the_reason_is_said(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_lua(&f, "local ok, reason = pcall(require('orderd.repository').get, 'x')\n"
                    "assert(not ok and reason:find('no store', 1, true), reason)");
    fixture_close(&f);
}

/* The collector must be told what an order weighs: a loop that makes many does not pile them up. */
static void orders_that_nobody_holds_are_freed(void **state)
{
    (void)state;
    holds("local items = {}\n"
          "for i = 1, 200 do\n"
          "  items[i] = {product_id = ('0190a000-0000-7000-8000-%012x'):format(i), quantity = 1,\n"
          "    price = 1}\n"
          "end\n"
          "local live = setmetatable({}, {__mode = 'k'})\n"
          "for _ = 1, 200 do live[order.new({user_id = USER, items = items})] = true end\n"
          "local count = 0\n"
          "for _ in pairs(live) do count = count + 1 end\n"
          "assert(count < 150, count)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_order_shows_its_fields),
        cmocka_unit_test(a_broken_draft_is_a_problem_with_a_pointer),
        cmocka_unit_test(a_slip_of_the_pen_is_not_ignored),
        cmocka_unit_test(only_allowed_transitions_pass),
        cmocka_unit_test(items_are_replaced_while_pending),
        cmocka_unit_test(what_was_saved_is_read_again),
        cmocka_unit_test(the_second_of_two_changes_is_a_conflict),
        cmocka_unit_test(an_inbound_event_counts_once),
        cmocka_unit_test(lists_come_in_pages_newest_first),
        cmocka_unit_test(a_query_is_checked),
        cmocka_unit_test(a_closed_order_is_gone),
        cmocka_unit_test(the_store_says_that_it_is_well),
        cmocka_unit_test(without_a_store_the_reason_is_said),
        cmocka_unit_test(orders_that_nobody_holds_are_freed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
