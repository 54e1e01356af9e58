/* The manual page that `orderd --help` prints. */
#include "server/config.h"
#include "server/setting.h"

#include <stdio.h>
#include <string.h>

enum { WIDTH = 78, INDENT = 12 };

/* One paragraph, indented and wrapped at blanks. */
static void paragraph(const char *text)
{
    int column = 0;
    while (*text) {
        int length = (int)strcspn(text, " ");
        if (column > 0 && column + 1 + length > WIDTH) {
            putchar('\n');
            column = 0;
        }
        column += printf("%*s%.*s", column > 0 ? 1 : INDENT, "", length, text);
        text += length;
        text += *text == ' ';
    }
    putchar('\n');
}

static void setting_print(const struct setting *setting)
{
    char expected[160], line[256];
    setting_expectation(setting, expected, sizeof(expected));
    printf("       %s\n", setting->name);
    paragraph(setting->doc);
    snprintf(line, sizeof(line), "Takes %s.", expected);
    paragraph(line);
    if (setting->fallback) {
        snprintf(line, sizeof(line), "Default: %s", setting->fallback);
        paragraph(line);
    }
    if (setting->environment) {
        snprintf(line, sizeof(line), "Variable: %s", setting->environment);
        paragraph(line);
    }
    putchar('\n');
}

void config_print_help(void)
{
    fputs(
        "NAME\n"
        "       orderd - a pharmacy order service, scripted in Lua\n"
        "\n"
        "SYNOPSIS\n"
        "       orderd [-c FILE]\n"
        "       orderd --check | --test [-c FILE]\n"
        "       orderd --help | --version\n"
        "\n"
        "OPTIONS\n"
        "       -c FILE     the configuration (default conf/orderd.lua)\n"
        "       --check     checks the configuration and loads the scripts, says \"ok\" or what\n"
        "                   is wrong with file and line, and ends\n"
        "       --test      runs the tests of the scripts against a temporary store, prints a\n"
        "                   line for each and \"N passed, N failed\", and ends; what they log is\n"
        "                   hidden below error, unless ORDERD_LOG_LEVEL is set\n"
        "       --help      prints this\n"
        "       --version   prints the version\n"
        "\n"
        "SIGNALS\n"
        "       SIGTERM, SIGINT   stops: finishes the requests under way, for 10 seconds at most;\n"
        "                         once more: stops at once\n"
        "       SIGHUP            reads the scripts, the keys and the list of clients again; when\n"
        "                         one is broken, the running ones stay\n"
        "\n"
        "EXIT STATUS\n"
        "       0   stopped, or checked and good\n"
        "       1   could not start, or a check or test failed; standard error says why\n"
        "       2   wrong usage or configuration\n"
        "\n"
        "SETTINGS\n"
        "       A variable of the environment, when set, wins over the file. Paths are relative\n"
        "       to the directory that orderd is started in.\n"
        "\n",
        stdout);
    for (size_t i = 0; i < settings_count; i++)
        setting_print(&settings[i]);
    fputs(
        "FILES\n"
        "       conf/orderd.lua            the configuration, with every setting explained\n"
        "       <state_dir>/control.sock   where orderctl speaks to the service\n"
        "       <state_dir>/seal.key       the key that sessions are sealed with; whoever has it\n"
        "                                  can make sessions\n"
        "       <state_dir>/curve.key      the service's key pair for bus.curve\n"
        "       <state_dir>/clients.json   the clients that bus.curve lets in\n"
        "       <state_dir>/names          the names bound here, with orb.naming\n",
        stdout);
}
