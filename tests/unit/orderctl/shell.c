/* Running orderctl within the test's own process, and what it printed. */
#include "shell.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char state_dir[64];
char *shell_out, *shell_err;

int shell_set_up(void **state)
{
    (void)state;
    strcpy(state_dir, "/tmp/orderd-unit-XXXXXX");
    if (!mkdtemp(state_dir))
        return -1;
    unsetenv("ORDERD_JWKS");
    return setenv("ORDERD_STATE_DIR", state_dir, 1);
}

int shell_tear_down(void **state)
{
    static const char *const names[] = {"jwks.json",     "control.sock",  "deep/keys.json",
                                        "deep",          "orderd.db",     "orderd.db-wal",
                                        "orderd.db-shm", "orderd.db.lock"};
    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char path[128];
        snprintf(path, sizeof(path), "%s/%s", state_dir, names[i]);
        (void)remove(path);
    }
    free(shell_out);
    free(shell_err);
    shell_out = shell_err = NULL;
    return rmdir(state_dir);
}

int shell_run(const char *const arguments[])
{
    int count = 0;
    size_t out_size, err_size;
    while (arguments[count])
        count++;
    free(shell_out);
    free(shell_err);
    FILE *out = open_memstream(&shell_out, &out_size), *err = open_memstream(&shell_err, &err_size);
    int code = orderctl_run(count, (char **)arguments, out, err);
    fclose(out);
    fclose(err);
    return code;
}
