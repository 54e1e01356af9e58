/* What a configuration file may not say or do, and how the operator is told. */
#include "desk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void a_missing_file_is_not_found(void **state)
{
    struct desk *desk = *state;
    assert_int_equal(conf_read(desk->path, &desk->root, &desk->fault), STATUS_NOT_FOUND);
    assert_null(desk->root);
    assert_string_equal(desk->fault.where, desk->path);
}

static void a_directory_is_no_file(void **state)
{
    struct desk *desk = *state;
    assert_int_equal(conf_read(desk->directory, &desk->root, &desk->fault), STATUS_UNAVAILABLE);
    assert_non_null(strstr(desk->fault.text, "cannot be read"));
}

static void what_does_not_compile_is_told_with_its_line(void **state)
{
    struct desk *desk = *state;
    desk_refuse(desk, "return {", 1, "near <eof>");
    desk_refuse(desk, "return {\n  a = 1\n  b = 2\n}", 3, "expected");
    desk_refuse(desk, "\n\nretrun 1", 3, "syntax error");
    desk_refuse(desk, "return { a = 'x\n }", 1, "unfinished string");
}

static void what_does_not_run_is_told_with_its_line(void **state)
{
    struct desk *desk = *state;
    desk_refuse(desk, "\nreturn { a = nil .. 'x' }", 2, "attempt to concatenate a nil value");
    desk_refuse(desk, "local t\n\nreturn t.x", 3, "attempt to index a nil value (local 't')");
    desk_refuse(desk, "\nlocal function f() return f() + 1 end return f()", 1, "16 MiB");
}

static void there_is_no_library(void **state)
{
    static const char *const names[] = {"os",     "io",   "require", "load",  "string",
                                        "table",  "math", "debug",   "print", "setmetatable",
                                        "dofile", "_G",   "pcall",   "error", "coroutine"};
    char text[64];
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(text, sizeof(text), "return { none = %s == nil }", names[i]);
        desk_take(*state, text);
        assert_true(desk_value(*state, "none")->boolean);
    }
    desk_refuse(*state, "return { a = os.getenv('HOME') }", 1, "(global 'os')");
    desk_refuse(*state, "return { a = ('x'):rep(9) }", 1, "attempt to index a string value");
}

static void compiled_lua_is_refused(void **state)
{
    struct desk *desk = *state;
    desk_refuse(desk, "\x1bLua", 1, "binary chunk");
}

static void a_file_that_does_not_end_is_stopped(void **state)
{
    struct desk *desk = *state;
    desk_refuse(desk, "\nwhile true do end", 2, "runs for too long");
    desk_refuse(desk, "local function f() return f() end return f()", 1, "runs for too long");
}

static void a_file_that_eats_memory_is_stopped(void **state)
{
    struct desk *desk = *state;
    desk_refuse(desk, "local t = 'x' while true do t = t .. t end", 1, "16 MiB of memory");
    desk_refuse(desk, "local t = {} for i = 1, 1e9 do t[i] = {} end return t", 1, "16 MiB");
}

static void a_file_that_is_too_large_is_refused(void **state)
{
    struct desk *desk = *state;
    size_t length = 1024 * 1024 + 1;
    char *text = malloc(length + 1);
    assert_non_null(text);
    snprintf(text, length + 1, "return {}%*s", (int)(length - strlen("return {}")), "");
    assert_int_equal(desk_read_bytes(desk, text, length - 1), STATUS_OK);
    assert_int_equal(desk_read_bytes(desk, text, length), STATUS_INVALID);
    assert_non_null(strstr(desk->fault.text, "1 MiB"));
    free(text);
}

static void what_is_no_table_is_refused(void **state)
{
    static const char *const texts[] = {"",
                                        "return",
                                        "return 7",
                                        "return 'x'",
                                        "return nil",
                                        "local a = 1",
                                        "return function() end"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        desk_refuse(*state, texts[i], 1, "does not return a table");
}

static void what_is_no_plain_value_is_refused_with_its_name(void **state)
{
    struct desk *desk = *state;
    desk_refuse(desk, "return {\n a = {\n  b = function() end } }", 3, "a.b: a function");
    desk_refuse(desk, "return { a = {\n 1,\n 0/0 } }", 3, "a[2]: must be a finite number");
    desk_refuse(desk, "return { a = 1/0 }", 1, "a: must be a finite number");
    desk_refuse(desk, "return { a = -1/0 }", 1, "a: must be a finite number");
    desk_refuse(desk, "return { a = 'x\\0y' }", 1, "a: a text may not hold a NUL");
    desk_refuse(desk, "return { a = {\n { c = {\n { d = 'x\\0' } } } } }", 3, "a[1].c[1].d: ");
}

static void keys_are_texts_and_nothing_else(void **state)
{
    struct desk *desk = *state;
    desk_refuse(desk, "return {\n a = { [true] = 1 } }", 2, "a: a key must be a text");
    desk_refuse(desk, "return { a = { [1.5] = 1 } }", 1, "a: a key must be a text");
    desk_refuse(desk, "return { a = { [{}] = 1 } }", 1, "a: a key must be a text");
    desk_refuse(desk, "return { a = { [0] = 1 } }", 1, "a: a key must be a text");
    desk_refuse(desk, "return { a = { [-1] = 1 } }", 1, "a: a key must be a text");
    desk_refuse(desk, "return { a = { ['x\\0'] = 1 } }", 1, "a: a key may not hold a NUL");
    desk_refuse(desk, "return { ['\\0'] = 1 }", 1, "a key may not hold a NUL");
}

static void a_table_is_a_list_or_has_keys(void **state)
{
    struct desk *desk = *state;
    desk_refuse(desk, "return {\n a = { 1, b = 2 } }", 2, "a: a table may have keys or be a list");
    desk_refuse(desk, "return { 1, b = 2 }", 1, "a table may have keys or be a list");
}

static void a_list_with_a_hole_is_refused(void **state)
{
    struct desk *desk = *state;
    desk_refuse(desk, "return {\n a = { 1, nil, 3 } }", 2, "a: a list may not have holes");
    desk_refuse(desk, "return { a = { [2] = 1 } }", 1, "a: a list may not have holes");
    desk_refuse(desk, "return { a = { [0x7fffffffffffffff] = 1 } }", 1, "a: a list may not");
}

static void a_table_in_itself_is_refused(void **state)
{
    struct desk *desk = *state;
    desk_refuse(desk, "local a = {} a.a = a return a", 1, "a: a table may not hold itself");
    desk_refuse(desk, "local a = {} a[1] = { x = { a } } return { b = a }", 1, "b[1].x[1]: ");
}

static void seventeen_tables_in_each_other_are_refused(void **state)
{
    struct desk *desk = *state;
    desk_refuse(desk, "local t = {} for i = 2, 17 do t = { t } end return t", 1,
                "more than 16 tables");
}

/* A few bytes of source that would be 5^15 values. */
static void what_would_grow_without_end_is_refused(void **state)
{
    struct desk *desk = *state;
    desk_refuse(desk, "local a = {} for i = 1, 15 do a = { a, a, a, a, a } end return a", 1,
                "takes more than 16 MiB");
    desk_refuse(desk,
                "local t = 'x' for i = 1, 20 do t = t .. t end\n"
                "local l = {} for i = 1, 1000 do l[i] = t end return l",
                1, "takes more than 16 MiB");
}

static void of_two_mistakes_the_first_by_name_is_told(void **state)
{
    struct desk *desk = *state;
    for (int i = 0; i < 20; i++)
        desk_refuse(desk, "return {\n b = 0/0,\n a = 0/0,\n c = 0/0 }", 3, "a: ");
}

static void of_a_long_path_the_end_is_told(void **state)
{
    struct desk *desk = *state;
    char path[400], directory[360];
    snprintf(directory, sizeof(directory), "%s/%0250d", desk->directory, 7);
    snprintf(path, sizeof(path), "%s/c.lua", directory);
    assert_int_equal(mkdir(directory, 0700), 0);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("return {\n a = 0/0 }", file);
    fclose(file);
    assert_int_equal(conf_read(path, &desk->root, &desk->fault), STATUS_INVALID);
    unlink(path);
    rmdir(directory);
    const char *end = desk->fault.where + strlen(desk->fault.where) - strlen("07/c.lua:2");
    assert_string_equal(end, "07/c.lua:2");
}

static void a_fault_need_not_be_asked_for(void **state)
{
    struct desk *desk = *state;
    assert_int_equal(desk_read(desk, "return { a = 0/0 }"), STATUS_INVALID);
    assert_int_equal(conf_read(desk->path, &desk->root, NULL), STATUS_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(a_missing_file_is_not_found),
        DESK_TEST(a_directory_is_no_file),
        DESK_TEST(what_does_not_compile_is_told_with_its_line),
        DESK_TEST(what_does_not_run_is_told_with_its_line),
        DESK_TEST(there_is_no_library),
        DESK_TEST(compiled_lua_is_refused),
        DESK_TEST(a_file_that_does_not_end_is_stopped),
        DESK_TEST(a_file_that_eats_memory_is_stopped),
        DESK_TEST(a_file_that_is_too_large_is_refused),
        DESK_TEST(what_is_no_table_is_refused),
        DESK_TEST(what_is_no_plain_value_is_refused_with_its_name),
        DESK_TEST(keys_are_texts_and_nothing_else),
        DESK_TEST(a_table_is_a_list_or_has_keys),
        DESK_TEST(a_list_with_a_hole_is_refused),
        DESK_TEST(a_table_in_itself_is_refused),
        DESK_TEST(seventeen_tables_in_each_other_are_refused),
        DESK_TEST(what_would_grow_without_end_is_refused),
        DESK_TEST(of_two_mistakes_the_first_by_name_is_told),
        DESK_TEST(of_a_long_path_the_end_is_told),
        DESK_TEST(a_fault_need_not_be_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
