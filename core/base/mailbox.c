/* The way between threads: a stack that many threads push and one thread takes whole.
 *
 * A sender pushes its letter on `head` with a compare-and-swap. The receiver exchanges the whole
 * stack for an empty one and turns it round, so letters are opened in the order in which they were
 * pushed, and so in the order of each sender. Nobody takes a single letter off, so the ABA problem
 * does not arise.
 *
 * Who pushes on an empty stack writes the eventfd; who finds a letter there knows that a wake-up
 * is already on its way. The receiver reads the eventfd before it takes the stack: a letter pushed
 * after the take meets an empty stack and wakes the receiver anew, so none is left behind. At
 * worst a wake-up finds the stack empty. */
#include "base/mailbox.h"

#include "base/log.h"
#include "base/memory.h"

#include <errno.h>
#include <event2/event.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct mailbox {
    _Atomic(struct letter *) head; /* the latest letter first */
    int fd;
    struct event *wake;
    void *receiver;
};

static _Noreturn void mailbox_fail(const char *what)
{
    log_error("a mailbox cannot work", LOG_TEXT("call", what), LOG_INT("errno", errno));
    abort();
}

static struct letter *mailbox_take(struct mailbox *mailbox)
{
    struct letter *letter = atomic_exchange_explicit(&mailbox->head, NULL, memory_order_acquire);
    struct letter *oldest = NULL;

    while (letter) {
        struct letter *next = letter->next;

        letter->next = oldest;
        oldest = letter;
        letter = next;
    }
    return oldest;
}

/* Returns whether there was any letter. open() may free its letter, so `next` is read before. */
static bool mailbox_deliver(struct mailbox *mailbox)
{
    struct letter *letter = mailbox_take(mailbox);
    bool any = letter != NULL;

    while (letter) {
        struct letter *next = letter->next;

        letter->open(letter, mailbox->receiver);
        letter = next;
    }
    return any;
}

static void mailbox_on_wake(evutil_socket_t fd, short events, void *argument)
{
    uint64_t count;

    (void)events;
    if (read(fd, &count, sizeof(count)) < 0 && errno != EAGAIN && errno != EINTR)
        mailbox_fail("read");
    (void)mailbox_deliver(argument);
}

struct mailbox *mailbox_new(struct event_base *base, void *receiver)
{
    struct mailbox *mailbox = memory_new(sizeof(*mailbox));

    mailbox->receiver = receiver;
    mailbox->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (mailbox->fd < 0)
        mailbox_fail("eventfd");
    mailbox->wake = event_new(base, mailbox->fd, EV_READ | EV_PERSIST, mailbox_on_wake, mailbox);
    if (!mailbox->wake || event_add(mailbox->wake, NULL) != 0)
        mailbox_fail("event_add");
    return mailbox;
}

void mailbox_free(struct mailbox **mailbox)
{
    if (!*mailbox)
        return;
    while (mailbox_deliver(*mailbox))
        ; /* a letter may have posted another */
    event_free((*mailbox)->wake);
    close((*mailbox)->fd);
    free(*mailbox);
    *mailbox = NULL;
}

static void mailbox_wake(struct mailbox *mailbox)
{
    static const uint64_t one = 1;

    while (write(mailbox->fd, &one, sizeof(one)) < 0)
        if (errno == EAGAIN)
            return; /* the counter is full: the receiver is awake as can be */
        else if (errno != EINTR)
            mailbox_fail("write");
}

void mailbox_post(struct mailbox *mailbox, struct letter *letter,
                  void (*open)(struct letter *letter, void *receiver))
{
    struct letter *head = atomic_load_explicit(&mailbox->head, memory_order_relaxed);
    bool was_empty;

    letter->open = open;
    do {
        letter->next = head;
        was_empty = head == NULL; /* read now: after the push the letter is the receiver's */
    } while (!atomic_compare_exchange_weak_explicit(&mailbox->head, &head, letter,
                                                    memory_order_release, memory_order_relaxed));
    if (was_empty)
        mailbox_wake(mailbox);
}
