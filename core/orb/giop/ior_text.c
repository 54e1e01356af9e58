/* References as text: "IOR:" and hexadecimal digits (CORBA 3.3, part 2, 7.6.9), or as corbaloc.c
 * and corbaname.c have them; and back. */
#include "base/hex.h"
#include "giop/corbaloc.h"
#include "giop/profile.h"
#include "giop/reference.h"
#include "giop/wire.h"

#include <string.h>
#include <strings.h>

enum { TEXT_LIMIT = 65536 };

static const char prefix[] = "IOR:";
enum { PREFIX_LENGTH = sizeof(prefix) - 1 };

/* ---- reading ---- */

static enum status read_digits(const char *text, size_t length, struct buffer *bytes,
                               struct fault *fault)
{
    for (size_t i = PREFIX_LENGTH; i < length; i++)
        if (hex_value(text[i]) < 0)
            return fault_set(fault, STATUS_INVALID, NULL,
                             "expected a hexadecimal digit at character %zu", i + 1);
    if ((length - PREFIX_LENGTH) % 2 != 0)
        return fault_set(fault, STATUS_INVALID, NULL,
                         "expected one more hexadecimal digit at character %zu", length + 1);
    for (size_t i = PREFIX_LENGTH; i < length; i += 2) {
        char byte = (char)(hex_value(text[i]) * 16 + hex_value(text[i + 1]));
        buffer_append(bytes, &byte, 1);
    }
    return STATUS_OK;
}

static enum status read_bytes(const struct buffer *bytes, struct ior **ior, struct fault *fault)
{
    struct cdr_limits limits = cdr_limits_default();
    struct cdr_reader r = encapsulation_reader(bytes->data, bytes->size, &limits);
    *ior = ior_read(&r);
    if (!cdr_ok(&r))
        return fault_set(fault, STATUS_INVALID, NULL,
                         "what the digits stand for is no reference (%s behind %zu of %zu bytes)",
                         exception_name(r.failure), r.position, r.size);
    if (!*ior)
        return fault_set(fault, STATUS_INVALID, NULL, "it is the nil reference, of no object");
    return STATUS_OK;
}

static enum status parse_digits(const char *text, size_t length, struct ior **ior,
                                struct fault *fault)
{
    struct buffer bytes = {0};
    enum status status = read_digits(text, length, &bytes, fault);
    if (status == STATUS_OK)
        status = read_bytes(&bytes, ior, fault);
    buffer_release(&bytes);
    return status;
}

enum status ior_parse(const char *text, size_t length, struct ior **ior, struct fault *fault)
{
    *ior = NULL;
    if (length > TEXT_LIMIT)
        return fault_set(fault, STATUS_INVALID, NULL, "a reference has at most %d characters",
                         TEXT_LIMIT);
    if (length >= PREFIX_LENGTH && strncasecmp(text, prefix, PREFIX_LENGTH) == 0)
        return parse_digits(text, length, ior, fault);
    return corbaloc_parse(text, length, ior, fault);
}

/* ---- writing ---- */

void ior_format(const struct ior *ior, struct buffer *text)
{
    struct buffer bytes = {0};
    struct cdr_writer w = {.out = &bytes};
    if (ior && ior->name) {
        corbaname_format(ior, text);
        return;
    }
    cdr_write_octet(&w, OUR_ORDER);
    ior_write(&w, ior);
    buffer_append(text, prefix, PREFIX_LENGTH);
    hex_write(buffer_reserve(text, 2 * bytes.size), (const uint8_t *)bytes.data, bytes.size);
    text->size += 2 * bytes.size;
    buffer_release(&bytes);
}
