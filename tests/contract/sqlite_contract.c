/* The repository suite on SQLite: each place is a directory of its own. */
#include "repository_suite.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct place {
    char directory[64];
    char url[128];
};

static void *create(void)
{
    struct place *place = calloc(1, sizeof(*place));
    const char *root = getenv("TMPDIR");

    if (place == NULL)
        abort();
    snprintf(place->directory, sizeof(place->directory), "%s/orderd-contract-XXXXXX",
             root == NULL ? "/tmp" : root);
    if (mkdtemp(place->directory) == NULL) {
        perror("mkdtemp");
        abort();
    }
    snprintf(place->url, sizeof(place->url), "sqlite:%s/state/orderd.db", place->directory);
    return place;
}

static struct store *open_store(void *arg, struct store_options options)
{
    struct place *place = arg;
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
    struct place *place = arg;

    if (nftw(place->directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS) != 0)
        perror(place->directory);
    free(place);
}

int main(void)
{
    static const struct repository_factory sqlite = {
        .name = "sqlite", .create = create, .open = open_store, .destroy = destroy};

    return repository_suite_run(&sqlite);
}
