/* Reading values and arrays. The server is trusted to send what its types say, but no length is
 * believed without a look. */
#include "store/postgres/row.h"

#include "store/postgres/arguments.h"

#include <endian.h>
#include <string.h>

enum { ARRAY_HEADER = 20 };

static uint32_t u32_at(const void *bytes)
{
    uint32_t wire;

    memcpy(&wire, bytes, sizeof(wire));
    return be32toh(wire);
}

static int64_t i64_at(const void *bytes)
{
    uint64_t wire;

    memcpy(&wire, bytes, sizeof(wire));
    return (int64_t)be64toh(wire);
}

static int16_t i16_at(const void *bytes)
{
    uint16_t wire;

    memcpy(&wire, bytes, sizeof(wire));
    return (int16_t)be16toh(wire);
}

int64_t pg_column_number(const struct pg_row *row, int column)
{
    const char *bytes = PQgetvalue(row->result, row->row, column);

    switch (PQgetlength(row->result, row->row, column)) {
    case 2: return i16_at(bytes);
    case 4: return (int32_t)u32_at(bytes);
    case 8: return i64_at(bytes);
    default: return 0;
    }
}

struct pg_position pg_column_place(const struct pg_row *row, int column)
{
    return (struct pg_position){pg_column_number(row, column), pg_column_number(row, column + 1)};
}

bool pg_column_truth(const struct pg_row *row, int column)
{
    return PQgetlength(row->result, row->row, column) == 1 &&
           PQgetvalue(row->result, row->row, column)[0] != 0;
}

int64_t pg_column_time(const struct pg_row *row, int column)
{
    if (PQgetisnull(row->result, row->row, column))
        return 0;
    return pg_time_to_ms(pg_column_number(row, column));
}

bool pg_column_uuid(const struct pg_row *row, int column, struct uuid *uuid)
{
    if (PQgetlength(row->result, row->row, column) != (int)sizeof(uuid->bytes))
        return false;
    memcpy(uuid->bytes, PQgetvalue(row->result, row->row, column), sizeof(uuid->bytes));
    return true;
}

const char *pg_column_text(const struct pg_row *row, int column, size_t *length)
{
    *length = 0;
    if (PQgetisnull(row->result, row->row, column))
        return NULL;
    *length = (size_t)PQgetlength(row->result, row->row, column);
    return PQgetvalue(row->result, row->row, column);
}

bool pg_column_array(const struct pg_row *row, int column, struct pg_elements *elements)
{
    const uint8_t *bytes = (const uint8_t *)PQgetvalue(row->result, row->row, column);
    size_t size = (size_t)PQgetlength(row->result, row->row, column);

    *elements = (struct pg_elements){0};
    if (PQgetisnull(row->result, row->row, column))
        return true;
    if (size < 12)
        return false;
    if (u32_at(bytes) == 0)
        return true;
    if (size < ARRAY_HEADER || u32_at(bytes) != 1)
        return false;
    *elements = (struct pg_elements){
        .next = bytes + ARRAY_HEADER, .left = size - ARRAY_HEADER, .count = u32_at(bytes + 12)};
    return true;
}

const uint8_t *pg_element(struct pg_elements *elements, size_t size)
{
    const uint8_t *element;

    if (elements->count == 0 || elements->left < 4 + size || u32_at(elements->next) != size)
        return NULL;
    element = elements->next + 4;
    elements->next += 4 + size;
    elements->left -= 4 + size;
    elements->count--;
    return element;
}

bool pg_element_number(struct pg_elements *elements, int64_t *number)
{
    const uint8_t *bytes = pg_element(elements, sizeof(*number));

    if (bytes != NULL)
        *number = i64_at(bytes);
    return bytes != NULL;
}
