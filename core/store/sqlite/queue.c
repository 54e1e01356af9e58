/* The queue of writes: accepting, pushing, withdrawing, taking. */
#include "store/sqlite/queue.h"

#include "store/sqlite/repository.h"
#include "store/store_metrics.h"

void sqlite_queue_init(struct sqlite_queue *queue, size_t limit)
{
    pthread_mutex_init(&queue->lock, NULL);
    pthread_cond_init(&queue->filled, NULL);
    pthread_cond_init(&queue->settled, NULL);
    TAILQ_INIT(&queue->jobs);
    TAILQ_INIT(&queue->repositories);
    queue->sleeping = false;
    queue->stopping = false;
    queue->limit = limit;
    atomic_init(&queue->waiting, 0);
}

void sqlite_queue_destroy(struct sqlite_queue *queue)
{
    pthread_cond_destroy(&queue->settled);
    pthread_cond_destroy(&queue->filled);
    pthread_mutex_destroy(&queue->lock);
}

static void wait_less(struct sqlite_queue *queue, size_t count)
{
    atomic_fetch_sub_explicit(&queue->waiting, count, memory_order_relaxed);
    gauge_add(store_metrics()->waiting, -(int64_t)count);
}

bool sqlite_queue_accept(struct sqlite_queue *queue)
{
    if (atomic_fetch_add_explicit(&queue->waiting, 1, memory_order_relaxed) >= queue->limit) {
        atomic_fetch_sub_explicit(&queue->waiting, 1, memory_order_relaxed);
        counter_add(store_metrics()->refused, 1);
        return false;
    }
    gauge_add(store_metrics()->waiting, 1);
    return true;
}

void sqlite_queue_push(struct sqlite_queue *queue, struct sqlite_job_list *held)
{
    struct sqlite_job *job;
    bool wake;

    pthread_mutex_lock(&queue->lock);
    TAILQ_FOREACH(job, held, waiting)
    job->state = JOB_WAITING;
    TAILQ_CONCAT(&queue->jobs, held, waiting);
    wake = queue->sleeping;
    pthread_mutex_unlock(&queue->lock);
    if (wake)
        pthread_cond_signal(&queue->filled);
}

bool sqlite_queue_withdraw(struct sqlite_queue *queue, struct sqlite_job_list *held,
                           struct sqlite_job *job)
{
    bool withdrawn = true;

    pthread_mutex_lock(&queue->lock);
    if (job->state == JOB_HELD)
        TAILQ_REMOVE(held, job, waiting);
    else if (job->state == JOB_WAITING)
        TAILQ_REMOVE(&queue->jobs, job, waiting);
    else
        withdrawn = false;
    pthread_mutex_unlock(&queue->lock);
    if (withdrawn)
        wait_less(queue, 1);
    return withdrawn;
}

bool sqlite_queue_wait(struct sqlite_queue *queue)
{
    bool some;

    pthread_mutex_lock(&queue->lock);
    while (TAILQ_EMPTY(&queue->jobs) && !queue->stopping) {
        queue->sleeping = true;
        pthread_cond_wait(&queue->filled, &queue->lock);
    }
    queue->sleeping = false;
    some = !TAILQ_EMPTY(&queue->jobs);
    pthread_mutex_unlock(&queue->lock);
    return some;
}

size_t sqlite_queue_take(struct sqlite_queue *queue, size_t limit, struct sqlite_job_list *group)
{
    struct sqlite_job *job;
    size_t count = 0;

    pthread_mutex_lock(&queue->lock);
    while (count < limit && (job = TAILQ_FIRST(&queue->jobs)) != NULL) {
        TAILQ_REMOVE(&queue->jobs, job, waiting);
        TAILQ_INSERT_TAIL(group, job, waiting);
        job->state = JOB_BEGUN;
        job->owner->begun++;
        count++;
    }
    pthread_mutex_unlock(&queue->lock);
    wait_less(queue, count);
    return count;
}

void sqlite_queue_stop(struct sqlite_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    queue->stopping = true;
    pthread_mutex_unlock(&queue->lock);
    pthread_cond_signal(&queue->filled);
}
