/* UUIDs: making version 7, reading and writing the text form. */
#include "base/uuid.h"

#include "base/hex.h"
#include "base/random.h"

#include <string.h>

/* The 74 random bits of a version 7 UUID, as its two fields hold them. */
struct uuid_tail {
    uint16_t a; /* 12 bits */
    uint64_t b; /* 62 bits */
};

#define UUID_A_MASK 0x0fffU
#define UUID_B_MASK ((UINT64_C(1) << 62) - 1)

static struct uuid uuid_v7_assemble(int64_t wall_ms, struct uuid_tail tail)
{
    struct uuid uuid;

    for (int i = 0; i < 6; i++)
        uuid.bytes[i] = (uint8_t)((uint64_t)wall_ms >> (40 - 8 * i));
    uuid.bytes[6] = (uint8_t)(0x70 | tail.a >> 8);
    uuid.bytes[7] = (uint8_t)tail.a;
    for (int i = 0; i < 8; i++)
        uuid.bytes[8 + i] = (uint8_t)(tail.b >> (56 - 8 * i));
    uuid.bytes[8] = (uint8_t)(0x80 | (uuid.bytes[8] & 0x3f));
    return uuid;
}

/* The first of a millisecond. The highest bit stays free, so that the steps of one millisecond
 * have 2^73 to climb and never reach the end. */
static struct uuid_tail uuid_tail_fresh(void)
{
    struct uuid_tail tail;

    random_bytes(&tail.a, sizeof(tail.a));
    random_bytes(&tail.b, sizeof(tail.b));
    tail.a &= UUID_A_MASK >> 1;
    tail.b &= UUID_B_MASK;
    return tail;
}

/* A random step of 1 to 2^32: ordered, and still not to be guessed from the one before. */
static void uuid_tail_step(struct uuid_tail *tail)
{
    uint32_t step;

    random_bytes(&step, sizeof(step));
    tail->b += (uint64_t)step + 1;
    if (tail->b > UUID_B_MASK) {
        tail->b &= UUID_B_MASK;
        tail->a = (uint16_t)((tail->a + 1) & UUID_A_MASK);
    }
}

struct uuid uuid_v7(int64_t wall_ms)
{
    static _Thread_local int64_t last_ms = -1;
    static _Thread_local struct uuid_tail tail;

    if (wall_ms == last_ms)
        uuid_tail_step(&tail);
    else
        tail = uuid_tail_fresh();
    last_ms = wall_ms;
    return uuid_v7_assemble(wall_ms, tail);
}

struct uuid uuid_v7_floor(int64_t wall_ms)
{
    return uuid_v7_assemble(wall_ms, (struct uuid_tail){0});
}

struct uuid uuid_v7_ceiling(int64_t wall_ms)
{
    return uuid_v7_assemble(wall_ms, (struct uuid_tail){.a = UUID_A_MASK, .b = UUID_B_MASK});
}

/* Where the groups of the text form begin, and how many bytes each holds: 8-4-4-4-12 digits. */
static const struct {
    uint8_t text;
    uint8_t byte;
    uint8_t size;
} uuid_groups[] = {{0, 0, 4}, {9, 4, 2}, {14, 6, 2}, {19, 8, 2}, {24, 10, 6}};

enum { UUID_GROUPS = sizeof(uuid_groups) / sizeof(uuid_groups[0]) };

void uuid_format(const struct uuid *uuid, char text[UUID_TEXT_SIZE])
{
    for (size_t i = 0; i < UUID_GROUPS; i++)
        hex_write(text + uuid_groups[i].text, uuid->bytes + uuid_groups[i].byte,
                  uuid_groups[i].size);
    text[8] = text[13] = text[18] = text[23] = '-';
    text[36] = '\0';
}

/* Negative when a character is no digit: one negative value makes the whole `or` negative. */
static int uuid_read_group(const char *text, uint8_t *bytes, size_t size)
{
    int seen = 0;

    for (size_t i = 0; i < size; i++) {
        int high = hex_value(text[2 * i]);
        int low = hex_value(text[2 * i + 1]);

        seen |= high | low;
        bytes[i] = (uint8_t)((unsigned)high << 4 | (unsigned)low);
    }
    return seen;
}

enum status uuid_parse(const char *text, size_t length, struct uuid *uuid)
{
    struct uuid read;
    int seen = 0;

    if (length != UUID_TEXT_SIZE - 1)
        return STATUS_INVALID;
    if (text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-')
        return STATUS_INVALID;
    for (size_t i = 0; i < UUID_GROUPS; i++)
        seen |= uuid_read_group(text + uuid_groups[i].text, read.bytes + uuid_groups[i].byte,
                                uuid_groups[i].size);
    if (seen < 0)
        return STATUS_INVALID;
    *uuid = read;
    return STATUS_OK;
}

int uuid_compare(const struct uuid *a, const struct uuid *b)
{
    return memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

bool uuid_equal(const struct uuid *a, const struct uuid *b)
{
    return uuid_compare(a, b) == 0;
}
