/* The configuration as an operator writes it: what is taken, what is refused, and what is said. */
#include "server/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct desk {
    char directory[32], path[48];
    struct config config;
    struct fault fault;
};

static int setup(void **state)
{
    static struct desk desk;
    desk = (struct desk){.directory = "/tmp/orderd-conf-XXXXXX"};
    assert_non_null(mkdtemp(desk.directory));
    snprintf(desk.path, sizeof(desk.path), "%s/c.lua", desk.directory);
    *state = &desk;
    return 0;
}

static int teardown(void **state)
{
    struct desk *desk = *state;
    config_release(&desk->config);
    unlink(desk->path);
    return rmdir(desk->directory);
}

static enum status read_text(struct desk *desk, const char *text)
{
    FILE *file = fopen(desk->path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
    return config_read(desk->path, &desk->config, &desk->fault);
}

static void take(struct desk *desk, const char *text)
{
    enum status status = read_text(desk, text);
    if (status != STATUS_OK)
        fail_msg("%s: %s", desk->fault.where, desk->fault.text);
}

/* The place ends with `line`, the text begins with `says`. */
static void refuse(struct desk *desk, const char *text, const char *line, const char *says)
{
    assert_int_equal(read_text(desk, text), STATUS_INVALID);
    const char *where = desk->fault.where + strlen(desk->fault.where) - strlen(line);
    if (strlen(desk->fault.where) < strlen(line) || strcmp(where, line) != 0 ||
        strncmp(desk->fault.text, says, strlen(says)) != 0)
        fail_msg("%s: %s", desk->fault.where, desk->fault.text);
}

/* ---- what is taken ---- */

static void an_empty_table_gives_the_defaults(void **state)
{
    struct desk *desk = *state;
    take(desk, "return {}");
    const struct config *config = &desk->config;
    assert_string_equal(config->state_dir, "var");
    assert_string_equal(config->http.listen, "127.0.0.1:8080");
    assert_int_equal(config->http.header_bytes, 16384);
    assert_int_equal(config->http.header_count, 100);
    assert_int_equal(config->http.body_bytes, 1048576);
    assert_int_equal(config->http.bodies_bytes, 67108864);
    assert_int_equal(config->http.connections, 10000);
    assert_int_equal(config->http.header_ms, 10000);
    assert_string_equal(config->bus.publish, "127.0.0.1:5556");
    assert_true(config->has_store);
    assert_string_equal(config->store.url, "sqlite:var/orderd.db");
    assert_int_equal(config->store.key_ms, 24 * 60 * 60 * 1000);
    assert_int_equal(config->store.events_days, 0);
    assert_string_equal(config->identity.jwks, "var/jwks.json");
    assert_string_equal(config->currency->code, "USD");
    assert_true(config->workers >= 1);
}

static void a_value_of_the_file_counts(void **state)
{
    struct desk *desk = *state;
    take(desk, "return { workers = 3, http = { idle_seconds = 0.5 + 1 }, state_dir = '/x/y',"
               " store = { idempotency_seconds = 2592000, events_days = 3650 } }");
    assert_int_equal(desk->config.store.events_days, 3650);
    assert_int_equal(desk->config.store.key_ms, INT64_C(2592000000));
    assert_int_equal(desk->config.workers, 3);
    assert_int_equal(desk->config.http.idle_ms, 1500);
    assert_string_equal(desk->config.store.url, "sqlite:/x/y/orderd.db");
}

static void store_false_is_a_program_without_orders(void **state)
{
    struct desk *desk = *state;
    take(desk, "return { store = false }");
    assert_false(desk->config.has_store);
}

static void the_environment_wins_over_the_file(void **state)
{
    struct desk *desk = *state;
    setenv("ORDERD_WORKERS", "7", 1);
    setenv("ORDERD_SUBSCRIBE", "tcp://a:1, tcp://b:2", 1);
    take(desk, "return { workers = 3 }");
    unsetenv("ORDERD_WORKERS");
    unsetenv("ORDERD_SUBSCRIBE");
    assert_int_equal(desk->config.workers, 7);
    assert_int_equal(desk->config.bus.subscribe->count, 2);
    assert_string_equal(desk->config.bus.subscribe->members[1].text, "tcp://b:2");
}

static void an_empty_variable_is_none_but_empties_a_list(void **state)
{
    struct desk *desk = *state;
    setenv("ORDERD_WORKERS", "", 1);
    setenv("ORDERD_SUBSCRIBE", "", 1);
    take(desk, "return { workers = 3 }");
    unsetenv("ORDERD_WORKERS");
    unsetenv("ORDERD_SUBSCRIBE");
    assert_int_equal(desk->config.workers, 3);
    assert_int_equal(desk->config.bus.subscribe->count, 0);
}

static const struct conf_value *integration(const struct desk *desk, const char *peer,
                                            const char *key)
{
    const struct conf_value *table = conf_member(desk->config.integrations, peer);
    assert_non_null(table);
    return conf_member(table, key);
}

static void scripts_see_integrations_with_their_defaults(void **state)
{
    struct desk *desk = *state;
    setenv("ORDERD_AUTH_URL", "https://auth.example", 1);
    take(desk, "return { integrations = { inventory = { stock_check = false } } }");
    unsetenv("ORDERD_AUTH_URL");
    assert_false(integration(desk, "inventory", "stock_check")->boolean);
    assert_string_equal(integration(desk, "inventory", "url")->text,
                        "corbaloc:iiop:127.0.0.1:2811/Inventory");
    assert_int_equal(integration(desk, "products", "timeout_seconds")->integer, 2);
    assert_string_equal(integration(desk, "auth", "url")->text, "https://auth.example");
}

static void settings_are_free(void **state)
{
    struct desk *desk = *state;
    take(desk, "return { settings = { anything = { goes = { 1, 'two', true } } } }");
    assert_non_null(conf_member(desk->config.settings, "anything"));
}

static void roles_of_the_file_replace_the_shipped_ones(void **state)
{
    struct desk *desk = *state;
    take(desk, "return { identity = { roles = { nurse = { 'orders:read' } } } }");
    assert_string_equal(desk->config.roles[0].name, "nurse");
    assert_string_equal(desk->config.roles[0].permissions[0], "orders:read");
    assert_null(desk->config.roles[0].permissions[1]);
    assert_null(desk->config.roles[1].name);
}

static void the_shipped_roles_are_three(void **state)
{
    struct desk *desk = *state;
    take(desk, "return {}");
    assert_string_equal(desk->config.roles[0].name, "customer");
    assert_string_equal(desk->config.roles[1].name, "pharmacist");
    assert_string_equal(desk->config.roles[2].name, "admin");
    assert_null(desk->config.roles[3].name);
}

/* ---- what is refused ---- */

static void an_unknown_key_is_named_with_its_line(void **state)
{
    struct desk *desk = *state;
    refuse(desk, "return {\n  htp = {},\n}", "c.lua:2", "htp: unknown key; known here: state_dir");
    refuse(desk, "return {\n  http = {\n    lisen = 'x' },\n}", "c.lua:3",
           "http.lisen: unknown key; known here: listen");
    refuse(desk, "return { integrations = { auth = {\n urll = 1 } } }", "c.lua:2",
           "integrations.auth.urll: unknown key");
    refuse(desk, "return { 1, 2 }", "", "[a list]: unknown key");
}

static void a_wrong_type_is_refused(void **state)
{
    struct desk *desk = *state;
    refuse(desk, "return {\n workers = 'many' }", "c.lua:2",
           "workers: expected a whole number from 0 to 256, not \"many\"");
    refuse(desk, "return { http = 7 }", "c.lua:1", "http: expected a table, not an integer");
    refuse(desk, "return { store = true }", "c.lua:1", "store: expected a table");
    refuse(desk, "return { http = {\n listen = 8080 } }", "c.lua:2",
           "http.listen: expected an address like 127.0.0.1:8080 or [::1]:8080, not 8080");
}

static void a_value_out_of_its_range_is_refused(void **state)
{
    struct desk *desk = *state;
    refuse(desk, "return { workers = 257 }", "c.lua:1", "workers: expected a whole number");
    refuse(desk, "return { workers = -1 }", "c.lua:1", "workers: expected a whole number");
    refuse(desk, "return { workers = 1.5 }", "c.lua:1", "workers: expected a whole number");
    refuse(desk, "return { http = { idle_seconds = 0 } }", "c.lua:1",
           "http.idle_seconds: expected a number of seconds from 1 to 86400, not 0");
    refuse(desk, "return { store = { idempotency_seconds = 59 } }", "c.lua:1",
           "store.idempotency_seconds: expected a number of seconds from 60 to 2592000, not 59");
    refuse(desk, "return { store = { idempotency_seconds = 2592001 } }", "c.lua:1",
           "store.idempotency_seconds");
    refuse(desk, "return { store = { events_days = 3651 } }", "c.lua:1", "store.events_days");
    refuse(desk, "return { store = { events_days = -1 } }", "c.lua:1", "store.events_days");
    refuse(desk, "return { store = { events_days = 0.5 } }", "c.lua:1", "store.events_days");
    refuse(desk, "return { http = { idle_seconds = 1e300 } }", "c.lua:1", "http.idle_seconds");
    refuse(desk, "return { http = { idle_seconds = 0/0 } }", "c.lua:1", "");
    refuse(desk, "return { http = { body_bytes = 2097153,\n bodies_bytes = 2097152 } }", "c.lua:2",
           "http.bodies_bytes: expected at least http.body_bytes, which is 2097153");
}

static void what_is_no_address_is_refused(void **state)
{
    static const char *const bad[] = {"nowhere", "127.0.0.1", "127.0.0.1:", "127.0.0.1:99999",
                                      ":8080",   "1.2.3:80",  "::1:80",     "127.0.0.1:8080x",
                                      "[::1]",   "host:80",   "[::1:80"};
    struct desk *desk = *state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char text[96];
        snprintf(text, sizeof(text), "return { http = { listen = '%s' } }", bad[i]);
        refuse(desk, text, "c.lua:1", "http.listen: expected an address");
    }
    take(desk, "return { http = { listen = '[::1]:0' } }");
}

static void the_url_of_a_database_is_read_without_being_shown(void **state)
{
    static const char *const bad[] = {"postgres://u:secret@a/d?foo=1", "postgres://u:secret@a:0/d",
                                      "postgres://u:secret@a/d?target_session_attrs=standby",
                                      "postgres:/u:secret@a/d"};
    struct desk *desk = *state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char text[128];
        snprintf(text, sizeof(text), "return { store = { url = '%s' } }", bad[i]);
        refuse(desk, text, "c.lua:1", "store.url: ");
        assert_null(strstr(desk->fault.text, "secret"));
    }
    refuse(desk, "return { store = { replica = 'sqlite:x' } }", "c.lua:1", "store.replica: ");
    take(desk, "return { store = { url = 'postgresql://u@a,b/d', replica ="
               " 'postgres://u@c/d?target_session_attrs=standby' } }");
    assert_string_equal(desk->config.store.url, "postgresql://u@a,b/d");
}

static void choices_currencies_urls_and_stores_are_checked(void **state)
{
    struct desk *desk = *state;
    refuse(desk, "return { log = { level = 'loud' } }", "c.lua:1",
           "log.level: expected one of debug, info, warning, error, not \"loud\"");
    refuse(desk, "return { log = { level = 'inf' } }", "c.lua:1", "log.level");
    refuse(desk, "return { order = { currency = 'XXQ' } }", "c.lua:1", "order.currency");
    refuse(desk, "return { store = { url = 'mysql:x' } }", "c.lua:1",
           "store.url: expected a store");
    refuse(desk, "return { integrations = { auth = { url = 'ftp://x' } } }", "c.lua:1",
           "integrations.auth.url: expected an object reference");
    refuse(desk, "return { integrations = { auth = { url = 'IOR:0000' } } }", "c.lua:1",
           "integrations.auth.url: expected an object reference");
}

static void an_endpoint_in_a_list_is_refused_by_its_own_line(void **state)
{
    struct desk *desk = *state;
    refuse(desk, "return { bus = { subscribe = {\n 'tcp://a:1',\n 'b:2' } } }", "",
           "bus.subscribe: expected a list of endpoints like tcp://127.0.0.1:6556, not \"b:2\"");
    refuse(desk, "return { bus = { subscribe = 'tcp://a:1' } }", "c.lua:1", "bus.subscribe");
}

static void a_bad_variable_is_named(void **state)
{
    struct desk *desk = *state;
    setenv("ORDERD_WORKERS", "many", 1);
    refuse(desk, "return {}", "ORDERD_WORKERS", "workers: expected a whole number from 0 to 256");
    unsetenv("ORDERD_WORKERS");
}

static void the_brokers_limits_fit_each_other(void **state)
{
    struct desk *desk = *state;
    refuse(desk, "return { orb = { reassembly_bytes = 1048575 } }", "c.lua:1",
           "orb.reassembly_bytes: expected at least orb.message_bytes, which is 1048576");
    refuse(desk, "return { orb = {\n message_bytes = 9000000 } }", "c.lua:2",
           "orb.reassembly_bytes: expected at least orb.message_bytes");
    refuse(desk, "return { orb = { reassembly_total_bytes = 2000000 } }", "c.lua:1",
           "orb.reassembly_total_bytes: expected at least orb.reassembly_bytes");
    take(desk, "return { orb = { message_bytes = 4194304 } }");
}

static void the_brokers_places_are_checked(void **state)
{
    struct desk *desk = *state;
    refuse(desk, "return { orb = { idl = { 'a',\n '' } } }", "", "orb.idl: expected a list of");
    refuse(desk, "return { orb = { public = 'orders' } }", "c.lua:1",
           "orb.public: expected a host");
    refuse(desk, "return { orb = { target = 'ior' } }", "c.lua:1",
           "orb.target: expected one of key, profile, reference");
    take(desk, "return { orb = { idl = { 'a', 'b' }, public = 'orders.example.org:2810' },"
               " integrations = { auth = { url = 'corbaname::h#Auth' } } }");
    assert_string_equal(desk->config.idl[1], "b");
    assert_null(desk->config.idl[2]);
    assert_string_equal(desk->config.orb.public, "orders.example.org:2810");
}

static void zeromq_stays_on_loopback_unless_conf_says_otherwise(void **state)
{
    struct desk *desk = *state;
    refuse(desk, "return { bus = { publish = '0.0.0.0:5556' } }", "",
           "bus.publish: 0.0.0.0:5556 is not");
    refuse(desk, "return { bus = { replay = '[::]:5557' } }", "", "bus.replay: [::]:5557 is not");
    refuse(desk, "return { bus = { ingest = '192.0.2.1:5558' } }", "",
           "bus.ingest: 192.0.2.1:5558 is not");
    take(desk, "return { bus = { publish = '127.0.0.2:5556', replay = '[::1]:0' } }");
}

static void zeromq_may_be_opened_to_all_in_as_many_words(void **state)
{
    struct desk *desk = *state;
    take(desk, "return { bus = { publish = '0.0.0.0:5556', open_to_all = true } }");
}

static void zeromq_with_curve_may_be_anywhere(void **state)
{
    struct desk *desk = *state;
    take(desk, "return { bus = { publish = '0.0.0.0:5556', feeds = { ['[::]:5559'] = { 'a' } },"
               " curve = true } }");
    assert_true(desk->config.bus.curve);
}

static void a_feed_is_an_address_with_topics(void **state)
{
    static const char expected[] =
        "bus.feeds: expected a table of lists of topics, one or more each, by address";
    struct desk *desk = *state;
    take(desk, "return {}");
    assert_int_equal(desk->config.bus.feeds->count, 0);
    config_release(&desk->config);
    take(desk, "return { bus = { feeds = { ['127.0.0.1:5559'] = { 'order.', 'alert.' } } } }");
    assert_int_equal(desk->config.bus.feeds->count, 1);
    assert_string_equal(desk->config.bus.feeds->members[0].key, "127.0.0.1:5559");
    assert_string_equal(desk->config.bus.feeds->members[0].members[1].text, "alert.");
    config_release(&desk->config);
    refuse(desk, "return { bus = {\n feeds = {\n ['127.0.0.1:1'] = {} } } }", "", expected);
    refuse(desk, "return { bus = { feeds = { ['127.0.0.1'] = { 'a' } } } }", "c.lua:1", expected);
    refuse(desk, "return { bus = { feeds = { ['127.0.0.1:1'] = { '' } } } }", "", expected);
    refuse(desk, "return { bus = { feeds = { ['127.0.0.1:1'] = 'a' } } }", "c.lua:1", expected);
    refuse(desk, "return { bus = { feeds = { { 'a' } } } }", "c.lua:1", expected);
    refuse(desk, "return { bus = { feeds = { ['127.0.0.1:5557'] = { 'a' } } } }", "c.lua:1",
           "bus.feeds: 127.0.0.1:5557 is the address of bus.replay");
    refuse(desk, "return { bus = { feeds = { ['0.0.0.0:1'] = { 'a' } } } }", "",
           "bus.feeds: 0.0.0.0:1 is not loopback");
}

static void what_is_no_table_is_refused(void **state)
{
    struct desk *desk = *state;
    refuse(desk, "return 7", "", "");
    refuse(desk, "return {", "c.lua:1", "");
    refuse(desk, "return { http = function() end }", "", "");
}

static void a_missing_file_is_said(void **state)
{
    struct desk *desk = *state;
    assert_int_equal(config_read("/nowhere/c.lua", &desk->config, &desk->fault), STATUS_NOT_FOUND);
}

#define TEST(name_) cmocka_unit_test_setup_teardown(name_, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_empty_table_gives_the_defaults),
        TEST(a_value_of_the_file_counts),
        TEST(store_false_is_a_program_without_orders),
        TEST(the_environment_wins_over_the_file),
        TEST(an_empty_variable_is_none_but_empties_a_list),
        TEST(scripts_see_integrations_with_their_defaults),
        TEST(settings_are_free),
        TEST(roles_of_the_file_replace_the_shipped_ones),
        TEST(the_shipped_roles_are_three),
        TEST(an_unknown_key_is_named_with_its_line),
        TEST(a_wrong_type_is_refused),
        TEST(a_value_out_of_its_range_is_refused),
        TEST(what_is_no_address_is_refused),
        TEST(the_url_of_a_database_is_read_without_being_shown),
        TEST(choices_currencies_urls_and_stores_are_checked),
        TEST(an_endpoint_in_a_list_is_refused_by_its_own_line),
        TEST(a_bad_variable_is_named),
        TEST(the_brokers_limits_fit_each_other),
        TEST(the_brokers_places_are_checked),
        TEST(zeromq_stays_on_loopback_unless_conf_says_otherwise),
        TEST(zeromq_may_be_opened_to_all_in_as_many_words),
        TEST(zeromq_with_curve_may_be_anywhere),
        TEST(a_feed_is_an_address_with_topics),
        TEST(what_is_no_table_is_refused),
        TEST(a_missing_file_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
