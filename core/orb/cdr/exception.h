/* The standard system exceptions of CORBA (CORBA 3.3, part 1, "Standard Exceptions"): what went
 * wrong in a call that the IDL says nothing about. */
#ifndef CDR_EXCEPTION_H
#define CDR_EXCEPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum exception_kind {
    EXCEPTION_NONE = 0,
    EXCEPTION_UNKNOWN,
    EXCEPTION_BAD_PARAM,
    EXCEPTION_NO_MEMORY,
    EXCEPTION_IMP_LIMIT,
    EXCEPTION_COMM_FAILURE,
    EXCEPTION_INV_OBJREF,
    EXCEPTION_NO_PERMISSION,
    EXCEPTION_INTERNAL,
    EXCEPTION_MARSHAL,
    EXCEPTION_INITIALIZE,
    EXCEPTION_NO_IMPLEMENT,
    EXCEPTION_BAD_TYPECODE,
    EXCEPTION_BAD_OPERATION,
    EXCEPTION_NO_RESOURCES,
    EXCEPTION_NO_RESPONSE,
    EXCEPTION_PERSIST_STORE,
    EXCEPTION_BAD_INV_ORDER,
    EXCEPTION_TRANSIENT,
    EXCEPTION_FREE_MEM,
    EXCEPTION_INV_IDENT,
    EXCEPTION_INV_FLAG,
    EXCEPTION_INTF_REPOS,
    EXCEPTION_BAD_CONTEXT,
    EXCEPTION_OBJ_ADAPTER,
    EXCEPTION_DATA_CONVERSION,
    EXCEPTION_OBJECT_NOT_EXIST,
    EXCEPTION_INV_POLICY,
    EXCEPTION_CODESET_INCOMPATIBLE,
    EXCEPTION_REBIND,
    EXCEPTION_TIMEOUT,
    EXCEPTION_KINDS,
};

/* Whether the operation ran before the exception came. The values are those on the wire. */
enum exception_completed { COMPLETED_YES = 0, COMPLETED_NO = 1, COMPLETED_MAYBE = 2 };

struct system_exception {
    enum exception_kind kind;
    uint32_t minor; /* ours are below; another vendor's mean nothing to us and are only shown */
    enum exception_completed completed;
};

/* Minor codes of our own: why, for the reader of a log. 0x4f52 ("OR") in the upper half is no
 * vendor id that the OMG gave out; nobody may test them. OMG's own are OMG_MINOR + n. */
enum { OMG_MINOR = 0x4f4d0000 };

const char *exception_name(enum exception_kind kind);    /* "BAD_PARAM" */
const char *exception_id(enum exception_kind kind);      /* "IDL:omg.org/CORBA/BAD_PARAM:1.0" */
const char *completed_name(enum exception_completed of); /* "COMPLETED_NO" */

/* EXCEPTION_UNKNOWN for an id (or a bare name) that is no system exception of ours. */
enum exception_kind exception_of_id(const char *id, size_t length);
enum exception_kind exception_of_name(const char *name, size_t length);

#endif
