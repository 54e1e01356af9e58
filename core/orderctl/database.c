/* What the commands that work on a database share: which one is meant. */
#include "orderctl/command.h"

#include <stdlib.h>
#include <string.h>

const struct command_option option_url = {
    .name = "url",
    .value = "URL",
    .help = "The database: postgres://user@host/database, or sqlite: and the path of a file. "
            "Default: $DATABASE_URL. Other users of the machine can see a command line, so a url "
            "with a password belongs into the variable.",
};

const char *invocation_database_url(const struct invocation *invocation)
{
    const char *given = invocation_value(invocation, &option_url, NULL);
    if (!given)
        given = getenv("DATABASE_URL");
    if (given && *given)
        return given;
    invocation_misused(invocation, "--url is missing, and DATABASE_URL is not set");
    return NULL;
}

int invocation_fail_database(const struct invocation *invocation, const struct fault *fault)
{
    struct fault named = *fault;
    if (strcmp(fault->where, "/url") == 0)
        snprintf(named.where, sizeof(named.where), "%s",
                 invocation_value(invocation, &option_url, NULL) ? "--url" : "DATABASE_URL");
    (void)invocation_fail(invocation, &named);
    return fault->status == STATUS_INVALID ? ORDERCTL_USAGE : ORDERCTL_FAILED;
}
