/* orderd.seal: what scripts seal and open. */
#include "fixture.h"

#include "seal/seal.h"

#include <string.h>

static void with_key(struct fixture *f, struct seal **seal, uint8_t byte)
{
    uint8_t key[SEAL_KEY_SIZE];
    memset(key, byte, sizeof(key));
    *seal = seal_new(key);
    assert_non_null(*seal);
    f->services.seal = *seal;
}

/* The text is run as a task of a vm with a key, and must not raise. */
static void holds(const char *text)
{
    struct fixture f;
    struct seal *seal;
    fixture_open(&f);
    with_key(&f, &seal, 1);
    fixture_lua(&f, text);
    fixture_close(&f);
    seal_free(&seal);
}

static void a_value_comes_back_with_its_end(void **state)
{
    (void)state;
    holds("local clock, seal = require('orderd.clock'), require('orderd.seal')\n"
          "local test = require('orderd.test')\n"
          "local ends = clock.now() + 60000\n"
          "for _, value in ipairs{'text', 7, true, {a = {1, 2}, b = 'c'}} do\n"
          "  local text = seal.close(value, ends)\n"
          "  assert(text:find('^[%w_-]+$'))\n"
          "  local opened, expires_at = seal.open(text)\n"
          "  test.equal(opened, value)\n"
          "  assert(expires_at == ends)\n"
          "end");
}

static void nothing_else_opens(void **state)
{
    (void)state;
    holds("local clock, seal = require('orderd.clock'), require('orderd.seal')\n"
          "local text = seal.close({a = 1}, clock.now() + 60000)\n"
          "assert(seal.open(text))\n"
          "for _, bad in ipairs{'', 'x', text .. 'A', text:sub(2), text:sub(1, -2),\n"
          "    text:gsub('^.', 'B'), ('A'):rep(100000), '\\0\\xff'} do\n"
          "  assert(seal.open(bad) == nil, bad)\n"
          "end\n"
          "assert(seal.open(seal.close('x', clock.now() - 1)) == nil)\n"
          "assert(seal.open(seal.close('x', 0)) == nil)");
}

static void what_cannot_be_sealed_raises(void **state)
{
    (void)state;
    holds(
        "local seal = require('orderd.seal')\n"
        "for _, call in ipairs{{assert, 1}, {('x'):rep(5000), 1}, {'x'}, {'x', 1.5}, {'x', 'y'},\n"
        "    {}} do\n"
        "  assert(not pcall(seal.close, table.unpack(call)))\n"
        "end\n"
        "assert(not pcall(seal.open)) assert(not pcall(seal.open, {}))");
}

static void without_a_key_it_says_so(void **state)
{
    struct fixture f;
    (void)state;
    fixture_open(&f);
    fixture_lua(&f, "local seal = require('orderd.seal')\n"
                    "for _, fn in ipairs{function() seal.close('x', 1) end,\n"
                    "    function() seal.open('x') end} do\n"
                    "  local done, why = pcall(fn)\n"
                    "  assert(not done and why:find('no key', 1, true), why)\n"
                    "end");
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_comes_back_with_its_end),
        cmocka_unit_test(nothing_else_opens),
        cmocka_unit_test(what_cannot_be_sealed_raises),
        cmocka_unit_test(without_a_key_it_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
