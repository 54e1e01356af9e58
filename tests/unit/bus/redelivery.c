/* Dead letters that are to be tried again: each once for each time that somebody wants it, one
 * after the other, and gone only when the store says so. */
#include "bus/redelivery.h"

#include "store/repository_ops.h"
#include "world.h"

#include <stdio.h>
#include <string.h>

enum { TRIED_LIMIT = 32 };

struct desk {
    struct world world;
    struct repository_ops operations; /* the repository's, in front of which the test stands */
    struct redelivery *redelivery;
    struct retrial *open; /* NULL: none is with the consumer */
    int64_t tried[TRIED_LIMIT];
    size_t count, wanted;
    struct stored_dead_letter last; /* its texts are not kept */
    char payload[32];
    bool done;
    int fail_drops; /* how many of the next ones fail */
    void (*really_drop)(struct repository *repository, int64_t id, repository_done *done,
                        void *arg);
};

static struct desk *the_desk; /* for the repository's operations, which know no test */

/* ---- the consumer ---- */

static void on_try(void *arg, struct retrial *retrial, const struct stored_dead_letter *letter)
{
    struct desk *desk = arg;
    assert_null(desk->open); /* one after the other */
    desk->open = retrial;
    desk->tried[desk->count++ % TRIED_LIMIT] = letter->id;
    desk->last = *letter;
    snprintf(desk->payload, sizeof(desk->payload), "%.*s", (int)letter->letter.payload_length,
             letter->letter.payload);
}

static struct retrial *taken(struct desk *desk)
{
    struct retrial *retrial = desk->open;
    assert_non_null(retrial);
    desk->open = NULL;
    return retrial;
}

static bool enough(void *arg)
{
    struct desk *desk = arg;
    return desk->count >= desk->wanted;
}

static void expect(struct desk *desk, size_t count)
{
    desk->wanted = count;
    world_until(&desk->world, enough, desk);
}

static void let_it_turn(struct desk *desk)
{
    for (int i = 0; i < 5; i++)
        world_set_cursor(&desk->world, "another", "");
}

/* ---- the store ---- */

static void drop(struct repository *repository, int64_t id, repository_done *done, void *arg)
{
    const struct fault fault = {.status = STATUS_UNAVAILABLE, .text = "the test says so"};
    struct desk *desk = the_desk;
    if (desk->fail_drops == 0) {
        desk->really_drop(repository, id, done, arg);
        return;
    }
    desk->fail_drops--;
    done(arg, STATUS_UNAVAILABLE, &fault);
}

static void on_done(void *arg, enum status status, const struct fault *fault)
{
    struct desk *desk = arg;
    (void)fault;
    assert_int_equal(status, STATUS_OK);
    desk->done = true;
}

static bool is_done(void *arg)
{
    return ((struct desk *)arg)->done;
}

static void wait_done(struct desk *desk)
{
    world_until(&desk->world, is_done, desk);
    desk->done = false;
}

/* Letters have the ids 1, 2, ... */
static void add(struct desk *desk, const char *payload)
{
    const struct dead_letter letter = {
        .source = "inbound",
        .topic = "t",
        .event_id = payload,
        .reason = "at first",
        .attempts = 3,
        .payload = payload,
        .payload_length = strlen(payload),
    };
    repository_dead_letter_add(desk->world.repository, &letter, on_done, desk);
    wait_done(desk);
}

static void want(struct desk *desk, int64_t id)
{
    repository_dead_letter_retry(desk->world.repository, id, on_done, desk);
    wait_done(desk);
}

struct found {
    bool there, retrying;
    int attempts;
    char reason[64];
};

static void on_letter(void *arg, enum status status, const struct stored_dead_letter *letters,
                      size_t count, const struct fault *fault)
{
    struct found *found = arg;
    (void)fault;
    memset(found, 0, sizeof(*found));
    if (status != STATUS_OK || count != 1)
        return;
    found->there = true;
    found->retrying = letters[0].retrying;
    found->attempts = letters[0].letter.attempts;
    snprintf(found->reason, sizeof(found->reason), "%s", letters[0].letter.reason);
}

/* SQLite reads at once. */
static struct found letter_of(const struct desk *desk, int64_t id)
{
    struct found found;
    repository_dead_letter_get(desk->world.repository, id, on_letter, &found);
    return found;
}

static bool the_first_is_gone(void *arg)
{
    return !letter_of(arg, 1).there;
}

static bool the_first_waits_for_people(void *arg)
{
    return !letter_of(arg, 1).retrying;
}

/* ---- life ---- */

static void on_committed(void *arg)
{
    redelivery_wake(((struct desk *)arg)->redelivery);
}

static int setup(void **state)
{
    static struct desk desk;
    memset(&desk, 0, sizeof(desk));
    world_open(&desk.world);
    the_desk = &desk;
    desk.operations = *desk.world.repository->ops;
    desk.really_drop = desk.operations.dead_letter_drop;
    desk.operations.dead_letter_drop = drop;
    desk.world.repository->ops = &desk.operations;
    desk.redelivery = redelivery_new(desk.world.base, desk.world.repository, on_try, &desk);
    desk.world.committed = on_committed;
    desk.world.committed_arg = &desk;
    *state = &desk;
    return 0;
}

static int teardown(void **state)
{
    struct desk *desk = *state;
    desk->world.committed = NULL;
    redelivery_free(&desk->redelivery);
    if (desk->open)
        retrial_done(desk->open); /* nobody wants it any more */
    world_close(&desk->world);
    return 0;
}

/* ---- the tests ---- */

static void only_what_somebody_wants_is_tried(void **state)
{
    struct desk *desk = *state;
    redelivery_lead(desk->redelivery);
    add(desk, "a");
    add(desk, "b");
    let_it_turn(desk);
    assert_int_equal(desk->count, 0);
    want(desk, 2);
    expect(desk, 1);
    assert_int_equal(desk->tried[0], 2);
    assert_string_equal(desk->payload, "b");
    assert_int_equal(desk->last.letter.attempts, 3);
}

static void what_succeeds_is_gone(void **state)
{
    struct desk *desk = *state;
    redelivery_lead(desk->redelivery);
    add(desk, "a");
    want(desk, 1);
    expect(desk, 1);
    assert_true(letter_of(desk, 1).there); /* until it is handled */
    retrial_done(taken(desk));
    world_until(&desk->world, the_first_is_gone, desk);
    let_it_turn(desk);
    assert_int_equal(desk->count, 1);
}

static void what_fails_keeps_the_new_reason_and_waits_for_people(void **state)
{
    struct desk *desk = *state;
    redelivery_lead(desk->redelivery);
    add(desk, "a");
    want(desk, 1);
    expect(desk, 1);
    retrial_failed(taken(desk), "again");
    world_until(&desk->world, the_first_waits_for_people, desk);
    let_it_turn(desk);
    const struct found found = letter_of(desk, 1);
    assert_true(found.there);
    assert_string_equal(found.reason, "again");
    assert_int_equal(found.attempts, 4);
    assert_int_equal(desk->count, 1);
    want(desk, 1);
    expect(desk, 2);
}

static void several_come_one_after_the_other_by_age(void **state)
{
    struct desk *desk = *state;
    add(desk, "a");
    add(desk, "b");
    add(desk, "c");
    want(desk, 3);
    want(desk, 1);
    want(desk, 2);
    redelivery_lead(desk->redelivery);
    for (size_t i = 0; i < 3; i++) {
        expect(desk, i + 1);
        let_it_turn(desk);
        assert_int_equal(desk->count, i + 1);
        if (i == 1)
            retrial_failed(taken(desk), "no");
        else
            retrial_done(taken(desk));
    }
    assert_int_equal(desk->tried[0], 1);
    assert_int_equal(desk->tried[1], 2);
    assert_int_equal(desk->tried[2], 3);
}

static void what_is_not_written_is_tried_again(void **state)
{
    struct desk *desk = *state;
    redelivery_lead(desk->redelivery);
    add(desk, "a");
    desk->fail_drops = 1;
    want(desk, 1);
    expect(desk, 1);
    retrial_done(taken(desk));
    expect(desk, 2);
    assert_int_equal(desk->tried[1], 1);
    retrial_done(taken(desk));
    world_until(&desk->world, the_first_is_gone, desk);
}

static void who_follows_tries_nothing_and_hears_no_late_answer(void **state)
{
    struct desk *desk = *state;
    add(desk, "a");
    want(desk, 1);
    let_it_turn(desk);
    assert_int_equal(desk->count, 0);
    redelivery_lead(desk->redelivery);
    expect(desk, 1);
    redelivery_follow(desk->redelivery);
    retrial_done(taken(desk));
    let_it_turn(desk);
    assert_true(letter_of(desk, 1).retrying); /* the next to lead tries it */
    redelivery_lead(desk->redelivery);
    expect(desk, 2);
    retrial_done(taken(desk));
    world_until(&desk->world, the_first_is_gone, desk);
}

static void what_is_dropped_meanwhile_is_no_matter(void **state)
{
    struct desk *desk = *state;
    redelivery_lead(desk->redelivery);
    add(desk, "a");
    add(desk, "b");
    want(desk, 1);
    want(desk, 2);
    expect(desk, 1);
    repository_dead_letter_drop(desk->world.repository, 1, on_done, desk);
    wait_done(desk);
    retrial_failed(taken(desk), "late");
    expect(desk, 2);
    assert_int_equal(desk->tried[1], 2);
    assert_false(letter_of(desk, 1).there);
}

static void without_being_woken_it_looks_all_the_same(void **state)
{
    struct desk *desk = *state;
    redelivery_lead(desk->redelivery);
    let_it_turn(desk);
    desk->world.committed = NULL; /* another process wants it */
    add(desk, "a");
    want(desk, 1);
    expect(desk, 1);
}

#define TEST(name_) cmocka_unit_test_setup_teardown(name_, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(only_what_somebody_wants_is_tried),
        TEST(what_succeeds_is_gone),
        TEST(what_fails_keeps_the_new_reason_and_waits_for_people),
        TEST(several_come_one_after_the_other_by_age),
        TEST(what_is_not_written_is_tried_again),
        TEST(who_follows_tries_nothing_and_hears_no_late_answer),
        TEST(what_is_dropped_meanwhile_is_no_matter),
        TEST(without_being_woken_it_looks_all_the_same),
    };
    return cmocka_run_group_tests_name("redelivery", tests, NULL, NULL);
}
