/* ior, idl check and call, as far as they go without a server; with one: tests/integration. */
#include "shell.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void says(const char *where, const char *what)
{
    if (!strstr(where, what))
        fail_msg("\"%s\" does not say: %s", where, what);
}

static void ior_shows_where_a_reference_leads(void **state)
{
    (void)state;
    assert_int_equal(orderctl("ior", "corbaloc:iiop:1.2@127.0.0.1:2810/Gateway", NULL),
                     ORDERCTL_DONE);
    says(shell_out, "127.0.0.1");
    says(shell_out, "2810");
    says(shell_out, "Gateway");
}

static void ior_refuses_what_is_no_reference(void **state)
{
    (void)state;
    assert_int_equal(orderctl("ior", "IOR:12", NULL), ORDERCTL_FAILED);
    assert_string_equal(shell_out, "");
    says(shell_err, "orderctl ior: ");
}

static char *file_of(const char *text)
{
    static char path[64];
    snprintf(path, sizeof(path), "/tmp/orderd-idl-XXXXXX");
    int file = mkstemp(path);
    assert_true(file >= 0);
    assert_int_equal(write(file, text, strlen(text)), (ssize_t)strlen(text));
    close(file);
    return path;
}

static void idl_check_takes_what_is_good(void **state)
{
    (void)state;
    char *path = file_of("interface A { long f(in string s); };");
    assert_int_equal(orderctl("idl", "check", path, NULL), ORDERCTL_DONE);
    says(shell_out, ": ok\n");
    unlink(path);
}

static void idl_check_names_the_place_of_a_mistake(void **state)
{
    (void)state;
    char *path = file_of("interface A {\n  long f(in strong s);\n};");
    assert_int_equal(orderctl("idl", "check", path, NULL), ORDERCTL_FAILED);
    says(shell_err, ":2:13: ");
    unlink(path);
}

static const char nobody[] = "corbaloc:iiop:127.0.0.1:1/Gateway"; /* no port that is listened on */

static int call(const char *path, const char *operation, const char *argument)
{
    return orderctl("call", "--idl", path, "--timeout", "2", nobody, operation, argument, NULL);
}

static void a_call_is_checked_before_anything_is_sent(void **state)
{
    (void)state;
    char *path = file_of("interface A { long f(in octet o); oneway void g(); };"
                         "interface B { void g(); };");
    assert_int_equal(call(path, "f", NULL), ORDERCTL_FAILED);
    says(shell_err, "f: it takes 1 argument, not 0");
    assert_int_equal(call(path, "f", "300"), ORDERCTL_FAILED);
    says(shell_err, "orderctl call: o");
    assert_int_equal(call(path, "f", "{"), ORDERCTL_FAILED);
    says(shell_err, "orderctl call: o: expected octet as JSON, not '{'");
    assert_int_equal(call(path, "h", NULL), ORDERCTL_FAILED);
    says(shell_err, "h: no interface of the IDL file has this operation");
    assert_int_equal(call(path, "g", NULL), ORDERCTL_FAILED);
    says(shell_err, "g: several interfaces have it: say which with --interface");
    unlink(path);
}

static void a_server_that_is_not_there_is_a_system_exception(void **state)
{
    (void)state;
    char *path = file_of("interface A { long f(in octet o); };");
    assert_int_equal(call(path, "f", "3"), ORDERCTL_FAILED);
    says(shell_err, "orderctl call: TRANSIENT (");
    says(shell_err, "COMPLETED_NO");
    assert_string_equal(shell_out, "");
    unlink(path);
}

#define TEST(name_) cmocka_unit_test_setup_teardown(name_, shell_set_up, shell_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(ior_shows_where_a_reference_leads),
        TEST(ior_refuses_what_is_no_reference),
        TEST(idl_check_takes_what_is_good),
        TEST(idl_check_names_the_place_of_a_mistake),
        TEST(a_call_is_checked_before_anything_is_sent),
        TEST(a_server_that_is_not_there_is_a_system_exception),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
