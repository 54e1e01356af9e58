/* orderctl token: a signed token, as an identity provider would give it out. */
#include "base/clock.h"
#include "base/uuid.h"
#include "http/jwt.h"
#include "orderctl/command.h"

#include <stdlib.h>
#include <string.h>

enum { LIFETIME_LIMIT_S = 366 * 24 * 3600 };

static const struct command_option user = {
    .name = "user", .value = "UUID", .help = "Whose token it is (sub). Required."};
static const struct command_option role = {
    .name = "role",
    .value = "NAME",
    .help = "What the user is (roles): customer, pharmacist or admin, or another role that the "
            "configuration names. Required without --scope."};
static const struct command_option scope = {
    .name = "scope",
    .value = "NAMES",
    .help = "Permissions of its own, separated by blanks, as in \"orders:create orders:read\"."};
static const struct command_option lifetime = {
    .name = "lifetime",
    .value = "SECONDS",
    .help = "How long it is good for, a year at most. Default: 3600."};
static const struct command_option issuer = {
    .name = "issuer",
    .value = "TEXT",
    .help = "Who made it (iss), as the configuration has it. Default: orderd."};
static const struct command_option audience = {
    .name = "audience",
    .value = "TEXT",
    .help = "Whom it is for (aud), as the configuration has it. Default: orderd."};

/* 0 when it is no number of seconds within the limit. */
static int parse_lifetime(const char *text)
{
    char *end;
    long seconds = strtol(text, &end, 10);
    if (end == text || *end || text[0] < '0' || text[0] > '9')
        return 0;
    return seconds >= 1 && seconds <= LIFETIME_LIMIT_S ? (int)seconds : 0;
}

static int check_usage(const struct invocation *in, struct jwt_claims *claims)
{
    struct uuid parsed;
    claims->user_id = invocation_value(in, &user, NULL);
    claims->role = invocation_value(in, &role, NULL);
    claims->scope = invocation_value(in, &scope, NULL);
    claims->lifetime_s = parse_lifetime(invocation_value(in, &lifetime, "3600"));
    if (!claims->user_id)
        return invocation_misused(in, "--user is missing");
    if (uuid_parse(claims->user_id, strlen(claims->user_id), &parsed) != STATUS_OK)
        return invocation_misused(in, "--user must be a UUID");
    if (!claims->role && !claims->scope)
        return invocation_misused(in, "--role or --scope is missing");
    if (claims->lifetime_s == 0)
        return invocation_misused(in, "--lifetime must be 1 to %d seconds", LIFETIME_LIMIT_S);
    return ORDERCTL_DONE;
}

static int run(const struct invocation *in)
{
    struct jwt_claims claims;
    struct fault fault;
    char *token = NULL;
    int code = check_usage(in, &claims);
    if (code != ORDERCTL_DONE)
        return code;
    struct jwt_rules rules = {.issuer = invocation_value(in, &issuer, "orderd"),
                              .audience = invocation_value(in, &audience, "orderd")};
    char *path = invocation_jwks_path(in);
    if (jwt_sign(path, &rules, &claims, clock_wall_ms(), &token, &fault) == STATUS_OK)
        fprintf(in->out, "%s\n", token);
    else
        code = invocation_fail(in, &fault);
    free(path);
    free(token);
    return code;
}

const struct command command_token = {
    .name = "token",
    .summary = "print a signed token for a user",
    .description =
        "Signs a JSON Web Token with the first private or symmetric key of the file of keys, and "
        "prints it. For trying things out and for jobs of your own; people get theirs from your "
        "identity provider.\n\nA token cannot be taken back. It ends with its lifetime, or when "
        "its key is removed from the file and orderd has reloaded.",
    .options = {&user, &role, &scope, &lifetime, &issuer, &audience, &option_jwks,
                &option_state_dir},
    .run = run,
};
