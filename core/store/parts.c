/* Damaged orders, and threads without signals. */
#include "store/parts.h"

#include "base/log.h"

#include <signal.h>

enum status store_damaged(const struct uuid *order_id, const char *what, struct fault *fault)
{
    char id[UUID_TEXT_SIZE];

    uuid_format(order_id, id);
    log_error("stored order is damaged", LOG_TEXT("order_id", id), LOG_TEXT("reason", what));
    return fault_set(fault, STATUS_INTERNAL, NULL, "the stored order %s is damaged", id);
}

int store_thread_start(pthread_t *thread, void *(*run)(void *arg), void *arg)
{
    sigset_t all, before;
    int error;

    sigfillset(&all);
    error = pthread_sigmask(SIG_SETMASK, &all, &before);
    if (error != 0)
        return error;
    error = pthread_create(thread, NULL, run, arg);
    if (pthread_sigmask(SIG_SETMASK, &before, NULL) != 0)
        log_error("the signal mask is lost");
    return error;
}
