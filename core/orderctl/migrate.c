/* orderctl migrate: brings a database to the schema that this version needs. */
#include "store/migrate.h"
#include "base/log.h"
#include "orderctl/command.h"

static int run(const struct invocation *in)
{
    struct store_schema schema;
    struct fault fault;
    const char *url = invocation_database_url(in);
    if (!url)
        return ORDERCTL_USAGE;
    log_configure(LOG_ERROR, LOG_AUTO); /* what happens is told as the command's end */
    if (store_migrate(url, &schema, &fault) != STATUS_OK)
        return invocation_fail_database(in, &fault);
    if (schema.found == schema.version)
        fprintf(in->out, "schema: %d, up to date\n", schema.version);
    else
        fprintf(in->out, "schema: %d, was %d\n", schema.version, schema.found);
    fprintf(in->out, "epoch: %s\n", schema.epoch);
    return ORDERCTL_DONE;
}

const struct command command_migrate = {
    .name = "migrate",
    .summary = "make a database's tables, or bring them up to date",
    .description =
        "Applies the schema of this version to an empty database or to one of an older version, "
        "and "
        "prints the schema's version and the name of the stream of events. Nothing happens when "
        "the schema is up to date; a newer one is refused.\n\norderd does the "
        "same when it starts. On PostgreSQL this command lets a role do it that may create tables, "
        "so that orderd's own role need only read and write them: docs/POSTGRESQL.md has the "
        "GRANTs. Run it as the role that owns the tables, before the new orderd starts.",
    .options = {&option_url},
    .run = run,
};
