/* Reading a command's options, and writing its help, from one table. */
#include "orderctl/command.h"

#include "base/buffer.h"
#include "base/memory.h"

#include <errno.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

const struct command_option option_state_dir = {
    .name = "state-dir",
    .value = "DIR",
    .help = "The state directory of the orderd that is meant. Default: $ORDERD_STATE_DIR, or var.",
};
const struct command_option option_jwks = {
    .name = "jwks",
    .value = "FILE",
    .help = "The file of keys. Default: $ORDERD_JWKS, or jwks.json in the state directory.",
};

/* ---- complaints ---- */

int invocation_fail(const struct invocation *invocation, const struct fault *fault)
{
    const char *colon = fault->where[0] ? ": " : "";
    fprintf(invocation->err, "orderctl %s: %s%s%s\n", invocation->command->name, fault->where,
            colon, fault->text);
    return ORDERCTL_FAILED;
}

int invocation_misused(const struct invocation *invocation, const char *format, ...)
{
    va_list arguments;
    fprintf(invocation->err, "orderctl %s: ", invocation->command->name);
    va_start(arguments, format);
    vfprintf(invocation->err, format, arguments);
    va_end(arguments);
    fprintf(invocation->err, "\nTry: orderctl %s --help\n", invocation->command->name);
    return ORDERCTL_USAGE;
}

/* ---- options ---- */

/* The one that "--name" or "--name=value" means, or NULL. */
static const struct command_option *find_option(const struct command *command, const char *argument)
{
    size_t length = strcspn(argument, "=");
    for (int i = 0; command->options[i]; i++) {
        const char *name = command->options[i]->name;
        if (length == strlen(name) + 2 && strncmp(argument, "--", 2) == 0 &&
            strncmp(argument + 2, name, length - 2) == 0)
            return command->options[i];
    }
    return NULL;
}

static void note_option(struct invocation *invocation, const struct command_option *option,
                        const char *value)
{
    invocation->given[invocation->given_count].option = option;
    invocation->given[invocation->given_count++].value = value;
}

/* Takes the option at argv[i]; the place of the last argument it took, or -1. */
static int take_option(struct invocation *invocation, int argc, char **argv, int i)
{
    const struct command_option *option = find_option(invocation->command, argv[i]);
    const char *equals = strchr(argv[i], '=');
    if (!option)
        invocation_misused(invocation, "there is no option %s", argv[i]);
    else if (!option->many && invocation_has(invocation, option))
        invocation_misused(invocation, "%s is given twice", argv[i]);
    else if (invocation->given_count == COMMAND_GIVEN_LIMIT)
        invocation_misused(invocation, "%s is one option too many", argv[i]);
    else if (!option->value && equals)
        invocation_misused(invocation, "--%s takes no value", option->name);
    else if (option->value && !equals && i + 1 == argc)
        invocation_misused(invocation, "%s needs a value", argv[i]);
    else {
        note_option(invocation, option, !option->value ? "" : equals ? equals + 1 : argv[++i]);
        return i;
    }
    return -1;
}

static int check_operands(const struct invocation *invocation)
{
    const struct command *command = invocation->command;
    if (invocation->operand_count < command->least)
        return invocation_misused(invocation, "something is missing: it takes %s",
                                  command->operands);
    return ORDERCTL_DONE;
}

int command_parse(struct invocation *invocation, int argc, char **argv)
{
    bool options = true;
    for (int i = 0; i < argc; i++) {
        if (options && strcmp(argv[i], "--") == 0) {
            options = false;
        } else if (options && (strncmp(argv[i], "--", 2) == 0 || !invocation->command->operands)) {
            i = take_option(invocation, argc, argv, i);
            if (i < 0)
                return ORDERCTL_USAGE;
        } else if (invocation->operand_count >= invocation->command->most) {
            return invocation_misused(invocation, "%s is one too many", argv[i]);
        } else {
            invocation->operands[invocation->operand_count++] = argv[i];
        }
    }
    return check_operands(invocation);
}

const char *invocation_value(const struct invocation *invocation,
                             const struct command_option *option, const char *otherwise)
{
    int place = 0;
    const char *value = invocation_next(invocation, option, &place);
    return value ? value : otherwise;
}

bool invocation_has(const struct invocation *invocation, const struct command_option *option)
{
    return invocation_value(invocation, option, NULL) != NULL;
}

bool command_number(const char *text, int64_t least, int64_t most, int64_t *number)
{
    char *end;
    errno = 0;
    long long read = strtoll(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end || errno != 0 || read < least || read > most)
        return false;
    *number = read;
    return true;
}

int invocation_number(const struct invocation *invocation, const struct command_option *option,
                      int64_t least, int64_t most, int64_t *number)
{
    const char *text = invocation_value(invocation, option, NULL);
    if (text && !command_number(text, least, most, number))
        return invocation_misused(invocation, "--%s must be a number from %" PRId64 " to %" PRId64,
                                  option->name, least, most);
    return ORDERCTL_DONE;
}

const char *invocation_next(const struct invocation *invocation,
                            const struct command_option *option, int *place)
{
    while (*place < invocation->given_count) {
        int i = (*place)++;
        if (invocation->given[i].option == option)
            return invocation->given[i].value;
    }
    return NULL;
}

static const char *environment_or(const char *name, const char *otherwise)
{
    const char *value = getenv(name);
    return value && *value ? value : otherwise;
}

const char *invocation_state_dir(const struct invocation *invocation)
{
    const char *given = invocation_value(invocation, &option_state_dir, NULL);
    return given ? given : environment_or("ORDERD_STATE_DIR", "var");
}

char *invocation_path(const struct invocation *invocation, const char *given, const char *variable,
                      const char *name)
{
    struct buffer path = {0};
    if (!given && !invocation_value(invocation, &option_state_dir, NULL))
        given = environment_or(variable, NULL);
    if (given)
        buffer_append_text(&path, given);
    else
        buffer_printf(&path, "%s/%s", invocation_state_dir(invocation), name);
    buffer_append(&path, "", 1);
    return path.data;
}

char *invocation_jwks_path(const struct invocation *invocation)
{
    return invocation_path(invocation, invocation_value(invocation, &option_jwks, NULL),
                           "ORDERD_JWKS", "jwks.json");
}

int invocation_make_directory_of(const struct invocation *invocation, const char *path)
{
    struct fault fault;
    char *copy = memory_text(path, strlen(path));
    const char *directory = dirname(copy);
    int code = ORDERCTL_DONE;
    if (mkdir(directory, S_IRWXU) != 0 && errno != EEXIST) {
        (void)fault_set(&fault, STATUS_UNAVAILABLE, directory, "cannot make it: %s",
                        strerror(errno));
        code = invocation_fail(invocation, &fault);
    }
    free(copy);
    return code;
}

/* ---- help ---- */

/* Writes words as lines of at most 80 columns; an empty line in the text ends a paragraph. */
static void print_wrapped(FILE *out, const char *text, int indent)
{
    int column = 0;
    while (*text) {
        int length = (int)strcspn(text, " \n");
        if (column > 0 && column + 1 + length > 80) {
            fputc('\n', out);
            column = 0;
        }
        column += fprintf(out, "%*s%.*s", column == 0 ? indent : 1, "", length, text);
        text += length;
        if (text[0] == '\n' && text[1] == '\n') {
            fputs("\n\n", out);
            column = 0;
        }
        text += strspn(text, " \n");
    }
    fputc('\n', out);
}

static void print_option(const struct command_option *option, FILE *out)
{
    fprintf(out, "       --%s%s%s%s\n", option->name, option->value ? " " : "",
            option->value ? option->value : "", option->many ? " (any number of times)" : "");
    print_wrapped(out, option->help, 14);
    fputc('\n', out);
}

static void print_examples(const char *examples, FILE *out)
{
    fputs("\nEXAMPLES\n", out);
    while (*examples) {
        int length = (int)strcspn(examples, "\n");
        fprintf(out, "       %.*s\n", length, examples);
        examples += length + (examples[length] == '\n');
    }
}

void command_print_help(const struct command *command, FILE *out)
{
    fprintf(out, "NAME\n       orderctl %s - %s\n\nSYNOPSIS\n       orderctl %s [OPTION]...%s%s\n",
            command->name, command->summary, command->name, command->operands ? " " : "",
            command->operands ? command->operands : "");
    fputs("\nDESCRIPTION\n", out);
    print_wrapped(out, command->description, 7);
    fputs("\nOPTIONS\n", out);
    for (int i = 0; command->options[i]; i++)
        print_option(command->options[i], out);
    fputs("       --help\n              Prints this.\n", out);
    if (command->examples)
        print_examples(command->examples, out);
    fputs("\nEXIT STATUS\n       0 done, 1 refused or failed, 2 wrong usage.\n", out);
}
