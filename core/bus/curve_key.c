/* Certificates of CURVE: written once, read line by line, and never left behind in memory. */
#include "bus/curve_key.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

enum { FILE_LIMIT = 4096 };

void curve_keys_wipe(struct curve_keys *keys)
{
    explicit_bzero(keys, sizeof(*keys));
}

/* zmq_z85_decode takes what five characters say modulo 2^32, and says nothing: what it makes of
 * such a text is another text's key, and is written back as that. */
bool curve_key_good(const char *text)
{
    uint8_t bytes[32];
    char again[CURVE_KEY_SIZE];
    bool good = strlen(text) == CURVE_KEY_LENGTH && zmq_z85_decode(bytes, text) != NULL &&
                zmq_z85_encode(again, bytes, sizeof(bytes)) != NULL && strcmp(again, text) == 0;
    explicit_bzero(bytes, sizeof(bytes));
    explicit_bzero(again, sizeof(again));
    return good;
}

/* ---- writing ---- */

static bool all_written(int file, const char *text, size_t size)
{
    for (size_t done = 0; done < size;) {
        ssize_t count = write(file, text + done, size - done);
        if (count < 0 && errno != EINTR)
            return false;
        done += count > 0 ? (size_t)count : 0;
    }
    return true;
}

static enum status text_write(const char *path, const char *text, struct fault *fault)
{
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0 && errno == EEXIST)
        return fault_set(fault, STATUS_DUPLICATE, path, "there is a file already, and it stays");
    if (file < 0)
        return fault_set(fault, STATUS_UNAVAILABLE, path, "cannot write it: %s", strerror(errno));
    bool written = all_written(file, text, strlen(text)) && fsync(file) == 0;
    int error = errno;
    written = close(file) == 0 && written;
    if (written)
        return STATUS_OK;
    unlink(path);
    return fault_set(fault, STATUS_UNAVAILABLE, path, "cannot write it: %s", strerror(error));
}

enum status curve_keys_generate(const char *path, const char *name, char public_key[CURVE_KEY_SIZE],
                                struct fault *fault)
{
    struct curve_keys keys;
    char text[512];
    if (zmq_curve_keypair(keys.public_key, keys.secret_key) != 0)
        return fault_set(fault, STATUS_UNAVAILABLE, NULL, "cannot make keys: %s",
                         zmq_strerror(errno));
    snprintf(text, sizeof(text),
             "# The key pair of %s for ZeroMQ CURVE. Keep it secret.\n"
             "metadata\n    name = \"%s\"\n"
             "curve\n    public-key = \"%s\"\n    secret-key = \"%s\"\n",
             name, name, keys.public_key, keys.secret_key);
    enum status status = text_write(path, text, fault);
    memcpy(public_key, keys.public_key, CURVE_KEY_SIZE);
    explicit_bzero(text, sizeof(text));
    curve_keys_wipe(&keys);
    return status;
}

/* ---- reading ---- */

static enum status file_check(int file, const char *path, struct fault *fault)
{
    struct stat info;
    if (fstat(file, &info) != 0)
        return fault_set(fault, STATUS_UNAVAILABLE, path, "cannot read it: %s", strerror(errno));
    if (!S_ISREG(info.st_mode))
        return fault_set(fault, STATUS_INVALID, path, "expected a file");
    if (info.st_mode & (S_IRGRP | S_IWGRP | S_IROTH | S_IWOTH))
        return fault_set(fault, STATUS_REFUSED, path,
                         "a secret key that others can read or write is none: chmod 600, and "
                         "better make a new one");
    return STATUS_OK;
}

/* Room for one byte more than is allowed shows what is too long. */
static enum status text_read(const char *path, char text[FILE_LIMIT + 1], struct fault *fault)
{
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0)
        return fault_set(fault, errno == ENOENT ? STATUS_NOT_FOUND : STATUS_UNAVAILABLE, path,
                         "cannot read the key pair: %s", strerror(errno));
    size_t size = 0;
    ssize_t count = 1;
    enum status status = file_check(file, path, fault);
    while (status == STATUS_OK && count > 0 && size <= FILE_LIMIT) {
        count = read(file, text + size, FILE_LIMIT + 1 - size);
        if (count < 0)
            status =
                fault_set(fault, STATUS_UNAVAILABLE, path, "cannot read it: %s", strerror(errno));
        else
            size += (size_t)count;
    }
    close(file);
    if (status == STATUS_OK && size > FILE_LIMIT)
        status = fault_set(fault, STATUS_INVALID, path, "no key pair is as long");
    text[size <= FILE_LIMIT ? size : FILE_LIMIT] = '\0';
    return status;
}

/* The key in a line like `    secret-key = "..."`; false: this is not that line, or no key. */
static bool line_key(const char *line, size_t length, const char *name, char key[CURVE_KEY_SIZE])
{
    const char *end = line + length;
    line += strspn(line, " \t");
    if (strncmp(line, name, strlen(name)) != 0)
        return false;
    line += strlen(name);
    line += strspn(line, " \t");
    if (*line != '=')
        return false;
    line++;
    line += strspn(line, " \t\"");
    if (end - line < CURVE_KEY_LENGTH)
        return false;
    memcpy(key, line, CURVE_KEY_LENGTH);
    key[CURVE_KEY_LENGTH] = '\0';
    line += CURVE_KEY_LENGTH;
    return line + strspn(line, " \t\"\r") >= end && curve_key_good(key);
}

static bool text_keys(const char *text, struct curve_keys *keys)
{
    bool public_found = false, secret_found = false;
    for (size_t length; *text; text += length + (text[length] == '\n')) {
        length = strcspn(text, "\n");
        public_found |= line_key(text, length, "public-key", keys->public_key);
        secret_found |= line_key(text, length, "secret-key", keys->secret_key);
    }
    return public_found && secret_found;
}

static bool keys_match(const struct curve_keys *keys)
{
    char public_key[CURVE_KEY_SIZE];
    return zmq_curve_public(public_key, keys->secret_key) == 0 &&
           strcmp(public_key, keys->public_key) == 0;
}

enum status curve_keys_read(const char *path, struct curve_keys *keys, struct fault *fault)
{
    char text[FILE_LIMIT + 1] = "";
    memset(keys, 0, sizeof(*keys));
    enum status status = text_read(path, text, fault);
    if (status == STATUS_OK && !text_keys(text, keys))
        status = fault_set(fault, STATUS_INVALID, path,
                           "expected a public-key and a secret-key of 40 characters, as "
                           "`orderctl keys curve` writes them");
    if (status == STATUS_OK && !keys_match(keys))
        status = fault_set(fault, STATUS_INVALID, path, "the two keys do not belong together");
    if (status != STATUS_OK)
        curve_keys_wipe(keys);
    explicit_bzero(text, sizeof(text));
    return status;
}
