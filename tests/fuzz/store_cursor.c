/* Fuzzes the texts that callers hand back to the store: list cursors and stream positions. What is
 * taken must be exactly what the store would write. */
#include "store/list_cursor.h"
#include "store/sqlite/position.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_cursor(const char *text, size_t length)
{
    struct uuid id;
    char again[STORE_CURSOR_SIZE];

    if (store_cursor_read(text, length, &id) != STATUS_OK)
        return;
    store_cursor_write(&id, again);
    if (length != strlen(again) || memcmp(text, again, length) != 0)
        abort();
}

static void try_position(const char *text, size_t length)
{
    struct position position, again;
    struct fault fault;
    int64_t number;

    memset(&position, 0, sizeof(position));
    memcpy(position.text, text, length < sizeof(position.text) ? length : sizeof(position.text));
    if (sqlite_position_read(&position, &number, &fault) != STATUS_OK)
        return;
    sqlite_position_write(number, &again);
    if (strncmp(position.text, again.text, sizeof(position.text)) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    try_cursor((const char *)data, size);
    try_position((const char *)data, size);
    return 0;
}
