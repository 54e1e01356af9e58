/* Making and removing places for SQLite stores. */
#include "sqlite_place.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void *create(void)
{
    struct sqlite_place *place = calloc(1, sizeof(*place));
    const char *root = getenv("TMPDIR");

    if (place == NULL)
        abort();
    snprintf(place->directory, sizeof(place->directory), "%s/orderd-contract-XXXXXX",
             root == NULL ? "/tmp" : root);
    if (mkdtemp(place->directory) == NULL) {
        perror("mkdtemp");
        abort();
    }
    snprintf(place->path, sizeof(place->path), "%s/state/orderd.db", place->directory);
    snprintf(place->url, sizeof(place->url), "sqlite:%s", place->path);
    return place;
}

static struct store *open_store(void *arg, struct store_options options)
{
    struct sqlite_place *place = arg;
    struct store *store = NULL;
    struct fault fault = {0};

    options.url = place->url;
    if (store_open(&options, &store, &fault) != STATUS_OK) {
        fprintf(stderr, "%s: %s\n", fault.where, fault.text);
        abort();
    }
    return store;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status, (void)type, (void)walk;
    return remove(path);
}

static void destroy(void *arg)
{
    struct sqlite_place *place = arg;

    if (nftw(place->directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS) != 0)
        perror(place->directory);
    free(place);
}

static const char *url_of(const void *place)
{
    return ((const struct sqlite_place *)place)->url;
}

const struct repository_factory sqlite_factory = {.name = "sqlite",
                                                  .create = create,
                                                  .open = open_store,
                                                  .destroy = destroy,
                                                  .url = url_of,
                                                  .exclusive = true};
