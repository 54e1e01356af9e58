/* orderctl idl check: whether files are IDL that orderd can use. */
#include "idl/idl.h"

#include "orderctl/command.h"

static const struct command_option include = {
    .name = "include", .value = "DIR", .help = "Where else included files are looked for."};

static int run(const struct invocation *in)
{
    const char *const directories[] = {invocation_value(in, &include, NULL), NULL};
    int code = ORDERCTL_DONE;
    for (int i = 0; i < in->operand_count; i++) {
        struct fault fault = {0};
        struct idl *idl = idl_new(directories);
        if (idl_load_file(idl, in->operands[i], &fault) != STATUS_OK)
            code = invocation_fail(in, &fault);
        else
            fprintf(in->out, "%s: ok\n", in->operands[i]);
        idl_free(&idl);
    }
    return code;
}

const struct command command_idl_check = {
    .name = "idl check",
    .summary = "say whether a file is good IDL",
    .description = "Reads each file as orderd would, and prints \"ok\", or the first mistake with "
                   "file, line and column.",
    .operands = "FILE...",
    .least = 1,
    .most = COMMAND_OPERANDS_LIMIT,
    .options = {&include},
    .run = run,
};
