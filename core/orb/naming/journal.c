/* The journal's file: opened, appended to, rewritten. */
#include "naming/journal.h"

#include "base/json_writer.h"
#include "base/memory.h"
#include "naming/journal_private.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HISTORY = 1000 }; /* lines that are never worth a rewrite */
enum { SIZE_LIMIT = 1 << 30 };

struct journal {
    char *path;
    int file;
    size_t lines;
    bool failed;
};

/* ---- lines ---- */

static struct json_writer line_begin(struct buffer *lines, const char *what, uint64_t context)
{
    struct json_writer w = {.out = lines};
    json_open_object(&w);
    json_key(&w, what);
    json_number(&w, (int64_t)context);
    return w;
}

static void line_end(struct json_writer *w)
{
    json_close_object(w);
    buffer_append(w->out, "\n", 1);
}

static void line_name(struct json_writer *w, const char *id, const char *kind)
{
    json_key(w, "id");
    json_string_of(w, id);
    json_key(w, "kind");
    json_string_of(w, kind);
}

void journal_context(struct buffer *lines, uint64_t context)
{
    struct json_writer w = line_begin(lines, "context", context);
    line_end(&w);
}

void journal_destroy(struct buffer *lines, uint64_t context)
{
    struct json_writer w = line_begin(lines, "destroy", context);
    line_end(&w);
}

void journal_unbind(struct buffer *lines, uint64_t context, const char *id, const char *kind)
{
    struct json_writer w = line_begin(lines, "unbind", context);
    line_name(&w, id, kind);
    line_end(&w);
}

void journal_bind(struct buffer *lines, uint64_t context, const struct binding *binding)
{
    struct json_writer w = line_begin(lines, "bind", context);
    line_name(&w, binding->id, binding->kind);
    if (binding->object) {
        json_key(&w, "object");
        json_string_of(&w, binding->object);
    } else {
        json_key(&w, "local");
        json_number(&w, (int64_t)binding->local);
    }
    if (binding->object && binding->is_context) {
        json_key(&w, "foreign");
        json_truth(&w, true);
    }
    line_end(&w);
}

/* ---- the file ---- */

static enum status failed(struct fault *fault, const char *path, const char *what)
{
    return fault_set(fault, STATUS_UNAVAILABLE, path, "cannot %s: %s", what, strerror(errno));
}

static enum status write_all(int file, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t written = write(file, data, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return STATUS_UNAVAILABLE;
        data += written;
        size -= (size_t)written;
    }
    return STATUS_OK;
}

static enum status read_all(int file, struct buffer *data)
{
    for (;;) {
        char *space = buffer_reserve(data, 65536);
        ssize_t got = read(file, space, 65536);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 || data->size > SIZE_LIMIT)
            return STATUS_UNAVAILABLE;
        if (got == 0)
            return STATUS_OK;
        data->size += (size_t)got;
    }
}

/* So that the file's name survives a crash, too. */
static enum status sync_directory(const char *path)
{
    char *copy = memory_text(path, strlen(path));
    int directory = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(copy);
    if (directory < 0)
        return STATUS_UNAVAILABLE;
    int synced = fsync(directory);
    close(directory);
    return synced == 0 ? STATUS_OK : STATUS_UNAVAILABLE;
}

static enum status file_begin(struct journal *journal, struct fault *fault)
{
    const struct buffer first = {.data = (char *)journal_heading,
                                 .size = sizeof(journal_heading) - 1};
    enum status status = journal_append(journal, &first, 1, fault);
    if (status == STATUS_OK && sync_directory(journal->path) != STATUS_OK)
        status = failed(fault, journal->path, "sync its directory");
    return status;
}

static enum status file_replay(struct journal *journal, const struct buffer *data,
                               struct tree *tree, struct fault *fault)
{
    size_t good;
    enum status status = journal_replay(data->data, data->size, tree, &journal->lines, &good);
    if (status != STATUS_OK)
        return fault_set(fault, STATUS_INVALID, journal->path,
                         "line %zu is not what a naming service wrote", journal->lines + 1);
    if (good < data->size && ftruncate(journal->file, (off_t)good) != 0)
        return failed(fault, journal->path, "cut off its unfinished end");
    return journal->lines > 0 ? STATUS_OK : file_begin(journal, fault);
}

enum status journal_open(const char *path, struct tree *tree, struct journal **journal,
                         struct fault *fault)
{
    struct journal *made = memory_new(sizeof(*made));
    struct buffer data = {0};
    made->path = memory_text(path, strlen(path));
    made->file = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    enum status status = made->file < 0 ? failed(fault, path, "open it")
                         : read_all(made->file, &data) != STATUS_OK
                             ? failed(fault, path, "read it")
                             : file_replay(made, &data, tree, fault);
    buffer_release(&data);
    if (status == STATUS_OK)
        *journal = made;
    else
        journal_close(&made);
    return status;
}

void journal_close(struct journal **journal)
{
    if ((*journal)->file >= 0)
        close((*journal)->file);
    free((*journal)->path);
    free(*journal);
    *journal = NULL;
}

enum status journal_append(struct journal *journal, const struct buffer *lines, size_t count,
                           struct fault *fault)
{
    if (journal->failed)
        return fault_set(fault, STATUS_UNAVAILABLE, journal->path, "an earlier write failed");
    if (write_all(journal->file, lines->data, lines->size) != STATUS_OK ||
        fdatasync(journal->file) != 0) {
        journal->failed = true;
        return failed(fault, journal->path, "write to it");
    }
    journal->lines += count;
    return STATUS_OK;
}

/* ---- a new one ---- */

bool journal_is_long(const struct journal *journal, const struct tree *tree)
{
    return journal->lines > HISTORY + 2 * (tree_bindings(tree) + tree_contexts(tree));
}

struct copy {
    const struct tree *tree;
    struct buffer lines;
    size_t count;
};

static void copy_context(void *arg, uint64_t context)
{
    struct copy *copy = arg;
    if (context == TREE_ROOT)
        return;
    journal_context(&copy->lines, context);
    copy->count++;
}

static void copy_binding(void *arg, uint64_t context, const struct binding *binding)
{
    struct copy *copy = arg;
    journal_bind(&copy->lines, context, binding);
    copy->count++;
}

static void copy_bindings(void *arg, uint64_t context)
{
    struct copy *copy = arg;
    tree_each(copy->tree, context, copy_binding, copy);
}

/* The highest number is kept alive, though its context may be gone: a reference to that must never
 * come to mean another one. */
static void copy_numbers(struct copy *copy)
{
    uint64_t last = tree_next(copy->tree) - 1;
    if (last == TREE_ROOT || tree_has(copy->tree, last))
        return;
    journal_context(&copy->lines, last);
    journal_destroy(&copy->lines, last);
    copy->count += 2;
}

static enum status file_replace(struct journal *journal, const struct copy *copy)
{
    char *path = NULL;
    if (asprintf(&path, "%s.new", journal->path) < 0)
        return STATUS_UNAVAILABLE;
    enum status status = STATUS_UNAVAILABLE;
    int file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
    if (file >= 0 && write_all(file, copy->lines.data, copy->lines.size) == STATUS_OK &&
        fsync(file) == 0 && rename(path, journal->path) == 0)
        status = sync_directory(journal->path);
    if (status == STATUS_OK) {
        close(journal->file);
        journal->file = file;
        journal->lines = copy->count;
    } else if (file >= 0) {
        close(file);
    }
    free(path);
    return status;
}

enum status journal_rewrite(struct journal *journal, const struct tree *tree, struct fault *fault)
{
    struct copy copy = {.tree = tree, .count = 1};
    buffer_append(&copy.lines, journal_heading, sizeof(journal_heading) - 1);
    tree_each_context(tree, copy_context, &copy);
    copy_numbers(&copy);
    tree_each_context(tree, copy_bindings, &copy);
    enum status status = file_replace(journal, &copy);
    if (status != STATUS_OK) {
        journal->failed = true; /* which of the two files is in place is not certain */
        (void)failed(fault, journal->path, "rewrite it");
    }
    buffer_release(&copy.lines);
    return status;
}
