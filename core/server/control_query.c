/* The queries of the control socket, read parameter by parameter. */
#include "http/query.h"
#include "server/control_private.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static enum status decode(struct text text, struct buffer *out, struct fault *fault)
{
    if (!query_decode(text, out))
        return fault_set(fault, STATUS_INVALID, NULL,
                         "the query is not well percent-encoded UTF-8");
    buffer_append(out, "", 1);
    return STATUS_OK;
}

enum status control_query_read(const struct http_request *request, control_take *take, void *arg,
                               struct fault *fault)
{
    struct text query = http_request_query(request), name, value;
    struct buffer names = {0}, values = {0};
    enum status status = STATUS_OK;
    while (status == STATUS_OK && query_next(&query, &name, &value)) {
        status = decode(name, &names, fault);
        if (status == STATUS_OK)
            status = decode(value, &values, fault);
        if (status == STATUS_OK)
            status = take(arg, names.data, values.data, fault);
    }
    buffer_release(&names);
    buffer_release(&values);
    return status;
}

enum status control_query_unknown(const char *name, struct fault *fault)
{
    return fault_set(fault, STATUS_INVALID, NULL, "there is no parameter \"%.64s\" here", name);
}

static enum status misfit(const char *name, struct fault *fault, int64_t least, int64_t most)
{
    char where[64] = "/";
    strncat(where, name, sizeof(where) - 2);
    return fault_set(fault, STATUS_INVALID, where, "must be %" PRId64 " to %" PRId64, least, most);
}

enum status control_query_number(const char *name, const char *text, int64_t least, int64_t most,
                                 int64_t *number, struct fault *fault)
{
    char *end;
    errno = 0;
    if (strspn(text, "0123456789") == 0)
        return misfit(name, fault, least, most);
    *number = strtoll(text, &end, 10);
    if (*end || errno != 0 || *number < least || *number > most)
        return misfit(name, fault, least, most);
    return STATUS_OK;
}

enum status control_query_text(const char *name, const char *text, char *copy, size_t size,
                               struct fault *fault)
{
    char where[64] = "/";
    size_t length = strlen(text);
    strncat(where, name, sizeof(where) - 2);
    if (length >= size)
        return fault_set(fault, STATUS_INVALID, where, "is longer than %zu bytes", size - 1);
    memcpy(copy, text, length + 1);
    return STATUS_OK;
}
