/* The url of a database: what libpq needs to connect, one host at a time.
 *
 * libpq takes several hosts itself (libpq, 34.1.1.3), but has no time-out for each when it does
 * not block; so the list is taken apart here, and target_session_attrs does the rest. */
#ifndef STORE_POSTGRES_URL_H
#define STORE_POSTGRES_URL_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

struct pg_url;

/* STATUS_INVALID with where `name` ("/url"); the fault does not repeat any part of the url, for it
 * may hold a password. `writes` wants a server that takes writes: target_session_attrs may then
 * only be any, read-write or primary, and is read-write when it is not said. */
MUST_CHECK enum status pg_url_parse(const char *text, const char *name, bool writes,
                                    struct pg_url **url, struct fault *fault);
void pg_url_free(struct pg_url **url);

size_t pg_url_hosts(const struct pg_url *url); /* 1 or more */
/* "db1.example.org:5432", for logs. Lives as long as the url. */
const char *pg_url_host_name(const struct pg_url *url, size_t host);

/* "postgres db1.example.org:5432,db2.example.org/orderd", for people; free() it. */
char *pg_url_describe(const struct pg_url *url);

/* Whether it was parsed for a server that takes writes. */
bool pg_url_writes(const struct pg_url *url);

/* Keywords and values for PQconnectStartParams, NULL-terminated. They live as long as the url. */
struct pg_parameters {
    const char *const *keywords;
    const char *const *values;
};
struct pg_parameters pg_url_parameters(const struct pg_url *url, size_t host);

#endif
