/* Seeding by url. */
#include "store/seed.h"

#include "store/postgres/seed.h"
#include "store/seed_ops.h"
#include "store/sqlite/seed.h"
#include "store/store_url.h"

enum status seed_open(const char *url, struct seed **seed, struct fault *fault)
{
    enum store_kind kind;
    enum status status = store_url_kind(url, &kind, fault);

    if (status != STATUS_OK)
        return status;
    if (kind == STORE_SQLITE)
        return sqlite_seed_open(store_url_path(url), seed, fault);
    return postgres_seed_open(url, seed, fault);
}

enum status seed_write(struct seed *seed, const struct order_record *records, size_t count,
                       struct fault *fault)
{
    return seed->write(seed, records, count, fault);
}

void seed_close(struct seed **seed)
{
    if (*seed != NULL)
        (*seed)->close(*seed);
    *seed = NULL;
}
