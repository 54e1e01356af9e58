/* Discriminators of unions, in and out. */
#include "cdr/discriminator.h"

bool discriminator_is(const struct typecode *type)
{
    switch (type->kind) {
    case TK_SHORT:
    case TK_LONG:
    case TK_USHORT:
    case TK_ULONG:
    case TK_LONGLONG:
    case TK_ULONGLONG:
    case TK_BOOLEAN:
    case TK_CHAR:
    case TK_ENUM: return true;
    default: return false;
    }
}

static int64_t read_ordinal(struct cdr_reader *r, const struct typecode *type)
{
    uint32_t ordinal = cdr_read_ulong(r);
    if (ordinal >= type->member_count)
        cdr_fail(r, EXCEPTION_MARSHAL);
    return ordinal;
}

int64_t discriminator_read(struct cdr_reader *r, const struct typecode *type)
{
    switch (type->kind) {
    case TK_SHORT: return (int16_t)cdr_read_ushort(r);
    case TK_LONG: return (int32_t)cdr_read_ulong(r);
    case TK_USHORT: return cdr_read_ushort(r);
    case TK_ULONG: return cdr_read_ulong(r);
    case TK_LONGLONG:
    case TK_ULONGLONG: return (int64_t)cdr_read_ulonglong(r);
    case TK_BOOLEAN: return cdr_read_boolean(r);
    case TK_CHAR: return cdr_read_octet(r);
    case TK_ENUM: return read_ordinal(r, type);
    default: cdr_fail(r, EXCEPTION_BAD_TYPECODE); return 0;
    }
}

void discriminator_write(struct cdr_writer *w, const struct typecode *type, int64_t label)
{
    switch (type->kind) {
    case TK_SHORT:
    case TK_USHORT: cdr_write_ushort(w, (uint16_t)label); break;
    case TK_LONG:
    case TK_ULONG:
    case TK_ENUM: cdr_write_ulong(w, (uint32_t)label); break;
    case TK_LONGLONG:
    case TK_ULONGLONG: cdr_write_ulonglong(w, (uint64_t)label); break;
    case TK_BOOLEAN:
    case TK_CHAR: cdr_write_octet(w, (uint8_t)label); break;
    default: cdr_refuse(w, EXCEPTION_BAD_TYPECODE); break;
    }
}
