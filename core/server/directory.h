/* Directories that the program makes for itself. */
#ifndef SERVER_DIRECTORY_H
#define SERVER_DIRECTORY_H

#include "base/status.h"

/* Makes the directory and those above it that are missing, for the own user only (mode 0700). */
MUST_CHECK enum status directory_make(const char *path, struct fault *fault);

/* A new one for what is to be forgotten, below TMPDIR or /tmp; `path` has room for 256 bytes. */
MUST_CHECK enum status directory_make_temporary(char path[256], struct fault *fault);

/* Removes it with the files in it. */
void directory_remove(const char *path);

#endif
