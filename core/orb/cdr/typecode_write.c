/* TypeCodes to bytes (CORBA 3.3, part 2, 9.3.5.1). A node that stands in them already is not
 * written again but pointed at: that ends cycles, and keeps what is shared as small as it is. */
#include "cdr/discriminator.h"
#include "cdr/typecode_map.h"
#include "cdr/value.h"

enum { INDIRECTION = -1, DEPTH_LIMIT = 256 };

struct writing {
    struct typecode_map written; /* node to the place of its kind in the buffer */
    unsigned depth;
};

static void write_node(struct cdr_writer *w, struct writing *s, const struct typecode *type);

static void write_text(struct cdr_writer *w, const char *text)
{
    cdr_write_identifier(w, text, strlen(text));
}

static void write_names(struct cdr_writer *w, const struct typecode *type)
{
    write_text(w, type->id);
    write_text(w, type->name);
}

static void write_members(struct cdr_writer *w, struct writing *s, const struct typecode *type)
{
    const struct typecode *discriminator =
        type->kind == TK_UNION ? typecode_resolve(type->discriminator) : NULL;
    cdr_write_ulong(w, type->member_count);
    for (uint32_t i = 0; i < type->member_count; i++) {
        const struct typecode_member *member = &type->members[i];
        if (discriminator != NULL)
            discriminator_write(w, discriminator, member->label);
        cdr_write_identifier(w, member->name, member->name_length);
        if (type->kind != TK_ENUM)
            write_node(w, s, member->type);
        if (type->kind == TK_VALUE)
            cdr_write_ushort(w, (uint16_t)member->label);
    }
}

static void write_parts(struct cdr_writer *w, struct writing *s, const struct typecode *type)
{
    if (type->kind == TK_SEQUENCE || type->kind == TK_ARRAY) {
        write_node(w, s, type->content);
        cdr_write_ulong(w, type->length);
        return;
    }
    write_names(w, type);
    switch (type->kind) {
    case TK_UNION:
        write_node(w, s, type->discriminator);
        cdr_write_ulong(w, (uint32_t)type->default_index);
        write_members(w, s, type);
        break;
    case TK_VALUE:
        cdr_write_ushort(w, (uint16_t)type->modifier);
        write_node(w, s, type->content != NULL ? type->content : typecode_basic(TK_NULL));
        write_members(w, s, type);
        break;
    case TK_STRUCT:
    case TK_EXCEPT:
    case TK_ENUM: write_members(w, s, type); break;
    case TK_ALIAS:
    case TK_VALUE_BOX: write_node(w, s, type->content); break;
    default: break; /* interfaces and native types are their names */
    }
}

static void write_complex(struct cdr_writer *w, struct writing *s, const struct typecode *type)
{
    cdr_align(w, 4);
    if (s->depth >= DEPTH_LIMIT) {
        cdr_refuse(w, EXCEPTION_IMP_LIMIT);
        return;
    }
    typecode_map_add(&s->written, type)->position = w->out->size;
    cdr_write_ulong(w, (uint32_t)type->kind);
    s->depth++;
    struct cdr_writer inner = cdr_open_encapsulation(w);
    write_parts(&inner, s, type);
    cdr_close_encapsulation(w, &inner);
    s->depth--;
}

/* The offset counts from its own place. */
static void write_indirection(struct cdr_writer *w, size_t position)
{
    cdr_write_ulong(w, (uint32_t)INDIRECTION);
    cdr_write_ulong(w, (uint32_t)(position - w->out->size));
}

static void write_node(struct cdr_writer *w, struct writing *s, const struct typecode *type)
{
    const struct typecode_entry *entry;
    if (w->failure != EXCEPTION_NONE)
        return;
    switch (type->kind) {
    case TK_STRING:
    case TK_WSTRING:
        cdr_write_ulong(w, (uint32_t)type->kind);
        cdr_write_ulong(w, type->length);
        return;
    case TK_FIXED:
        cdr_write_ulong(w, (uint32_t)type->kind);
        cdr_write_ushort(w, type->fixed_digits);
        cdr_write_ushort(w, (uint16_t)type->fixed_scale);
        return;
    default: break;
    }
    if (type->kind != TK_OBJREF && typecode_basic(type->kind) != NULL) {
        cdr_write_ulong(w, (uint32_t)type->kind);
        return;
    }
    entry = typecode_map_find(&s->written, type);
    if (entry != NULL)
        write_indirection(w, entry->position);
    else
        write_complex(w, s, type);
}

void typecode_write(struct cdr_writer *w, const struct typecode *type)
{
    struct writing s = {0};
    write_node(w, &s, type);
    typecode_map_release(&s.written);
}
