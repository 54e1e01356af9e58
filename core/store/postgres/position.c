/* Positions as text and back. */
#include "store/postgres/position.h"

#include <stdlib.h>
#include <string.h>

enum { DIGITS = 16, LENGTH = 2 * DIGITS + 1 };

/* Three positions are written for each event that is read: snprintf would take longer than all the
 * rest. */
static void write_half(char text[DIGITS], uint64_t half)
{
    static const char digits[] = "0123456789abcdef";

    for (int i = DIGITS - 1; i >= 0; i--, half >>= 4)
        text[i] = digits[half & 15];
}

void pg_position_write(const struct pg_position *place, struct position *position)
{
    position->text[0] = '\0';
    if (place->xid == 0)
        return;
    write_half(position->text, (uint64_t)place->xid);
    position->text[DIGITS] = '-';
    write_half(position->text + DIGITS + 1, (uint64_t)place->id);
    position->text[LENGTH] = '\0';
}

bool pg_position_before(const struct pg_position *a, const struct pg_position *b)
{
    return a->xid < b->xid || (a->xid == b->xid && a->id < b->id);
}

/* Lower case only, for there is one spelling; and nothing beyond 2^63. */
static bool read_half(const char *text, int64_t *half)
{
    if (strspn(text, "0123456789abcdef") != DIGITS || text[0] > '7')
        return false;
    *half = (int64_t)strtoull(text, NULL, 16);
    return true;
}

enum status pg_position_read(const struct position *position, struct pg_position *place,
                             struct fault *fault)
{
    size_t length = strnlen(position->text, sizeof(position->text));

    *place = (struct pg_position){0};
    if (length == 0)
        return STATUS_OK;
    if (length == LENGTH && read_half(position->text, &place->xid) &&
        position->text[DIGITS] == '-' && read_half(position->text + DIGITS + 1, &place->id) &&
        place->xid != 0)
        return STATUS_OK;
    return fault_set(fault, STATUS_INVALID, "/position", "is not a position of this stream");
}
