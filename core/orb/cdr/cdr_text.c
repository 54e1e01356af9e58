/* Characters and strings, between UTF-8 and a connection's code sets (CORBA 3.3, part 2, 9.3.1.6
 * and 9.3.2.7).
 *
 * Wide text stands differently in each version. GIOP 1.0 has none. In 1.1 it is two-byte units in
 * the message's byte order, a string's length counting units and a NUL at the end. In 1.2 it is
 * bytes, which UTF-16 takes as big-endian unless a byte order mark says otherwise, a length
 * counting bytes and no NUL. */
#include "base/utf8.h"
#include "cdr/cdr.h"
#include "cdr/cdr_endian.h"
#include "cdr/plain.h"

/* ---- narrow, reading ---- */

static const char *fail_text(struct cdr_reader *r, enum exception_kind kind, size_t *length)
{
    cdr_fail(r, kind);
    *length = 0;
    return "";
}

/* The bytes of a string without its NUL, which has been checked, and nothing else. */
static const char *take_string(struct cdr_reader *r, uint32_t bound, size_t *length)
{
    uint32_t size = cdr_read_ulong(r);
    const char *bytes = (const char *)cdr_take(r, size, 1);
    if (bytes == NULL || size == 0 || bytes[size - 1] != '\0' || (bound > 0 && size - 1 > bound))
        return fail_text(r, EXCEPTION_MARSHAL, length);
    if (size - 1 > r->limits->string_bytes)
        return fail_text(r, EXCEPTION_IMP_LIMIT, length);
    *length = size - 1;
    return bytes;
}

const char *cdr_read_string(struct cdr_reader *r, uint32_t bound, struct buffer *scratch,
                            size_t *length)
{
    size_t size;
    const char *bytes = take_string(r, bound, &size);
    const char *text;
    *length = size;
    if (plain_text(bytes, size))
        return bytes;
    if (memchr(bytes, '\0', size) != NULL)
        return fail_text(r, EXCEPTION_MARSHAL, length);
    if (!codeset_decode(r->char_set, bytes, size, scratch, &text, length))
        return fail_text(r, EXCEPTION_DATA_CONVERSION, length);
    return text;
}

size_t cdr_read_char(struct cdr_reader *r, char text[4])
{
    uint8_t octet = cdr_read_octet(r);
    bool latin = r->char_set == CODESET_NONE || r->char_set == CODESET_ISO_8859_1;
    if (!cdr_ok(r))
        return 0;
    if (octet < 0x80) {
        text[0] = (char)octet;
        return 1;
    }
    if (!latin) {
        cdr_fail(r, EXCEPTION_DATA_CONVERSION);
        return 0;
    }
    text[0] = (char)(0xc0 | octet >> 6);
    text[1] = (char)(0x80 | (octet & 0x3f));
    return 2;
}

/* ---- narrow, writing ---- */

void cdr_write_string(struct cdr_writer *w, uint32_t bound, const char *text, size_t length)
{
    cdr_write_ulong(w, 0);
    size_t begin = w->out->size;
    const char *bytes = text;
    size_t size = length;
    if (!plain_text(text, length)) {
        if (memchr(text, '\0', length) != NULL)
            cdr_refuse(w, EXCEPTION_BAD_PARAM);
        else if (!codeset_encode(w->char_set, text, length, w->out, &bytes, &size))
            cdr_refuse(w, EXCEPTION_DATA_CONVERSION);
    }
    if (size >= UINT32_MAX || (bound > 0 && size > bound)) {
        cdr_refuse(w, EXCEPTION_BAD_PARAM);
        return;
    }
    if (bytes == text)
        buffer_append(w->out, text, size);
    cdr_write_octet(w, 0);
    uint32_t written = (uint32_t)size + 1;
    memcpy(w->out->data + begin - sizeof(written), &written, sizeof(written));
}

void cdr_write_char(struct cdr_writer *w, const char *text, size_t length)
{
    char room[4];
    struct buffer scratch = {.data = room, .capacity = sizeof(room)};
    const char *bytes;
    size_t size;
    if (length == 0 || utf8_character(text, length) != length)
        cdr_refuse(w, EXCEPTION_BAD_PARAM);
    else if (!codeset_encode(w->char_set, text, length, &scratch, &bytes, &size) || size != 1)
        cdr_refuse(w, EXCEPTION_DATA_CONVERSION);
    else
        cdr_write_octet(w, (uint8_t)bytes[0]);
}

/* ---- wide, reading ---- */

/* UCS-2 is UTF-16 without its pairs, which are what has four bytes in UTF-8. */
static bool fits_ucs2(const char *text, size_t length)
{
    for (size_t at = 0; at < length; at++)
        if ((uint8_t)text[at] >= 0xf0)
            return false;
    return true;
}

static bool has_wide(uint8_t minor, uint32_t wchar_set)
{
    return minor > 0 && codeset_speaks_wchar(wchar_set);
}

static const char *decode_wide(struct cdr_reader *r, const uint8_t *bytes, size_t size,
                               struct buffer *scratch, size_t *length)
{
    const char *text;
    bool little = r->minor == 1 && cdr_is_little(r);
    if (!utf16_decode(bytes, size, little, scratch, &text, length) ||
        (r->wchar_set == CODESET_UCS_2 && !fits_ucs2(text, *length)))
        return fail_text(r, EXCEPTION_DATA_CONVERSION, length);
    return text;
}

/* The units of a 1.1 wstring without the NUL that ends them. */
static const uint8_t *take_units(struct cdr_reader *r, size_t *size)
{
    uint32_t count = cdr_read_length(r, 0, 2);
    const uint8_t *bytes = cdr_take(r, 2 * (size_t)count, 1);
    *size = 0;
    if (bytes == NULL || count == 0 || bytes[2 * count - 2] != 0 || bytes[2 * count - 1] != 0) {
        cdr_fail(r, EXCEPTION_MARSHAL);
        return NULL;
    }
    *size = 2 * (size_t)(count - 1);
    return bytes;
}

static bool begins_with_mark(const uint8_t *bytes, size_t size)
{
    return size >= 2 &&
           ((bytes[0] == 0xfe && bytes[1] == 0xff) || (bytes[0] == 0xff && bytes[1] == 0xfe));
}

const char *cdr_read_wstring(struct cdr_reader *r, uint32_t bound, struct buffer *scratch,
                             size_t *length)
{
    size_t size;
    if (!has_wide(r->minor, r->wchar_set))
        return fail_text(r, EXCEPTION_MARSHAL, length);
    const uint8_t *bytes = r->minor == 1 ? take_units(r, &size) : cdr_read_octets(r, 0, &size);
    if (!cdr_ok(r))
        return fail_text(r, EXCEPTION_MARSHAL, length);
    if (size > r->limits->string_bytes)
        return fail_text(r, EXCEPTION_IMP_LIMIT, length);
    if (bound > 0 && size / 2 - begins_with_mark(bytes, size) > bound)
        return fail_text(r, EXCEPTION_MARSHAL, length);
    const char *text = decode_wide(r, bytes, size, scratch, length);
    if (memchr(text, '\0', *length) != NULL)
        return fail_text(r, EXCEPTION_MARSHAL, length);
    return text;
}

/* A mark and a pair are the most that one character takes. */
enum { WCHAR_BYTES = 6 };

size_t cdr_read_wchar(struct cdr_reader *r, char text[4])
{
    char room[WCHAR_BYTES / 2 * 3];
    struct buffer scratch = {.data = room, .capacity = sizeof(room)};
    size_t length = 0;
    if (!has_wide(r->minor, r->wchar_set))
        cdr_fail(r, EXCEPTION_MARSHAL);
    size_t size = r->minor == 1 ? 2 : cdr_read_octet(r);
    const uint8_t *bytes = cdr_take(r, size, r->minor == 1 ? 2 : 1);
    if (!cdr_ok(r) || size > WCHAR_BYTES) {
        cdr_fail(r, EXCEPTION_MARSHAL);
        return 0;
    }
    const char *decoded = decode_wide(r, bytes, size, &scratch, &length);
    if (length == 0 || utf8_character(decoded, length) != length) {
        cdr_fail(r, EXCEPTION_DATA_CONVERSION);
        return 0;
    }
    memcpy(text, decoded, length);
    return length;
}

/* ---- wide, writing ---- */

/* Big-endian units that stand at the end of the buffer become our own order's. */
static void turn_units(struct buffer *out, size_t begin)
{
    for (size_t at = begin; HOST_LITTLE && at < out->size; at += 2) {
        char first = out->data[at];
        out->data[at] = out->data[at + 1];
        out->data[at + 1] = first;
    }
}

/* The units of a text, appended; false after a refusal. */
static bool write_units(struct cdr_writer *w, const char *text, size_t length)
{
    size_t begin = w->out->size;
    w->wide = true;
    if (!utf16_encode(text, length, w->out) ||
        (w->wchar_set == CODESET_UCS_2 && !fits_ucs2(text, length))) {
        cdr_refuse(w, EXCEPTION_DATA_CONVERSION);
        return false;
    }
    if (w->minor == 1)
        turn_units(w->out, begin);
    return true;
}

void cdr_write_wstring(struct cdr_writer *w, uint32_t bound, const char *text, size_t length)
{
    if (!has_wide(w->minor, w->wchar_set) || (length > 0 && memchr(text, '\0', length) != NULL) ||
        length > UINT32_MAX / 2 - 2) {
        cdr_refuse(w, EXCEPTION_BAD_PARAM);
        return;
    }
    cdr_write_ulong(w, 0);
    size_t begin = w->out->size;
    if (!write_units(w, text, length))
        return;
    size_t size = w->out->size - begin;
    const uint8_t *bytes = (const uint8_t *)w->out->data + begin;
    if (bound > 0 && size / 2 - begins_with_mark(bytes, size) > bound)
        cdr_refuse(w, EXCEPTION_BAD_PARAM);
    if (w->minor == 1)
        buffer_append(w->out, "\0", 2);
    uint32_t written = w->minor == 1 ? (uint32_t)(size / 2 + 1) : (uint32_t)size;
    memcpy(w->out->data + begin - sizeof(written), &written, sizeof(written));
}

void cdr_write_wchar(struct cdr_writer *w, const char *text, size_t length)
{
    if (!has_wide(w->minor, w->wchar_set) || length == 0 ||
        utf8_character(text, length) != length) {
        cdr_refuse(w, EXCEPTION_BAD_PARAM);
        return;
    }
    if (w->minor == 1)
        cdr_align(w, 2);
    else
        cdr_write_octet(w, 0);
    size_t begin = w->out->size;
    if (!write_units(w, text, length))
        return;
    size_t size = w->out->size - begin;
    if (w->minor != 1)
        w->out->data[begin - 1] = (char)size;
    else if (size != 2) /* one unit is all that 1.1 has room for */
        cdr_refuse(w, EXCEPTION_DATA_CONVERSION);
}
