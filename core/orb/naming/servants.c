/* One thread's servants: requests in, changes to the writer, changes back, answers out.
 *
 * The servants live as long as the adapter they stand in. It may go while changes are still with
 * the writer: the last servant waits for them then, which takes no longer than a sync of the disk.
 */
#include "naming/servants.h"

#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- changes that come back ---- */

static void answer_change(const struct change *change)
{
    if (change->outcome.end != NAMING_DONE) {
        answer_end(change->request, &change->outcome, change->name, change->name_count);
    } else if (change->kind == CHANGE_NEW_CONTEXT || change->kind == CHANGE_BIND_NEW_CONTEXT) {
        struct ior *ior = context_reference(change->home, change->outcome.context);
        answer_reference(change->request, ior);
        ior_release(&ior);
    } else {
        orb_reply_nothing(change->request);
    }
}

static void on_change(struct letter *letter, void *receiver)
{
    struct change *change = (struct change *)letter;
    (void)receiver;
    answer_change(change);
    change_free(change);
}

/* The writer's thread. */
void naming_return(struct change *change)
{
    struct naming_servants *home = change->home;
    pthread_mutex_lock(&home->lock);
    mailbox_post(home->mailbox, &change->letter, on_change);
    home->pending--;
    pthread_cond_signal(&home->returned);
    pthread_mutex_unlock(&home->lock);
}

/* ---- servants ---- */

static void refuse_operation(struct orb_request *request)
{
    orb_reply_exception(request, EXCEPTION_BAD_OPERATION, 0, COMPLETED_NO);
}

/* What follows "NameService/" is a number in hexadecimal digits; all of them are told apart from
 * anything else by their length and by being digits. */
static bool context_of(const char *id, size_t length, uint64_t *context)
{
    char text[20], *end;
    if (length == 0 || length >= sizeof(text))
        return false;
    memcpy(text, id, length);
    text[length] = '\0';
    *context = strtoull(text, &end, 16);
    return (size_t)(end - text) == length && strspn(text, "0123456789abcdef") == length;
}

static bool context_there(const struct naming_servants *servants, const void *key, size_t size,
                          uint64_t *context)
{
    size_t prefix = strlen(CONTEXT_KEY "/");
    *context = TREE_ROOT;
    if (size > prefix && !context_of((const char *)key + prefix, size - prefix, context))
        return false;
    pthread_rwlock_rdlock(&servants->naming->lock);
    bool there = tree_has(servants->naming->tree, *context);
    pthread_rwlock_unlock(&servants->naming->lock);
    return there;
}

static bool context_exists(void *arg, const void *key, size_t size)
{
    uint64_t context;
    return context_there(arg, key, size, &context);
}

static void context_invoke(void *arg, struct orb_request *request)
{
    size_t length, size;
    const char *name = orb_request_operation(request, &length);
    const void *key = orb_request_key(request, &size);
    struct asked asked = {
        .servants = arg, .request = request, .arguments = orb_request_arguments(request)};
    serve *operation = context_operation(name, length);
    if (!context_there(arg, key, size, &asked.context))
        orb_reply_exception(request, EXCEPTION_OBJECT_NOT_EXIST, 0, COMPLETED_NO);
    else if (operation)
        operation(&asked);
    else
        refuse_operation(request);
}

static bool iterator_exists(void *arg, const void *key, size_t size)
{
    const struct naming_servants *servants = arg;
    size_t prefix = strlen(ITERATOR_KEY);
    return iterators_has(servants->naming->iterators, (const char *)key + prefix, size - prefix);
}

static void iterator_invoke(void *arg, struct orb_request *request)
{
    size_t length;
    const char *name = orb_request_operation(request, &length);
    struct asked asked = {
        .servants = arg, .request = request, .arguments = orb_request_arguments(request)};
    asked.iterator = orb_request_object_id(request, &asked.iterator_length);
    serve *operation = iterator_operation(name, length);
    if (operation)
        operation(&asked);
    else
        refuse_operation(request);
}

static bool id_is(const char *known, const char *id, size_t length)
{
    return strlen(known) == length && memcmp(known, id, length) == 0;
}

static bool context_is_a(void *arg, const char *id, size_t length)
{
    (void)arg;
    return id_is(CONTEXT_ID, id, length) || id_is(CONTEXT_EXT_ID, id, length);
}

static bool iterator_is_a(void *arg, const char *id, size_t length)
{
    (void)arg;
    return id_is(ITERATOR_ID, id, length);
}

/* ---- life ---- */

static void servants_free(struct naming_servants *servants)
{
    pthread_mutex_lock(&servants->lock);
    while (servants->pending > 0)
        pthread_cond_wait(&servants->returned, &servants->lock);
    pthread_mutex_unlock(&servants->lock);
    mailbox_free(&servants->mailbox); /* opens what has come back */
    pthread_mutex_destroy(&servants->lock);
    pthread_cond_destroy(&servants->returned);
    free(servants->host);
    free(servants);
}

static void servant_released(void *arg)
{
    struct naming_servants *servants = arg;
    if (--servants->references == 0)
        servants_free(servants);
}

static enum status add(struct naming_servants *servants, struct orb_adapter *adapter,
                       const char *key, bool exact, const struct orb_servant *servant)
{
    enum status status = exact ? orb_adapter_add(adapter, key, strlen(key), servant)
                               : orb_adapter_add_default(adapter, key, strlen(key), servant);
    if (status == STATUS_OK)
        servants->references++;
    return status;
}

enum status naming_serve(struct naming *naming, struct event_base *base,
                         struct orb_adapter *adapter, const char *host, uint16_t port)
{
    struct naming_servants *servants = memory_new(sizeof(*servants));
    const struct orb_servant context = {.type_id = CONTEXT_EXT_ID,
                                        .is_a = context_is_a,
                                        .invoke = context_invoke,
                                        .exists = context_exists,
                                        .released = servant_released,
                                        .arg = servants};
    const struct orb_servant iterator = {.type_id = ITERATOR_ID,
                                         .is_a = iterator_is_a,
                                         .invoke = iterator_invoke,
                                         .exists = iterator_exists,
                                         .released = servant_released,
                                         .arg = servants};
    servants->naming = naming;
    servants->mailbox = mailbox_new(base, servants);
    servants->host = memory_text(host, strlen(host));
    servants->port = port;
    pthread_mutex_init(&servants->lock, NULL);
    pthread_cond_init(&servants->returned, NULL);
    servants->references = 1; /* this function's */
    enum status status = add(servants, adapter, CONTEXT_KEY, true, &context);
    if (status == STATUS_OK)
        status = add(servants, adapter, CONTEXT_KEY "/", false, &context);
    if (status == STATUS_OK)
        status = add(servants, adapter, ITERATOR_KEY, false, &iterator);
    servant_released(servants);
    return status;
}
