/* Any bytes as RFC 3339: a time that is read is written, and read again as the same. */
#include "base/clock.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[CLOCK_TEXT_SIZE];
    int64_t wall_ms;
    int64_t again;

    if (clock_parse((const char *)data, size, &wall_ms) != STATUS_OK)
        return 0;
    clock_format(wall_ms, text);
    if (strlen(text) != CLOCK_TEXT_SIZE - 1)
        abort();
    if (clock_parse(text, CLOCK_TEXT_SIZE - 1, &again) != STATUS_OK || again != wall_ms)
        abort();
    return 0;
}
