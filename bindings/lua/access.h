/* The record of an answered request: its figure and its line in the log. */
#ifndef BINDINGS_ACCESS_H
#define BINDINGS_ACCESS_H

#include "bindings/routes.h"

/* Call it just before the answer is given, while the request is still there. */
void access_record(struct call *call, int status);

#endif
