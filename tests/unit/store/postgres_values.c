/* What PostgreSQL is given and what it answers, without a server: times, positions, arrays, errors,
 * urls. */
#include "store/postgres/arguments.h"
#include "store/postgres/failure.h"
#include "store/postgres/position.h"
#include "store/postgres/row.h"
#include "store/postgres/url.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- times ---- */

static void times_count_from_2000(void **state)
{
    (void)state;
    assert_int_equal(pg_time_of(946684800000), 0);
    assert_int_equal(pg_time_of(946684800001), 1000);
    assert_int_equal(pg_time_to_ms(1000), 946684800001);
    assert_int_equal(pg_time_to_ms(pg_time_of(0)), 0);
    assert_int_equal(pg_time_to_ms(pg_time_of(1767225600123)), 1767225600123);
    assert_int_equal(pg_time_to_ms(-1), 946684799999); /* down, not towards 2000 */
}

static void times_outside_of_the_calendar_become_its_ends(void **state)
{
    (void)state;
    assert_int_equal(pg_time_to_ms(pg_time_of(INT64_MAX)), 253402300799999);
    assert_int_equal(pg_time_to_ms(pg_time_of(INT64_MIN)), -62135596800000);
}

/* ---- positions ---- */

static struct position position_of(const char *text)
{
    struct position position = {{0}};

    memcpy(position.text, text, strnlen(text, sizeof(position.text) - 1));
    return position;
}

static void positions_sort_as_text(void **state)
{
    static const struct pg_position places[] = {{1, 0},   {1, 1},         {1, 255},
                                                {1, 256}, {1, INT64_MAX}, {2, 0},
                                                {9, 5},   {10, 1},        {INT64_MAX, 0}};
    struct position last = {{0}};

    (void)state;
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        struct position position;
        struct pg_position again;
        pg_position_write(&places[i], &position);
        assert_true(strcmp(last.text, position.text) < 0);
        assert_int_equal(pg_position_read(&position, &again, NULL), STATUS_OK);
        assert_int_equal(again.xid, places[i].xid);
        assert_int_equal(again.id, places[i].id);
        last = position;
    }
}

static void what_is_no_position_is_refused(void **state)
{
    static const char *const hostile[] = {
        "0000000000000001",
        "0000000000000001-",
        "0000000000000001-000000000000000",
        "0000000000000001-00000000000000011",
        "0000000000000001_0000000000000001",
        "000000000000000A-0000000000000001",
        "8000000000000000-0000000000000001",
        "0000000000000001-8000000000000000",
        "0000000000000000-0000000000000001",
        " 000000000000001-0000000000000001",
        "-000000000000001-0000000000000001",
        "0x00000000000001-0000000000000001",
        "0000000000000001-0000000000000001x",
        "ffffffffffffffffffffffffffffffffffffff",
    };
    struct pg_position place;

    (void)state;
    for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
        struct position position = position_of(hostile[i]);
        struct fault fault = {0};
        assert_int_equal(pg_position_read(&position, &place, &fault), STATUS_INVALID);
        assert_string_equal(fault.where, "/position");
    }
}

/* ---- arrays ---- */

/* A result of one row with one binary column of these bytes. */
static PGresult *result_of(const void *bytes, int length)
{
    PGresult *result = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
    char name[] = "a";
    PGresAttDesc column = {.name = name, .format = 1, .typlen = -1, .atttypmod = -1};

    assert_int_equal(PQsetResultAttrs(result, 1, &column), 1);
    assert_int_equal(PQsetvalue(result, 0, 0, (char *)bytes, length), 1);
    return result;
}

static void an_array_comes_back(void **state)
{
    struct pg_arguments arguments = {0};
    struct pg_elements elements;
    int64_t number;
    PGresult *result;

    (void)state;
    pg_begin_array(&arguments, PG_INT8);
    for (int64_t i = -1; i < 2; i++)
        pg_put_number(&arguments, i);
    pg_end_array(&arguments);
    result = result_of(arguments.bytes.data, arguments.lengths[0]);
    assert_true(pg_column_array(&(struct pg_row){result, 0}, 0, &elements));
    assert_int_equal(elements.count, 3);
    for (int64_t i = -1; i < 2; i++) {
        assert_true(pg_element_number(&elements, &number));
        assert_int_equal(number, i);
    }
    assert_false(pg_element_number(&elements, &number));
    PQclear(result);
    pg_arguments_release(&arguments);
}

static void null_and_an_empty_array_have_no_elements(void **state)
{
    static const uint8_t empty[12] = {0};
    PGresult *null = result_of("", -1), *none = result_of(empty, sizeof(empty));
    struct pg_elements elements;

    (void)state;
    assert_true(pg_column_array(&(struct pg_row){null, 0}, 0, &elements));
    assert_int_equal(elements.count, 0);
    assert_true(pg_column_array(&(struct pg_row){none, 0}, 0, &elements));
    assert_int_equal(elements.count, 0);
    PQclear(none);
    PQclear(null);
}

static void arrays_that_are_cut_or_lie_are_not_read_beyond_their_end(void **state)
{
    struct pg_arguments arguments = {0};
    struct pg_elements elements;
    int64_t number;

    (void)state;
    pg_begin_array(&arguments, PG_INT8);
    pg_put_number(&arguments, 1);
    pg_put_null(&arguments);
    pg_end_array(&arguments);
    memset(arguments.bytes.data + 12, 0x7f, 4); /* it says that it has more elements */
    for (int length = 0; length <= arguments.lengths[0]; length++) {
        /* Exactly as long as its allocation, for the sanitizer to see. */
        PGresult *result = result_of(arguments.bytes.data, length);
        if (pg_column_array(&(struct pg_row){result, 0}, 0, &elements))
            while (pg_element_number(&elements, &number))
                assert_int_equal(number, 1);
        PQclear(result);
    }
    pg_arguments_release(&arguments);
}

/* ---- errors ---- */

static struct pg_failure failure_of(const char *state, const char *constraint)
{
    struct pg_failure failure = {.blame = PG_BLAME_ROW};

    memcpy(failure.state, state, 5);
    memcpy(failure.constraint, constraint, strlen(constraint));
    return failure;
}

static void unique_violations_say_what_was_there(void **state)
{
    static const struct {
        const char *constraint, *where;
        enum status status;
    } cases[] = {{"orders_pkey", NULL, STATUS_CONFLICT},
                 {"orders_2027_01_pkey", NULL, STATUS_CONFLICT}, /* a partition's */
                 {"inbox_pkey", "/inbox_id", STATUS_DUPLICATE},
                 {"idempotency_keys_pkey", "/key", STATUS_DUPLICATE},
                 {"events_pkey", NULL, STATUS_INTERNAL}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct pg_failure failure = failure_of("23505", cases[i].constraint);
        const char *where, *why;
        assert_int_equal(pg_failure_status(&failure, &where, &why), cases[i].status);
        assert_true((where == NULL) == (cases[i].where == NULL));
        if (where != NULL)
            assert_string_equal(where, cases[i].where);
    }
}

static void who_waits_in_vain_is_told_that_it_has_not_happened(void **state)
{
    static const char *const states[] = {"55P03", "40P01", "40001", "57014"};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct pg_failure failure = failure_of(states[i], "");
        const char *where, *why;
        assert_int_equal(pg_failure_status(&failure, &where, &why), STATUS_UNAVAILABLE);
    }
}

/* ---- urls ---- */

static enum status parse(const char *text, bool writes, struct pg_url **url, struct fault *fault)
{
    *url = NULL;
    return pg_url_parse(text, "/url", writes, url, fault);
}

static const char *value_of(const struct pg_url *url, size_t host, const char *keyword)
{
    struct pg_parameters parameters = pg_url_parameters(url, host);

    for (size_t i = 0; parameters.keywords[i] != NULL; i++)
        if (strcmp(parameters.keywords[i], keyword) == 0)
            return parameters.values[i];
    return NULL;
}

static void several_hosts_are_tried_one_by_one(void **state)
{
    struct pg_url *url;

    (void)state;
    assert_int_equal(parse("postgres://u:p@a:1,b:2/d?sslmode=require", true, &url, NULL),
                     STATUS_OK);
    assert_int_equal(pg_url_hosts(url), 2);
    assert_string_equal(value_of(url, 0, "host"), "a");
    assert_string_equal(value_of(url, 0, "port"), "1");
    assert_string_equal(value_of(url, 1, "host"), "b");
    assert_string_equal(value_of(url, 1, "port"), "2");
    assert_string_equal(value_of(url, 1, "sslmode"), "require");
    assert_string_equal(value_of(url, 1, "password"), "p");
    assert_string_equal(pg_url_host_name(url, 1), "b:2");
    pg_url_free(&url);
}

static void one_port_is_for_all_hosts(void **state)
{
    struct pg_url *url;

    (void)state;
    assert_int_equal(parse("postgres:///d?host=a,b,c&port=7", true, &url, NULL), STATUS_OK);
    assert_int_equal(pg_url_hosts(url), 3);
    assert_string_equal(value_of(url, 2, "port"), "7");
    pg_url_free(&url);
}

static void a_store_wants_a_server_that_takes_writes(void **state)
{
    struct pg_url *url;
    struct fault fault = {0};

    (void)state;
    assert_int_equal(parse("postgres://a/d", true, &url, NULL), STATUS_OK);
    assert_string_equal(value_of(url, 0, "target_session_attrs"), "read-write");
    pg_url_free(&url);
    assert_int_equal(parse("postgres://a/d?target_session_attrs=primary", true, &url, NULL),
                     STATUS_OK);
    assert_string_equal(value_of(url, 0, "target_session_attrs"), "primary");
    pg_url_free(&url);
    assert_int_equal(parse("postgres://a/d?target_session_attrs=standby", true, &url, &fault),
                     STATUS_INVALID);
    assert_non_null(strstr(fault.text, "target_session_attrs"));
    assert_int_equal(parse("postgres://a/d?target_session_attrs=standby", false, &url, NULL),
                     STATUS_OK);
    pg_url_free(&url);
}

static void what_the_url_says_goes_before_our_defaults(void **state)
{
    struct pg_url *url;

    (void)state;
    assert_int_equal(parse("postgres://a/d?application_name=mine", true, &url, NULL), STATUS_OK);
    assert_string_equal(value_of(url, 0, "application_name"), "mine");
    assert_string_equal(value_of(url, 0, "client_encoding"), "UTF8");
    pg_url_free(&url);
}

static void urls_that_cannot_be_are_refused_without_a_word_of_them(void **state)
{
    static const char *const bad[] = {
        "postgres://u:secret@a:x:y/d",
        "postgres://u:secret@a/d?nonsense=1",
        "postgres://u:secret@a,b/d?port=1,2,3",
        "postgres://u:secret@[::1/d",
        "postgres://u:secret%zz@a/d",
        "postgres://u:secret@a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a/d",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct pg_url *url;
        struct fault fault = {0};
        assert_int_equal(parse(bad[i], true, &url, &fault), STATUS_INVALID);
        assert_null(url);
        assert_string_equal(fault.where, "/url");
        assert_null(strstr(fault.text, "secret"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_count_from_2000),
        cmocka_unit_test(times_outside_of_the_calendar_become_its_ends),
        cmocka_unit_test(positions_sort_as_text),
        cmocka_unit_test(what_is_no_position_is_refused),
        cmocka_unit_test(an_array_comes_back),
        cmocka_unit_test(null_and_an_empty_array_have_no_elements),
        cmocka_unit_test(arrays_that_are_cut_or_lie_are_not_read_beyond_their_end),
        cmocka_unit_test(unique_violations_say_what_was_there),
        cmocka_unit_test(who_waits_in_vain_is_told_that_it_has_not_happened),
        cmocka_unit_test(several_hosts_are_tried_one_by_one),
        cmocka_unit_test(one_port_is_for_all_hosts),
        cmocka_unit_test(a_store_wants_a_server_that_takes_writes),
        cmocka_unit_test(what_the_url_says_goes_before_our_defaults),
        cmocka_unit_test(urls_that_cannot_be_are_refused_without_a_word_of_them),
    };

    return cmocka_run_group_tests_name("postgres values", tests, NULL, NULL);
}
