/* Which implementation of the store a url means. Private to this room. */
#ifndef STORE_STORE_URL_H
#define STORE_STORE_URL_H

#include "base/status.h"

enum store_kind { STORE_SQLITE, STORE_POSTGRES };

/* NULL is no url. STATUS_INVALID with where "/url"; the fault repeats no part of it, for it may
 * hold a password. */
MUST_CHECK enum status store_url_kind(const char *url, enum store_kind *kind, struct fault *fault);

/* The path in the url of a SQLite store: a part of it. */
const char *store_url_path(const char *url);

#endif
