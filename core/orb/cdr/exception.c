/* The names of the standard system exceptions, and the way back from them. */
#include "cdr/exception.h"

#include <string.h>

#define ID_PREFIX "IDL:omg.org/CORBA/"
#define ID_SUFFIX ":1.0"

struct exception_text {
    const char *name;
    const char *id;
};

#define TEXTS(name_) [EXCEPTION_##name_] = {#name_, ID_PREFIX #name_ ID_SUFFIX}

static const struct exception_text texts[EXCEPTION_KINDS] = {
    [EXCEPTION_NONE] = {"NONE", ""},
    TEXTS(UNKNOWN),
    TEXTS(BAD_PARAM),
    TEXTS(NO_MEMORY),
    TEXTS(IMP_LIMIT),
    TEXTS(COMM_FAILURE),
    TEXTS(INV_OBJREF),
    TEXTS(NO_PERMISSION),
    TEXTS(INTERNAL),
    TEXTS(MARSHAL),
    TEXTS(INITIALIZE),
    TEXTS(NO_IMPLEMENT),
    TEXTS(BAD_TYPECODE),
    TEXTS(BAD_OPERATION),
    TEXTS(NO_RESOURCES),
    TEXTS(NO_RESPONSE),
    TEXTS(PERSIST_STORE),
    TEXTS(BAD_INV_ORDER),
    TEXTS(TRANSIENT),
    TEXTS(FREE_MEM),
    TEXTS(INV_IDENT),
    TEXTS(INV_FLAG),
    TEXTS(INTF_REPOS),
    TEXTS(BAD_CONTEXT),
    TEXTS(OBJ_ADAPTER),
    TEXTS(DATA_CONVERSION),
    TEXTS(OBJECT_NOT_EXIST),
    TEXTS(INV_POLICY),
    TEXTS(CODESET_INCOMPATIBLE),
    TEXTS(REBIND),
    TEXTS(TIMEOUT),
};

static const struct exception_text *text_of(enum exception_kind kind)
{
    return &texts[(unsigned)kind < EXCEPTION_KINDS ? kind : EXCEPTION_UNKNOWN];
}

const char *exception_name(enum exception_kind kind)
{
    return text_of(kind)->name;
}

const char *exception_id(enum exception_kind kind)
{
    return text_of(kind)->id;
}

const char *completed_name(enum exception_completed of)
{
    static const char *const names[] = {"COMPLETED_YES", "COMPLETED_NO", "COMPLETED_MAYBE"};
    return names[(unsigned)of <= COMPLETED_MAYBE ? of : COMPLETED_MAYBE];
}

enum exception_kind exception_of_name(const char *name, size_t length)
{
    for (int kind = EXCEPTION_UNKNOWN; kind < EXCEPTION_KINDS; kind++)
        if (strlen(texts[kind].name) == length && memcmp(texts[kind].name, name, length) == 0)
            return (enum exception_kind)kind;
    return EXCEPTION_UNKNOWN;
}

enum exception_kind exception_of_id(const char *id, size_t length)
{
    const size_t prefix = sizeof(ID_PREFIX) - 1;
    const size_t suffix = sizeof(ID_SUFFIX) - 1;
    if (length < prefix + suffix || memcmp(id, ID_PREFIX, prefix) != 0 ||
        memcmp(id + length - suffix, ID_SUFFIX, suffix) != 0)
        return EXCEPTION_UNKNOWN;
    return exception_of_name(id + prefix, length - prefix - suffix);
}
