/* orderd: reads the command line and the configuration, and runs what was asked for. */
#include "base/clock.h"
#include "base/log.h"
#include "server/check.h"
#include "server/config.h"
#include "server/server.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>

enum { EXIT_USAGE = 2 };

enum action { ACTION_SERVE, ACTION_CHECK, ACTION_TEST, ACTION_HELP, ACTION_VERSION, ACTION_USAGE };

static enum action options_read(int argc, char **argv, const char **path)
{
    static const struct option options[] = {
        {"check", no_argument, NULL, ACTION_CHECK},     {"test", no_argument, NULL, ACTION_TEST},
        {"help", no_argument, NULL, ACTION_HELP},       {"conf", required_argument, NULL, 'c'},
        {"version", no_argument, NULL, ACTION_VERSION}, {NULL, 0, NULL, 0}};
    enum action action = ACTION_SERVE;
    int option;
    while ((option = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
        if (option == 'c')
            *path = optarg;
        else if (option == 'h')
            action = ACTION_HELP;
        else if (option == '?')
            return ACTION_USAGE;
        else
            action = (enum action)option;
    }
    return optind < argc ? ACTION_USAGE : action;
}

/* As many descriptors as the system grants: each connection takes one. */
static void process_prepare(void)
{
    struct rlimit limit;
    umask(077);
    signal(SIGPIPE, SIG_IGN);
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
            log_warning("limit of open files not raised");
    }
}

/* What scripts log while they are tried would hide what the tests say, unless it is asked for. */
static enum log_level level_for(enum action action, const struct config *config)
{
    const char *asked = getenv("ORDERD_LOG_LEVEL");
    bool quiet = action == ACTION_TEST && (!asked || !*asked);
    return quiet ? LOG_ERROR : config->log_level;
}

static int run_with(const char *path, enum action action, int64_t started_us)
{
    struct config config;
    struct fault fault = {0};
    if (config_read(path, &config, &fault) != STATUS_OK) {
        fprintf(stderr, "orderd: %s%s%s\n", fault.where, fault.where[0] ? ": " : "", fault.text);
        return EXIT_USAGE;
    }
    log_configure(level_for(action, &config), config.log_format);
    config_warn_of_variables();
    int code = action == ACTION_CHECK  ? check_run(&config)
               : action == ACTION_TEST ? test_run(&config)
                                       : server_run(&config, started_us);
    config_release(&config);
    return code;
}

int main(int argc, char **argv)
{
    int64_t started_us = clock_monotonic_us();
    const char *path = "conf/orderd.lua";
    enum action action = options_read(argc, argv, &path);
    switch (action) {
    case ACTION_USAGE:
        fprintf(stderr, "usage: orderd [--check | --test] [-c FILE]; orderd --help says more\n");
        return EXIT_USAGE;
    case ACTION_HELP: config_print_help(); return EXIT_SUCCESS;
    case ACTION_VERSION: printf("orderd %s\n", ORDERD_VERSION); return EXIT_SUCCESS;
    case ACTION_SERVE:
    case ACTION_CHECK:
    case ACTION_TEST: break;
    }
    process_prepare();
    return run_with(path, action, started_us);
}
