/* Bytes written out in tests. */
#include "bytes.h"

#include "base/hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

bool we_are_little(void)
{
    return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;
}

struct buffer bytes_of(const char *hex)
{
    struct buffer bytes = {0};
    for (; *hex; hex++) {
        if (*hex == ' ')
            continue;
        char byte = (char)(hex_value(hex[0]) * 16 + hex_value(hex[1]));
        buffer_append(&bytes, &byte, 1);
        hex++;
    }
    struct buffer exact = bytes_cut(&bytes, bytes.size);
    buffer_release(&bytes);
    return exact;
}

struct buffer bytes_cut(const struct buffer *bytes, size_t size)
{
    struct buffer cut = {.data = malloc(size + !size), .size = size, .capacity = size};
    assert_non_null(cut.data);
    if (size > 0)
        memcpy(cut.data, bytes->data, size);
    return cut;
}

char *repeated(const char *begin, int count, const char *part, const char *end)
{
    struct buffer text = {0};
    buffer_append_text(&text, begin);
    for (int i = 0; i < count; i++)
        buffer_append_text(&text, part);
    buffer_append(&text, end, strlen(end) + 1);
    return text.data;
}

struct giop_message message_in(const struct buffer *bytes)
{
    const uint8_t *header = (const uint8_t *)bytes->data;
    return (struct giop_message){
        .type = (enum giop_type)header[7],
        .minor = header[5],
        .little = header[6] & 1,
        .data = header,
        .size = bytes->size,
    };
}

void assert_bytes(const struct buffer *bytes, const char *hex)
{
    struct buffer expected = bytes_of(hex);
    assert_int_equal(bytes->size, expected.size);
    assert_memory_equal(bytes->data, expected.data, expected.size);
    buffer_release(&expected);
}

void assert_text(const char *text, size_t length, const char *expected)
{
    assert_int_equal(length, strlen(expected));
    assert_memory_equal(text, expected, length);
}
