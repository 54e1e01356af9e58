/* Command lines right and wrong, help, tokens and keys. */
#include "shell.h"

#include "base/clock.h"
#include "http/jwt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static void help_names_every_command_and_every_option(void **state)
{
    (void)state;
    assert_int_equal(orderctl("--help", NULL), ORDERCTL_DONE);
    static const char *const commands[] = {"status",
                                           "reload",
                                           "token",
                                           "keys generate",
                                           "keys curve",
                                           "keys client",
                                           "keys clients",
                                           "keys revoke",
                                           "call",
                                           "ior",
                                           "idl check",
                                           "migrate",
                                           "seed",
                                           "events tail",
                                           "events replay",
                                           "events head",
                                           "dead-letters list",
                                           "dead-letters show",
                                           "dead-letters retry",
                                           "dead-letters drop",
                                           "cursors",
                                           "cursors delete",
                                           "EXIT STATUS",
                                           "ORDERD_STATE_DIR",
                                           "ORDERD_CURVE_KEY",
                                           "ORDERD_CLIENTS",
                                           "DATABASE_URL"};
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        assert_non_null(strstr(shell_out, commands[i]));
    assert_int_equal(orderctl("token", "--help", NULL), ORDERCTL_DONE);
    assert_non_null(strstr(shell_out, "--lifetime SECONDS"));
    assert_int_equal(orderctl("keys", "generate", "--alg", "ES256", "-h", NULL), ORDERCTL_DONE);
    assert_non_null(strstr(shell_out, "--alg NAME"));
    assert_int_equal(orderctl("events", "tail", "--help", NULL), ORDERCTL_DONE);
    assert_non_null(strstr(shell_out, "       --topic PREFIX (any number of times)\n"));
    assert_non_null(strstr(shell_out, "       --json\n"));
    assert_non_null(strstr(shell_out, "EXAMPLES\n       orderctl events tail\n"));
    assert_string_equal(shell_err, "");
}

static void the_version_is_told(void **state)
{
    (void)state;
    assert_int_equal(orderctl("--version", NULL), ORDERCTL_DONE);
    assert_string_equal(shell_out, "orderctl " ORDERD_VERSION "\n");
}

static void misused(const char *complaint)
{
    assert_string_equal(shell_out, "");
    if (!strstr(shell_err, complaint))
        fail_msg("\"%s\" does not say: %s", shell_err, complaint);
}

static void wrong_usage_is_told_and_nothing_is_done(void **state)
{
    (void)state;
    assert_int_equal(orderctl(NULL), ORDERCTL_USAGE);
    misused("Usage");
    assert_int_equal(orderctl("dance", NULL), ORDERCTL_USAGE);
    misused("no command dance");
    assert_int_equal(orderctl("keys", NULL), ORDERCTL_USAGE);
    misused("no command keys alone; there is keys generate, keys curve, keys client");
    assert_int_equal(orderctl("keys", "nosuch", NULL), ORDERCTL_USAGE);
    misused("no command keys nosuch; there is keys generate");
    assert_int_equal(orderctl("status", "now", NULL), ORDERCTL_USAGE);
    misused("no option now");
    assert_int_equal(orderctl("ior", NULL), ORDERCTL_USAGE);
    misused("something is missing: it takes REF");
    assert_int_equal(orderctl("ior", "a", "b", NULL), ORDERCTL_USAGE);
    misused("b is one too many");
    assert_int_equal(orderctl("call", "--timeout=0", "a", "b", NULL), ORDERCTL_USAGE);
    misused("--timeout must be 0.001 to 3600 seconds");
    assert_int_equal(orderctl("token", "--colour", "red", NULL), ORDERCTL_USAGE);
    misused("no option --colour");
    assert_int_equal(orderctl("token", "--user", NULL), ORDERCTL_USAGE);
    misused("--user needs a value");
    assert_int_equal(orderctl("token", "--user", USER, "--user", USER, NULL), ORDERCTL_USAGE);
    misused("given twice");
    assert_int_equal(orderctl("token", NULL), ORDERCTL_USAGE);
    misused("--user is missing");
    assert_int_equal(orderctl("token", "--user", USER, NULL), ORDERCTL_USAGE);
    misused("--role or --scope is missing");
    assert_int_equal(orderctl("token", "--user", "me", "--role", "admin", NULL), ORDERCTL_USAGE);
    misused("must be a UUID");
    assert_int_equal(orderctl("keys", "generate", "--alg", "none", NULL), ORDERCTL_USAGE);
    misused("ES256");
}

static void a_lifetime_is_a_number_of_seconds(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "", "0", "-1", "1h", " 60", "1e3", "99999999999999999999", "31622401"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(
            orderctl("token", "--user", USER, "--role", "admin", "--lifetime", bad[i], NULL),
            ORDERCTL_USAGE);
        misused("--lifetime");
    }
}

static struct identity identity_of(char *line, const char *jwks_path, const char *issuer)
{
    struct jwt_rules rules = {.issuer = issuer, .audience = "orderd"};
    struct jwt_keys *keys;
    struct identity who;
    struct fault fault;
    assert_int_equal(jwt_keys_read(jwks_path, &rules, &keys, &fault), STATUS_OK);
    size_t length = strcspn(line, "\n");
    assert_string_equal(line + length, "\n"); /* one line and nothing else */
    assert_int_equal(jwt_verify(keys, line, length, clock_wall_ms(), &who, &fault), STATUS_OK);
    jwt_keys_release(&keys);
    return who;
}

static void a_token_of_a_new_key_is_taken(void **state)
{
    (void)state;
    char path[128];
    snprintf(path, sizeof(path), "%s/jwks.json", state_dir);
    assert_int_equal(orderctl("keys", "generate", NULL), ORDERCTL_DONE);
    assert_non_null(strstr(shell_out, path));
    assert_int_equal(orderctl("token", "--user", USER, "--role=admin", "--lifetime", "60",
                              "--scope", "a b", "--issuer", "me", NULL),
                     ORDERCTL_DONE);
    struct identity who = identity_of(shell_out, path, "me");
    assert_int_equal(who.scope_count, 2);
    assert_string_equal(who.names[2], "admin");
    assert_in_range(who.expires_at, 1, clock_wall_ms() + 60000);
}

static void keys_can_live_elsewhere_in_a_directory_that_is_made(void **state)
{
    (void)state;
    char path[128];
    struct stat file;
    snprintf(path, sizeof(path), "%s/deep/keys.json", state_dir);
    assert_int_equal(orderctl("keys", "generate", "--alg", "HS256", "--jwks", path, NULL),
                     ORDERCTL_DONE);
    assert_int_equal(stat(path, &file), 0);
    setenv("ORDERD_JWKS", path, 1);
    assert_int_equal(orderctl("token", "--user", USER, "--role", "customer", NULL), ORDERCTL_DONE);
    identity_of(shell_out, path, "orderd");
}

static void a_file_of_keys_is_never_overwritten(void **state)
{
    (void)state;
    assert_int_equal(orderctl("keys", "generate", NULL), ORDERCTL_DONE);
    assert_int_equal(orderctl("keys", "generate", NULL), ORDERCTL_FAILED);
    assert_non_null(strstr(shell_err, "jwks.json: is there already"));
}

static void without_keys_there_is_no_token(void **state)
{
    (void)state;
    assert_int_equal(orderctl("token", "--user", USER, "--role", "admin", NULL), ORDERCTL_FAILED);
    assert_non_null(strstr(shell_err, "jwks.json: cannot open it"));
    assert_string_equal(shell_out, "");
}

#define TEST(name_) cmocka_unit_test_setup_teardown(name_, shell_set_up, shell_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(help_names_every_command_and_every_option),
        TEST(the_version_is_told),
        TEST(wrong_usage_is_told_and_nothing_is_done),
        TEST(a_lifetime_is_a_number_of_seconds),
        TEST(a_token_of_a_new_key_is_taken),
        TEST(keys_can_live_elsewhere_in_a_directory_that_is_made),
        TEST(a_file_of_keys_is_never_overwritten),
        TEST(without_keys_there_is_no_token),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
