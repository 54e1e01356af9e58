/* The state directory, and the temporary one that script tests run in. */
#include "server/directory.h"

#include "base/log.h"
#include "base/memory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool make_one(const char *path)
{
    struct stat info;
    if (mkdir(path, 0700) == 0)
        return true;
    int error = errno;
    if (error == EEXIST && stat(path, &info) == 0 && !S_ISDIR(info.st_mode))
        error = ENOTDIR;
    errno = error;
    return error == EEXIST;
}

enum status directory_make(const char *path, struct fault *fault)
{
    char *copy = memory_text(path, strlen(path));
    bool made = true;
    for (char *slash = strchr(copy + 1, '/'); slash && made; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        made = make_one(copy);
        *slash = '/';
    }
    made = made && make_one(copy);
    int error = errno;
    free(copy);
    return made ? STATUS_OK
                : fault_set(fault, STATUS_UNAVAILABLE, path, "cannot make the directory: %s",
                            strerror(error));
}

enum status directory_make_temporary(char path[256], struct fault *fault)
{
    const char *parent = getenv("TMPDIR");
    snprintf(path, 256, "%s/orderd-XXXXXX", parent && *parent ? parent : "/tmp");
    if (mkdtemp(path))
        return STATUS_OK;
    return fault_set(fault, STATUS_UNAVAILABLE, path, "cannot make the directory: %s",
                     strerror(errno));
}

void directory_remove(const char *path)
{
    DIR *directory = opendir(path);
    struct dirent *entry;
    while (directory && (entry = readdir(directory)) != NULL)
        (void)unlinkat(dirfd(directory), entry->d_name, 0); /* "." and ".." stay */
    if (directory)
        closedir(directory);
    if (rmdir(path) != 0)
        log_warning("directory not removed", LOG_TEXT("path", path),
                    LOG_TEXT("reason", strerror(errno)));
}
