/* The queue between the repositories' threads and the one writer.
 *
 * One lock guards the jobs in the queue with their states, and the list of open repositories. It is
 * held for a few pointers at a time, never over a callback or a statement. The number of waiting
 * jobs is counted apart, when a repository accepts a job into its outbox, so that the limit is
 * known at once. */
#ifndef STORE_SQLITE_QUEUE_H
#define STORE_SQLITE_QUEUE_H

#include "store/sqlite/job.h"

#include <pthread.h>
#include <stdatomic.h>

struct sqlite_queue {
    pthread_mutex_t lock;
    pthread_cond_t filled;  /* for the writer: a job came, or the end */
    pthread_cond_t settled; /* for a closing repository: the writer answered a group */
    struct sqlite_job_list jobs;
    TAILQ_HEAD(, sqlite_repository) repositories;
    bool sleeping; /* the writer waits for `filled` */
    bool stopping;
    size_t limit;
    atomic_size_t waiting; /* held in outboxes and queued */
};

void sqlite_queue_init(struct sqlite_queue *queue, size_t limit);
void sqlite_queue_destroy(struct sqlite_queue *queue);

/* Repositories' threads. A job is accepted (false: too many wait), pushed later with the others of
 * its turn (which empties `held`), and can be withdrawn until the writer has begun it. */
bool sqlite_queue_accept(struct sqlite_queue *queue);
void sqlite_queue_push(struct sqlite_queue *queue, struct sqlite_job_list *held);
bool sqlite_queue_withdraw(struct sqlite_queue *queue, struct sqlite_job_list *held,
                           struct sqlite_job *job);

/* The writer's. Waits for a job; false when the queue is stopped and empty. */
bool sqlite_queue_wait(struct sqlite_queue *queue);
/* Moves at most `limit` jobs to `group`, which then have begun. Returns how many. */
size_t sqlite_queue_take(struct sqlite_queue *queue, size_t limit, struct sqlite_job_list *group);

/* Lets the writer finish what is queued, and go. */
void sqlite_queue_stop(struct sqlite_queue *queue);

#endif
