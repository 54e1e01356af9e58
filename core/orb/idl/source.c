/* Finding and reading source files, and the characters in them. */
#include "idl/source.h"

#include "base/memory.h"
#include "idl/model.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- characters ---- */

/* Behind the line splices that begin at `at`. */
static size_t behind_splices(const struct source *s, size_t at, uint32_t *lines)
{
    while (at + 1 < s->size && s->text[at] == '\\') {
        size_t end = at + 1 + (s->text[at + 1] == '\r');
        if (end >= s->size || s->text[end] != '\n')
            break;
        at = end + 1;
        ++*lines;
    }
    return at;
}

static void pass_splices(struct source *s)
{
    uint32_t lines = 0;
    size_t at = behind_splices(s, s->position, &lines);
    if (!lines)
        return;
    s->position = at;
    s->line += lines;
    s->column = 1;
}

int source_peek(struct source *s)
{
    pass_splices(s);
    return s->position < s->size ? (unsigned char)s->text[s->position] : SOURCE_END;
}

int source_second(struct source *s)
{
    uint32_t lines = 0;
    pass_splices(s);
    if (s->position >= s->size)
        return SOURCE_END;
    size_t at = behind_splices(s, s->position + 1, &lines);
    return at < s->size ? (unsigned char)s->text[at] : SOURCE_END;
}

int source_take(struct source *s)
{
    int c = source_peek(s);
    if (c == SOURCE_END)
        return c;
    s->position++;
    s->column++;
    if (c == '\n') {
        s->line++;
        s->column = 1;
        s->line_begun = false;
    }
    return c;
}

struct place source_place(const struct source *s)
{
    return (struct place){s->name, s->line, s->column};
}

/* ---- files ---- */

static char *scratch_text(struct compiler *c, const char *text)
{
    return typecode_arena_text(c->scratch, text, strlen(text));
}

/* Takes `text` over. */
static bool push(struct compiler *c, const char *name, const char *path, char *text, size_t size)
{
    size_t depth = 0;
    struct place place = {name, 1, 1};
    for (const struct source *s = c->source; s; s = s->includer)
        depth++;
    struct source *source = memory_new(sizeof(*source));
    *source = (struct source){
        .includer = c->source,
        .name = scratch_text(c, name),
        .path = path ? scratch_text(c, path) : NULL,
        .text = text,
        .size = size,
        .line = 1,
        .column = 1,
    };
    c->source = source;
    c->source_bytes += size;
    if (depth > INCLUDE_LIMIT)
        return compiler_fail(c, place, STATUS_LIMIT, "included more than %d deep", INCLUDE_LIMIT);
    if (c->source_bytes > SOURCE_BYTES_LIMIT)
        return compiler_fail(c, place, STATUS_LIMIT, "more than %d bytes of source with this",
                             SOURCE_BYTES_LIMIT);
    return true;
}

bool source_open_text(struct compiler *c, const char *name, const char *text, size_t size)
{
    if (size > SOURCE_BYTES_LIMIT)
        return compiler_fail(c, (struct place){name, 1, 1}, STATUS_LIMIT,
                             "more than %d bytes of source", SOURCE_BYTES_LIMIT);
    return push(c, name, NULL, memory_text(text, size), size);
}

/* At most one byte more than may be used, for `push` to see that there is more. */
static char *read_all(FILE *file, size_t *size)
{
    struct buffer text = {0};
    size_t count = 0;
    do {
        char *room = buffer_reserve(&text, 65536);
        count = fread(room, 1, 65536, file);
        text.size += count;
    } while (count && text.size <= SOURCE_BYTES_LIMIT);
    *size = text.size;
    return text.data;
}

bool source_was_read(const struct compiler *c, const char *real)
{
    for (size_t i = 0; i < c->idl->files.count; i++)
        if (strcmp(c->idl->files.items[i], real) == 0)
            return true;
    return false;
}

void source_note_read(struct compiler *c, const char *real)
{
    list_add(&c->idl->files, memory_text(real, strlen(real)));
}

static bool read_file(struct compiler *c, struct place place, const char *path, const char *real)
{
    size_t size = 0;
    FILE *file = fopen(real, "rbe");
    if (!file)
        return compiler_fail(c, place, STATUS_NOT_FOUND, "%s cannot be opened: %s", path,
                             strerror(errno));
    char *text = read_all(file, &size);
    bool broken = ferror(file) != 0;
    (void)fclose(file);
    if (broken) {
        free(text);
        return compiler_fail(c, place, STATUS_UNAVAILABLE, "%s cannot be read", path);
    }
    return push(c, path, real, text, size);
}

/* Whether it is a file; then it is open, or known, or a mistake has been told. */
static bool try_path(struct compiler *c, struct place place, const char *path, bool *opened)
{
    char real[PATH_MAX];
    struct stat status;
    if (!realpath(path, real) || stat(real, &status) != 0 || !S_ISREG(status.st_mode))
        return false;
    *opened = !source_was_read(c, real);
    if (*opened) {
        source_note_read(c, real);
        *opened = read_file(c, place, path, real);
    }
    return true;
}

/* In the folder that `length` bytes of `folder` name; 0 of them are the working directory. */
static bool try_in(struct compiler *c, struct place place, const char *folder, size_t length,
                   const char *path, bool *opened)
{
    struct buffer whole = {0};
    buffer_append(&whole, folder, length);
    if (length && folder[length - 1] != '/')
        buffer_append_text(&whole, "/");
    buffer_append(&whole, path, strlen(path) + 1);
    bool found = try_path(c, place, whole.data, opened);
    buffer_release(&whole);
    return found;
}

static bool try_beside(struct compiler *c, struct place place, const char *path, bool *opened)
{
    const char *slash = c->source && c->source->path ? strrchr(c->source->path, '/') : NULL;
    size_t length = slash ? (size_t)(slash - c->source->path) + 1 : 0;
    return try_in(c, place, length ? c->source->path : "", length, path, opened);
}

bool source_open_file(struct compiler *c, struct place place, const char *path, bool beside,
                      bool *opened)
{
    if (path[0] == '/') {
        if (try_path(c, place, path, opened))
            return compiler_ok(c);
    } else {
        if (beside && try_beside(c, place, path, opened))
            return compiler_ok(c);
        for (size_t i = 0; i < c->idl->directories.count; i++) {
            const char *folder = c->idl->directories.items[i];
            if (try_in(c, place, folder, strlen(folder), path, opened))
                return compiler_ok(c);
        }
    }
    return compiler_fail(c, place, STATUS_NOT_FOUND, "there is no file %s", path);
}

void source_close(struct compiler *c)
{
    struct source *source = c->source;
    c->source = source->includer;
    free(source->text);
    free(source);
}
