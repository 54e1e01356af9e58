/* The files of a database: its directory, the file itself with its mode, and the lock that keeps a
 * second process out. */
#ifndef STORE_SQLITE_FILES_H
#define STORE_SQLITE_FILES_H

#include "base/status.h"

/* STATUS_INVALID with where "/url" unless it can be the path of a file. */
MUST_CHECK enum status sqlite_path_check(const char *path, struct fault *fault);

/* Makes what is missing of the directory (0700) and of the file (0600; SQLite gives its -wal and
 * -shm the same mode), and takes the lock on `path`.lock. The descriptor is the caller's to close,
 * which gives the lock back. STATUS_UNAVAILABLE with the reason. */
MUST_CHECK enum status sqlite_files_open(const char *path, int *lock, struct fault *fault);

#endif
