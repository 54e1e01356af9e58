/* OMG IDL (CORBA 3.3, part 1, chapter 7), read at run time: source text in, TypeCodes and the
 * operations of interfaces out.
 *
 * What is read: modules (reopened, too), interfaces with multiple inheritance and forward
 * declarations, operations with in, out and inout, oneway, raises; attributes and readonly ones
 * (with getraises and setraises); struct, union, enum, exception, typedef, sequence and string and
 * wstring with and without a bound, arrays, fixed, const with expressions; every basic type, any,
 * Object, TypeCode (as CORBA::TypeCode or TypeCode); recursive structs and unions through
 * sequences; #include, #pragma prefix, ID and version, #define of a name (for include guards),
 * #ifdef, #ifndef, #if, #elif, #else, #endif, #line, typeprefix, typeid, import of what is known
 * already. Escaped identifiers (_interface). orb.idl is built in. Text is UTF-8. What is not
 * (valuetype, component, native, local and abstract interfaces, context clauses, macros with bodies
 * in expressions) is refused by name.
 *
 * Every error has file:line:column and what was expected, among them identifiers that differ in
 * case only (7.2.3), redefinition, a name that is not a type, ambiguous inheritance, a constant out
 * of its range, a union with equal labels, a oneway that returns something. */
#ifndef IDL_IDL_H
#define IDL_IDL_H

#include "base/status.h"
#include "cdr/typecode.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum idl_mode { IDL_IN, IDL_OUT, IDL_INOUT };

struct idl_parameter {
    const char *name;
    const struct typecode *type;
    enum idl_mode mode;
};

struct idl_operation {
    const char *name; /* as on the wire: "create", "_get_status" */
    size_t name_length;
    const struct typecode *result; /* TK_VOID for none */
    const struct idl_parameter *parameters;
    uint32_t parameter_count;
    uint32_t input_count;                     /* in and inout */
    uint32_t output_count;                    /* out and inout, and the result unless it is void */
    const struct typecode *const *exceptions; /* those of raises, TK_EXCEPT */
    uint32_t exception_count;
    bool oneway;
    bool attribute;           /* _get_x or _set_x */
    const char *interface_id; /* of the interface that declares it */
};

struct idl_interface {
    const char *id;                           /* "IDL:orderd.org/Pharmacy/Order:1.0" */
    const char *name;                         /* "Order" */
    const char *scoped;                       /* "Pharmacy::Order" */
    const struct typecode *type;              /* TK_OBJREF */
    const struct idl_interface *const *bases; /* direct ones, as written */
    uint32_t base_count;
    /* Own and inherited ones, attributes as _get_x and _set_x, sorted by name (bytewise). */
    const struct idl_operation *operations;
    uint32_t operation_count;
};

struct idl_constant {
    const char *scoped;
    const struct typecode *type;
    /* By the kind of its resolved type: `integer` for integers, boolean, octet, enum (ordinal);
     * `real` for floats; `text` for strings, char, wchar, fixed (decimal text). */
    int64_t integer;
    double real;
    const char *text;
    size_t text_length;
};

struct idl;

/* `directories` are searched for files and includes, in order, after the including file's own;
 * NULL ends, or NULL for none. Copied. */
struct idl *idl_new(const char *const *directories);
void idl_free(struct idl **idl); /* NULL is nothing to free */
/* Holds everything below: whoever keeps a pointer into an idl longer than it keeps this. */
struct typecode_arena *idl_arena(const struct idl *idl);

/* Adds the definitions of a file, and what it includes; a file that has been read already (as
 * itself or included) is not read again. Nothing is added when there is an error: STATUS_INVALID
 * with where "pharmacy.idl:12:7"; STATUS_NOT_FOUND; STATUS_LIMIT for more than 1 MiB of source,
 * 16 includes deep or 64 levels of nesting. */
MUST_CHECK enum status idl_load_file(struct idl *idl, const char *path, struct fault *fault);
/* The same for text; `name` stands for the file in errors. */
MUST_CHECK enum status idl_load_text(struct idl *idl, const char *name, const char *text,
                                     size_t length, struct fault *fault);

/* By scoped name ("Pharmacy::Order", "::Pharmacy::Order") or repository id; NULL: there is none. An
 * interface that is only declared is a type and no more. Exceptions, structs, enums, typedefs,
 * interfaces, ... are types, and the basic ones by their keywords ("unsigned long"). Constants have
 * no repository id. */
const struct idl_interface *idl_find_interface(const struct idl *idl, const char *name);
const struct typecode *idl_find_type(const struct idl *idl, const char *name);
const struct idl_constant *idl_find_constant(const struct idl *idl, const char *name);
/* In the order of their definition; NULL beyond the last. */
const struct idl_interface *idl_interface_at(const struct idl *idl, size_t index);
const struct typecode *idl_type_at(const struct idl *idl, size_t index);
const struct idl_constant *idl_constant_at(const struct idl *idl, size_t index);

/* NULL: it has none of that name. */
const struct idl_operation *idl_find_operation(const struct idl_interface *interface,
                                               const char *name, size_t length);
/* Whether it is, or inherits from, the interface of this repository id; Object is everyone's. */
bool idl_is_a(const struct idl_interface *interface, const char *id, size_t length);

#endif
