/* The file that the key lives in.
 *
 * A new key is written under a name of its own and then linked to its place, which fails when there
 * is something already: so the file is whole from its first moment, and two processes that start
 * together end up with one key. Either way it is read afterwards, by the same rules. */
#include "seal/seal.h"

#include "base/random.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum status fault_errno(struct fault *fault, const char *path, const char *what)
{
    int error = errno;

    return fault_set(fault, error == ENOENT ? STATUS_NOT_FOUND : STATUS_UNAVAILABLE, path,
                     "cannot %s it: %s", what, strerror(error));
}

/* ---- making one ---- */

/* The directory that the path stands in. */
static void directory_of(const char *path, char directory[PATH_MAX])
{
    const char *slash = strrchr(path, '/');
    size_t length = slash ? (size_t)(slash - path) + 1 : 1;

    snprintf(directory, PATH_MAX, "%.*s", (int)length, slash ? path : ".");
}

/* A name that outlives a power cut. */
static bool directory_sync(const char *path)
{
    char directory[PATH_MAX];
    directory_of(path, directory);
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return false;
    bool synced = fsync(fd) == 0;
    return close(fd) == 0 && synced;
}

static bool write_key(int fd)
{
    uint8_t key[SEAL_KEY_SIZE];
    ssize_t put;

    random_bytes(key, sizeof(key));
    do {
        put = write(fd, key, sizeof(key));
    } while (put < 0 && errno == EINTR);
    OPENSSL_cleanse(key, sizeof(key));
    return put == sizeof(key) && fsync(fd) == 0;
}

/* A finished file under this name, which is free. */
static enum status make_draft(const char *draft, struct fault *fault)
{
    int fd = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);

    if (fd < 0)
        return fault_errno(fault, draft, "create");
    bool written = write_key(fd);
    enum status status = written ? STATUS_OK : fault_errno(fault, draft, "write");
    close(fd);
    if (!written)
        unlink(draft);
    return status;
}

/* Puts a new key there, unless there is one already. */
static enum status make_key(const char *path, struct fault *fault)
{
    char draft[PATH_MAX];
    uint64_t number;
    random_bytes(&number, sizeof(number));
    int length = snprintf(draft, sizeof(draft), "%s.%016" PRIx64, path, number);
    if (length < 0 || (size_t)length >= sizeof(draft))
        return fault_set(fault, STATUS_INVALID, NULL, "the path of the key is too long");
    enum status status = make_draft(draft, fault);
    if (status != STATUS_OK)
        return status;
    if ((link(draft, path) != 0 && errno != EEXIST) || !directory_sync(path))
        status = fault_errno(fault, path, "create");
    unlink(draft);
    return status;
}

/* ---- reading one ---- */

/* Whether the open file may be believed to hold a secret key. */
static enum status check_file(int fd, const char *path, struct fault *fault)
{
    struct stat info;

    if (fstat(fd, &info) != 0)
        return fault_errno(fault, path, "read");
    if (!S_ISREG(info.st_mode))
        return fault_set(fault, STATUS_INVALID, path, "is no file");
    if (info.st_mode & (S_IRWXG | S_IRWXO))
        return fault_set(fault, STATUS_INVALID, path,
                         "others than its owner can get at it (mode %04o): make it 0600, and if "
                         "they may have read it, remove it for a new one",
                         (unsigned)(info.st_mode & 07777));
    if (info.st_size != SEAL_KEY_SIZE)
        return fault_set(fault, STATUS_INVALID, path,
                         "must have %d bytes, not %lld: remove it for a new one", SEAL_KEY_SIZE,
                         (long long)info.st_size);
    return STATUS_OK;
}

static enum status read_bytes(int fd, const char *path, uint8_t key[SEAL_KEY_SIZE],
                              struct fault *fault)
{
    ssize_t got;

    do {
        got = read(fd, key, SEAL_KEY_SIZE);
    } while (got < 0 && errno == EINTR);
    if (got < 0)
        return fault_errno(fault, path, "read");
    if (got != SEAL_KEY_SIZE)
        return fault_set(fault, STATUS_INVALID, path, "became shorter while it was read");
    return STATUS_OK;
}

/* STATUS_NOT_FOUND: there is no file. */
static enum status read_key(const char *path, uint8_t key[SEAL_KEY_SIZE], struct fault *fault)
{
    /* What is not a file must not make the start wait for whoever writes into it. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0)
        return fault_errno(fault, path, "read");
    enum status status = check_file(fd, path, fault);
    if (status == STATUS_OK)
        status = read_bytes(fd, path, key, fault);
    close(fd);
    return status;
}

enum status seal_open_file(const char *path, struct seal **seal, struct fault *fault)
{
    uint8_t key[SEAL_KEY_SIZE];
    enum status status = read_key(path, key, fault);

    if (status == STATUS_NOT_FOUND) {
        status = make_key(path, fault);
        if (status == STATUS_OK)
            status = read_key(path, key, fault);
    }
    if (status == STATUS_OK) {
        *seal = seal_new(key);
        if (!*seal)
            status = fault_set(fault, STATUS_INTERNAL, NULL, "libcrypto has no AES-256-GCM");
    }
    OPENSSL_cleanse(key, sizeof(key));
    return status;
}
