/* orderctl keys: the file of keys that tokens are signed with. */
#include "http/jwt.h"
#include "orderctl/command.h"

#include <stdlib.h>

static const struct command_option alg = {
    .name = "alg", .value = "NAME", .help = "ES256, RS256, PS256 or HS256. Default: ES256."};

static int generate_at(const struct invocation *in, const char *path, const char *name)
{
    struct fault fault;
    int code = invocation_make_directory_of(in, path);
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
