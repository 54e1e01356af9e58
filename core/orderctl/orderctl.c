/* The commands of orderctl, and which one a command line means. */
#include "orderctl/orderctl.h"

#include "orderctl/command.h"

#include <stdbool.h>
#include <string.h>

static const struct command *const commands[] = {
    &command_status,       &command_reload,         &command_events_tail,   &command_events_replay,
    &command_events_head,  &command_letters_list,   &command_letters_show,  &command_letters_retry,
    &command_letters_drop, &command_cursors_delete, /* before the one that it begins with */
    &command_cursors,      &command_token,          &command_keys_generate, &command_keys_curve,
    &command_keys_client,  &command_keys_clients,   &command_keys_revoke,   &command_call,
    &command_ior,          &command_idl_check,      &command_migrate,       &command_seed,
};
enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static void print_help(FILE *out)
{
    fputs("NAME\n"
          "       orderctl - ask and steer an orderd\n"
          "\n"
          "SYNOPSIS\n"
          "       orderctl COMMAND [OPTION]...\n"
          "       orderctl COMMAND --help\n"
          "       orderctl --help | --version\n"
          "\n"
          "COMMANDS\n",
          out);
    for (int i = 0; i < COMMANDS; i++)
        fprintf(out, "       %-19s %s\n", commands[i]->name, commands[i]->summary);
    fputs(
        "\n"
        "ENVIRONMENT\n"
        "       ORDERD_STATE_DIR  the state directory; var when not set\n"
        "       ORDERD_JWKS       the file of keys; jwks.json in it when not set\n"
        "       ORDERD_CURVE_KEY  the service's key pair for CURVE; curve.key in it when not set\n"
        "       ORDERD_CLIENTS    the list of clients; clients.json in it when not set\n"
        "       ORDERD_IDL        the IDL file of call; bindings/idl/pharmacy.idl when not set\n"
        "       DATABASE_URL      the database of migrate and seed, as orderd itself takes it\n"
        "\n"
        "FILES\n"
        "       control.sock in the state directory: where a running orderd listens to orderctl.\n"
        "       Whoever may open it (its owner and root) may steer it.\n"
        "\n"
        "EXIT STATUS\n"
        "       0  done\n"
        "       1  refused or failed; the reason stands on standard error\n"
        "       2  wrong usage; nothing was done\n",
        out);
}

/* How many arguments the command's name takes up, one or two; 0 when they are not its name. */
static int words_matched(const struct command *command, int argc, char **argv)
{
    const char *blank = strchr(command->name, ' ');
    if (!blank)
        return argc >= 1 && strcmp(argv[0], command->name) == 0;
    size_t first = (size_t)(blank - command->name);
    bool matched = argc >= 2 && strlen(argv[0]) == first &&
                   strncmp(argv[0], command->name, first) == 0 && strcmp(argv[1], blank + 1) == 0;
    return matched ? 2 : 0;
}

static bool begins_with(const struct command *command, const char *word)
{
    size_t length = strlen(word);
    return strncmp(command->name, word, length) == 0 && command->name[length] == ' ';
}

/* `second` is the argument behind it, or NULL. */
static void complain_unknown(const char *word, const char *second, FILE *err)
{
    int begun = 0;
    for (int i = 0; i < COMMANDS; i++)
        begun += begins_with(commands[i], word);
    bool named = begun > 0 && second && second[0] != '-';
    fprintf(err, "orderctl: there is no command %s%s%s%s", word, named ? " " : "",
            named ? second : "", begun > 0 && !named ? " alone" : "");
    for (int i = 0, told = 0; i < COMMANDS; i++)
        if (begins_with(commands[i], word))
            fprintf(err, "%s%s", told++ == 0 ? "; there is " : ", ", commands[i]->name);
    fputc('\n', err);
}

static bool asks_for_help(const char *argument)
{
    return strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0;
}

static int run_command(const struct command *command, int argc, char **argv, FILE *out, FILE *err)
{
    struct invocation invocation = {.command = command, .out = out, .err = err};
    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (asks_for_help(argv[i])) {
            command_print_help(command, out);
            return ORDERCTL_DONE;
        }
    int code = command_parse(&invocation, argc, argv);
    return code == ORDERCTL_DONE ? command->run(&invocation) : code;
}

static int find_and_run(int argc, char **argv, FILE *out, FILE *err)
{
    for (int i = 0; i < COMMANDS; i++) {
        int words = words_matched(commands[i], argc, argv);
        if (words > 0)
            return run_command(commands[i], argc - words, argv + words, out, err);
    }
    if (argc > 0)
        complain_unknown(argv[0], argc > 1 ? argv[1] : NULL, err);
    fputs("Usage: orderctl COMMAND [OPTION]...\nTry: orderctl --help\n", err);
    return ORDERCTL_USAGE;
}

int orderctl_run(int argc, char **argv, FILE *out, FILE *err)
{
    if (argc == 2 && asks_for_help(argv[1])) {
        print_help(out);
        return ORDERCTL_DONE;
    }
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        fputs("orderctl " ORDERD_VERSION "\n", out);
        return ORDERCTL_DONE;
    }
    return find_and_run(argc - 1, argv + 1, out, err);
}
