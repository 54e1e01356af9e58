/* orderctl keys: the file of keys that tokens are signed with. */
#include "base/memory.h"
#include "http/jwt.h"
#include "orderctl/command.h"

#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const struct command_option alg = {
    .name = "alg", .value = "NAME", .help = "ES256, RS256, PS256 or HS256. Default: ES256."};

/* The file's directory is made when it is not there: keys come before the first start. */
static int make_directory_of(const struct invocation *in, const char *path)
{
    struct fault fault;
    char *copy = memory_text(path, strlen(path));
    const char *directory = dirname(copy);
    int code = ORDERCTL_DONE;
    if (mkdir(directory, S_IRWXU) != 0 && errno != EEXIST) {
        (void)fault_set(&fault, STATUS_UNAVAILABLE, directory, "cannot make it: %s",
                        strerror(errno));
        code = invocation_fail(in, &fault);
    }
    free(copy);
    return code;
}

static int generate_at(const struct invocation *in, const char *path, const char *name)
{
    struct fault fault;
    int code = make_directory_of(in, path);
    if (code != ORDERCTL_DONE)
        return code;
    enum status status = jwt_keys_generate(path, name, &fault);
    if (status == STATUS_INVALID)
        return invocation_misused(in, "--alg: %s", fault.text);
    if (status != STATUS_OK)
        return invocation_fail(in, &fault);
    fprintf(in->out, "%s: a new key for %s\n", path, name);
    return ORDERCTL_DONE;
}

static int generate(const struct invocation *in)
{
    char *path = invocation_jwks_path(in);
    int code = generate_at(in, path, invocation_value(in, &alg, "ES256"));
    free(path);
    return code;
}

const struct command command_keys_generate = {
    .name = "keys generate",
    .summary = "make a file with a new key",
    .description =
        "Writes a JWKS file (RFC 7517) with one new key, readable by its owner only. A file that "
        "is there is never touched.\n\nGive orderd the public half only where another program "
        "signs: it verifies with any key of the file, and needs no private one.",
    .options = {&alg, &option_jwks, &option_state_dir},
    .run = generate,
};
