/* The tree's life, and its writer: a thread that takes every change that is waiting, applies them,
 * writes their lines with one sync, and gives them back.
 *
 * Readers may see a change a moment before it is on disk; its asker hears of it only after. When
 * the disk fails, the changes of that moment are answered PERSIST_STORE, and so is every later one:
 * what the file holds is not certain until a restart has read it. */
#include "naming/naming.h"

#include "base/log.h"
#include "base/memory.h"
#include "naming/change.h"
#include "naming/iterators.h"

#include <stdlib.h>
#include <string.h>

struct naming_limits naming_limits_default(void)
{
    return (struct naming_limits){
        .bindings = 10000, .contexts = 1000, .iterators = 100, .iterator_bytes = 16 << 20};
}

/* ---- the writer ---- */

static struct change *take_all(struct naming *naming)
{
    pthread_mutex_lock(&naming->queue_lock);
    while (!naming->first && !naming->ended)
        pthread_cond_wait(&naming->filled, &naming->queue_lock);
    struct change *changes = naming->first;
    naming->first = NULL;
    naming->last = &naming->first;
    pthread_mutex_unlock(&naming->queue_lock);
    return changes;
}

/* How many were made. */
static size_t apply_all(struct naming *naming, struct change *changes, struct buffer *lines)
{
    size_t count = 0;
    pthread_rwlock_wrlock(&naming->lock);
    for (struct change *change = changes; change; change = change->next)
        count += change_apply(naming, change, lines);
    pthread_rwlock_unlock(&naming->lock);
    return count;
}

static void complain(const struct fault *fault)
{
    log_error("names cannot be stored", LOG_TEXT("where", fault->where),
              LOG_TEXT("reason", fault->text));
}

/* Whether the changes are on disk. A rewrite that fails takes nothing of that back. */
static bool store(struct naming *naming, const struct buffer *lines, size_t count)
{
    struct fault fault = {0};
    if (count > 0 && journal_append(naming->journal, lines, count, &fault) != STATUS_OK) {
        complain(&fault);
        return false;
    }
    if (journal_is_long(naming->journal, naming->tree) &&
        journal_rewrite(naming->journal, naming->tree, &fault) != STATUS_OK)
        complain(&fault);
    return true;
}

static void give_back(struct change *changes, bool stored)
{
    while (changes) {
        struct change *change = changes;
        changes = change->next;
        if (!stored && change->outcome.end == NAMING_DONE)
            change->outcome.end = NAMING_NOT_STORED;
        naming_return(change);
    }
}

static void *writer_main(void *arg)
{
    struct naming *naming = arg;
    struct buffer lines = {0};
    struct change *changes;
    pthread_setname_np(pthread_self(), "naming");
    while ((changes = take_all(naming)) != NULL) {
        buffer_clear(&lines);
        size_t count = apply_all(naming, changes, &lines);
        give_back(changes, store(naming, &lines, count));
    }
    buffer_release(&lines);
    return NULL;
}

void naming_submit(struct naming *naming, struct change *change)
{
    change->next = NULL;
    pthread_mutex_lock(&naming->queue_lock);
    *naming->last = change;
    naming->last = &change->next;
    pthread_cond_signal(&naming->filled);
    pthread_mutex_unlock(&naming->queue_lock);
}

/* ---- life ---- */

static void naming_destroy(struct naming *naming)
{
    if (naming->journal)
        journal_close(&naming->journal);
    iterators_free(&naming->iterators);
    tree_free(&naming->tree);
    pthread_rwlock_destroy(&naming->lock);
    pthread_mutex_destroy(&naming->queue_lock);
    pthread_cond_destroy(&naming->filled);
    free(naming);
}

enum status naming_open(const char *path, const struct naming_limits *limits,
                        struct naming **naming, struct fault *fault)
{
    struct naming *made = memory_new(sizeof(*made));
    made->limits = *limits;
    made->tree = tree_new();
    made->iterators = iterators_new(limits->iterators, limits->iterator_bytes);
    made->last = &made->first;
    pthread_rwlock_init(&made->lock, NULL);
    pthread_mutex_init(&made->queue_lock, NULL);
    pthread_cond_init(&made->filled, NULL);
    enum status status = journal_open(path, made->tree, &made->journal, fault);
    int error = status == STATUS_OK ? pthread_create(&made->writer, NULL, writer_main, made) : 0;
    if (error != 0)
        status = fault_set(fault, STATUS_UNAVAILABLE, NULL, "no thread for the names: %s",
                           strerror(error));
    if (status == STATUS_OK)
        *naming = made;
    else
        naming_destroy(made);
    return status;
}

void naming_close(struct naming **naming)
{
    struct naming *closed = *naming;
    if (!closed)
        return;
    pthread_mutex_lock(&closed->queue_lock);
    closed->ended = true;
    pthread_cond_signal(&closed->filled);
    pthread_mutex_unlock(&closed->queue_lock);
    pthread_join(closed->writer, NULL);
    naming_destroy(closed);
    *naming = NULL;
}
