/* The list of clients, right and wrong. */
#include "bus/clients.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* Any 32 bytes are a public key. */
#define KEY_A "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7"
#define KEY_B "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID"

static struct bus_clients *clients;

static int teardown(void **state)
{
    (void)state;
    bus_clients_free(&clients);
    return 0;
}

static enum status parse(const char *text, struct fault *fault)
{
    *fault = (struct fault){.status = STATUS_OK};
    return bus_clients_parse(text, strlen(text), &clients, fault);
}

static void refused(const char *text, const char *where, const char *reason)
{
    struct fault fault;
    if (parse(text, &fault) == STATUS_OK)
        fail_msg("taken: %s", text);
    assert_null(clients);
    assert_string_equal(fault.where, where);
    if (!strstr(fault.text, reason))
        fail_msg("\"%s\" does not say: %s", fault.text, reason);
}

static void a_client_is_found_by_its_key(void **state)
{
    (void)state;
    struct fault fault;
    assert_int_equal(parse("[{\"name\":\"billing\",\"public_key\":\"" KEY_A
                           "\",\"read\":[\"order.\",\"x\"],"
                           "\"cursors\":true},{\"name\":\"stock-1\",\"public_key\":\"" KEY_B "\","
                           "\"send\":[\"inventory.\"]}]",
                           &fault),
                     STATUS_OK);
    const struct bus_client *a = bus_clients_find(clients, KEY_A);
    const struct bus_client *b = bus_clients_find(clients, KEY_B);
    assert_string_equal(a->name, "billing");
    assert_true(a->cursors);
    assert_true(topic_prefixes_cover(&a->read, "order.created"));
    assert_true(topic_prefixes_cover(&a->read, "x"));
    assert_false(topic_prefixes_cover(&a->read, "order"));
    assert_false(topic_prefixes_cover(&a->read, ""));
    assert_int_equal(a->send.count, 0);
    assert_string_equal(b->name, "stock-1");
    assert_false(b->cursors);
    assert_int_equal(b->read.count, 0);
    assert_true(topic_prefixes_cover(&b->send, "inventory.stock_release_processed"));
    assert_null(bus_clients_find(clients, "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf8"));
    assert_null(bus_clients_find(clients, ""));
    assert_null(bus_clients_find(clients, NULL));
    assert_null(bus_clients_find(NULL, KEY_A));
}

static void an_empty_list_knows_nobody(void **state)
{
    (void)state;
    struct fault fault;
    assert_int_equal(parse("[]", &fault), STATUS_OK);
    assert_null(bus_clients_find(clients, KEY_A));
}

static void the_empty_beginning_allows_all_and_an_empty_list_nothing(void **state)
{
    (void)state;
    char nothing[] = "";
    char *texts[] = {nothing};
    const struct topic_prefixes all = {.texts = texts, .count = 1}, none = {.count = 0};
    assert_true(topic_prefixes_cover(&all, ""));
    assert_true(topic_prefixes_cover(&all, "order.created"));
    assert_false(topic_prefixes_cover(&none, ""));
}

static void what_is_wrong_is_told_with_its_place(void **state)
{
    (void)state;
    refused("{}", "", "expected a list of clients");
    refused("", "", "line 1");
    refused("[1]", "/0", "expected an object");
    refused("[{\"name\":\"a\"}]", "/0", "public_key is missing");
    refused("[{\"public_key\":\"" KEY_A "\"}]", "/0", "name is missing");
    refused("[{\"name\":\"a b\",\"public_key\":\"" KEY_A "\"}]", "/0/name", "A-Z");
    refused("[{\"name\":\"\",\"public_key\":\"" KEY_A "\"}]", "/0/name", "1 to 64");
    refused("[{\"name\":7,\"public_key\":\"" KEY_A "\"}]", "/0/name", "1 to 64");
    refused("[{\"name\":\"a\",\"public_key\":\"short\"}]", "/0/public_key", "40 characters");
    refused("[{\"name\":\"a\",\"public_key\":\"" KEY_A "x\"}]", "/0/public_key", "Z85");
    refused("[{\"name\":\"a\",\"public_key\":\"~q:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7\"}]",
            "/0/public_key", "Z85");
    /* More than 32 bits in five characters. */
    refused("[{\"name\":\"a\",\"public_key\":\"#####>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7\"}]",
            "/0/public_key", "Z85");
    refused("[{\"name\":\"a\",\"public_key\":\"" KEY_A "\",\"reads\":[]}]", "/0", "unknown member");
    refused("[{\"name\":\"a\",\"name\":\"a\",\"public_key\":\"" KEY_A "\"}]", "", "");
    refused("[{\"name\":\"a\",\"public_key\":\"" KEY_A "\",\"read\":\"order.\"}]", "/0/read",
            "expected a list");
    refused("[{\"name\":\"a\",\"public_key\":\"" KEY_A "\",\"send\":[7]}]", "/0/send",
            "beginnings of topics");
    refused("[{\"name\":\"a\",\"public_key\":\"" KEY_A "\",\"cursors\":1}]", "/0/cursors",
            "true or false");
}

static void two_clients_have_neither_name_nor_key_in_common(void **state)
{
    (void)state;
    refused("[{\"name\":\"a\",\"public_key\":\"" KEY_A "\"},"
            "{\"name\":\"b\",\"public_key\":\"" KEY_A "\"}]",
            "", "the same public_key");
    refused("[{\"name\":\"a\",\"public_key\":\"" KEY_A "\"},"
            "{\"name\":\"a\",\"public_key\":\"" KEY_B "\"}]",
            "", "two clients, a and a, have the same name");
}

static void prefixes_are_limited_in_number_and_length(void **state)
{
    (void)state;
    char text[4096], prefix[CLIENT_PREFIX_LIMIT + 2];
    memset(prefix, 'x', sizeof(prefix));
    prefix[sizeof(prefix) - 1] = '\0';
    snprintf(text, sizeof(text), "[{\"name\":\"a\",\"public_key\":\"%s\",\"read\":[\"%s\"]}]",
             KEY_A, prefix);
    refused(text, "/0/read", "at most 255 bytes");
    int used = snprintf(text, sizeof(text), "[{\"name\":\"a\",\"public_key\":\"%s\",\"read\":[\"\"",
                        KEY_A);
    for (int i = 0; i < CLIENT_PREFIXES_LIMIT; i++)
        used += snprintf(text + used, sizeof(text) - (size_t)used, ",\"%d\"", i);
    snprintf(text + used, sizeof(text) - (size_t)used, "]}]");
    refused(text, "/0/read", "at most 64");
}

static void the_file_is_named_with_the_place(void **state)
{
    (void)state;
    char path[] = "/tmp/orderd-clients-XXXXXX";
    struct fault fault;
    int file = mkstemp(path);
    assert_true(file >= 0);
    assert_int_equal(write(file, "[{}]", 4), 4);
    close(file);
    assert_int_equal(bus_clients_read(path, &clients, &fault), STATUS_INVALID);
    assert_string_equal(fault.where, path);
    assert_string_equal(fault.text, "/0: the member name is missing");
    unlink(path);
    assert_int_equal(bus_clients_read(path, &clients, &fault), STATUS_NOT_FOUND);
    assert_string_equal(fault.where, path);
}

static void a_long_list_is_looked_up_as_a_short_one(void **state)
{
    (void)state;
    enum { MANY = 2000 };
    size_t size = MANY * 128, used = 1;
    char *text = malloc(size);
    struct fault fault;
    text[0] = '[';
    for (unsigned i = 0; i < MANY; i++) /* digits are the low 32 bits of Z85 words here */
        used += (size_t)snprintf(text + used, size - used,
                                 "%s{\"name\":\"c%u\",\"public_key\":\"0%04u%.35s\"}", i ? "," : "",
                                 i, (i * 7919) % MANY, KEY_A + 5);
    snprintf(text + used, size - used, "]");
    assert_int_equal(parse(text, &fault), STATUS_OK);
    free(text);
    assert_int_equal(clients->count, MANY);
    for (unsigned i = 0; i < MANY; i++) {
        char key[CURVE_KEY_SIZE], name[16];
        snprintf(key, sizeof(key), "0%04u%.35s", (i * 7919) % MANY, KEY_A + 5);
        snprintf(name, sizeof(name), "c%u", i);
        assert_string_equal(bus_clients_find(clients, key)->name, name);
    }
}

/* ---- changes of the file ---- */

static char directory[] = "/tmp/orderd-clients-XXXXXX", path[64];

static int file_set_up(void **state)
{
    (void)state;
    strcpy(directory + strlen(directory) - 6, "XXXXXX");
    assert_non_null(mkdtemp(directory));
    snprintf(path, sizeof(path), "%s/clients.json", directory);
    return 0;
}

static int file_tear_down(void **state)
{
    teardown(state);
    unlink(path);
    assert_int_equal(rmdir(directory), 0); /* nothing else is left */
    return 0;
}

static enum status add(const char *name, const char *key, struct fault *fault)
{
    char order[] = "order.", said[] = "say \"x\"";
    char *read[] = {order, said};
    struct bus_client client = {.read = {.texts = read, .count = 2}, .cursors = true};
    snprintf(client.name, sizeof(client.name), "%s", name);
    memcpy(client.public_key, key, CURVE_KEY_SIZE);
    return bus_clients_add(path, &client, fault);
}

static void what_is_added_stands_in_the_file(void **state)
{
    (void)state;
    struct fault fault;
    assert_int_equal(add("b", KEY_B, &fault), STATUS_OK);
    assert_int_equal(chmod(path, 0640), 0);
    assert_int_equal(add("a", KEY_A, &fault), STATUS_OK);
    assert_int_equal(bus_clients_read(path, &clients, &fault), STATUS_OK);
    assert_int_equal(clients->count, 2);
    const struct bus_client *a = bus_clients_find(clients, KEY_A);
    assert_string_equal(a->name, "a");
    assert_true(a->cursors);
    assert_int_equal(a->read.count, 2);
    assert_string_equal(a->read.texts[1], "say \"x\"");
    assert_int_equal(a->send.count, 0);
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0640); /* as it was */
}

static void one_that_is_there_is_not_added_again(void **state)
{
    (void)state;
    struct fault fault;
    assert_int_equal(add("a", KEY_A, &fault), STATUS_OK);
    assert_int_equal(add("a", KEY_B, &fault), STATUS_DUPLICATE);
    assert_string_equal(fault.text, "there is a client a already");
    assert_int_equal(add("b", KEY_A, &fault), STATUS_DUPLICATE);
    assert_string_equal(fault.text, "the client a has this key already");
}

static void who_is_removed_is_gone_and_the_others_stay(void **state)
{
    (void)state;
    struct fault fault;
    assert_int_equal(bus_clients_remove(path, "a", &fault), STATUS_NOT_FOUND);
    assert_int_equal(add("a", KEY_A, &fault), STATUS_OK);
    assert_int_equal(add("b", KEY_B, &fault), STATUS_OK);
    assert_int_equal(bus_clients_remove(path, "a", &fault), STATUS_OK);
    assert_int_equal(bus_clients_remove(path, "a", &fault), STATUS_NOT_FOUND);
    assert_string_equal(fault.text, "there is no client a");
    assert_int_equal(bus_clients_read(path, &clients, &fault), STATUS_OK);
    assert_int_equal(clients->count, 1);
    assert_non_null(bus_clients_find(clients, KEY_B));
    bus_clients_free(&clients);
    assert_int_equal(bus_clients_remove(path, "b", &fault), STATUS_OK);
    assert_int_equal(bus_clients_read(path, &clients, &fault), STATUS_OK);
    assert_int_equal(clients->count, 0);
}

static void a_right_that_is_no_text_is_refused_and_the_list_stays(void **state)
{
    (void)state;
    struct fault fault;
    char broken[] = "order.\xff";
    char *read[] = {broken};
    struct bus_client client = {.name = "b", .public_key = KEY_B, .read = {read, 1}};
    assert_int_equal(add("a", KEY_A, &fault), STATUS_OK);
    assert_int_equal(bus_clients_add(path, &client, &fault), STATUS_UNAVAILABLE);
    assert_int_equal(bus_clients_read(path, &clients, &fault), STATUS_OK);
    assert_int_equal(clients->count, 1);
}

static void a_link_stays_a_link(void **state)
{
    (void)state;
    char link[80];
    struct fault fault;
    struct stat info;
    assert_int_equal(add("a", KEY_A, &fault), STATUS_OK);
    snprintf(link, sizeof(link), "%s.link", path);
    assert_int_equal(symlink(path, link), 0);
    assert_int_equal(bus_clients_remove(link, "a", &fault), STATUS_OK);
    assert_int_equal(lstat(link, &info), 0);
    assert_true(S_ISLNK(info.st_mode));
    assert_int_equal(bus_clients_read(path, &clients, &fault), STATUS_OK);
    assert_int_equal(clients->count, 0);
    unlink(link);
}

static void what_a_killed_change_has_left_is_used_up(void **state)
{
    (void)state;
    char beside[96];
    struct fault fault;
    snprintf(beside, sizeof(beside), "%s.new", path);
    FILE *file = fopen(beside, "w");
    assert_non_null(file);
    for (int i = 0; i < 1000; i++)
        fputs("half of a list, longer than the next one, ", file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(add("a", KEY_A, &fault), STATUS_OK);
    assert_int_equal(access(beside, F_OK), -1);
    assert_int_equal(bus_clients_read(path, &clients, &fault), STATUS_OK);
    assert_int_equal(clients->count, 1);
}

static void a_file_that_is_no_list_stays_as_it_is(void **state)
{
    (void)state;
    struct fault fault;
    char text[8] = "";
    int file = open(path, O_WRONLY | O_CREAT, 0600);
    assert_int_equal(write(file, "[{}]", 4), 4);
    close(file);
    assert_int_equal(add("a", KEY_A, &fault), STATUS_INVALID);
    assert_non_null(strstr(fault.text, "/0: the member name is missing"));
    file = open(path, O_RDONLY);
    assert_int_equal(read(file, text, sizeof(text)), 4);
    close(file);
    assert_string_equal(text, "[{}]");
}

static void those_who_change_it_at_a_time_lose_nothing(void **state)
{
    (void)state;
    enum { PROCESSES = 16 };
    struct fault fault;
    for (int i = 0; i < PROCESSES; i++) {
        char name[16], key[CURVE_KEY_SIZE];
        if (fork() > 0)
            continue;
        snprintf(name, sizeof(name), "c%d", i);
        snprintf(key, sizeof(key), "0%04d%.35s", i, KEY_A + 5);
        _exit(add(name, key, &fault) == STATUS_OK ? 0 : 1);
    }
    for (int i = 0, status; i < PROCESSES; i++) {
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    assert_int_equal(bus_clients_read(path, &clients, &fault), STATUS_OK);
    assert_int_equal(clients->count, PROCESSES);
}

#define FILE_TEST(name_) cmocka_unit_test_setup_teardown(name_, file_set_up, file_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FILE_TEST(what_is_added_stands_in_the_file),
        FILE_TEST(one_that_is_there_is_not_added_again),
        FILE_TEST(who_is_removed_is_gone_and_the_others_stay),
        FILE_TEST(a_right_that_is_no_text_is_refused_and_the_list_stays),
        FILE_TEST(a_link_stays_a_link),
        FILE_TEST(what_a_killed_change_has_left_is_used_up),
        FILE_TEST(a_file_that_is_no_list_stays_as_it_is),
        FILE_TEST(those_who_change_it_at_a_time_lose_nothing),
        cmocka_unit_test_teardown(a_client_is_found_by_its_key, teardown),
        cmocka_unit_test_teardown(an_empty_list_knows_nobody, teardown),
        cmocka_unit_test(the_empty_beginning_allows_all_and_an_empty_list_nothing),
        cmocka_unit_test(what_is_wrong_is_told_with_its_place),
        cmocka_unit_test(two_clients_have_neither_name_nor_key_in_common),
        cmocka_unit_test(prefixes_are_limited_in_number_and_length),
        cmocka_unit_test(the_file_is_named_with_the_place),
        cmocka_unit_test_teardown(a_long_list_is_looked_up_as_a_short_one, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
