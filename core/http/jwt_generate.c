/* A new JWKS file with one fresh key. */
#include "http/jwt_private.h"

#include "base/clock.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <jose/jwk.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { RSA_BITS = 3072 }; /* good beyond 2030 (NIST SP 800-57) */

/* libjose fills in the key, and "key_ops". The kid tells when the key was made. */
static json_t *new_key(enum jwt_alg alg)
{
    char kid[UUID_TEXT_SIZE];
    struct uuid uuid = uuid_v7(clock_wall_ms());
    uuid_format(&uuid, kid);
    json_t *jwk = json_pack("{s:s,s:s}", "alg", jwt_alg_name(alg), "kid", kid);
    if (alg == JWT_RS256 || alg == JWT_PS256)
        json_object_set_new(jwk, "bits", json_integer(RSA_BITS));
    bool made = jwk && jose_jwk_gen(NULL, jwk);
    ERR_clear_error();
    if (made)
        return jwk;
    json_decref(jwk);
    return NULL;
}

static enum status write_all(int fd, const char *text, size_t length)
{
    while (length > 0) {
        ssize_t put = write(fd, text, length);
        if (put < 0 && errno != EINTR)
            return STATUS_UNAVAILABLE;
        if (put > 0) {
            text += put;
            length -= (size_t)put;
        }
    }
    return STATUS_OK;
}

static enum status write_new_file(const char *path, const char *text, struct fault *fault)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (fd < 0 && errno == EEXIST)
        return fault_set(fault, STATUS_DUPLICATE, path,
                         "is there already; remove it first if its tokens may end");
    if (fd < 0)
        return fault_set(fault, errno == ENOENT ? STATUS_NOT_FOUND : STATUS_UNAVAILABLE, path,
                         "cannot create it: %s", strerror(errno));
    enum status status = write_all(fd, text, strlen(text));
    if (status == STATUS_OK && fsync(fd) != 0)
        status = STATUS_UNAVAILABLE;
    int why = errno;
    close(fd);
    if (status == STATUS_OK)
        return STATUS_OK;
    unlink(path); /* half a key is none, and would stand in the way of the next try */
    return fault_set(fault, status, path, "cannot write it: %s", strerror(why));
}

enum status jwt_keys_generate(const char *path, const char *alg, struct fault *fault)
{
    enum jwt_alg which = jwt_alg_find(alg);
    if (which == JWT_ALG_COUNT)
        return fault_set(fault, STATUS_INVALID, NULL,
                         "the algorithm must be HS256, RS256, PS256 or ES256");
    json_t *jwk = new_key(which);
    json_t *set = jwk ? json_pack("{s:[o]}", "keys", jwk) : NULL;
    char *text = set ? json_dumps(set, JSON_INDENT(2)) : NULL;
    enum status status = text ? write_new_file(path, text, fault)
                              : fault_set(fault, STATUS_INTERNAL, NULL, "no key could be made");
    if (text)
        OPENSSL_cleanse(text, strlen(text));
    free(text);
    json_decref(set);
    return status;
}
