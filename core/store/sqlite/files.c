/* Making and locking the files of a database. */
#include "store/sqlite/files.h"

#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum status sqlite_path_check(const char *path, struct fault *fault)
{
    if (path[0] == '\0' || path[strlen(path) - 1] == '/' || strcmp(path, ":memory:") == 0)
        return fault_set(fault, STATUS_INVALID, "/url",
                         "sqlite: must be followed by the path of a file");
    return STATUS_OK;
}

static enum status unavailable(struct fault *fault, const char *doing, const char *path)
{
    return fault_set(fault, STATUS_UNAVAILABLE, path, "%s: %s", doing, strerror(errno));
}

/* Every directory above the last slash. */
static enum status make_directories(const char *path, struct fault *fault)
{
    char *part = memory_text(path, strlen(path));
    enum status status = STATUS_OK;

    for (char *slash = strchr(part + 1, '/'); slash != NULL && status == STATUS_OK;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(part, 0700) != 0 && errno != EEXIST)
            status = unavailable(fault, "making the directory", part);
        *slash = '/';
    }
    free(part);
    return status;
}

/* SQLite would make the file with the process's umask only. */
static enum status make_file(const char *path, struct fault *fault)
{
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    if (file < 0)
        return unavailable(fault, "opening the database", path);
    close(file);
    return STATUS_OK;
}

static enum status describe_owner(int lock, const char *path, struct fault *fault)
{
    char owner[24] = {0};
    ssize_t got = pread(lock, owner, sizeof(owner) - 1, 0);

    if (errno != EWOULDBLOCK)
        return unavailable(fault, "locking the database", path);
    if (got > 0)
        owner[strcspn(owner, "\n")] = '\0';
    return fault_set(fault, STATUS_UNAVAILABLE, path,
                     "another process (%s) has this database open; SQLite serves one at a time",
                     owner[0] == '\0' ? "unknown" : owner);
}

/* The lock file stays behind: removing it would let two processes lock two files of one name. */
static enum status take_lock(const char *path, int *lock, struct fault *fault)
{
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    enum status status;

    if (file < 0)
        return unavailable(fault, "opening the lock", path);
    if (flock(file, LOCK_EX | LOCK_NB) != 0) {
        status = describe_owner(file, path, fault);
    } else if (ftruncate(file, 0) != 0 || dprintf(file, "%d\n", (int)getpid()) < 0) {
        status = unavailable(fault, "writing the lock", path);
    } else {
        *lock = file;
        return STATUS_OK;
    }
    close(file);
    return status;
}

enum status sqlite_files_open(const char *path, int *lock, struct fault *fault)
{
    static const char suffix[] = ".lock";
    size_t length = strlen(path);
    char *lock_path = memory_new(length + sizeof(suffix));
    enum status status = make_directories(path, fault);

    memcpy(lock_path, path, length);
    memcpy(lock_path + length, suffix, sizeof(suffix));
    if (status == STATUS_OK)
        status = take_lock(lock_path, lock, fault);
    if (status == STATUS_OK) {
        status = make_file(path, fault);
        if (status != STATUS_OK)
            close(*lock);
    }
    free(lock_path);
    return status;
}
