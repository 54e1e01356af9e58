/* References that people write, and stringified names. */
#include "bytes.h"

#include "giop/reference.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct ior *parse(const char *text)
{
    struct ior *ior = NULL;
    struct fault fault = {0};
    if (ior_parse(text, strlen(text), &ior, &fault) != STATUS_OK)
        fail_msg("%s: %s", text, fault.text);
    return ior;
}

static void assert_place(const struct ior *ior, size_t index, const char *host, uint16_t port,
                         uint8_t minor)
{
    size_t profile;
    const struct endpoint *endpoint = ior_endpoint(ior, index, &profile);
    assert_non_null(endpoint);
    assert_string_equal(endpoint->host, host);
    assert_int_equal(endpoint->port, port);
    assert_int_equal(ior->profiles[profile].minor, minor);
}

static void assert_one(const char *text, const char *host, uint16_t port, uint8_t minor)
{
    struct ior *ior = parse(text);
    assert_int_equal(ior->profile_count, 1);
    assert_place(ior, 0, host, port, minor);
    assert_text((const char *)ior->profiles[0].key, ior->profiles[0].key_size, "k");
    assert_string_equal(ior->type_id, "");
    assert_null(ior->name);
    assert_false(ior->profiles[0].has_codesets);
    ior_release(&ior);
}

static void an_address_has_defaults(void **state)
{
    (void)state;
    assert_one("corbaloc::h/k", "h", 2809, 0);
    assert_one("corbaloc:iiop:h/k", "h", 2809, 0);
    assert_one("CorbaLoc:IIOP:h:1/k", "h", 1, 0);
    assert_one("corbaloc::127.0.0.1:65535/k", "127.0.0.1", 65535, 0);
    assert_one("corbaloc::1.2@my-host.example:80/k", "my-host.example", 80, 2);
    assert_one("corbaloc:iiop:1.1@10.0.0.1/k", "10.0.0.1", 2809, 1);
    assert_one("corbaloc::1.5@h/k", "h", 2809, 2);
}

static void ipv6_stands_in_brackets(void **state)
{
    (void)state;
    assert_one("corbaloc::[::1]/k", "::1", 2809, 0);
    assert_one("corbaloc::1.2@[fe80::1%eth0]:2810/k", "fe80::1%eth0", 2810, 2);
}

static void several_addresses_are_several_profiles_each_with_its_version(void **state)
{
    struct ior *ior = parse("corbaloc::a,iiop:1.2@b:2,:[::1]:3/k");
    (void)state;
    assert_int_equal(ior->profile_count, 3);
    assert_place(ior, 0, "a", 2809, 0);
    assert_place(ior, 1, "b", 2, 2);
    assert_place(ior, 2, "::1", 3, 0);
    for (size_t i = 0; i < 3; i++)
        assert_text((const char *)ior->profiles[i].key, ior->profiles[i].key_size, "k");
    ior_release(&ior);
}

static void a_key_may_hold_any_bytes(void **state)
{
    struct ior *ior = parse("corbaloc::h/a/b%20%00%fF,x:@?");
    (void)state;
    assert_int_equal(ior->profiles[0].key_size, 11);
    assert_memory_equal(ior->profiles[0].key, "a/b \0\xff,x:@?", 11);
    ior_release(&ior);
}

static void what_is_wrong_is_told_with_its_place(void **state)
{
    static const struct {
        const char *text, *why;
    } bad[] = {
        {"corbaloc:", "\"iiop:\" or \":\" and an address at character 10"},
        {"corbaloc:ssliop:h/k", "\"iiop:\" or \":\" and an address at character 10"},
        {"corbaloc:rir:/NameService", "\"rir:\" names a reference"},
        {"corbaname:rir:#a", "\"rir:\" names a reference"},
        {"corbaloc::/k", "a host's name or address at character 11"},
        {"corbaloc::h", "',' or '/' and an object key at character 12"},
        {"corbaloc::h/", "an object key at character 13"},
        {"corbaloc::h:0/k", "a port from 1 to 65535 at character 13"},
        {"corbaloc::h:65536/k", "a port from 1 to 65535 at character 13"},
        {"corbaloc::h:/k", "a port from 1 to 65535 at character 13"},
        {"corbaloc::h:1x/k", "',' or '/' and an object key at character 14"},
        {"corbaloc::2.0@h/k", "version 1.0, 1.1 or 1.2 at character 11"},
        {"corbaloc::[::1/k", "']' at character 15"},
        {"corbaloc::h,/k", "and an address at character 13"},
        {"corbaloc::h/a b", "for another byte, at character 14"},
        {"corbaloc::h/a%4", "for another byte, at character 14"},
        {"corbaloc::h/a#b", "for another byte, at character 14"},
        {"corbaloc::h o/k", "',' or '/' and an object key at character 12"},
        {"corbaname::h#a//b", "an empty component"},
        {"corbaname::h#a%00", "NUL"},
        {"corbaname::h#a b", "for another byte, at character 15"},
        {"corbaname::hx!", "',', '/' or '#' at character 14"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct ior *ior;
        struct fault fault = {0};
        assert_int_equal(ior_parse(bad[i].text, strlen(bad[i].text), &ior, &fault), STATUS_INVALID);
        assert_null(ior);
        if (!strstr(fault.text, bad[i].why))
            fail_msg("%s: %s", bad[i].text, fault.text);
    }
}

static void sixteen_addresses_are_the_most(void **state)
{
    struct ior *ior;
    struct fault fault;
    char *most = repeated("corbaloc::h", 15, ",:h", "/k");
    char *more = repeated("corbaloc::h", 16, ",:h", "/k");
    (void)state;
    ior = parse(most);
    assert_int_equal(ior->profile_count, 16);
    ior_release(&ior);
    assert_int_equal(ior_parse(more, strlen(more), &ior, &fault), STATUS_INVALID);
    assert_non_null(strstr(fault.text, "16"));
    free(most);
    free(more);
}

/* ---- corbaname ---- */

static void a_corbaname_is_a_context_and_a_name(void **state)
{
    struct ior *ior = parse("corbaname::h:2810#pharmacy/inventory.service");
    (void)state;
    assert_place(ior, 0, "h", 2810, 0);
    assert_text((const char *)ior->profiles[0].key, ior->profiles[0].key_size, "NameService");
    assert_string_equal(ior->name, "pharmacy/inventory.service");
    ior_release(&ior);
    ior = parse("corbaname::h/Root/1#a%5c.b");
    assert_text((const char *)ior->profiles[0].key, ior->profiles[0].key_size, "Root/1");
    assert_string_equal(ior->name, "a\\.b");
    ior_release(&ior);
}

static void a_corbaname_without_a_name_is_the_context_itself(void **state)
{
    static const char *const texts[] = {"corbaname::h", "corbaname::h/", "corbaname::h#",
                                        "corbaname::h/NameService#"};
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct ior *ior = parse(texts[i]);
        assert_null(ior->name);
        assert_int_equal(ior->profiles[0].key_size, 11);
        ior_release(&ior);
    }
}

static void a_corbaname_reads_back_from_its_text_and_cannot_be_passed_on(void **state)
{
    struct buffer text = {0};
    struct buffer out = {0};
    struct cdr_writer w = {.out = &out};
    struct ior *ior = parse("corbaname::a,:1.2@[::1]:1/k%00#x%5c/y.z");
    (void)state;
    ior_format(ior, &text);
    assert_text(text.data, text.size, "corbaname:iiop:1.0@a:2809,iiop:1.2@[::1]:1/k%00#x%5c/y.z");
    buffer_append(&text, "", 1);
    struct ior *again = parse(text.data);
    assert_true(ior_equal(ior, again));
    ior_write(&w, ior);
    assert_int_equal(w.failure, EXCEPTION_BAD_PARAM);
    assert_int_equal(out.size, 0);
    struct ior *other = parse("corbaname::a,:1.2@[::1]:1/k%00#x");
    assert_false(ior_equal(ior, other));
    ior_release(&other);
    ior_release(&again);
    ior_release(&ior);
    buffer_release(&out);
    buffer_release(&text);
}

/* ---- names ---- */

static void assert_name(const char *text, size_t count, const char *id, const char *kind)
{
    struct name_component *components;
    size_t found;
    struct fault fault = {0};
    struct buffer again = {0};
    assert_int_equal(name_parse(text, &components, &found, &fault), STATUS_OK);
    assert_int_equal(found, count);
    assert_string_equal(components[count - 1].id, id);
    assert_string_equal(components[count - 1].kind, kind);
    name_format(components, found, &again);
    assert_text(again.data, again.size, text);
    buffer_release(&again);
    name_free(components, found);
}

static void a_name_has_components_with_id_and_kind(void **state)
{
    (void)state;
    assert_name("a", 1, "a", "");
    assert_name("a.b", 1, "a", "b");
    assert_name("x/y.z/a b.c", 3, "a b", "c");
    assert_name(".k", 1, "", "k");
    assert_name(".", 1, "", "");
    assert_name("a/./.k", 3, "", "k");
    assert_name("a\\/b\\.c\\\\d.e\\.f", 1, "a/b.c\\d", "e.f");
}

static void a_bad_name_is_told_with_its_place(void **state)
{
    static const struct {
        const char *text, *why;
    } bad[] = {
        {"", "an empty component at character 1"},
        {"/a", "an empty component at character 1"},
        {"a/", "an empty component at character 3"},
        {"a//b", "an empty component at character 3"},
        {"a.", "'.' without a kind behind it at character 2"},
        {"a.b.c", "a second '.' at character 4"},
        {"..", "a second '.' at character 2"},
        {"a\\b", "at character 2"},
        {"a.\\", "at character 3"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct name_component *components;
        size_t count;
        struct fault fault = {0};
        assert_int_equal(name_parse(bad[i].text, &components, &count, &fault), STATUS_INVALID);
        assert_null(components);
        assert_int_equal(count, 0);
        if (!strstr(fault.text, bad[i].why))
            fail_msg("%s: %s", bad[i].text, fault.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_has_defaults),
        cmocka_unit_test(ipv6_stands_in_brackets),
        cmocka_unit_test(several_addresses_are_several_profiles_each_with_its_version),
        cmocka_unit_test(a_key_may_hold_any_bytes),
        cmocka_unit_test(what_is_wrong_is_told_with_its_place),
        cmocka_unit_test(sixteen_addresses_are_the_most),
        cmocka_unit_test(a_corbaname_is_a_context_and_a_name),
        cmocka_unit_test(a_corbaname_without_a_name_is_the_context_itself),
        cmocka_unit_test(a_corbaname_reads_back_from_its_text_and_cannot_be_passed_on),
        cmocka_unit_test(a_name_has_components_with_id_and_kind),
        cmocka_unit_test(a_bad_name_is_told_with_its_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
