/* Code sets of one byte a character and UTF-8, and which of them two sides agree on. */
#include "cdr/codeset.h"

#include "base/utf8.h"
#include "cdr/plain.h"

/* ---- agreement ---- */

const struct codesets codesets_ours = {
    .chars = {.native = CODESET_UTF_8, .conversions = {CODESET_ISO_8859_1}, .count = 1},
    .wchars = {.native = CODESET_UTF_16},
};

bool codeset_speaks_char(uint32_t codeset)
{
    return codeset == CODESET_UTF_8 || codeset == CODESET_ISO_8859_1 || codeset == CODESET_ISO_646;
}

bool codeset_speaks_wchar(uint32_t codeset)
{
    return codeset == CODESET_UTF_16 || codeset == CODESET_UCS_2;
}

/* Forms of ISO 10646: UCS-2 and UCS-4 of each level, UTF-1, UTF-16, UTF-8. Sharing a repertoire is
 * what the specification calls compatible. */
static bool is_unicode(uint32_t codeset)
{
    return (codeset >= CODESET_UCS_2 && codeset <= CODESET_UTF_16) || codeset == CODESET_UTF_8;
}

static bool converts_to(const struct codeset_component *component, uint32_t codeset)
{
    for (size_t i = 0; i < component->count && i < CODESET_CONVERSIONS; i++)
        if (component->conversions[i] == codeset)
            return true;
    return false;
}

/* 7.10.2.6, its steps in its order; what we convert to is all that we speak. `fallback` is our
 * native one, too. 0: there is none. */
static uint32_t agree(const struct codeset_component *theirs, bool (*speaks)(uint32_t codeset),
                      uint32_t fallback)
{
    if (speaks(theirs->native))
        return theirs->native;
    if (converts_to(theirs, fallback))
        return fallback;
    for (size_t i = 0; i < theirs->count && i < CODESET_CONVERSIONS; i++)
        if (speaks(theirs->conversions[i]))
            return theirs->conversions[i];
    return is_unicode(theirs->native) ? fallback : CODESET_NONE;
}

bool codesets_agree(const struct codesets *theirs, uint32_t *char_set, uint32_t *wchar_set)
{
    struct codeset_component chars = theirs->chars;
    bool wide = theirs->wchars.native != CODESET_NONE || theirs->wchars.count > 0;
    if (chars.native == CODESET_NONE)
        chars.native = CODESET_ISO_8859_1;
    *char_set = agree(&chars, codeset_speaks_char, CODESET_UTF_8);
    *wchar_set = wide ? agree(&theirs->wchars, codeset_speaks_wchar, CODESET_UTF_16) : CODESET_NONE;
    return *char_set != CODESET_NONE && (!wide || *wchar_set != CODESET_NONE);
}

/* ---- conversion ---- */

static bool is_ascii(const char *text, size_t length)
{
    for (size_t at = 0; at < length; at++)
        if ((signed char)text[at] < 0)
            return false;
    return true;
}

static bool as_it_is(bool good, const char *from, size_t size, const char **to, size_t *length)
{
    *to = from;
    *length = size;
    return good;
}

static void decode_latin(const char *bytes, size_t size, struct buffer *scratch)
{
    char *to = buffer_reserve(scratch, 2 * size);
    for (size_t at = 0; at < size; at++) {
        uint8_t byte = (uint8_t)bytes[at];
        if (byte >= 0x80)
            *to++ = (char)(0xc0 | byte >> 6);
        *to++ = (char)(byte < 0x80 ? byte : 0x80 | (byte & 0x3f));
    }
    scratch->size = (size_t)(to - scratch->data);
}

bool codeset_decode(uint32_t codeset, const char *bytes, size_t size, struct buffer *scratch,
                    const char **text, size_t *length)
{
    size_t begin = scratch->size;
    switch (codeset) {
    case CODESET_UTF_8:
        return as_it_is(plain_text(bytes, size) || utf8_count(bytes, size) >= 0, bytes, size, text,
                        length);
    case CODESET_ISO_646: return as_it_is(is_ascii(bytes, size), bytes, size, text, length);
    case CODESET_NONE:
    case CODESET_ISO_8859_1: break;
    default: return as_it_is(false, bytes, 0, text, length);
    }
    if (is_ascii(bytes, size))
        return as_it_is(true, bytes, size, text, length);
    decode_latin(bytes, size, scratch);
    return as_it_is(true, scratch->data + begin, scratch->size - begin, text, length);
}

/* Only U+0080 to U+00FF have two bytes and a lead of 0xc2 or 0xc3. */
static bool encode_latin(const char *text, size_t length, struct buffer *scratch)
{
    char *to = buffer_reserve(scratch, length);
    for (size_t at = 0, size; at < length; at += size) {
        uint8_t lead = (uint8_t)text[at];
        size = utf8_character(text + at, length - at);
        if (size == 0 || size > 2 || lead > 0xc3)
            return false;
        *to++ = (char)(size == 1 ? lead : lead << 6 | (text[at + 1] & 0x3f));
    }
    scratch->size = (size_t)(to - scratch->data);
    return true;
}

bool codeset_encode(uint32_t codeset, const char *text, size_t length, struct buffer *scratch,
                    const char **bytes, size_t *size)
{
    size_t begin = scratch->size;
    bool latin = codeset == CODESET_NONE || codeset == CODESET_ISO_8859_1;
    /* Where the bytes stay as they are the two ways are one. */
    if (!latin || is_ascii(text, length))
        return codeset_decode(codeset, text, length, scratch, bytes, size);
    if (!encode_latin(text, length, scratch))
        return as_it_is(false, text, 0, bytes, size);
    return as_it_is(true, scratch->data + begin, scratch->size - begin, bytes, size);
}
