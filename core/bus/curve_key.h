/* Key pairs of CURVE (RFC 26) and the files that they are kept in: certificates as czmq and pyzmq
 * (zmq.auth.load_certificate) read them. Keys are text, Z85 (RFC 32). Any thread. */
#ifndef BUS_CURVE_KEY_H
#define BUS_CURVE_KEY_H

#include "base/status.h"

#include <stdbool.h>

enum { CURVE_KEY_LENGTH = 40, CURVE_KEY_SIZE = CURVE_KEY_LENGTH + 1 };

struct curve_keys {
    char public_key[CURVE_KEY_SIZE], secret_key[CURVE_KEY_SIZE]; /* terminated */
};

/* A new pair in a new file, mode 0600; `name` (as bus_client_name_good has it) is for people who
 * find the file. The file must not be there (STATUS_DUPLICATE). */
MUST_CHECK enum status curve_keys_generate(const char *path, const char *name,
                                           char public_key[CURVE_KEY_SIZE], struct fault *fault);

/* STATUS_NOT_FOUND: no such file; STATUS_REFUSED: others may read or write it; STATUS_INVALID: no
 * key pair. Nothing of the file stands in the fault. */
MUST_CHECK enum status curve_keys_read(const char *path, struct curve_keys *keys,
                                       struct fault *fault);

/* Overwrites them. Whoever has a copy calls it. */
void curve_keys_wipe(struct curve_keys *keys);

/* 40 characters of Z85 that are 32 bytes? */
bool curve_key_good(const char *text);

#endif
