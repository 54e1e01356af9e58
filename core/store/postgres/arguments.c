/* Writing values and arrays in binary. */
#include "store/postgres/arguments.h"

#include <endian.h>
#include <string.h>

enum { HAS_NULLS_AT = 4, ELEMENTS_AT = 12 }; /* in an array's header */

static const int64_t EPOCH_MS = 946684800000;    /* 2000-01-01 in milliseconds since 1970 */
static const int64_t FIRST_MS = -62135596800000; /* 0001-01-01 */
static const int64_t LAST_MS = 253402300799999;  /* the end of 9999 */

int64_t pg_time_of(int64_t wall_ms)
{
    if (wall_ms < FIRST_MS)
        wall_ms = FIRST_MS;
    if (wall_ms > LAST_MS)
        wall_ms = LAST_MS;
    return (wall_ms - EPOCH_MS) * 1000;
}

int64_t pg_time_to_ms(int64_t time)
{
    int64_t ms = time / 1000 - (time % 1000 < 0);

    return ms + EPOCH_MS;
}

void pg_arguments_clear(struct pg_arguments *arguments)
{
    buffer_clear(&arguments->bytes);
    arguments->count = 0;
    arguments->array = 0;
}

void pg_arguments_release(struct pg_arguments *arguments)
{
    buffer_release(&arguments->bytes);
    *arguments = (struct pg_arguments){0};
}

static void put_u32(struct pg_arguments *arguments, uint32_t number)
{
    uint32_t wire = htobe32(number);

    buffer_append(&arguments->bytes, &wire, sizeof(wire));
}

static void patch_u32(struct pg_arguments *arguments, size_t place, uint32_t number)
{
    uint32_t wire = htobe32(number);

    memcpy(arguments->bytes.data + place, &wire, sizeof(wire));
}

static void put(struct pg_arguments *arguments, const void *bytes, size_t size)
{
    if (arguments->array != 0) {
        arguments->elements++;
        put_u32(arguments, (uint32_t)size);
    } else {
        arguments->places[arguments->count] = arguments->bytes.size;
        arguments->lengths[arguments->count++] = (int)size;
    }
    buffer_append(&arguments->bytes, bytes, size);
}

void pg_put_null(struct pg_arguments *arguments)
{
    if (arguments->array != 0) {
        arguments->elements++;
        arguments->nulls = true;
        put_u32(arguments, UINT32_MAX);
    } else {
        arguments->places[arguments->count] = arguments->bytes.size;
        arguments->lengths[arguments->count++] = -1;
    }
}

void pg_put_short(struct pg_arguments *arguments, int16_t number)
{
    uint16_t wire = htobe16((uint16_t)number);

    put(arguments, &wire, sizeof(wire));
}

void pg_put_number(struct pg_arguments *arguments, int64_t number)
{
    uint64_t wire = htobe64((uint64_t)number);

    put(arguments, &wire, sizeof(wire));
}

void pg_put_time(struct pg_arguments *arguments, int64_t wall_ms)
{
    pg_put_number(arguments, pg_time_of(wall_ms));
}

void pg_put_place(struct pg_arguments *arguments, const struct pg_position *place)
{
    pg_put_number(arguments, place->xid);
    pg_put_number(arguments, place->id);
}

void pg_put_uuid(struct pg_arguments *arguments, const struct uuid *uuid)
{
    put(arguments, uuid->bytes, sizeof(uuid->bytes));
}

void pg_put_bytes(struct pg_arguments *arguments, const void *bytes, size_t size)
{
    put(arguments, bytes, size);
}

void pg_put_text(struct pg_arguments *arguments, const char *text, size_t length)
{
    if (text == NULL)
        pg_put_null(arguments);
    else
        put(arguments, text, length);
}

void pg_put_string(struct pg_arguments *arguments, const char *text)
{
    pg_put_text(arguments, text, text == NULL ? 0 : strlen(text));
}

/* One dimension, which begins at 1. */
void pg_begin_array(struct pg_arguments *arguments, enum pg_type type)
{
    arguments->places[arguments->count] = arguments->bytes.size;
    arguments->array = arguments->bytes.size + 1;
    arguments->elements = 0;
    arguments->nulls = false;
    put_u32(arguments, 1);
    put_u32(arguments, 0);
    put_u32(arguments, type);
    put_u32(arguments, 0);
    put_u32(arguments, 1);
}

void pg_end_array(struct pg_arguments *arguments)
{
    size_t begin = arguments->array - 1;

    patch_u32(arguments, begin + HAS_NULLS_AT, arguments->nulls);
    patch_u32(arguments, begin + ELEMENTS_AT, arguments->elements);
    arguments->lengths[arguments->count++] = (int)(arguments->bytes.size - begin);
    arguments->array = 0;
}

void pg_arguments_values(const struct pg_arguments *arguments, const char **values)
{
    for (int i = 0; i < arguments->count; i++)
        values[i] = arguments->lengths[i] < 0 ? NULL : arguments->bytes.data + arguments->places[i];
}
