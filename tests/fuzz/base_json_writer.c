/* Any bytes as a JSON string out: what is written is JSON, and UTF-8 comes back as it was. */
#include "base/json.h"
#include "base/json_writer.h"
#include "base/utf8.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    struct buffer out = {0};
    struct json_writer w = {.out = &out};
    json_t *value = NULL;

    json_text(&w, text, size);
    /* A NUL is written as JSON asks, and then refused by our own reader. */
    if (!size || !memchr(text, '\0', size)) {
        if (json_read(out.data, out.size, &value, NULL) != STATUS_OK)
            abort();
        if (utf8_count(text, size) >= 0 &&
            (json_string_length(value) != size ||
             (size && memcmp(json_string_value(value), text, size) != 0)))
            abort();
        json_decref(value);
    }
    buffer_release(&out);
    return 0;
}
