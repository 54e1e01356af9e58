/* A journal of any bytes is taken or refused; what was taken is a tree that can be walked. */
#include "naming/journal_private.h"

#include <stddef.h>
#include <stdint.h>

static void visit(void *arg, uint64_t context, const struct binding *binding)
{
    const struct name_component name = {.id = (char *)binding->id, .kind = (char *)binding->kind};
    struct walk walk = tree_walk(arg, context, &name, 1);
    if ((walk.end == WALK_NOT_CONTEXT) == binding->is_context)
        __builtin_trap();
}

static void visit_context(void *arg, uint64_t context)
{
    tree_each(arg, context, visit, arg);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t lines, good;
    struct tree *tree = tree_new();
    if (journal_replay((const char *)data, size, tree, &lines, &good) == STATUS_OK && good > size)
        __builtin_trap();
    tree_each_context(tree, visit_context, tree);
    tree_free(&tree);
    return 0;
}
