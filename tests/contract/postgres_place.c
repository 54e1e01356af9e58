/* Making and emptying places for PostgreSQL stores. */
#include "postgres_place.h"

#include "postgres_server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A path as the value of a URL's parameter. */
static void escape(char *to, size_t size, const char *path)
{
    size_t length = 0;
    for (; *path != '\0' && length + 4 < size; path++)
        length += (size_t)snprintf(to + length, size - length, *path == '/' ? "%%2F" : "%c", *path);
}

/* Databases that are empty again: making one takes a third of a second, emptying one little. */
static struct postgres_place *spare[4];
static size_t spare_count;

static struct postgres_place *new_place(void)
{
    static unsigned number;
    struct postgres_place *place = calloc(1, sizeof(*place));
    const struct postgres_server *server = postgres_server();
    char directory[3 * sizeof(server->directory)], sql[128];

    if (place == NULL)
        abort();
    if (number++ == 0)
        postgres_server_sql("postgres", "CREATE ROLE orderd LOGIN");
    snprintf(place->database, sizeof(place->database), "place_%u", number);
    escape(directory, sizeof(directory), server->directory);
    snprintf(place->url, sizeof(place->url), "postgres://orderd@/%s?host=%s", place->database,
             directory);
    snprintf(sql, sizeof(sql), "CREATE DATABASE %s OWNER orderd", place->database);
    postgres_server_sql("postgres", sql);
    return place;
}

static void *create(void)
{
    return spare_count > 0 ? spare[--spare_count] : new_place();
}

static struct store *open_store(void *arg, struct store_options options)
{
    struct postgres_place *place = arg;
    struct store *store = NULL;
    struct fault fault = {0};

    options.url = place->url;
    if (store_open(&options, &store, &fault) != STATUS_OK) {
        fprintf(stderr, "%s: %s\n", fault.where, fault.text);
        abort();
    }
    return store;
}

/* A connection that a store has left open is a mistake; the server may take a moment to see that
 * one is closed. */
static const char nobody_is_left[] =
    "DO $$ BEGIN"
    " FOR i IN 1..100 LOOP"
    "  IF NOT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()"
    "                 AND backend_type = 'client backend' AND pid <> pg_backend_pid()) THEN"
    "   RETURN;"
    "  END IF;"
    "  PERFORM pg_sleep(0.05), pg_stat_clear_snapshot();"
    " END LOOP;"
    " RAISE 'a closed store has left a connection open';"
    "END $$";

static void destroy(void *arg)
{
    struct postgres_place *place = arg;

    postgres_server_sql(place->database, nobody_is_left);
    if (spare_count < sizeof(spare) / sizeof(spare[0])) {
        postgres_server_sql(place->database, "DROP OWNED BY orderd");
        spare[spare_count++] = place;
    } else {
        free(place);
    }
}

static const char *url_of(const void *place)
{
    return ((const struct postgres_place *)place)->url;
}

const struct repository_factory postgres_factory = {.name = "postgres",
                                                    .create = create,
                                                    .open = open_store,
                                                    .destroy = destroy,
                                                    .url = url_of,
                                                    .exclusive = false};
