/* Any bytes as an any: who passes over it and who tells it see the same, and what is told is JSON.
 */
#include "cdr/value.h"
#include "cdr_reader.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void reference_read(struct cdr_reader *r, struct buffer *text)
{
    value_skip(r, typecode_basic(TK_OBJREF));
    buffer_append_text(text, "IOR:00");
}

static const struct value_references references = {.read = reference_read};

static void check_json(const struct buffer *out)
{
    json_t *value = json_loadb(out->data, out->size, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    if (value == NULL)
        abort();
    json_decref(value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buffer out = {0};
    struct json_writer json = {.out = &out};
    struct cdr_reader skipped = fuzz_reader(data, size);
    struct cdr_reader told = skipped;
    value_skip(&skipped, typecode_basic(TK_ANY));
    value_to_json(&told, typecode_basic(TK_ANY), &references, &json);
    if (skipped.failure != told.failure || skipped.position != told.position ||
        skipped.typecode_nodes != told.typecode_nodes)
        abort();
    if (cdr_ok(&told))
        check_json(&out);
    buffer_release(&out);
    return 0;
}
