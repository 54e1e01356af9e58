/* What is written is read back; what is broken is refused, or cut off. */
#include "naming/journal.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct desk {
    char directory[64];
    char path[80];
    struct tree *tree;
    struct journal *journal;
    struct fault fault;
};

static int setup(void **state)
{
    struct desk *desk = calloc(1, sizeof(*desk));
    snprintf(desk->directory, sizeof(desk->directory), "/tmp/orderd-names-XXXXXX");
    assert_non_null(mkdtemp(desk->directory));
    snprintf(desk->path, sizeof(desk->path), "%s/names", desk->directory);
    *state = desk;
    return 0;
}

static void put_down(struct desk *desk)
{
    if (desk->journal)
        journal_close(&desk->journal);
    if (desk->tree)
        tree_free(&desk->tree);
}

static int teardown(void **state)
{
    struct desk *desk = *state;
    put_down(desk);
    unlink(desk->path);
    rmdir(desk->directory);
    free(desk);
    return 0;
}

static enum status take_up(struct desk *desk)
{
    put_down(desk);
    desk->tree = tree_new();
    return journal_open(desk->path, desk->tree, &desk->journal, &desk->fault);
}

static void file_is(struct desk *desk, const char *text)
{
    FILE *file = fopen(desk->path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void append(struct desk *desk, struct buffer *lines, size_t count)
{
    assert_int_equal(journal_append(desk->journal, lines, count, &desk->fault), STATUS_OK);
    buffer_release(lines);
}

static void a_new_file_is_for_its_owner_alone(void **state)
{
    struct desk *desk = *state;
    struct stat info;
    assert_int_equal(take_up(desk), STATUS_OK);
    assert_int_equal(stat(desk->path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    assert_int_equal(take_up(desk), STATUS_OK);
}

static void what_was_written_is_there_again(void **state)
{
    struct desk *desk = *state;
    struct buffer lines = {0};
    const struct binding object = {.id = "a\"\n", .kind = "", .object = "IOR:1"};
    const struct binding foreign = {.id = "f", .kind = "k", .is_context = true, .object = "IOR:2"};
    const struct binding local = {.id = "l", .kind = "k", .is_context = true, .local = 3};
    assert_int_equal(take_up(desk), STATUS_OK);
    journal_context(&lines, 3);
    journal_bind(&lines, 3, &object);
    journal_bind(&lines, TREE_ROOT, &foreign);
    journal_bind(&lines, TREE_ROOT, &local);
    journal_context(&lines, 4);
    journal_destroy(&lines, 4);
    append(desk, &lines, 6);
    assert_int_equal(take_up(desk), STATUS_OK);
    assert_string_equal(tree_find(desk->tree, 3, "a\"\n", "")->object, "IOR:1");
    assert_true(tree_find(desk->tree, TREE_ROOT, "f", "k")->is_context);
    assert_int_equal(tree_find(desk->tree, TREE_ROOT, "l", "k")->local, 3);
    assert_false(tree_has(desk->tree, 4));
    assert_int_equal(tree_next(desk->tree), 5);
}

static void an_end_that_was_cut_off_is_dropped(void **state)
{
    struct desk *desk = *state;
    struct buffer lines = {0};
    file_is(desk, "{\"names\":1}\n{\"context\":1}\n{\"bind\":0,\"id\":\"x\",\"ki");
    assert_int_equal(take_up(desk), STATUS_OK);
    assert_true(tree_has(desk->tree, 1));
    journal_context(&lines, 2);
    append(desk, &lines, 1);
    assert_int_equal(take_up(desk), STATUS_OK);
    assert_true(tree_has(desk->tree, 2));
}

static void a_beginning_that_was_cut_off_is_written_again(void **state)
{
    struct desk *desk = *state;
    file_is(desk, "{\"nam");
    assert_int_equal(take_up(desk), STATUS_OK);
    assert_int_equal(take_up(desk), STATUS_OK);
}

static void refused(struct desk *desk, const char *text, const char *says)
{
    file_is(desk, text);
    assert_int_equal(take_up(desk), STATUS_INVALID);
    assert_string_equal(desk->fault.where, desk->path);
    if (!strstr(desk->fault.text, says))
        fail_msg("%s", desk->fault.text);
}

static void a_file_that_is_not_ours_is_refused(void **state)
{
    refused(*state, "hello\n", "line 1 ");
    refused(*state, "hello", "line 1 ");
    refused(*state, "{\"names\":2}", "line 1 ");
    refused(*state, "{\"names\":2}\n", "line 1 ");
    refused(*state, "{\"names\":1}\n{}\n", "line 2 ");
    refused(*state, "{\"names\":1}\n[]\n", "line 2 ");
    refused(*state, "{\"names\":1}\n{\"context\":0}\n", "line 2 ");
    refused(*state, "{\"names\":1}\n{\"context\":-1}\n", "line 2 ");
    refused(*state, "{\"names\":1}\n{\"context\":9223372036854775807}\n", "line 2 ");
    refused(*state, "{\"names\":1}\n{\"destroy\":0}\n", "line 2 ");
    refused(*state, "{\"names\":1}\n{\"unbind\":0,\"id\":\"x\",\"kind\":\"\"}\n", "line 2 ");
    refused(*state, "{\"names\":1}\n{\"bind\":0,\"id\":\"x\",\"kind\":\"\"}\n", "line 2 ");
    refused(*state, "{\"names\":1}\n{\"bind\":9,\"id\":\"x\",\"kind\":\"\",\"local\":0}\n",
            "line 2 ");
}

static void history_is_left_behind_by_a_rewrite(void **state)
{
    struct desk *desk = *state;
    struct buffer lines = {0};
    struct stat before, after;
    const struct binding object = {.id = "a", .kind = "", .object = "IOR:1"};
    assert_int_equal(take_up(desk), STATUS_OK);
    for (int i = 0; i < 2000; i++)
        journal_bind(&lines, TREE_ROOT, &object);
    journal_context(&lines, 9);
    journal_destroy(&lines, 9);
    append(desk, &lines, 2002);
    assert_int_equal(take_up(desk), STATUS_OK);
    assert_true(journal_is_long(desk->journal, desk->tree));
    assert_int_equal(stat(desk->path, &before), 0);
    assert_int_equal(journal_rewrite(desk->journal, desk->tree, &desk->fault), STATUS_OK);
    assert_int_equal(stat(desk->path, &after), 0);
    assert_true(after.st_size < before.st_size / 100);
    assert_false(journal_is_long(desk->journal, desk->tree));
    journal_context(&lines, 10);
    append(desk, &lines, 1);
    assert_int_equal(take_up(desk), STATUS_OK);
    assert_string_equal(tree_find(desk->tree, TREE_ROOT, "a", "")->object, "IOR:1");
    assert_true(tree_has(desk->tree, 10));
}

static void a_rewrite_remembers_the_highest_number(void **state)
{
    struct desk *desk = *state;
    struct buffer lines = {0};
    assert_int_equal(take_up(desk), STATUS_OK);
    journal_context(&lines, 9);
    journal_destroy(&lines, 9);
    append(desk, &lines, 2);
    assert_int_equal(take_up(desk), STATUS_OK);
    assert_int_equal(journal_rewrite(desk->journal, desk->tree, &desk->fault), STATUS_OK);
    assert_int_equal(take_up(desk), STATUS_OK);
    assert_int_equal(tree_next(desk->tree), 10);
}

static void a_place_that_cannot_be_written_is_told(void **state)
{
    struct desk *desk = *state;
    snprintf(desk->path, sizeof(desk->path), "%s/no/names", desk->directory);
    assert_int_equal(take_up(desk), STATUS_UNAVAILABLE);
    assert_non_null(strstr(desk->fault.text, "cannot open it"));
}

#define TEST(name_) cmocka_unit_test_setup_teardown(name_, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_new_file_is_for_its_owner_alone),
        TEST(what_was_written_is_there_again),
        TEST(an_end_that_was_cut_off_is_dropped),
        TEST(a_beginning_that_was_cut_off_is_written_again),
        TEST(a_file_that_is_not_ours_is_refused),
        TEST(history_is_left_behind_by_a_rewrite),
        TEST(a_rewrite_remembers_the_highest_number),
        TEST(a_place_that_cannot_be_written_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
