/* Random bytes. */
#include "base/random.h"

#include <pthread.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void two_draws_differ(void **state)
{
    char a[16];
    char b[16];

    (void)state;
    random_bytes(a, sizeof(a));
    random_bytes(b, sizeof(b));
    assert_memory_not_equal(a, b, sizeof(a));
}

static void more_than_a_pool_is_drawn_whole(void **state)
{
    static unsigned char bytes[100000];
    int zeros = 0;

    (void)state;
    random_bytes(bytes, sizeof(bytes));
    for (size_t i = 0; i < sizeof(bytes); i++)
        zeros += bytes[i] == 0;
    /* 391 are expected; a stretch that was never written would be thousands. */
    assert_in_range(zeros, 200, 700);
}

static void draws_of_every_size_cross_the_pools_end(void **state)
{
    unsigned char bytes[600];

    (void)state;
    for (size_t size = 16; size <= sizeof(bytes); size++) {
        unsigned char seen = 0;

        memset(bytes, 0, sizeof(bytes));
        random_bytes(bytes, size);
        for (size_t i = size - 16; i < size; i++)
            seen |= bytes[i];
        assert_int_not_equal(seen, 0);
    }
}

static void a_forked_child_draws_otherwise_than_its_parent(void **state)
{
    char ours[16];
    char theirs[16];
    int ends[2];
    pid_t child;

    (void)state;
    random_bytes(ours, sizeof(ours)); /* the pool is filled before the fork */
    assert_int_equal(pipe(ends), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        random_bytes(theirs, sizeof(theirs));
        _exit(write(ends[1], theirs, sizeof(theirs)) == sizeof(theirs) ? 0 : 1);
    }
    assert_int_equal(read(ends[0], theirs, sizeof(theirs)), sizeof(theirs));
    random_bytes(ours, sizeof(ours));
    assert_memory_not_equal(ours, theirs, sizeof(ours));
    assert_int_equal(waitpid(child, NULL, 0), child);
    close(ends[0]);
    close(ends[1]);
}

static void *draw(void *bytes)
{
    random_bytes(bytes, 16);
    return NULL;
}

static void threads_draw_otherwise_than_each_other(void **state)
{
    char ours[16];
    char theirs[16];
    pthread_t thread;

    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, draw, theirs), 0);
    random_bytes(ours, sizeof(ours));
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_memory_not_equal(ours, theirs, sizeof(ours));
}

static void a_number_below_a_bound_reaches_all_and_only_those(void **state)
{
    int seen[7] = {0};

    (void)state;
    for (int i = 0; i < 7000; i++) {
        uint32_t number = random_below(7);

        assert_true(number < 7);
        seen[number]++;
    }
    for (int i = 0; i < 7; i++)
        assert_in_range(seen[i], 700, 1300);
}

static void bounds_at_the_edges_hold(void **state)
{
    (void)state;
    assert_int_equal(random_below(0), 0);
    assert_int_equal(random_below(1), 0);
    for (int i = 0; i < 1000; i++)
        assert_true(random_below(UINT32_MAX) < UINT32_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_draws_differ),
        cmocka_unit_test(more_than_a_pool_is_drawn_whole),
        cmocka_unit_test(draws_of_every_size_cross_the_pools_end),
        cmocka_unit_test(a_forked_child_draws_otherwise_than_its_parent),
        cmocka_unit_test(threads_draw_otherwise_than_each_other),
        cmocka_unit_test(a_number_below_a_bound_reaches_all_and_only_those),
        cmocka_unit_test(bounds_at_the_edges_hold),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
