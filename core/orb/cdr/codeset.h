/* Code sets (CORBA 3.3, part 2, 7.10): which bytes stand for which characters on a connection, and
 * the way between them and UTF-8, which is what everything inside of this program speaks. */
#ifndef CDR_CODESET_H
#define CDR_CODESET_H

#include "base/buffer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* OSF registry numbers. */
enum codeset {
    CODESET_NONE = 0, /* not negotiated: ISO-8859-1 for char, none for wchar (7.10.2.5) */
    CODESET_ISO_8859_1 = 0x00010001,
    CODESET_ISO_646 = 0x00010020, /* US-ASCII */
    CODESET_UCS_2 = 0x00010100,
    CODESET_UTF_16 = 0x00010109,
    CODESET_UTF_8 = 0x05010001,
};

/* One side's say, in TAG_CODE_SETS (7.10.2.4): native first, then what it converts to. */
enum { CODESET_CONVERSIONS = 8 };
struct codeset_component {
    uint32_t native;
    uint32_t conversions[CODESET_CONVERSIONS]; /* those beyond are not looked at */
    size_t count;
};
struct codesets { /* CodeSetComponentInfo */
    struct codeset_component chars, wchars;
};

/* What this program says of itself: UTF-8, converting to ISO-8859-1; UTF-16. */
extern const struct codesets codesets_ours;

/* The transmission code sets for calling a server that says `theirs` (7.10.2.6). One that says
 * nothing of char means ISO-8859-1; one that says nothing of wchar gets CODESET_NONE for it. False:
 * there is none in common (CODESET_INCOMPATIBLE). */
bool codesets_agree(const struct codesets *theirs, uint32_t *char_set, uint32_t *wchar_set);

/* Whether we can speak it on the wire, as char or as wchar. */
bool codeset_speaks_char(uint32_t codeset);
bool codeset_speaks_wchar(uint32_t codeset);

/* Text of a char code set to UTF-8 and back. Where the bytes are the same already (UTF-8; nothing
 * but ASCII) `*text` points at the input; else into `scratch`, which is appended to. False: what
 * came is not valid there, or a character does not exist in it (DATA_CONVERSION). */
bool codeset_decode(uint32_t codeset, const char *bytes, size_t size, struct buffer *scratch,
                    const char **text, size_t *length);
bool codeset_encode(uint32_t codeset, const char *text, size_t length, struct buffer *scratch,
                    const char **bytes, size_t *size);

/* UTF-16 of either byte order to UTF-8; a byte order mark at the begin decides and is dropped, else
 * `little`. */
bool utf16_decode(const uint8_t *bytes, size_t size, bool little, struct buffer *scratch,
                  const char **text, size_t *length);
/* UTF-8 as big-endian UTF-16, which is what UTF-16 without a mark is; a text that begins with
 * U+FEFF gets a mark before it, or it would be taken for one. Appended to `out`. False: not UTF-8.
 */
bool utf16_encode(const char *text, size_t length, struct buffer *out);

#endif
