/* What every object answers, whatever its servant: the operations of CORBA::Object that travel
 * (CORBA 3.3, part 1, 8.3; their names on the wire: part 2, 9.4.2.1). */
#include "iiop/server_private.h"

#include <string.h>

static const char object_id[] = "IDL:omg.org/CORBA/Object:1.0";

bool orb_servant_exists(const struct orb_servant *servant, const void *key, size_t size)
{
    return servant && (!servant->exists || servant->exists(servant->arg, key, size));
}

static bool same(const char *text, size_t length, const char *other)
{
    return length == strlen(other) && memcmp(text, other, length) == 0;
}

static bool is_a(const struct orb_servant *servant, const char *id, size_t length)
{
    return same(id, length, object_id) || same(id, length, servant->type_id) ||
           (servant->is_a && servant->is_a(servant->arg, id, length));
}

static void answer_boolean(struct orb_request *request, bool value)
{
    cdr_write_boolean(orb_reply_open(request, GIOP_NO_EXCEPTION), value);
    orb_reply_send(request);
}

static void answer_is_a(struct orb_request *request, const struct orb_servant *servant)
{
    struct cdr_reader arguments = orb_request_arguments(request);
    size_t length;
    const char *id = cdr_read_identifier(&arguments, &length);
    if (cdr_ok(&arguments))
        answer_boolean(request, is_a(servant, id, length));
    else
        orb_reply_exception(request, arguments.failure, 0, COMPLETED_NO);
}

static void answer_repository_id(struct orb_request *request, const struct orb_servant *servant)
{
    cdr_write_identifier(orb_reply_open(request, GIOP_NO_EXCEPTION), servant->type_id,
                         strlen(servant->type_id));
    orb_reply_send(request);
}

/* Nobody here keeps an interface repository. */
static void answer_interface(struct orb_request *request, const struct orb_servant *servant)
{
    (void)servant;
    orb_reply_exception(request, EXCEPTION_INTF_REPOS, 0, COMPLETED_NO);
}

/* Nil: it is no component (CORBA 3.3, part 1, 8.3.13). */
static void answer_component(struct orb_request *request, const struct orb_servant *servant)
{
    (void)servant;
    ior_write(orb_reply_open(request, GIOP_NO_EXCEPTION), NULL);
    orb_reply_send(request);
}

static void answer_not_implemented(struct orb_request *request, const struct orb_servant *servant)
{
    (void)servant;
    orb_reply_exception(request, EXCEPTION_NO_IMPLEMENT, 0, COMPLETED_NO);
}

/* "_get_policy" is not here: that is how an attribute `policy` is read. */
static const struct {
    const char *name;
    void (*answer)(struct orb_request *request, const struct orb_servant *servant);
} operations[] = {
    {"_is_a", answer_is_a},
    {"_repository_id", answer_repository_id},
    {"_interface", answer_interface},
    {"_component", answer_component},
    {"_policy", answer_not_implemented},
    {"_domain_managers", answer_not_implemented},
};

static bool asks_for_existence(const char *operation, size_t length)
{
    return same(operation, length, "_non_existent") || same(operation, length, "_not_existent");
}

bool orb_common_operation(struct orb_request *request, const struct orb_servant *servant)
{
    size_t length, key_size;
    const char *operation = orb_request_operation(request, &length);
    const void *key = orb_request_key(request, &key_size);
    if (length == 0 || operation[0] != '_')
        return false;
    if (asks_for_existence(operation, length)) {
        answer_boolean(request, !orb_servant_exists(servant, key, key_size));
        return true;
    }
    for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
        if (!same(operation, length, operations[i].name))
            continue;
        if (orb_servant_exists(servant, key, key_size))
            operations[i].answer(request, servant);
        else
            orb_reply_exception(request, EXCEPTION_OBJECT_NOT_EXIST, MINOR_NO_OBJECT, COMPLETED_NO);
        return true;
    }
    return false;
}
