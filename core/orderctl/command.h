/* A command of orderctl: a name, options, a manual, and what it does.
 *
 * The options are a table, from which the command line is read and the help is written, so the two
 * cannot differ. A new command is a `struct command` in a file of its own, and a line in the list
 * of orderctl.c. */
#ifndef ORDERCTL_COMMAND_H
#define ORDERCTL_COMMAND_H

#include "base/status.h"
#include "orderctl/orderctl.h"

#include <stdbool.h>
#include <stdint.h>

enum { COMMAND_OPTIONS_LIMIT = 12, COMMAND_GIVEN_LIMIT = 64, COMMAND_OPERANDS_LIMIT = 1024 };

struct invocation;

struct command_option {
    const char *name;  /* "user" for --user */
    const char *value; /* what its value is: "UUID"; NULL: it has none, and is given or not */
    const char *help;
    bool many; /* may be given more than once */
};

struct command {
    const char *name;        /* "token", or two words: "keys generate" */
    const char *summary;     /* one line, no full stop */
    const char *description; /* paragraphs */
    const struct command_option *options[COMMAND_OPTIONS_LIMIT + 1]; /* NULL ends */
    const char *operands; /* what else it takes, "REF OPERATION [ARGUMENT]..."; NULL: nothing */
    int least, most;      /* of them */
    const char *examples; /* lines as they are to be shown; NULL: none */
    int (*run)(const struct invocation *invocation);
};

extern const struct command command_token, command_keys_generate, command_keys_curve,
    command_keys_client, command_keys_clients, command_keys_revoke, command_reload, command_status,
    command_call, command_ior, command_idl_check, command_migrate, command_seed,
    command_letters_list, command_letters_show, command_letters_retry, command_letters_drop,
    command_cursors, command_cursors_delete, command_events_tail, command_events_replay,
    command_events_head;

/* Options that several commands have. */
extern const struct command_option option_state_dir, option_jwks, option_url;

/* One run of a command. */
struct invocation {
    const struct command *command;
    struct {
        const struct command_option *option;
        const char *value; /* "" of an option without */
    } given[COMMAND_GIVEN_LIMIT];
    int given_count;
    const char *operands[COMMAND_OPERANDS_LIMIT];
    int operand_count;
    FILE *out, *err;
};

/* Reads the options and operands that stand after the command's name; what comes after "--" is no
 * option. ORDERCTL_USAGE when they are wrong, and that has been said. */
MUST_CHECK int command_parse(struct invocation *invocation, int argc, char **argv);

void command_print_help(const struct command *command, FILE *out);

/* The option's value; NULL, or `otherwise`, when it was not given. */
const char *invocation_value(const struct invocation *invocation,
                             const struct command_option *option, const char *otherwise);

/* Decimal digits and nothing else, from `least` (not negative) to `most`. */
MUST_CHECK bool command_number(const char *text, int64_t least, int64_t most, int64_t *number);

/* The option's value as such a number; *number stays as it is when it was not given. ORDERCTL_USAGE
 * when it is none, and that has been said. */
MUST_CHECK int invocation_number(const struct invocation *invocation,
                                 const struct command_option *option, int64_t least, int64_t most,
                                 int64_t *number);

bool invocation_has(const struct invocation *invocation, const struct command_option *option);

/* The values of an option that may be given more than once, one after the other: `place` begins
 * with 0. NULL: there are no more. */
const char *invocation_next(const struct invocation *invocation,
                            const struct command_option *option, int *place);

/* --state-dir, else ORDERD_STATE_DIR, else "var". */
const char *invocation_state_dir(const struct invocation *invocation);

/* --jwks, else ORDERD_JWKS, else jwks.json in the state directory. The caller's (free). */
char *invocation_jwks_path(const struct invocation *invocation);

/* `given`, else the variable, else `name` in the state directory. The variable is not asked where
 * --state-dir is given. The caller's (free). */
char *invocation_path(const struct invocation *invocation, const char *given, const char *variable,
                      const char *name);

/* Makes the directory of this path when it is not there: keys come before the first start. Its
 * failure has been said. */
MUST_CHECK int invocation_make_directory_of(const struct invocation *invocation, const char *path);

/* --url, else DATABASE_URL; NULL when neither is given, and that has been said. */
const char *invocation_database_url(const struct invocation *invocation);

/* Like invocation_fail, of what the store says: a complaint about the url names where it is from.
 */
int invocation_fail_database(const struct invocation *invocation, const struct fault *fault);

/* Say what went wrong, after the command's name, and give back the code. */
int invocation_fail(const struct invocation *invocation, const struct fault *fault);
int invocation_misused(const struct invocation *invocation, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
