/* Writing: numbers, raw bytes, encapsulations. */
#include "cdr/cdr.h"
#include "cdr/cdr_endian.h"
#include "cdr/longdouble.h"

void cdr_refuse(struct cdr_writer *w, enum exception_kind kind)
{
    if (w->failure == EXCEPTION_NONE)
        w->failure = kind;
}

void cdr_write_boolean(struct cdr_writer *w, bool value)
{
    cdr_write_octet(w, value ? 1 : 0);
}

void cdr_write_float(struct cdr_writer *w, float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof(bits));
    cdr_write_ulong(w, bits);
}

void cdr_write_double(struct cdr_writer *w, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    cdr_write_ulonglong(w, bits);
}

void cdr_write_longdouble(struct cdr_writer *w, double value)
{
    uint64_t high, low;
    longdouble_widen(value, &high, &low);
    cdr_write_ulonglong(w, HOST_LITTLE ? low : high);
    cdr_write_ulonglong(w, HOST_LITTLE ? high : low);
}

void cdr_write_octets(struct cdr_writer *w, const void *bytes, size_t size)
{
    if (size > UINT32_MAX) {
        cdr_refuse(w, EXCEPTION_IMP_LIMIT);
        return;
    }
    cdr_write_ulong(w, (uint32_t)size);
    buffer_append(w->out, bytes, size);
}

void cdr_write_identifier(struct cdr_writer *w, const char *text, size_t length)
{
    if (length >= UINT32_MAX || (length > 0 && memchr(text, '\0', length) != NULL)) {
        cdr_refuse(w, EXCEPTION_BAD_PARAM);
        return;
    }
    cdr_write_ulong(w, (uint32_t)length + 1);
    buffer_append(w->out, text, length);
    cdr_write_octet(w, 0);
}

/* The length goes in when it is known; it stands right before the inner writer's origin. */
struct cdr_writer cdr_open_encapsulation(struct cdr_writer *w)
{
    cdr_write_ulong(w, 0);
    struct cdr_writer inner = *w;
    inner.origin = w->out->size;
    cdr_write_octet(&inner, HOST_LITTLE);
    return inner;
}

void cdr_close_encapsulation(struct cdr_writer *w, const struct cdr_writer *inner)
{
    size_t size = w->out->size - inner->origin;
    uint32_t length = (uint32_t)size;
    if (inner->failure != EXCEPTION_NONE)
        cdr_refuse(w, inner->failure);
    w->wide |= inner->wide;
    if (size > UINT32_MAX)
        cdr_refuse(w, EXCEPTION_IMP_LIMIT);
    memcpy(w->out->data + inner->origin - sizeof(length), &length, sizeof(length));
}
