/* What each change does to the tree (OMG Naming Service 1.3, 2.2). */
#include "naming/change.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

void change_free(struct change *change)
{
    name_free(change->name, change->name_count);
    free((char *)change->binding.object);
    free(change->outcome.foreign);
    free(change);
}

static bool end(struct change *change, enum naming_end how)
{
    change->outcome.end = how;
    return how == NAMING_DONE;
}

/* Goes to the context that the last component belongs in. */
static bool go(struct naming *naming, struct change *change, struct walk *walk)
{
    static const enum naming_end ends[] = {
        [WALK_THERE] = NAMING_DONE,
        [WALK_MISSING] = NAMING_MISSING,
        [WALK_NOT_CONTEXT] = NAMING_NOT_CONTEXT,
        [WALK_FOREIGN] = NAMING_FOREIGN,
    };
    *walk = tree_walk(naming->tree, change->context, change->name, change->name_count - 1);
    change->outcome.done = walk->done;
    if (walk->end == WALK_FOREIGN)
        change->outcome.foreign = memory_text(walk->foreign->object, strlen(walk->foreign->object));
    return end(change, ends[walk->end]);
}

static const struct name_component *last_of(const struct change *change)
{
    return &change->name[change->name_count - 1];
}

/* Whether the binding may stand where `old` does. */
static enum naming_end fits(const struct naming *naming, const struct change *change,
                            const struct binding *old)
{
    if (!old)
        return tree_bindings(naming->tree) < naming->limits.bindings ? NAMING_DONE : NAMING_FULL;
    if (!change->replace)
        return NAMING_TAKEN;
    if (old->is_context && !change->binding.is_context)
        return NAMING_NOT_OBJECT;
    if (!old->is_context && change->binding.is_context)
        return NAMING_NOT_CONTEXT;
    return NAMING_DONE;
}

static void put(struct naming *naming, uint64_t context, const struct binding *binding,
                struct buffer *lines)
{
    journal_bind(lines, context, binding);
    if (tree_bind(naming->tree, context, binding) != STATUS_OK)
        abort(); /* it has just been found */
}

static bool apply_bind(struct naming *naming, struct change *change, struct buffer *lines)
{
    struct walk walk;
    if (!go(naming, change, &walk))
        return false;
    const struct name_component *name = last_of(change);
    const struct binding *old = tree_find(naming->tree, walk.context, name->id, name->kind);
    if (!end(change, fits(naming, change, old)))
        return false;
    struct binding binding = change->binding;
    binding.id = name->id;
    binding.kind = name->kind;
    put(naming, walk.context, &binding, lines);
    return true;
}

static bool apply_unbind(struct naming *naming, struct change *change, struct buffer *lines)
{
    struct walk walk;
    if (!go(naming, change, &walk))
        return false;
    const struct name_component *name = last_of(change);
    if (tree_unbind(naming->tree, walk.context, name->id, name->kind) != STATUS_OK)
        return end(change, NAMING_MISSING);
    journal_unbind(lines, walk.context, name->id, name->kind);
    return true;
}

static bool apply_new(struct naming *naming, struct change *change, struct buffer *lines)
{
    if (tree_contexts(naming->tree) >= naming->limits.contexts)
        return end(change, NAMING_FULL);
    change->outcome.context = tree_next(naming->tree);
    journal_context(lines, change->outcome.context);
    if (tree_add(naming->tree, change->outcome.context) != STATUS_OK)
        abort(); /* its number was free */
    return end(change, NAMING_DONE);
}

static bool apply_bind_new(struct naming *naming, struct change *change, struct buffer *lines)
{
    struct walk walk;
    if (!go(naming, change, &walk))
        return false;
    const struct name_component *name = last_of(change);
    const struct binding *old = tree_find(naming->tree, walk.context, name->id, name->kind);
    if (!end(change, fits(naming, change, old)) || !apply_new(naming, change, lines))
        return false;
    const struct binding binding = {
        .id = name->id, .kind = name->kind, .is_context = true, .local = change->outcome.context};
    put(naming, walk.context, &binding, lines);
    return true;
}

static bool apply_destroy(struct naming *naming, struct change *change, struct buffer *lines)
{
    if (change->context == TREE_ROOT)
        return end(change, NAMING_ROOT);
    if (!tree_is_empty(naming->tree, change->context))
        return end(change, NAMING_NOT_EMPTY);
    if (tree_remove(naming->tree, change->context) != STATUS_OK)
        return end(change, NAMING_GONE);
    journal_destroy(lines, change->context);
    return end(change, NAMING_DONE);
}

bool change_apply(struct naming *naming, struct change *change, struct buffer *lines)
{
    if (!tree_has(naming->tree, change->context))
        return end(change, NAMING_GONE);
    switch (change->kind) {
    case CHANGE_BIND: return apply_bind(naming, change, lines);
    case CHANGE_UNBIND: return apply_unbind(naming, change, lines);
    case CHANGE_NEW_CONTEXT: return apply_new(naming, change, lines);
    case CHANGE_BIND_NEW_CONTEXT: return apply_bind_new(naming, change, lines);
    case CHANGE_DESTROY: return apply_destroy(naming, change, lines);
    }
    return false;
}
