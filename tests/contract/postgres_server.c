/* Running a PostgreSQL server for one test program.
 *
 * A keeper starts it: a process that has left this one's family, so that whoever ends us does not
 * end it, too. It waits for its pipe from us to close, which the kernel does whatever our end is,
 * then stops the server and removes everything. PostgreSQL refuses to run as root, so under root
 * its programs run as a user without rights. */
#include "postgres_server.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct postgres_server server;
static int life = -1; /* closed: the keeper's work is done */
static int word = -1; /* from the keeper: '1' when the server runs, the end when it is gone */

static void give_up(const char *what)
{
    fprintf(stderr, "no PostgreSQL to test with: %s\n", what);
    abort();
}

/* ---- running a program ---- */

static const struct passwd *unprivileged(void)
{
    const struct passwd *user = NULL;
    if (geteuid() == 0 && (user = getpwnam("postgres")) == NULL &&
        (user = getpwnam("nobody")) == NULL)
        give_up("there is no user postgres or nobody to run it as");
    return user;
}

/* Nothing in the environment may lead libpq elsewhere. */
static void forget_settings(void)
{
    extern char **environ;
    for (char **entry = environ; *entry != NULL;) {
        char name[64];
        snprintf(name, sizeof(name), "%.*s", (int)strcspn(*entry, "="), *entry);
        if (strncmp(name, "PG", 2) == 0 && unsetenv(name) == 0)
            entry = environ;
        else
            entry++;
    }
}

static void become(const struct passwd *user)
{
    if (user != NULL &&
        (setgroups(0, NULL) != 0 || setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0))
        _exit(126);
}

/* Whether the program ended well. `arguments[0]` is its name in the server's folder. Its errors are
 * ours; what else it says is in the server's log. */
static bool run(const char *const *arguments)
{
    const struct passwd *user = unprivileged();
    char path[sizeof(server.bin) + 32];
    int status;

    snprintf(path, sizeof(path), "%s/%s", server.bin, arguments[0]);
    pid_t child = fork();
    if (child == 0) {
        become(user);
        forget_settings();
        if (chdir(server.directory) == 0 && freopen("log", "a", stdout) != NULL)
            execv(path, (char *const *)arguments);
        _exit(127);
    }
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return false;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

void postgres_server_sql(const char *database, const char *sql)
{
    const char *const psql[] = {"psql",           "-X", "-q",       "-h",
                                server.directory, "-U", "postgres", "-d",
                                database,         "-c", sql,        NULL};
    if (!run(psql))
        give_up(sql);
}

/* ---- the keeper ---- */

static bool start(void)
{
    const char *const initdb[] = {
        "initdb", "-D",   "data",       "-U",        "postgres",          "-A", "trust",
        "-E",     "UTF8", "--locale=C", "--no-sync", "--no-instructions", NULL};
    char options[192];
    const char *const pg_ctl[] = {"pg_ctl", "start", "-w", "-s",    "-D", "data",
                                  "-l",     "log",   "-o", options, NULL};
    snprintf(options, sizeof(options),
             "-k %s -c listen_addresses= -c shared_buffers=32MB"
             " -c autovacuum=off",
             server.directory);
    return run(initdb) && run(pg_ctl);
}

static void show_log(void)
{
    char path[sizeof(server.directory) + 8], line[512];
    snprintf(path, sizeof(path), "%s/log", server.directory);
    FILE *log = fopen(path, "r");
    while (log != NULL && fgets(line, sizeof(line), log) != NULL)
        fputs(line, stderr);
    if (log != NULL)
        fclose(log);
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status, (void)type, (void)walk;
    return remove(path);
}

static void stop(void)
{
    const char *const pg_ctl[] = {"pg_ctl", "stop", "-w",        "-s", "-D",
                                  "data",   "-m",   "immediate", NULL};
    if (!run(pg_ctl))
        show_log();
}

static void remove_all(void)
{
    (void)nftw(server.directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static void keep(int until, int tell)
{
    char none;
    (void)signal(SIGPIPE, SIG_IGN);
    (void)setsid();
    bool runs = start();
    if (!runs)
        show_log();
    ssize_t told = write(tell, runs ? "1" : "0", 1);
    while (told == 1 && read(until, &none, 1) < 0 && errno == EINTR)
        continue;
    if (runs)
        stop();
    remove_all();
    _exit(0);
}

/* ---- the test program ---- */

static void find_programs(void)
{
    glob_t found;
    if (glob("/usr/lib/postgresql/*/bin/initdb", 0, NULL, &found) != 0)
        give_up("initdb is not installed (Debian: postgresql)");
    /* Versions have two digits, and will for a long time. */
    const char *newest = found.gl_pathv[found.gl_pathc - 1];
    snprintf(server.bin, sizeof(server.bin), "%.*s", (int)(strrchr(newest, '/') - newest), newest);
    globfree(&found);
}

static void make_directory(void)
{
    const struct passwd *user = unprivileged();
    const char *root = getenv("TMPDIR");

    snprintf(server.directory, sizeof(server.directory), "%s/orderd-pg-XXXXXX",
             root == NULL ? "/tmp" : root);
    if (mkdtemp(server.directory) == NULL ||
        (user != NULL && chown(server.directory, user->pw_uid, user->pw_gid) != 0))
        give_up(strerror(errno));
}

/* Waits until everything is gone. */
static void end(void)
{
    char none;
    close(life);
    while (read(word, &none, 1) < 0 && errno == EINTR)
        continue;
    close(word);
}

static void start_keeper(void)
{
    int lives[2], words[2];
    if (pipe2(lives, O_CLOEXEC) != 0 || pipe2(words, O_CLOEXEC) != 0)
        give_up(strerror(errno));
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        close(lives[1]);
        close(words[0]);
        if (fork() == 0)
            keep(lives[0], words[1]);
        _exit(0);
    }
    (void)waitpid(child, NULL, 0);
    close(lives[0]);
    close(words[1]);
    life = lives[1];
    word = words[0];
}

const struct postgres_server *postgres_server(void)
{
    char runs = '0';
    if (life >= 0)
        return &server;
    find_programs();
    make_directory();
    start_keeper();
    if (read(word, &runs, 1) != 1 || runs != '1')
        give_up("it did not start; its log is above");
    if (atexit(end) != 0)
        give_up("atexit");
    return &server;
}
