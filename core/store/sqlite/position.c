/* Positions as text and back. */
#include "store/sqlite/position.h"

#include <string.h>

enum { DIGITS = 16 };

/* By hand, for each event that is read has three of them. */
void sqlite_position_write(int64_t number, struct position *position)
{
    if (number == 0) {
        position->text[0] = '\0';
        return;
    }
    position->text[DIGITS] = '\0';
    for (int i = DIGITS; i-- > 0; number /= 10)
        position->text[i] = (char)('0' + number % 10);
}

enum status sqlite_position_read(const struct position *position, int64_t *number,
                                 struct fault *fault)
{
    size_t length = strnlen(position->text, sizeof(position->text));
    int64_t sum = 0;

    if (length != 0 && (length != DIGITS || strspn(position->text, "0123456789") != DIGITS))
        return fault_set(fault, STATUS_INVALID, "/position", "is not a position of this stream");
    for (size_t i = 0; i < length; i++)
        sum = sum * 10 + (position->text[i] - '0');
    if (length != 0 && sum == 0)
        return fault_set(fault, STATUS_INVALID, "/position", "is not a position of this stream");
    *number = sum;
    return STATUS_OK;
}
