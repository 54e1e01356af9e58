/* Old Lua states live on beside the new one until their tasks are done. */
#include "server/vm_set.h"

#include "base/memory.h"

#include <stdlib.h>

struct vm_entry {
    struct vm *vm;
    struct vm_entry *next;
};

void vm_set_init(struct vm_set *set)
{
    pthread_mutex_init(&set->lock, NULL);
}

void vm_set_destroy(struct vm_set *set)
{
    pthread_mutex_destroy(&set->lock);
}

struct vm *vm_set_current(const struct vm_set *set)
{
    return set->entries ? set->entries->vm : NULL;
}

void vm_set_put(struct vm_set *set, struct vm *vm)
{
    struct vm_entry *entry = memory_new(sizeof(*entry));
    pthread_mutex_lock(&set->lock);
    *entry = (struct vm_entry){.vm = vm, .next = set->entries};
    set->entries = entry;
    pthread_mutex_unlock(&set->lock);
}

static void set_remove(struct vm_set *set, struct vm *vm)
{
    pthread_mutex_lock(&set->lock);
    struct vm_entry **place = &set->entries;
    while (*place && (*place)->vm != vm)
        place = &(*place)->next;
    struct vm_entry *entry = *place;
    if (entry)
        *place = entry->next;
    pthread_mutex_unlock(&set->lock);
    free(entry);
}

static void on_retired(struct vm *vm, void *arg)
{
    struct vm_set *set = arg;
    set_remove(set, vm);
    vm_free(&vm);
    if (set->retiring && !set->entries)
        set->emptied(set->emptied_arg);
}

void vm_set_retire(struct vm_set *set, struct vm *old)
{
    vm_retire(old, on_retired, set);
}

void vm_set_retire_all(struct vm_set *set, void (*emptied)(void *arg), void *arg)
{
    struct vm *current = vm_set_current(set);
    set->retiring = true;
    set->emptied = emptied;
    set->emptied_arg = arg;
    if (current)
        vm_retire(current, on_retired, set); /* the others are retiring already */
    else
        emptied(arg);
}

void vm_set_release(struct vm_set *set)
{
    struct vm *vm;
    while ((vm = vm_set_current(set)) != NULL) {
        set_remove(set, vm);
        vm_free(&vm);
    }
}

/* ---- from other threads ---- */

static size_t set_sum(struct vm_set *set, size_t (*figure)(const struct vm *vm))
{
    size_t sum = 0;
    pthread_mutex_lock(&set->lock);
    for (const struct vm_entry *entry = set->entries; entry; entry = entry->next)
        sum += figure(entry->vm);
    pthread_mutex_unlock(&set->lock);
    return sum;
}

size_t vm_set_memory(struct vm_set *set)
{
    return set_sum(set, vm_memory);
}

size_t vm_set_tasks(struct vm_set *set)
{
    return set_sum(set, vm_tasks);
}

bool vm_set_running(struct vm_set *set, char name[128], int64_t *since_us)
{
    bool running = false;
    pthread_mutex_lock(&set->lock);
    for (const struct vm_entry *entry = set->entries; entry && !running; entry = entry->next)
        running = vm_running(entry->vm, name, since_us);
    pthread_mutex_unlock(&set->lock);
    return running;
}
