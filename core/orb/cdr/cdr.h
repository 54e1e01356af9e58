/* CDR, the Common Data Representation (CORBA 3.3, part 2, 9.3): primitive values in and out.
 *
 * A reader never reads beyond its bytes. The first thing that does not fit puts a failure into it;
 * from then on every read gives zeros, so that a caller checks once, at the end, or before it acts
 * on a length. A writer does the same with values that cannot be written. Nothing is ever allocated
 * from a length that the bytes do not bear out. */
#ifndef CDR_CDR_H
#define CDR_CDR_H

#include "base/buffer.h"
#include "cdr/codeset.h"
#include "cdr/exception.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct cdr_limits {
    uint32_t string_bytes;   /* of one string or wstring */
    uint32_t typecode_depth; /* TypeCodes within TypeCodes */
    uint32_t typecode_nodes; /* of all TypeCodes in one message: those that take memory to keep, and
                              * members; a basic type by itself is free */
    uint32_t value_depth;    /* values within values: structs, sequences, unions, anys */
    uint32_t profiles;       /* of one object reference; of one profile its components */
    uint32_t contexts;       /* service contexts of one message; see GIOP_CONTEXTS_LIMIT */
};
/* 1 MiB, 32, 4,096, 64, 16, 32. */
struct cdr_limits cdr_limits_default(void);

/* Both ends are lent; a reader is copied freely (to look ahead, for one).
 *
 * In a message that came in fragments of GIOP 1.1 values are aligned within their fragment (9.4.9).
 * Its bytes stand one behind the other in memory, but `data` and `size` are those of one fragment
 * at a time (as if its header still stood in front of it), and `behind` counts what follows it. */
struct cdr_reader {
    const uint8_t *data; /* alignment counts from here */
    size_t size;
    size_t position;         /* of the next byte; never above size */
    size_t behind;           /* bytes of later fragments; else 0 */
    const size_t *fragments; /* how many each of them has */
    const struct cdr_limits *limits;
    uint32_t char_set, wchar_set; /* transmission code sets */
    uint32_t typecode_nodes;      /* met so far, as the limit counts them */
    uint32_t depth;               /* of values, now */
    enum exception_kind failure;  /* EXCEPTION_NONE while all is well */
    uint8_t minor;                /* GIOP 1.minor: wide characters differ */
    bool swap;                    /* the bytes are of the other order than ours */
};

struct cdr_writer {
    struct buffer *out;
    size_t origin;                /* place in `out` from which alignment counts */
    uint32_t char_set, wchar_set; /* transmission code sets */
    enum exception_kind failure;
    uint8_t minor;
    bool wide; /* wide text was written, which looks different in each version of GIOP */
};

/* ---- reading ---- */

/* A reader of `size` bytes whose byte order is `little`; GIOP 1.2, no code sets, until the caller
 * says otherwise. `limits` are lent; NULL: the default ones. */
struct cdr_reader cdr_reader_of(const void *data, size_t size, bool little,
                                const struct cdr_limits *limits);

static inline bool cdr_ok(const struct cdr_reader *r)
{
    return r->failure == EXCEPTION_NONE;
}
static inline size_t cdr_left(const struct cdr_reader *r)
{
    return r->size - r->position + r->behind;
}
/* Keeps the first failure; nothing is left to read then. */
void cdr_fail(struct cdr_reader *r, enum exception_kind kind);

/* The slow half of cdr_take: into the next fragment, or a failure. */
const uint8_t *cdr_take_beyond(struct cdr_reader *r, size_t size, size_t alignment);

/* Aligns to `alignment` (1, 2, 4, 8) and takes `size` bytes; NULL when they are not there. One
 * value at a time, or bytes with an alignment of 1: fragments of GIOP 1.1 part other runs of
 * values. */
static inline const uint8_t *cdr_take(struct cdr_reader *r, size_t size, size_t alignment)
{
    size_t begin = (r->position + alignment - 1) & ~(alignment - 1);
    if (__builtin_expect(begin > r->size || size > r->size - begin, 0))
        return cdr_take_beyond(r, size, alignment);
    r->position = begin + size;
    return r->data + begin;
}

static inline uint8_t cdr_read_octet(struct cdr_reader *r)
{
    const uint8_t *at = cdr_take(r, 1, 1);
    return at ? *at : 0;
}
static inline uint16_t cdr_read_ushort(struct cdr_reader *r)
{
    uint16_t value = 0;
    const uint8_t *at = cdr_take(r, sizeof(value), sizeof(value));
    if (at)
        memcpy(&value, at, sizeof(value));
    return r->swap ? __builtin_bswap16(value) : value;
}
static inline uint32_t cdr_read_ulong(struct cdr_reader *r)
{
    uint32_t value = 0;
    const uint8_t *at = cdr_take(r, sizeof(value), sizeof(value));
    if (at)
        memcpy(&value, at, sizeof(value));
    return r->swap ? __builtin_bswap32(value) : value;
}
static inline uint64_t cdr_read_ulonglong(struct cdr_reader *r)
{
    uint64_t value = 0;
    const uint8_t *at = cdr_take(r, sizeof(value), sizeof(value));
    if (at)
        memcpy(&value, at, sizeof(value));
    return r->swap ? __builtin_bswap64(value) : value;
}
bool cdr_read_boolean(struct cdr_reader *r); /* anything but 0 and 1 is MARSHAL */
float cdr_read_float(struct cdr_reader *r);
double cdr_read_double(struct cdr_reader *r);
/* IEEE binary128 as a double: DATA_CONVERSION when a double cannot hold it exactly. */
double cdr_read_longdouble(struct cdr_reader *r);
/* A packed decimal as text, "-12.34", with exactly `scale` decimals; at most FIXED_TEXT_SIZE with
 * the terminator. A negative scale gives trailing zeros. 1 to 31 digits, a scale from -31 to 31:
 * others are refused. Negative zero is 0. */
enum { FIXED_TEXT_SIZE = 72 };
void cdr_read_fixed(struct cdr_reader *r, uint16_t digits, int16_t scale,
                    char text[FIXED_TEXT_SIZE]);
/* One character as UTF-8, 1 to 4 bytes, and its length (0 on failure). */
size_t cdr_read_char(struct cdr_reader *r, char text[4]);
size_t cdr_read_wchar(struct cdr_reader *r, char text[4]);
/* A string as UTF-8: lent from the message, or from `scratch`, to which it was appended (and moves
 * with it). Not terminated. MARSHAL: without its NUL, with a NUL inside, longer than a `bound`
 * other than 0 (counted as IDL does: in transmitted characters); IMP_LIMIT: longer than the limit;
 * DATA_CONVERSION: not valid in its code set. Never NULL: "" after a failure. */
const char *cdr_read_string(struct cdr_reader *r, uint32_t bound, struct buffer *scratch,
                            size_t *length);
const char *cdr_read_wstring(struct cdr_reader *r, uint32_t bound, struct buffer *scratch,
                             size_t *length);
/* sequence<octet>, lent; never NULL. */
const uint8_t *cdr_read_octets(struct cdr_reader *r, uint32_t bound, size_t *size);
/* Raw bytes of a string without conversion or its NUL: repository ids, operation names. */
const char *cdr_read_identifier(struct cdr_reader *r, size_t *length);
/* The length of a sequence whose elements take at least `least_size` bytes each (0 counts as 1).
 * MARSHAL when that is more than what is left, or above `bound`. */
uint32_t cdr_read_length(struct cdr_reader *r, uint32_t bound, uint32_t least_size);

/* An encapsulation (9.3.3): a reader of its own, with its own byte order and alignment, that
 * inherits limits, code sets and counters. After use, `cdr_close_inner` carries failure and
 * counters back. */
struct cdr_reader cdr_read_encapsulation(struct cdr_reader *r);
void cdr_close_inner(struct cdr_reader *r, const struct cdr_reader *inner);

/* Values within values: false, with IMP_LIMIT, beyond the limit. Pairs with cdr_leave. */
bool cdr_enter(struct cdr_reader *r);
static inline void cdr_leave(struct cdr_reader *r)
{
    r->depth--;
}

/* ---- writing, always in our own byte order ---- */

static inline void cdr_align(struct cdr_writer *w, size_t alignment)
{
    size_t gap = (size_t) - (w->out->size - w->origin) & (alignment - 1);
    if (gap) {
        static const uint8_t zeros[8];
        buffer_append(w->out, zeros, gap);
    }
}
static inline void cdr_write_octet(struct cdr_writer *w, uint8_t value)
{
    buffer_append(w->out, &value, 1);
}
static inline void cdr_write_ushort(struct cdr_writer *w, uint16_t value)
{
    cdr_align(w, sizeof(value));
    buffer_append(w->out, &value, sizeof(value));
}
static inline void cdr_write_ulong(struct cdr_writer *w, uint32_t value)
{
    cdr_align(w, sizeof(value));
    buffer_append(w->out, &value, sizeof(value));
}
static inline void cdr_write_ulonglong(struct cdr_writer *w, uint64_t value)
{
    cdr_align(w, sizeof(value));
    buffer_append(w->out, &value, sizeof(value));
}
void cdr_refuse(struct cdr_writer *w, enum exception_kind kind); /* keeps the first failure */
void cdr_write_boolean(struct cdr_writer *w, bool value);
void cdr_write_float(struct cdr_writer *w, float value);
void cdr_write_double(struct cdr_writer *w, double value);
void cdr_write_longdouble(struct cdr_writer *w, double value);
/* Decimal text, "-12.34"; BAD_PARAM for other text, or more digits or decimals than fit: nothing is
 * rounded. */
void cdr_write_fixed(struct cdr_writer *w, uint16_t digits, int16_t scale, const char *text,
                     size_t length);
/* One character of UTF-8. BAD_PARAM: not exactly one; DATA_CONVERSION: not in the code set. */
void cdr_write_char(struct cdr_writer *w, const char *text, size_t length);
void cdr_write_wchar(struct cdr_writer *w, const char *text, size_t length);
/* UTF-8 text. BAD_PARAM for a NUL inside or beyond the bound; DATA_CONVERSION for what is not UTF-8
 * or not in the code set; wide text without a negotiated code set or in GIOP 1.0: BAD_PARAM,
 * MARSHAL on the reading side. */
void cdr_write_string(struct cdr_writer *w, uint32_t bound, const char *text, size_t length);
void cdr_write_wstring(struct cdr_writer *w, uint32_t bound, const char *text, size_t length);
void cdr_write_octets(struct cdr_writer *w, const void *bytes, size_t size);
void cdr_write_identifier(struct cdr_writer *w, const char *text, size_t length);

/* An encapsulation: what the inner writer writes, up to cdr_close_encapsulation, stands in it. The
 * outer one rests meanwhile. */
struct cdr_writer cdr_open_encapsulation(struct cdr_writer *w);
void cdr_close_encapsulation(struct cdr_writer *w, const struct cdr_writer *inner);

#endif
