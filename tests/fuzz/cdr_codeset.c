/* Any bytes in any code set: what is decoded is UTF-8, and encodes to what it was. */
#include "base/utf8.h"
#include "cdr/codeset.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_char_set(uint32_t codeset, const char *bytes, size_t size)
{
    struct buffer decoded = {0};
    struct buffer encoded = {0};
    const char *text, *again;
    size_t length, again_size;
    if (codeset_decode(codeset, bytes, size, &decoded, &text, &length)) {
        if (utf8_count(text, length) < 0 ||
            !codeset_encode(codeset, text, length, &encoded, &again, &again_size) ||
            again_size != size || (size > 0 && memcmp(again, bytes, size) != 0))
            abort();
    }
    buffer_release(&decoded);
    buffer_release(&encoded);
}

static void check_utf16(const uint8_t *bytes, size_t size, bool little)
{
    struct buffer decoded = {0};
    struct buffer encoded = {0};
    struct buffer last = {0};
    const char *text, *again;
    size_t length, again_length;
    if (utf16_decode(bytes, size, little, &decoded, &text, &length)) {
        if (utf8_count(text, length) < 0 || !utf16_encode(text, length, &encoded) ||
            !utf16_decode((const uint8_t *)encoded.data, encoded.size, false, &last, &again,
                          &again_length) ||
            again_length != length || (length > 0 && memcmp(again, text, length) != 0))
            abort();
    }
    buffer_release(&decoded);
    buffer_release(&encoded);
    buffer_release(&last);
}

static void check_encoding(const char *text, size_t length)
{
    struct buffer encoded = {0};
    bool good = utf16_encode(text, length, &encoded);
    if (good != (utf8_count(text, length) >= 0))
        abort();
    buffer_release(&encoded);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *bytes = size > 0 ? (const char *)data : "";
    check_char_set(CODESET_NONE, bytes, size);
    check_char_set(CODESET_ISO_8859_1, bytes, size);
    check_char_set(CODESET_ISO_646, bytes, size);
    check_char_set(CODESET_UTF_8, bytes, size);
    check_utf16((const uint8_t *)bytes, size, false);
    check_utf16((const uint8_t *)bytes, size, true);
    check_encoding(bytes, size);
    return 0;
}
