/* orderctl ior: what is in an object reference. */
#include "orderctl/call_values.h"
#include "orderctl/command.h"

static int run(const struct invocation *in)
{
    struct fault fault = {0};
    struct ior *ior = NULL;
    struct buffer text = {0};
    if (call_read_reference(in->operands[0], &ior, &fault) != STATUS_OK)
        return invocation_fail(in, &fault);
    ior_explain(ior, &text);
    fwrite(text.data, 1, text.size, in->out);
    buffer_release(&text);
    ior_release(&ior);
    return ORDERCTL_DONE;
}

const struct command command_ior = {
    .name = "ior",
    .summary = "show what is in an object reference",
    .description =
        "Prints the type of a reference (IOR:..., corbaloc:..., corbaname:...), and each of its "
        "profiles: version, addresses, object key, code sets. Nothing is asked over the network.",
    .operands = "REF",
    .least = 1,
    .most = 1,
    .options = {NULL},
    .run = run,
};
