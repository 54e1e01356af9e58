/* Any bytes as a TypeCode: one that is read is written, read again, and is the same. */
#include "cdr/value.h"
#include "cdr_reader.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_type(struct buffer *out, const struct typecode *type)
{
    struct cdr_writer w = {.out = out, .minor = 2};
    typecode_write(&w, type);
    if (w.failure != EXCEPTION_NONE)
        abort();
}

static void check(const struct typecode *type, struct typecode_arena *arena)
{
    struct buffer once = {0};
    struct buffer twice = {0};
    char text[64];
    write_type(&once, type);
    struct cdr_reader r =
        cdr_reader_of(once.data, once.size, __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, NULL);
    const struct typecode *again = typecode_read(&r, arena);
    if (again == NULL || cdr_left(&r) != 0 || !typecode_equivalent(type, again) ||
        type->least_size != again->least_size)
        abort();
    write_type(&twice, again);
    if (once.size != twice.size || memcmp(once.data, twice.data, once.size) != 0)
        abort();
    typecode_describe(type, text, sizeof(text));
    buffer_release(&once);
    buffer_release(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct typecode_arena *arena = typecode_arena_new();
    struct cdr_reader r = fuzz_reader(data, size);
    const struct typecode *type = typecode_read(&r, arena);
    if ((type != NULL) != cdr_ok(&r))
        abort();
    if (type != NULL)
        check(type, arena);
    typecode_arena_release(&arena);
    return 0;
}
