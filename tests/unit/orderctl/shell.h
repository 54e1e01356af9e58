/* Runs command lines of orderctl as a shell would, in a directory of its own. */
#ifndef TEST_ORDERCTL_SHELL_H
#define TEST_ORDERCTL_SHELL_H

#include "orderctl/orderctl.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define USER "0190b000-0000-7000-8000-000000000001"

extern char state_dir[64]; /* ORDERD_STATE_DIR of the commands */

int shell_set_up(void **state);
int shell_tear_down(void **state); /* removes state_dir and the files that orderctl knows */

/* The last run. */
extern char *shell_out, *shell_err;

/* Runs "orderctl" with these arguments; NULL ends them. Gives the exit code. */
#define orderctl(...) shell_run((const char *const[]){"orderctl", __VA_ARGS__})
int shell_run(const char *const arguments[]);

#endif
