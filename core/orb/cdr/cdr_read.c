/* Reading: readers themselves, numbers, lengths, raw bytes, encapsulations. */
#include "cdr/cdr.h"
#include "cdr/cdr_endian.h"
#include "cdr/longdouble.h"

static const struct cdr_limits limits_default = {
    .string_bytes = 1 << 20,
    .typecode_depth = 32,
    .typecode_nodes = 4096,
    .value_depth = 64,
    .profiles = 16,
    .contexts = 32,
};

struct cdr_limits cdr_limits_default(void)
{
    return limits_default;
}

struct cdr_reader cdr_reader_of(const void *data, size_t size, bool little,
                                const struct cdr_limits *limits)
{
    return (struct cdr_reader){
        .data = data != NULL ? data : "",
        .size = size,
        .limits = limits != NULL ? limits : &limits_default,
        .minor = 2,
        .swap = little != (bool)HOST_LITTLE,
    };
}

void cdr_fail(struct cdr_reader *r, enum exception_kind kind)
{
    if (r->failure == EXCEPTION_NONE)
        r->failure = kind;
    r->position = r->size;
    r->behind = 0;
}

enum { FRAGMENT_HEADER = 12 }; /* GIOP 1.1 */

static void next_fragment(struct cdr_reader *r)
{
    r->data += r->size - FRAGMENT_HEADER;
    r->position = FRAGMENT_HEADER;
    r->size = FRAGMENT_HEADER + *r->fragments;
    r->behind -= *r->fragments++;
}

/* Bytes that begin in one fragment and end in another; in memory nothing is between them. */
static const uint8_t *take_across(struct cdr_reader *r, size_t size)
{
    const uint8_t *at = r->data + r->position;
    while (size > r->size - r->position) {
        size -= r->size - r->position;
        next_fragment(r);
    }
    r->position += size;
    return at;
}

const uint8_t *cdr_take_beyond(struct cdr_reader *r, size_t size, size_t alignment)
{
    /* What is left of this fragment may be padding for what begins the next. */
    while (r->behind > 0 && ((r->position + alignment - 1) & ~(alignment - 1)) >= r->size) {
        next_fragment(r);
        size_t begin = (r->position + alignment - 1) & ~(alignment - 1);
        if (begin <= r->size && size <= r->size - begin) {
            r->position = begin + size;
            return r->data + begin;
        }
    }
    /* A single value is never cut in two. */
    if (alignment == 1 && r->behind > 0 && size <= cdr_left(r))
        return take_across(r, size);
    cdr_fail(r, EXCEPTION_MARSHAL);
    return NULL;
}

bool cdr_enter(struct cdr_reader *r)
{
    if (r->depth >= r->limits->value_depth) {
        cdr_fail(r, EXCEPTION_IMP_LIMIT);
        return false;
    }
    r->depth++;
    return true;
}

/* ---- numbers ---- */

bool cdr_read_boolean(struct cdr_reader *r)
{
    uint8_t octet = cdr_read_octet(r);
    if (octet > 1)
        cdr_fail(r, EXCEPTION_MARSHAL);
    return octet == 1;
}

float cdr_read_float(struct cdr_reader *r)
{
    uint32_t bits = cdr_read_ulong(r);
    float value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

double cdr_read_double(struct cdr_reader *r)
{
    uint64_t bits = cdr_read_ulonglong(r);
    double value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

double cdr_read_longdouble(struct cdr_reader *r)
{
    uint64_t first = cdr_read_ulonglong(r);
    uint64_t second = cdr_read_ulonglong(r);
    bool little = cdr_is_little(r);
    double value = 0;
    if (!longdouble_narrow(little ? second : first, little ? first : second, &value))
        cdr_fail(r, EXCEPTION_DATA_CONVERSION);
    return cdr_ok(r) ? value : 0;
}

/* ---- lengths and raw bytes ---- */

uint32_t cdr_read_length(struct cdr_reader *r, uint32_t bound, uint32_t least_size)
{
    uint32_t length = cdr_read_ulong(r);
    if (length > cdr_left(r) / (least_size > 0 ? least_size : 1) || (bound > 0 && length > bound)) {
        cdr_fail(r, EXCEPTION_MARSHAL);
        return 0;
    }
    return length;
}

const uint8_t *cdr_read_octets(struct cdr_reader *r, uint32_t bound, size_t *size)
{
    *size = cdr_read_length(r, bound, 1);
    return cdr_take(r, *size, 1);
}

const char *cdr_read_identifier(struct cdr_reader *r, size_t *length)
{
    uint32_t size = cdr_read_length(r, 0, 1);
    const char *text = (const char *)cdr_take(r, size, 1);
    *length = 0;
    if (!cdr_ok(r) || size == 0 || memchr(text, '\0', size) != text + size - 1) {
        cdr_fail(r, EXCEPTION_MARSHAL);
        return "";
    }
    if (size - 1 > r->limits->string_bytes) {
        cdr_fail(r, EXCEPTION_IMP_LIMIT);
        return "";
    }
    *length = size - 1;
    return text;
}

/* ---- encapsulations ---- */

struct cdr_reader cdr_read_encapsulation(struct cdr_reader *r)
{
    size_t size;
    const uint8_t *data = cdr_read_octets(r, 0, &size);
    struct cdr_reader inner = *r;
    inner.data = data;
    inner.size = size;
    inner.behind = 0; /* its alignment is its own: no matter how it came */
    inner.position = 0;
    uint8_t order = cdr_read_octet(&inner); /* fails an empty one, too */
    if (order > 1)
        cdr_fail(&inner, EXCEPTION_MARSHAL);
    inner.swap = (order == 1) != (bool)HOST_LITTLE;
    return inner;
}

void cdr_close_inner(struct cdr_reader *r, const struct cdr_reader *inner)
{
    r->typecode_nodes = inner->typecode_nodes;
    if (!cdr_ok(inner))
        cdr_fail(r, inner->failure);
}
