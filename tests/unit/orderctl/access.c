/* Who may come to ZeroMQ, as orderctl makes it. */
#include "shell.h"

#include "bus/clients.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7"

static char list[128], pair[128];

static int set_up(void **state)
{
    shell_set_up(state);
    snprintf(list, sizeof(list), "%s/clients.json", state_dir);
    snprintf(pair, sizeof(pair), "%s/billing.key", state_dir);
    return 0;
}

static int tear_down(void **state)
{
    char service[128];
    snprintf(service, sizeof(service), "%s/curve.key", state_dir);
    unlink(list);
    unlink(pair);
    unlink(service);
    return shell_tear_down(state);
}

static struct bus_clients *clients_read(void)
{
    struct bus_clients *clients = NULL;
    struct fault fault;
    assert_int_equal(bus_clients_read(list, &clients, &fault), STATUS_OK);
    return clients;
}

static void says(const char *stream, const char *text)
{
    if (!strstr(stream, text))
        fail_msg("\"%s\" does not say: %s", stream, text);
}

static void the_services_pair_is_made_once_and_shown(void **state)
{
    (void)state;
    char path[128], key[CURVE_KEY_SIZE + 1];
    struct curve_keys keys;
    struct fault fault;
    struct stat info;
    snprintf(path, sizeof(path), "%s/curve.key", state_dir);
    assert_int_equal(orderctl("keys", "curve", "--show", NULL), ORDERCTL_FAILED);
    assert_int_equal(orderctl("keys", "curve", NULL), ORDERCTL_DONE);
    assert_int_equal(curve_keys_read(path, &keys, &fault), STATUS_OK);
    says(shell_out, keys.public_key);
    assert_null(strstr(shell_out, keys.secret_key));
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0600);
    assert_int_equal(orderctl("keys", "curve", NULL), ORDERCTL_FAILED);
    says(shell_err, "there is a file already, and it stays");
    assert_int_equal(orderctl("keys", "curve", "--show", NULL), ORDERCTL_DONE);
    snprintf(key, sizeof(key), "%s\n", keys.public_key);
    assert_string_equal(shell_out, key);
}

static void a_client_gets_a_pair_and_a_place_in_the_list(void **state)
{
    (void)state;
    struct curve_keys keys;
    struct fault fault;
    assert_int_equal(orderctl("keys", "client", "billing", "--read", "order.", "--read=alert.",
                              "--send", "inventory.", "--cursors", "--out", pair, NULL),
                     ORDERCTL_DONE);
    says(shell_out, "billing is in the list from the next `orderctl reload` on");
    assert_int_equal(curve_keys_read(pair, &keys, &fault), STATUS_OK);
    says(shell_out, "It may not read everything");
    struct bus_clients *clients = clients_read();
    const struct bus_client *client = bus_clients_find(clients, keys.public_key);
    assert_string_equal(client->name, "billing");
    assert_int_equal(client->read.count, 2);
    assert_string_equal(client->read.texts[1], "alert.");
    assert_string_equal(client->send.texts[0], "inventory.");
    assert_true(client->cursors);
    bus_clients_free(&clients);
}

static void a_client_may_have_made_its_own_pair(void **state)
{
    (void)state;
    assert_int_equal(orderctl("keys", "client", "audit", "--read", "", "--public-key", KEY, NULL),
                     ORDERCTL_DONE);
    struct bus_clients *clients = clients_read();
    const struct bus_client *client = bus_clients_find(clients, KEY);
    assert_string_equal(client->read.texts[0], "");
    assert_null(strstr(shell_out, "It may not read everything"));
    assert_false(client->cursors);
    bus_clients_free(&clients);
    assert_int_equal(orderctl("keys", "client", "b", "--read", "", "--public-key", KEY, NULL),
                     ORDERCTL_FAILED);
    says(shell_err, "the client audit has this key already");
}

static void a_client_that_is_refused_leaves_no_pair(void **state)
{
    (void)state;
    assert_int_equal(
        orderctl("keys", "client", "billing", "--read", "a", "--public-key", KEY, NULL),
        ORDERCTL_DONE);
    assert_int_equal(orderctl("keys", "client", "billing", "--read", "a", "--out", pair, NULL),
                     ORDERCTL_FAILED);
    says(shell_err, "there is a client billing already");
    assert_int_equal(access(pair, F_OK), -1);
}

static void a_pair_that_is_left_stays_and_how_to_use_it_is_told(void **state)
{
    (void)state;
    char key[CURVE_KEY_SIZE], advice[96];
    struct fault fault;
    assert_int_equal(curve_keys_generate(pair, "billing", key, &fault), STATUS_OK);
    assert_int_equal(orderctl("keys", "client", "billing", "--read", "a", "--out", pair, NULL),
                     ORDERCTL_FAILED);
    snprintf(advice, sizeof(advice), "--public-key '%s'", key);
    says(shell_err, advice);
    assert_int_equal(access(list, F_OK), -1);
    assert_int_equal(
        orderctl("keys", "client", "billing", "--read", "a", "--public-key", key, NULL),
        ORDERCTL_DONE);
}

static void wrong_usage_makes_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *arguments[8], *complaint;
    } wrong[] = {
        {{"orderctl", "keys", "client", "a b", "--read", "", NULL}, "NAME must be 1 to 64"},
        {{"orderctl", "keys", "client", "a", NULL}, "--read or --send is missing"},
        {{"orderctl", "keys", "client", "a", "--read", "", "--public-key=x", NULL}, "of Z85"},
        {{"orderctl", "keys", "client", "a", "--read=", "--out=x", "--public-key=" KEY, NULL},
         "--out has no use"},
        {{"orderctl", "keys", "client", "a", "--read=order.\xff\xfe", NULL}, "text (UTF-8)"},
        {{"orderctl", "keys", "client", NULL}, "something is missing: it takes NAME"},
        {{"orderctl", "keys", "revoke", NULL}, "something is missing: it takes NAME"},
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_int_equal(shell_run(wrong[i].arguments), ORDERCTL_USAGE);
        says(shell_err, wrong[i].complaint);
    }
    assert_int_equal(access(list, F_OK), -1);
}

static void the_list_is_printed_by_name_and_shortened(void **state)
{
    (void)state;
    assert_int_equal(orderctl("keys", "clients", NULL), ORDERCTL_FAILED);
    assert_int_equal(orderctl("keys", "client", "z", "--read", "", "--public-key", KEY, NULL),
                     ORDERCTL_DONE);
    assert_int_equal(orderctl("keys", "client", "billing", "--send", "inventory.", "--send", "x",
                              "--out", pair, NULL),
                     ORDERCTL_DONE);
    assert_int_equal(orderctl("keys", "clients", NULL), ORDERCTL_DONE);
    const char *billing = strstr(shell_out, "\nbilling"), *z = strstr(shell_out, "\nz ");
    assert_true(billing && z && billing < z);
    says(shell_out, "inventory. x");
    says(z, KEY "  (all)");
    assert_int_equal(orderctl("keys", "clients", "--json", NULL), ORDERCTL_DONE);
    says(shell_out, "{\"name\":\"z\",\"public_key\":\"" KEY
                    "\",\"read\":[\"\"],\"send\":[],\"cursors\":false}\n");
    says(shell_out, "\"send\":[\"inventory.\",\"x\"]");
}

static void who_is_revoked_is_out_of_the_list(void **state)
{
    (void)state;
    assert_int_equal(orderctl("keys", "client", "a", "--read", "", "--public-key", KEY, NULL),
                     ORDERCTL_DONE);
    assert_int_equal(orderctl("keys", "revoke", "b", NULL), ORDERCTL_FAILED);
    says(shell_err, "there is no client b");
    assert_int_equal(orderctl("keys", "revoke", "a", NULL), ORDERCTL_DONE);
    struct bus_clients *clients = clients_read();
    assert_int_equal(clients->count, 0);
    bus_clients_free(&clients);
}

#define TEST(name_) cmocka_unit_test_setup_teardown(name_, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_services_pair_is_made_once_and_shown),
        TEST(a_client_gets_a_pair_and_a_place_in_the_list),
        TEST(a_client_may_have_made_its_own_pair),
        TEST(a_client_that_is_refused_leaves_no_pair),
        TEST(a_pair_that_is_left_stays_and_how_to_use_it_is_told),
        TEST(wrong_usage_makes_nothing),
        TEST(the_list_is_printed_by_name_and_shortened),
        TEST(who_is_revoked_is_out_of_the_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
