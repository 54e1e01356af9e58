/* Stringified names (OMG Naming Service 1.3, 2.4): "id.kind/id", with '\' in front of a '/', '.' or
 * '\' that is part of an id or kind. */
#include "base/memory.h"
#include "giop/reference.h"

#include <stdlib.h>
#include <string.h>

static bool is_special(char character)
{
    return character == '/' || character == '.' || character == '\\';
}

static enum status name_fault(struct fault *fault, const char *begin, const char *at,
                              const char *what)
{
    return fault_set(fault, STATUS_INVALID, NULL, "%s at character %zu of the name", what,
                     (size_t)(at - begin) + 1);
}

/* Up to the next special character that stands for itself. A copy; NULL for a bad escape, at which
 * `*at` stands then. */
static char *take_part(const char **at)
{
    struct buffer part = {0};
    char *copy = NULL;
    while (**at && **at != '/' && **at != '.') {
        if (**at == '\\' && !is_special((*at)[1]))
            goto done;
        if (**at == '\\')
            ++*at;
        buffer_append(&part, (*at)++, 1);
    }
    copy = memory_text(part.data ? part.data : "", part.size);
done:
    buffer_release(&part);
    return copy;
}

/* A lone '.' is the component whose id and kind are both empty; else a '.' has a kind behind it. */
static enum status take_component(const char *begin, const char **at,
                                  struct name_component *component, struct fault *fault)
{
    const char *first = *at;
    bool dot;
    component->id = take_part(at);
    dot = component->id && **at == '.';
    if (dot)
        ++*at;
    component->kind = dot ? take_part(at) : memory_text("", 0);
    if (!component->id || !component->kind)
        return name_fault(fault, begin, *at, "'\\' with none of '/', '.' and '\\' behind it");
    if (!dot && !*component->id)
        return name_fault(fault, begin, first, "an empty component");
    if (dot && *component->id && !*component->kind)
        return name_fault(fault, begin, *at - 1, "'.' without a kind behind it");
    if (**at == '.')
        return name_fault(fault, begin, *at, "a second '.'");
    return STATUS_OK;
}

enum status name_parse(const char *text, struct name_component **components, size_t *count,
                       struct fault *fault)
{
    const char *at = text;
    size_t most = 1;
    enum status status;
    for (const char *slash = text; *slash; slash++)
        most += *slash == '/';
    *components = memory_new(most * sizeof(struct name_component));
    *count = 0;
    for (;;) {
        status = take_component(text, &at, &(*components)[(*count)++], fault);
        if (status != STATUS_OK || !*at)
            break;
        at++; /* the '/' */
    }
    if (status != STATUS_OK) {
        name_free(*components, *count);
        *components = NULL;
        *count = 0;
    }
    return status;
}

static void format_part(const char *part, struct buffer *text)
{
    for (; *part; part++) {
        if (is_special(*part))
            buffer_append(text, "\\", 1);
        buffer_append(text, part, 1);
    }
}

void name_format(const struct name_component *components, size_t count, struct buffer *text)
{
    for (size_t i = 0; i < count; i++) {
        const struct name_component *component = &components[i];
        if (i > 0)
            buffer_append(text, "/", 1);
        format_part(component->id, text);
        if (*component->kind || !*component->id)
            buffer_append(text, ".", 1);
        format_part(component->kind, text);
    }
}

void name_free(struct name_component *components, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(components[i].id);
        free(components[i].kind);
    }
    free(components);
}

void name_write(struct cdr_writer *w, const struct name_component *components, size_t count)
{
    cdr_write_ulong(w, (uint32_t)count);
    for (size_t i = 0; i < count; i++) {
        cdr_write_string(w, 0, components[i].id, strlen(components[i].id));
        cdr_write_string(w, 0, components[i].kind, strlen(components[i].kind));
    }
}
