/* Migrating by url. */
#include "store/migrate.h"

#include "store/postgres/store.h"
#include "store/sqlite/store.h"
#include "store/store_url.h"

enum status store_migrate(const char *url, struct store_schema *schema, struct fault *fault)
{
    enum store_kind kind;
    enum status status = store_url_kind(url, &kind, fault);

    if (status != STATUS_OK)
        return status;
    *schema = (struct store_schema){0};
    if (kind == STORE_SQLITE)
        return sqlite_store_migrate(store_url_path(url), schema, fault);
    return postgres_store_migrate(url, schema, fault);
}
