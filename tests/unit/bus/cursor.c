/* What a cursor that is freed in the middle of something leaves behind: nothing. */
#include "bus/cursor.h"

#include "late.h"
#include "world.h"

#include <stdio.h>
#include <string.h>

struct site {
    struct world world;
    struct late late;
    struct cursor *cursor;
    int loaded;
    const char *awaited; /* a cursor's name */
};

static int setup(void **state)
{
    static struct site site;
    memset(&site, 0, sizeof(site));
    world_open(&site.world);
    late_init(&site.late, site.world.repository);
    *state = &site;
    return 0;
}

static int teardown(void **state)
{
    struct site *site = *state;
    cursor_free(&site->cursor);
    world_close(&site->world);
    return 0;
}

static void on_loaded(void *arg, const struct position *position)
{
    (void)position;
    ((struct site *)arg)->loaded++;
}

static struct cursor *begin(struct site *site, const char *name, int delay_ms)
{
    struct cursor *cursor = cursor_new(site->world.base, &site->late.repository, name, delay_ms);
    cursor_load(cursor, false, on_loaded, site);
    return cursor;
}

static struct position place(const char *text)
{
    struct position position;
    snprintf(position.text, sizeof(position.text), "%s", text);
    return position;
}

static const char *const first = "0000000000000001";

static bool is_written(void *arg)
{
    struct site *site = arg;
    return strcmp(world_cursor(&site->world, site->awaited).text, first) == 0;
}

/* ---- the tests ---- */

/* Another one with the same delay, moved later, shows when the time has passed. */
static void a_move_that_was_not_written_yet_is_not_written_any_more(void **state)
{
    struct site *site = *state;
    const struct position to = place(first);
    world_set_cursor(&site->world, "freed", "");
    world_set_cursor(&site->world, "kept", "");
    struct cursor *freed = begin(site, "freed", 1);
    site->cursor = begin(site, "kept", 1);
    cursor_move(freed, &to);
    cursor_move(site->cursor, &to);
    cursor_free(&freed);
    site->awaited = "kept";
    world_until(&site->world, is_written, site);
    assert_string_equal(world_cursor(&site->world, "freed").text, "");
}

static void an_answer_to_its_reading_finds_nobody(void **state)
{
    struct site *site = *state;
    site->late.hold = true;
    site->cursor = begin(site, "freed", 1);
    assert_int_equal(site->late.count, 1);
    cursor_free(&site->cursor);
    assert_null(site->cursor);
    late_answer(&site->late);
    assert_int_equal(site->loaded, 0);
}

static void an_answer_to_its_writing_finds_nobody(void **state)
{
    struct site *site = *state;
    const struct position to = place(first);
    world_set_cursor(&site->world, "freed", "");
    site->cursor = begin(site, "freed", 1);
    site->late.hold = true;
    cursor_move(site->cursor, &to);
    world_until(&site->world, late_holds_a_write, &site->late);
    cursor_free(&site->cursor);
    late_answer(&site->late);
    site->awaited = "freed";
    world_until(&site->world, is_written, site); /* it was under way, and nobody took it back */
    assert_int_equal(site->late.count, 0);
}

static void while_it_cannot_be_read_it_says_so(void **state)
{
    struct site *site = *state;
    site->late.failing = true;
    site->cursor = begin(site, "asked", 1);
    assert_false(cursor_readable(site->cursor));
    assert_int_equal(site->loaded, 0);
}

struct pruning {
    bool done;
    enum status status;
    size_t removed;
};

static void on_pruned(void *arg, enum status status, size_t removed, const struct fault *fault)
{
    (void)fault;
    *(struct pruning *)arg = (struct pruning){true, status, removed};
}

static bool is_pruned(void *arg)
{
    return ((struct pruning *)arg)->done;
}

static bool is_settled(void *arg)
{
    return *(int *)arg != 0;
}

static void on_settled(void *arg)
{
    ++*(int *)arg;
}

/* A hook that cannot handle the first event keeps its cursor where it began. */
static void what_a_reader_that_never_moved_has_still_to_read_is_kept(void **state)
{
    struct site *site = *state;
    const struct prune all = {.events_before = INT64_MAX, .limit = 100};
    struct pruning pruning = {0};
    int settled = 0;
    site->cursor = begin(site, "stuck", 1);
    cursor_settle(site->cursor, on_settled, &settled);
    world_until(&site->world, is_settled, &settled);
    (void)world_create_order(&site->world);
    repository_prune(site->world.repository, &all, on_pruned, &pruning);
    world_until(&site->world, is_pruned, &pruning);
    assert_int_equal(pruning.status, STATUS_OK);
    assert_int_equal(pruning.removed, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_move_that_was_not_written_yet_is_not_written_any_more,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(an_answer_to_its_reading_finds_nobody, setup, teardown),
        cmocka_unit_test_setup_teardown(an_answer_to_its_writing_finds_nobody, setup, teardown),
        cmocka_unit_test_setup_teardown(what_a_reader_that_never_moved_has_still_to_read_is_kept,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(while_it_cannot_be_read_it_says_so, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
