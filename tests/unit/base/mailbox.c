/* The mailbox: nothing lost, each sender in order, from many threads. */
#include "base/mailbox.h"

#include "base/memory.h"

#include <event2/event.h>
#include <pthread.h>
#include <stdlib.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { SENDERS = 4, LETTERS = 20000 };

struct numbered {
    struct letter letter; /* first, for the cast */
    int sender;
    int number;
};

struct desk {
    struct event_base *base;
    struct mailbox *mailbox;
    int next[SENDERS]; /* the number that each sender's next letter must have */
    int opened;
    int stop_at;
    pthread_t thread; /* who opened the last one */
};

static void open_numbered(struct letter *letter, void *receiver)
{
    struct numbered *numbered = (struct numbered *)letter;
    struct desk *desk = receiver;

    assert_int_equal(numbered->number, desk->next[numbered->sender]);
    desk->next[numbered->sender]++;
    desk->thread = pthread_self();
    free(numbered);
    if (++desk->opened == desk->stop_at)
        event_base_loopbreak(desk->base);
}

static void post(struct desk *desk, int sender, int number)
{
    struct numbered *numbered = memory_new(sizeof(*numbered));

    numbered->sender = sender;
    numbered->number = number;
    mailbox_post(desk->mailbox, &numbered->letter, open_numbered);
}

static void desk_open(struct desk *desk)
{
    *desk = (struct desk){.base = event_base_new()};
    assert_non_null(desk->base);
    desk->mailbox = mailbox_new(desk->base, desk);
}

static void desk_close(struct desk *desk)
{
    mailbox_free(&desk->mailbox);
    assert_null(desk->mailbox);
    event_base_free(desk->base);
}

static void a_burst_is_opened_in_one_turn_in_order(void **state)
{
    struct desk desk;

    (void)state;
    desk_open(&desk);
    for (int i = 0; i < 1000; i++)
        post(&desk, 0, i);
    assert_int_equal(desk.opened, 0);
    assert_int_equal(event_base_loop(desk.base, EVLOOP_ONCE), 0);
    assert_int_equal(desk.opened, 1000);
    desk_close(&desk);
}

static void an_idle_mailbox_wakes_nobody(void **state)
{
    struct desk desk;

    (void)state;
    desk_open(&desk);
    post(&desk, 0, 0);
    assert_int_equal(event_base_loop(desk.base, EVLOOP_ONCE), 0);
    assert_int_equal(event_base_loop(desk.base, EVLOOP_NONBLOCK), 0);
    assert_int_equal(desk.opened, 1);
    post(&desk, 0, 1);
    assert_int_equal(event_base_loop(desk.base, EVLOOP_ONCE), 0);
    assert_int_equal(desk.opened, 2);
    desk_close(&desk);
}

static void open_and_post_again(struct letter *letter, void *receiver)
{
    struct desk *desk = receiver;

    post(desk, 0, 0);
    free(letter);
}

static void a_letter_may_post_another(void **state)
{
    struct letter *letter = memory_new(sizeof(*letter));
    struct desk desk;

    (void)state;
    desk_open(&desk);
    desk.stop_at = 1;
    mailbox_post(desk.mailbox, letter, open_and_post_again);
    assert_int_equal(event_base_dispatch(desk.base), 0);
    assert_int_equal(desk.opened, 1);
    desk_close(&desk);
}

static void freeing_opens_what_is_left(void **state)
{
    struct letter *letter = memory_new(sizeof(*letter));
    struct desk desk;

    (void)state;
    desk_open(&desk);
    mailbox_post(desk.mailbox, letter, open_and_post_again);
    desk_close(&desk);
    assert_int_equal(desk.opened, 1);
}

static void freeing_nothing_is_fine(void **state)
{
    struct mailbox *none = NULL;

    (void)state;
    mailbox_free(&none);
    assert_null(none);
}

struct sender {
    struct desk *desk;
    int number;
};

static void *send_all(void *argument)
{
    struct sender *sender = argument;

    for (int i = 0; i < LETTERS; i++)
        post(sender->desk, sender->number, i);
    return NULL;
}

static void letters_of_many_threads_all_arrive_each_sender_in_order(void **state)
{
    struct sender senders[SENDERS];
    pthread_t threads[SENDERS];
    struct desk desk;

    (void)state;
    desk_open(&desk);
    desk.stop_at = SENDERS * LETTERS;
    for (int i = 0; i < SENDERS; i++) {
        senders[i] = (struct sender){&desk, i};
        assert_int_equal(pthread_create(&threads[i], NULL, send_all, &senders[i]), 0);
    }
    assert_int_equal(event_base_dispatch(desk.base), 0);
    for (int i = 0; i < SENDERS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(desk.next[i], LETTERS);
    }
    assert_true(pthread_equal(desk.thread, pthread_self()));
    desk_close(&desk);
}

/* A ball in play: each stroke finds the other side's mailbox empty and its thread about to sleep,
 * so each needs its wake-up, and one that a race lost would hang the test. */
enum { STROKES = 20000 };

struct ball {
    struct letter letter;
    int strokes;
};

struct player {
    struct event_base *base;
    struct mailbox *mailbox;
    struct player *other;
};

static void strike(struct letter *letter, void *receiver)
{
    struct ball *ball = (struct ball *)letter;
    struct player *player = receiver;
    int stroke = ++ball->strokes; /* once posted, the ball is the other's */

    if (stroke <= STROKES)
        mailbox_post(player->other->mailbox, letter, strike);
    if (stroke >= STROKES)
        event_base_loopbreak(player->base);
}

static void *play(void *player)
{
    (void)event_base_dispatch(((struct player *)player)->base);
    return NULL;
}

static void player_open(struct player *player, struct player *other)
{
    player->base = event_base_new();
    player->mailbox = mailbox_new(player->base, player);
    player->other = other;
}

static void player_close(struct player *player)
{
    mailbox_free(&player->mailbox);
    event_base_free(player->base);
}

static void a_ball_played_between_two_threads_is_never_dropped(void **state)
{
    struct ball ball = {.strokes = 0};
    struct player here;
    struct player there;
    pthread_t thread;

    (void)state;
    player_open(&here, &there);
    player_open(&there, &here);
    assert_int_equal(pthread_create(&thread, NULL, play, &there), 0);
    mailbox_post(there.mailbox, &ball.letter, strike);
    (void)play(&here);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(ball.strokes, STROKES + 1);
    player_close(&here);
    player_close(&there);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_burst_is_opened_in_one_turn_in_order),
        cmocka_unit_test(an_idle_mailbox_wakes_nobody),
        cmocka_unit_test(a_letter_may_post_another),
        cmocka_unit_test(freeing_opens_what_is_left),
        cmocka_unit_test(freeing_nothing_is_fine),
        cmocka_unit_test(letters_of_many_threads_all_arrive_each_sender_in_order),
        cmocka_unit_test(a_ball_played_between_two_threads_is_never_dropped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
