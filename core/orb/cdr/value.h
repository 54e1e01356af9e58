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

/* Passes over one value, checking it as a reader of it would. */
void value_skip(struct cdr_reader *r, const struct typecode *type);

/* What becomes of object references, which are more than CDR knows: `read` consumes one from the
 * reader and appends its stringified form (nothing for nil); `write` writes the one that the text
 * stands for. */
struct value_references {
    void (*read)(struct cdr_reader *r, struct buffer *text);
    MUST_CHECK enum status (*write)(struct cdr_writer *w, const char *text, size_t length,
                                    struct fault *fault);
};

/* One value as JSON. struct: object; sequence, array: array; octet sequence: {"base64": ...}? no:
 * a text of hexadecimal digits; enum: its name; union: {"_switch": label, "_value": ...}; any:
 * {"_type": description, "_value": ...}; integers beyond 2^53: still JSON integers (as jansson
 * reads them back), above 2^63-1: text; fixed, wide and narrow strings and characters: text; float
 * and double: number, or "NaN", "Infinity", "-Infinity"; Object: its reference as text, nil: null;
 * TypeCode: its description. What cannot be read is in the reader. */
void value_to_json(struct cdr_reader *r, const struct typecode *type,
                   const struct value_references *references, struct json_writer *out);

/* The other way. STATUS_INVALID with a JSON pointer below `where` and what was expected; no silent
 * conversion: a number out of range, a text where a number belongs, an unknown or missing member is
 * an error. An any needs {"_type": name of a basic type, "_value"}. */
MUST_CHECK enum status value_from_json(struct cdr_writer *w, const struct typecode *type,
                                       const struct value_references *references,
                                       const json_t *value, const char *where, struct fault *fault);

#endif
