/* Any bytes as money: an amount that is read is written, and read again as the same. */
#include "domain/money.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first byte picks the number of decimals, the rest is the amount. */
static const struct currency *pick(uint8_t byte)
{
    static const char *const codes[] = {"JPY", "USD", "KWD", "CLF"};

    return currency_find(codes[byte % 4], 3);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[MONEY_TEXT_SIZE];
    int64_t minor;
    int64_t again;
    struct fault fault;

    if (!size)
        return 0;
    if (money_parse(pick(*data), (const char *)data + 1, size - 1, &minor, &fault) != STATUS_OK)
        return 0;
    if (minor < 0)
        abort();
    money_format(pick(*data), minor, text);
    if (money_parse(pick(*data), text, strlen(text), &again, &fault) != STATUS_OK || again != minor)
        abort();
    return 0;
}
