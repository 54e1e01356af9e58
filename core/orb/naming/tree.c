/* Contexts and bindings in search trees of the C library. */
#include "naming/tree.h"

#include "base/memory.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

struct context {
    uint64_t number;
    void *bindings; /* tsearch */
    size_t count;
};

struct tree {
    void *contexts; /* tsearch */
    size_t context_count;
    size_t binding_count;
    uint64_t next;
};

/* ---- order ---- */

static int by_number(const void *a, const void *b)
{
    uint64_t left = ((const struct context *)a)->number;
    uint64_t right = ((const struct context *)b)->number;
    return (left > right) - (left < right);
}

static int by_name(const void *a, const void *b)
{
    const struct binding *left = a, *right = b;
    int order = strcmp(left->id, right->id);
    return order != 0 ? order : strcmp(left->kind, right->kind);
}

static struct context *context_find(const struct tree *tree, uint64_t number)
{
    const struct context key = {.number = number};
    struct context *const *found = tfind(&key, &tree->contexts, by_number);
    return found ? *found : NULL;
}

/* ---- contexts ---- */

static void binding_free(void *object)
{
    struct binding *binding = object;
    free((char *)binding->id);
    free((char *)binding->kind);
    free((char *)binding->object);
    free(binding);
}

static void context_free(void *object)
{
    struct context *context = object;
    tdestroy(context->bindings, binding_free);
    free(context);
}

struct tree *tree_new(void)
{
    struct tree *tree = memory_new(sizeof(*tree));
    if (tree_add(tree, TREE_ROOT) != STATUS_OK)
        abort();
    return tree;
}

void tree_free(struct tree **tree)
{
    tdestroy((*tree)->contexts, context_free);
    free(*tree);
    *tree = NULL;
}

size_t tree_bindings(const struct tree *tree)
{
    return tree->binding_count;
}

size_t tree_contexts(const struct tree *tree)
{
    return tree->context_count;
}

bool tree_has(const struct tree *tree, uint64_t context)
{
    return context_find(tree, context) != NULL;
}

bool tree_is_empty(const struct tree *tree, uint64_t context)
{
    const struct context *found = context_find(tree, context);
    return !found || found->count == 0;
}

uint64_t tree_next(const struct tree *tree)
{
    return tree->next;
}

enum status tree_add(struct tree *tree, uint64_t number)
{
    if (context_find(tree, number))
        return STATUS_DUPLICATE;
    struct context *context = memory_new(sizeof(*context));
    context->number = number;
    if (!tsearch(context, &tree->contexts, by_number))
        abort(); /* no memory */
    tree->context_count++;
    if (number >= tree->next)
        tree->next = number + 1;
    return STATUS_OK;
}

enum status tree_remove(struct tree *tree, uint64_t number)
{
    struct context *context = context_find(tree, number);
    if (!context)
        return STATUS_NOT_FOUND;
    if (number == TREE_ROOT)
        return STATUS_REFUSED;
    tdelete(context, &tree->contexts, by_number);
    tree->context_count--;
    tree->binding_count -= context->count;
    context_free(context);
    return STATUS_OK;
}

/* ---- bindings ---- */

static struct binding *find_in(const struct context *context, const char *id, const char *kind)
{
    const struct binding key = {.id = id, .kind = kind};
    struct binding *const *found = tfind(&key, &context->bindings, by_name);
    return found ? *found : NULL;
}

const struct binding *tree_find(const struct tree *tree, uint64_t number, const char *id,
                                const char *kind)
{
    const struct context *context = context_find(tree, number);
    return context ? find_in(context, id, kind) : NULL;
}

static char *text_copy(const char *text)
{
    return text ? memory_text(text, strlen(text)) : NULL;
}

static void remove_from(struct tree *tree, struct context *context, struct binding *binding)
{
    tdelete(binding, &context->bindings, by_name);
    binding_free(binding);
    context->count--;
    tree->binding_count--;
}

enum status tree_bind(struct tree *tree, uint64_t number, const struct binding *binding)
{
    struct context *context = context_find(tree, number);
    if (!context)
        return STATUS_NOT_FOUND;
    struct binding *old = find_in(context, binding->id, binding->kind);
    struct binding *made = memory_new(sizeof(*made));
    *made = *binding;
    made->id = text_copy(binding->id);
    made->kind = text_copy(binding->kind);
    made->object = text_copy(binding->object);
    if (old)
        remove_from(tree, context, old);
    if (!tsearch(made, &context->bindings, by_name))
        abort(); /* no memory */
    context->count++;
    tree->binding_count++;
    return STATUS_OK;
}

enum status tree_unbind(struct tree *tree, uint64_t number, const char *id, const char *kind)
{
    struct context *context = context_find(tree, number);
    struct binding *binding = context ? find_in(context, id, kind) : NULL;
    if (!binding)
        return STATUS_NOT_FOUND;
    remove_from(tree, context, binding);
    return STATUS_OK;
}

/* ---- visits ---- */

struct visit {
    tree_visit *visit;
    uint64_t context;
    void *arg;
};

static void visit_binding(const void *node, VISIT which, void *arg)
{
    const struct visit *visit = arg;
    if (which == postorder || which == leaf) /* between what is less and what is more */
        visit->visit(visit->arg, visit->context, *(struct binding *const *)node);
}

void tree_each(const struct tree *tree, uint64_t number, tree_visit *visit, void *arg)
{
    const struct context *context = context_find(tree, number);
    struct visit each = {.visit = visit, .context = number, .arg = arg};
    if (context)
        twalk_r(context->bindings, visit_binding, &each);
}

struct context_visit {
    void (*visit)(void *arg, uint64_t context);
    void *arg;
};

static void visit_context(const void *node, VISIT which, void *arg)
{
    const struct context_visit *visit = arg;
    if (which == postorder || which == leaf)
        visit->visit(visit->arg, (*(struct context *const *)node)->number);
}

void tree_each_context(const struct tree *tree, void (*visit)(void *arg, uint64_t context),
                       void *arg)
{
    struct context_visit each = {.visit = visit, .arg = arg};
    twalk_r(tree->contexts, visit_context, &each);
}

/* ---- ways ---- */

struct walk tree_walk(const struct tree *tree, uint64_t from,
                      const struct name_component *components, size_t count)
{
    struct walk walk = {.context = from};
    for (; walk.done < count; walk.done++) {
        const struct name_component *next = &components[walk.done];
        const struct binding *binding = tree_find(tree, walk.context, next->id, next->kind);
        walk.end = !binding                                                       ? WALK_MISSING
                   : !binding->is_context                                         ? WALK_NOT_CONTEXT
                   : binding->object                                              ? WALK_FOREIGN
                   : !tree_has(tree, binding->local) /* destroyed, not unbound */ ? WALK_MISSING
                                                                                  : WALK_THERE;
        if (walk.end == WALK_FOREIGN)
            walk.foreign = binding;
        if (walk.end != WALK_THERE)
            return walk;
        walk.context = binding->local;
    }
    return walk;
}
