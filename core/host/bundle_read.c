/* Reading a directory of scripts into a bundle. */
#include "host/bundle_private.h"

#include "base/memory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    FILE_LIMIT = 1024 * 1024,
    BUNDLE_LIMIT = 16 * 1024 * 1024,
    SCRIPTS_LIMIT = 10000,
    DEPTH_LIMIT = 16, /* of directories: a link to a directory above must end somewhere */
    PATH_SIZE = 1024,
};

struct reader {
    struct bundle *bundle;
    const char *const *except;
    size_t root;          /* where what is below the directory begins in `path` */
    char path[PATH_SIZE]; /* of what is being read */
    int depth;
    struct fault *fault;
};

static enum status reader_fail(struct reader *reader, enum status status, const char *text)
{
    char where[160];
    size_t length = strlen(reader->path);
    size_t skipped = length < sizeof(where) ? 0 : length - sizeof(where) + 1;
    snprintf(where, sizeof(where), "%s", reader->path + skipped);
    return fault_set(reader->fault, status, where, "%s", text);
}

static enum status reader_fail_errno(struct reader *reader)
{
    int error = errno;
    return reader_fail(reader, error == ENOENT ? STATUS_NOT_FOUND : STATUS_INVALID,
                       strerror(error));
}

/* ---- one file ---- */

static enum status read_text(struct reader *reader, int file, char *text, size_t size)
{
    for (size_t done = 0; done < size;) {
        ssize_t got = read(file, text + done, size - done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return reader_fail_errno(reader);
        if (got == 0)
            return reader_fail(reader, STATUS_INVALID, "became shorter while it was read");
        done += (size_t)got;
    }
    if (memchr(text, '\0', size) || (size > 0 && text[0] == '\033'))
        return reader_fail(reader, STATUS_INVALID, "is not text");
    return STATUS_OK;
}

static enum status check_size(struct reader *reader, const struct stat *about)
{
    if (!S_ISREG(about->st_mode))
        return reader_fail(reader, STATUS_INVALID, "is not a file");
    if (about->st_size > FILE_LIMIT)
        return reader_fail(reader, STATUS_LIMIT, "is larger than 1 MiB");
    if (reader->bundle->bytes + (size_t)about->st_size > BUNDLE_LIMIT)
        return reader_fail(reader, STATUS_LIMIT, "the scripts are larger than 16 MiB in all");
    if (reader->bundle->count == SCRIPTS_LIMIT)
        return reader_fail(reader, STATUS_LIMIT, "there are more than 10,000 scripts");
    return STATUS_OK;
}

/* "usecases/create_order.lua" as "usecases.create_order". */
static char *module_name(const char *path)
{
    char *module = memory_text(path, strlen(path) - strlen(".lua"));
    for (char *slash = module; (slash = strchr(slash, '/')) != NULL;)
        *slash = '.';
    return module;
}

static void add_script(struct reader *reader, char *text, size_t length)
{
    struct bundle *bundle = reader->bundle;
    if ((bundle->count & (bundle->count - 1)) == 0)
        bundle->scripts = memory_resize(bundle->scripts, (bundle->count ? 2 * bundle->count : 1) *
                                                             sizeof(*bundle->scripts));
    bundle->scripts[bundle->count++] = (struct script){
        .module = module_name(reader->path + reader->root),
        .path = memory_text(reader->path, strlen(reader->path)),
        .text = text,
        .length = length,
    };
    bundle->bytes += length;
}

static enum status read_script(struct reader *reader, int file)
{
    struct stat about;
    if (fstat(file, &about) != 0)
        return reader_fail_errno(reader);
    enum status status = check_size(reader, &about);
    if (status != STATUS_OK)
        return status;
    size_t size = (size_t)about.st_size;
    char *text = memory_new(size + 1);
    status = read_text(reader, file, text, size);
    if (status == STATUS_OK)
        add_script(reader, text, size);
    else
        free(text);
    return status;
}

/* ---- one directory ---- */

static enum status read_directory(struct reader *reader, int directory);

static bool is_except(const struct reader *reader)
{
    const char *const *except = reader->except;
    while (except && *except && strcmp(*except, reader->path + reader->root) != 0)
        except++;
    return except && *except;
}

/* A dot would make the module's name stand for another place. */
static enum status check_name(struct reader *reader, const char *name, size_t length)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    if (length > 0 && strspn(name, allowed) >= length)
        return STATUS_OK;
    return reader_fail(reader, STATUS_INVALID,
                       "a script's name is made of letters, digits, '_' and '-'");
}

static bool is_script(const char *name)
{
    size_t length = strlen(name);
    return length >= strlen(".lua") && strcmp(name + length - strlen(".lua"), ".lua") == 0;
}

static enum status read_below(struct reader *reader, int opened, const char *name)
{
    if (is_except(reader)) {
        close(opened);
        return STATUS_OK;
    }
    enum status status = check_name(reader, name, strlen(name));
    if (status == STATUS_OK && reader->depth == DEPTH_LIMIT)
        status = reader_fail(reader, STATUS_LIMIT, "directories are more than 16 deep");
    if (status != STATUS_OK) {
        close(opened);
        return status;
    }
    reader->depth++;
    status = read_directory(reader, opened);
    reader->depth--;
    return status;
}

static enum status read_opened(struct reader *reader, int opened, const char *name)
{
    struct stat about;
    if (fstat(opened, &about) == 0 && S_ISDIR(about.st_mode))
        return read_below(reader, opened, name);
    enum status status = STATUS_OK;
    if (is_script(name)) {
        status = check_name(reader, name, strlen(name) - strlen(".lua"));
        if (status == STATUS_OK)
            status = read_script(reader, opened);
    }
    close(opened);
    return status;
}

static enum status read_entry(struct reader *reader, int directory, const char *name)
{
    size_t length = strlen(reader->path);
    int added = snprintf(reader->path + length, PATH_SIZE - length, "%s%s",
                         length == reader->root ? "" : "/", name);
    enum status status;
    if ((size_t)added >= PATH_SIZE - length) {
        status = reader_fail(reader, STATUS_LIMIT, "the path is too long");
    } else {
        /* Not to hang on a pipe that somebody put there. */
        int opened = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        status = opened < 0 ? reader_fail_errno(reader) : read_opened(reader, opened, name);
    }
    reader->path[length] = '\0';
    return status;
}

/* Closes `directory`. */
static enum status read_directory(struct reader *reader, int directory)
{
    DIR *list = fdopendir(directory);
    if (!list) {
        close(directory);
        return reader_fail_errno(reader);
    }
    enum status status = STATUS_OK;
    const struct dirent *entry;
    while (status == STATUS_OK && (entry = readdir(list)) != NULL) {
        if (entry->d_name[0] != '.')
            status = read_entry(reader, directory, entry->d_name);
    }
    closedir(list);
    return status;
}

/* The directory's name with one slash at its end. */
static enum status set_root(struct reader *reader, const char *directory)
{
    size_t length = strlen(directory);
    while (length > 1 && directory[length - 1] == '/')
        length--;
    int wrote = snprintf(reader->path, PATH_SIZE, "%.*s%s", (int)length, directory,
                         length == 1 && *directory == '/' ? "" : "/");
    if (wrote >= PATH_SIZE)
        return fault_set(reader->fault, STATUS_LIMIT, NULL, "the scripts' path is too long");
    reader->root = (size_t)wrote;
    return STATUS_OK;
}

enum status bundle_read(const char *directory, const char *const *except, struct bundle **bundle,
                        struct fault *fault)
{
    struct reader reader = {.bundle = bundle_new(), .except = except, .fault = fault};
    enum status status = set_root(&reader, directory);
    if (status != STATUS_OK)
        goto done;
    int opened = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    status = opened < 0 ? reader_fail_errno(&reader) : read_directory(&reader, opened);
    if (status == STATUS_OK)
        status = bundle_seal(reader.bundle, fault);
    if (status == STATUS_OK)
        *bundle = bundle_hold(reader.bundle);
done:
    bundle_release(&reader.bundle);
    return status;
}
