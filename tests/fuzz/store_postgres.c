/* What a server may send as an array, what a caller may send as a position, and what conf may hold
 * as a url. The first byte says which. */
#include "store/postgres/position.h"
#include "store/postgres/row.h"
#include "store/postgres/url.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void try_array(const uint8_t *bytes, size_t size)
{
    PGresult *result = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
    char name[] = "a";
    PGresAttDesc column = {.name = name, .format = 1, .typlen = -1, .atttypmod = -1};
    struct pg_row row = {result, 0};
    struct pg_elements elements;
    struct uuid uuid;
    int64_t number;

    if (!PQsetResultAttrs(result, 1, &column) ||
        !PQsetvalue(result, 0, 0, (char *)bytes, (int)size))
        abort();
    (void)pg_column_number(&row, 0);
    (void)pg_column_time(&row, 0);
    (void)pg_column_uuid(&row, 0, &uuid);
    if (pg_column_array(&row, 0, &elements))
        while (pg_element_number(&elements, &number) || pg_element(&elements, 16) != NULL)
            continue;
    PQclear(result);
}

static void try_position(const uint8_t *bytes, size_t size)
{
    struct position position = {{0}}, again;
    struct pg_position place;

    memcpy(position.text, bytes, size < sizeof(position.text) ? size : sizeof(position.text));
    if (pg_position_read(&position, &place, NULL) != STATUS_OK)
        return;
    pg_position_write(&place, &again);
    if (strcmp(again.text, position.text) != 0)
        abort(); /* one position, one spelling */
}

static void try_url(const uint8_t *bytes, size_t size)
{
    char *text = calloc(1, size + 1);
    struct pg_url *url = NULL;

    if (text == NULL)
        abort();
    memcpy(text, bytes, size);
    if (pg_url_parse(text, "/url", true, &url, NULL) == STATUS_OK)
        for (size_t i = 0; i < pg_url_hosts(url); i++)
            if (pg_url_parameters(url, i).keywords == NULL || pg_url_host_name(url, i) == NULL)
                abort();
    pg_url_free(&url);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size == 0 || size > 4096)
        return 0;
    switch (bytes[0] % 3) {
    case 0: try_array(bytes + 1, size - 1); break;
    case 1: try_position(bytes + 1, size - 1); break;
    default: try_url(bytes + 1, size - 1);
    }
    return 0;
}
