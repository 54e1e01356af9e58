/* IDL source, loaded twice as two texts (split at a form feed). What is refused leaves no trace;
 * what is taken can be found by every name that it has. */
#include "base/status.h"
#include "idl/idl.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int promise)
{
    if (!promise)
        abort();
}

static size_t count_everything(const struct idl *idl)
{
    size_t count = 0;
    for (size_t i = 0; idl_type_at(idl, i); i++)
        count++;
    for (size_t i = 0; idl_interface_at(idl, i); i++)
        count++;
    for (size_t i = 0; idl_constant_at(idl, i); i++)
        count++;
    return count;
}

static void check_type(const struct idl *idl, const struct typecode *type)
{
    char text[256];
    require(idl_find_type(idl, type->id) == type);
    require(typecode_resolve(type)->kind != TK_ALIAS);
    for (uint32_t i = 0; i < type->member_count; i++) {
        require(strlen(type->members[i].name) == type->members[i].name_length);
        require((type->kind == TK_ENUM) == !type->members[i].type);
    }
    require(type->kind != TK_UNION || type->default_index < (int32_t)type->member_count);
    typecode_describe(type, text, sizeof(text));
}

static void check_interface(const struct idl *idl, const struct idl_interface *interface)
{
    require(idl_find_interface(idl, interface->id) == interface);
    require(idl_find_interface(idl, interface->scoped) == interface);
    for (uint32_t i = 0; i < interface->operation_count; i++) {
        const struct idl_operation *o = &interface->operations[i];
        require(idl_find_operation(interface, o->name, o->name_length) == o);
        require(idl_is_a(interface, o->interface_id, strlen(o->interface_id)));
        require(o->result != NULL && (!o->oneway || !o->output_count));
    }
    for (uint32_t i = 0; i < interface->base_count; i++)
        require(idl_is_a(interface, interface->bases[i]->id, strlen(interface->bases[i]->id)));
}

static void check_everything(const struct idl *idl)
{
    for (size_t i = 0; idl_type_at(idl, i); i++)
        check_type(idl, idl_type_at(idl, i));
    for (size_t i = 0; idl_interface_at(idl, i); i++)
        check_interface(idl, idl_interface_at(idl, i));
    for (size_t i = 0; idl_constant_at(idl, i); i++)
        require(idl_find_constant(idl, idl_constant_at(idl, i)->scoped) == idl_constant_at(idl, i));
}

static void load(struct idl *idl, const uint8_t *data, size_t size)
{
    struct fault fault = {0};
    size_t before = count_everything(idl);
    enum status status = idl_load_text(idl, "fuzz.idl", (const char *)data, size, &fault);
    require(status == STATUS_OK || (strchr(fault.where, ':') && *fault.text));
    require(status == STATUS_OK || count_everything(idl) == before);
    check_everything(idl);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct idl *idl = idl_new(NULL);
    const uint8_t *split = size ? memchr(data, '\f', size) : NULL;
    size_t first = split ? (size_t)(split - data) : size;
    load(idl, data, first);
    if (split)
        load(idl, split + 1, size - first - 1);
    idl_free(&idl);
    return 0;
}
