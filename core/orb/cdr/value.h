/* Values of any type without a language binding: passing over them, and their way from and to JSON
 * (for orderctl call). TypeCodes on the wire are here, too. */
#ifndef CDR_VALUE_H
#define CDR_VALUE_H

#include "base/json.h"
#include "base/json_writer.h"
#include "base/status.h"
#include "cdr/cdr.h"
#include "cdr/typecode.h"

/* A TypeCode (CORBA 3.3, part 2, 9.3.5.1) with its indirections; its new nodes live in `arena`.
 * NULL after a failure, which is in the reader: MARSHAL, BAD_TYPECODE (an indirection to nowhere, a
 * union whose discriminator is none, two equal labels, ...), IMP_LIMIT. */
const struct typecode *typecode_read(struct cdr_reader *r, struct typecode_arena *arena);
/* Cycles become indirections. */
void typecode_write(struct cdr_writer *w, const struct typecode *type);

/* Passes over one value, checking it as a reader of it would. Of an exception these are its
 * members: who reads one has read its repository id to know what it is. Only within an any the id
 * stands before them, and is read (and must be the type's). Values of value types, abstract and
 * local interfaces and Principal are NO_IMPLEMENT. */
void value_skip(struct cdr_reader *r, const struct typecode *type);

/* What becomes of object references, which are more than CDR knows: `read` consumes one from the
 * reader and appends its stringified form (nothing for nil); `write` writes the one that the text
 * stands for (NULL: nil). */
struct value_references {
    void (*read)(struct cdr_reader *r, struct buffer *text);
    MUST_CHECK enum status (*write)(struct cdr_writer *w, const char *text, size_t length,
                                    struct fault *fault);
};

/* One value becomes at most about this much JSON; more is IMP_LIMIT. */
enum { VALUE_JSON_BYTES = 64 << 20 };

/* One value as JSON, by its type:
 *   integers, octet    integer; of an unsigned long long above 2^63-1 its decimal text
 *   floats             the shortest number that reads back as the same (whole ones exact), or
 *                      "NaN", "Infinity", "-Infinity"
 *   boolean            true, false
 *   char, wchar, string, wstring, fixed   text
 *   enum               its enumerator's name
 *   struct, exception  object; a member without a name is "_1", "_2", ... by its place
 *   sequence, array    array; of octets: text of hexadecimal digits, two an octet
 *   union              {"_switch": label, "_value": ...}; no "_value" where no member has the label
 *   any                {"_type": description, "_value": ...}
 *   Object             its reference as text, nil null; `references` NULL: NO_IMPLEMENT
 *   TypeCode           its description
 *   null, void         null
 * What cannot be read is in the reader; the JSON is not complete then. */
void value_to_json(struct cdr_reader *r, const struct typecode *type,
                   const struct value_references *references, struct json_writer *out);

/* The other way. STATUS_INVALID with a JSON pointer below `where` and what was expected; no silent
 * conversion: a number out of range, a text where a number belongs, an unknown or missing member is
 * an error. A number with a fraction becomes the nearest float or double, an integer must fit one
 * exactly. An any needs {"_type": name of a basic type, "_value"}; a TypeCode is such a name. */
MUST_CHECK enum status value_from_json(struct cdr_writer *w, const struct typecode *type,
                                       const struct value_references *references,
                                       const json_t *value, const char *where, struct fault *fault);

#endif
