/* What the fuzzers of cdr share: the first byte says how the rest is to be read. */
#ifndef TESTS_FUZZ_CDR_READER_H
#define TESTS_FUZZ_CDR_READER_H

#include "cdr/cdr.h"

/* Bit 0: little-endian; bits 1 and 2: the version; bits 3 and 4: the char set. */
static inline struct cdr_reader fuzz_reader(const uint8_t *data, size_t size)
{
    static const uint32_t char_sets[] = {CODESET_NONE, CODESET_ISO_8859_1, CODESET_ISO_646,
                                         CODESET_UTF_8};
    uint8_t how = size > 0 ? data[0] : 0;
    struct cdr_reader r =
        cdr_reader_of(data + (size > 0), size > 0 ? size - 1 : 0, (how & 1) != 0, NULL);
    r.minor = (how >> 1 & 3) % 3;
    r.char_set = char_sets[how >> 3 & 3];
    r.wchar_set = (how & 0x20) != 0 ? CODESET_UCS_2 : CODESET_UTF_16;
    return r;
}

#endif
