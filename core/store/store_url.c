/* Telling urls apart by their beginning. */
#include "store/store_url.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static const char sqlite[] = "sqlite:";

static bool begins(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

enum status store_url_kind(const char *url, enum store_kind *kind, struct fault *fault)
{
    if (url != NULL && begins(url, sqlite))
        *kind = STORE_SQLITE;
    else if (url != NULL && (begins(url, "postgres://") || begins(url, "postgresql://")))
        *kind = STORE_POSTGRES;
    else
        return fault_set(
            fault, STATUS_INVALID, "/url",
            "the store's url must be sqlite: and the path of a file, or postgres://...");
    return STATUS_OK;
}

const char *store_url_path(const char *url)
{
    return url + strlen(sqlite);
}
