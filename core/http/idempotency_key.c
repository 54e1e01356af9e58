/* Reading a key, quoted or not. */
#include "http/idempotency_key.h"

#include <stdbool.h>

struct reader {
    const char *next, *end;
    char *key;
    size_t length;
};

static bool is_visible(char c)
{
    return c >= 0x21 && c <= 0x7e;
}

static bool take(struct reader *reader)
{
    if (reader->next == reader->end || !is_visible(*reader->next) ||
        reader->length == IDEMPOTENCY_KEY_LIMIT)
        return false;
    reader->key[reader->length++] = *reader->next++;
    return true;
}

static bool at(const struct reader *reader, char c)
{
    return reader->next < reader->end && *reader->next == c;
}

/* Behind the opening quote: up to the closing one, which ends the value. */
static bool read_quoted(struct reader *reader)
{
    while (!at(reader, '"')) {
        bool escape = at(reader, '\\');
        reader->next += escape;
        if (escape && !at(reader, '"') && !at(reader, '\\'))
            return false;
        if (!take(reader))
            return false;
    }
    reader->next++;
    return reader->next == reader->end;
}

static bool read_plain(struct reader *reader)
{
    while (reader->next < reader->end)
        if (!take(reader))
            return false;
    return true;
}

static bool read_key(struct reader *reader)
{
    bool quoted = at(reader, '"');

    reader->next += quoted;
    return (quoted ? read_quoted(reader) : read_plain(reader)) && reader->length > 0;
}

enum status idempotency_key_read(const char *value, size_t length,
                                 char key[IDEMPOTENCY_KEY_LIMIT + 1], struct fault *fault)
{
    struct reader reader = {.next = value, .end = value + length, .key = key};
    bool good = read_key(&reader);

    key[good ? reader.length : 0] = '\0';
    if (!good)
        return fault_set(fault, STATUS_INVALID, "/Idempotency-Key",
                         "Idempotency-Key must be 1 to %d visible characters, in double quotes or "
                         "without",
                         IDEMPOTENCY_KEY_LIMIT);
    return STATUS_OK;
}
