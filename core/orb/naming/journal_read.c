/* Lines of the journal back into a tree. */
#include "naming/journal_private.h"

#include "base/json.h"

#include <stdio.h>
#include <string.h>

/* Numbers are never negative; -1: none of this name. */
static int64_t number(const json_t *line, const char *name)
{
    const json_t *value = json_object_get(line, name);
    return json_is_integer(value) && json_integer_value(value) >= 0 &&
                   json_integer_value(value) < INT64_MAX /* there is a next one */
               ? json_integer_value(value)
               : -1;
}

static const char *text(const json_t *line, const char *name)
{
    return json_string_value(json_object_get(line, name));
}

static enum status apply_bind(struct tree *tree, const json_t *line, uint64_t context)
{
    int64_t local = number(line, "local");
    const struct binding binding = {
        .id = text(line, "id"),
        .kind = text(line, "kind"),
        .object = text(line, "object"),
        .local = (uint64_t)local,
        .is_context = local >= 0 || json_is_true(json_object_get(line, "foreign")),
    };
    bool one = (binding.object != NULL) != (local >= 0);
    return binding.id && binding.kind && one ? tree_bind(tree, context, &binding) : STATUS_INVALID;
}

static enum status apply_unbind(struct tree *tree, const json_t *line, uint64_t context)
{
    const char *id = text(line, "id"), *kind = text(line, "kind");
    return id && kind ? tree_unbind(tree, context, id, kind) : STATUS_INVALID;
}

static enum status apply(struct tree *tree, const json_t *line)
{
    int64_t context;
    if ((context = number(line, "context")) >= 0)
        return tree_add(tree, (uint64_t)context);
    if ((context = number(line, "bind")) >= 0)
        return apply_bind(tree, line, (uint64_t)context);
    if ((context = number(line, "unbind")) >= 0)
        return apply_unbind(tree, line, (uint64_t)context);
    if ((context = number(line, "destroy")) >= 0)
        return tree_remove(tree, (uint64_t)context);
    return STATUS_INVALID;
}

static enum status apply_line(struct tree *tree, const char *line, size_t length, size_t place)
{
    json_t *value = NULL;
    enum status status = json_read(line, length, &value, NULL);
    if (status == STATUS_OK && place == 1)
        status = number(value, "names") == 1 ? STATUS_OK : STATUS_INVALID;
    else if (status == STATUS_OK)
        status = apply(tree, value);
    json_decref(value);
    return status;
}

/* Of a first line that a crash cut off: anything else is a file of somebody else's. */
static bool is_beginning(const char *data, size_t size)
{
    return size < sizeof(journal_heading) - 1 && memcmp(data, journal_heading, size) == 0;
}

enum status journal_replay(const char *data, size_t size, struct tree *tree, size_t *lines,
                           size_t *good)
{
    *lines = *good = 0;
    while (*good < size) {
        const char *end = memchr(data + *good, '\n', size - *good);
        if (!end)
            return *lines > 0 || is_beginning(data, size) ? STATUS_OK : STATUS_INVALID;
        size_t length = (size_t)(end - data) - *good;
        if (apply_line(tree, data + *good, length, *lines + 1) != STATUS_OK)
            return STATUS_INVALID;
        (*lines)++;
        *good += length + 1;
    }
    return STATUS_OK;
}
