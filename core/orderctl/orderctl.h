/* orderctl: what an operator asks of an orderd from a shell. */
#ifndef ORDERCTL_ORDERCTL_H
#define ORDERCTL_ORDERCTL_H

#include <stdio.h>

enum {
    ORDERCTL_DONE = 0,
    ORDERCTL_FAILED = 1, /* refused, or it could not be done */
    ORDERCTL_USAGE = 2,  /* the command line is wrong; nothing was done */
};

/* Runs one command line and gives the exit code. Answers go to `out`, complaints to `err`. */
int orderctl_run(int argc, char **argv, FILE *out, FILE *err);

#endif
