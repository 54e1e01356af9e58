/* What the program does besides serving: checking a configuration, and running the scripts' tests.
 */
#ifndef SERVER_CHECK_H
#define SERVER_CHECK_H

#include "server/config.h"

/* Loads the scripts and the keys; prints "ok" or what is wrong. Gives the exit code. */
int check_run(const struct config *config);

/* Runs the scripts' tests against a temporary store; prints a line for each and a closing
 * "N passed, N failed". Gives the exit code. */
int test_run(const struct config *config);

#endif
