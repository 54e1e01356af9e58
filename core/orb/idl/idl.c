/* What has been read, and finding things in it. */
#include "idl/idl.h"

#include "idl/load.h"
#include "idl/model.h"
#include "idl/scope.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

/* ---- lists ---- */

void list_add(struct list *list, void *item)
{
    if (list->count == list->capacity) {
        list->capacity = list->capacity ? 2 * list->capacity : 16;
        list->items = memory_resize(list->items, list->capacity * sizeof(*list->items));
    }
    list->items[list->count++] = item;
}

void list_release(struct list *list)
{
    free(list->items);
    *list = (struct list){0};
}

static void release_texts(struct list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i]);
    list_release(list);
}

/* ---- the whole ---- */

struct idl *idl_new(const char *const *directories)
{
    struct idl *idl = memory_new(sizeof(*idl));
    idl->arena = typecode_arena_new();
    idl->global.scoped = "";
    for (; directories && *directories; directories++)
        list_add(&idl->directories, memory_text(*directories, strlen(*directories)));
    load_builtins(idl);
    return idl;
}

void idl_free(struct idl **idl)
{
    struct idl *gone = *idl;
    *idl = NULL;
    if (!gone)
        return;
    release_texts(&gone->directories);
    release_texts(&gone->files);
    index_release(&gone->names);
    index_release(&gone->ids);
    list_release(&gone->declarations);
    list_release(&gone->changed);
    list_release(&gone->interfaces);
    list_release(&gone->types);
    list_release(&gone->constants);
    typecode_arena_release(&gone->arena);
    free(gone);
}

struct typecode_arena *idl_arena(const struct idl *idl)
{
    return idl->arena;
}

enum status idl_load_file(struct idl *idl, const char *path, struct fault *fault)
{
    struct load load = {.name = path};
    return load_run(idl, &load, fault);
}

enum status idl_load_text(struct idl *idl, const char *name, const char *text, size_t length,
                          struct fault *fault)
{
    struct load load = {name, text, length};
    return load_run(idl, &load, fault);
}

/* ---- finding ---- */

/* "A::B" from the outside; no inherited names. */
static const struct declaration *find_scoped(const struct idl *idl, const char *name)
{
    const struct scope *scope = &idl->global;
    const struct declaration *d = NULL;
    if (strncmp(name, "::", 2) == 0)
        name += 2;
    while (scope) {
        const char *end = strstr(name, "::");
        struct token part = {.text = name, .length = end ? (size_t)(end - name) : strlen(name)};
        d = scope_own(idl, scope, &part);
        if (!d || d->kind == DECLARED_USE || strncmp(declaration_name(d), name, part.length) != 0)
            return NULL;
        if (!end)
            return d;
        scope = d->scope;
        name = end + 2;
    }
    return NULL;
}

static const struct declaration *find(const struct idl *idl, const char *name)
{
    struct index_entry *entry = index_find(&idl->ids, NULL, name, strlen(name), true);
    return entry ? index_item(entry, struct declaration, by_id) : find_scoped(idl, name);
}

const struct idl_interface *idl_find_interface(const struct idl *idl, const char *name)
{
    const struct declaration *d = find(idl, name);
    return d && d->interface && d->complete ? &d->interface->public : NULL;
}

static const struct typecode *find_basic(const char *name)
{
    static const struct {
        const char *name;
        enum typecode_kind kind;
    } basic[] = {
        {"void", TK_VOID},
        {"short", TK_SHORT},
        {"long", TK_LONG},
        {"long long", TK_LONGLONG},
        {"unsigned short", TK_USHORT},
        {"unsigned long", TK_ULONG},
        {"unsigned long long", TK_ULONGLONG},
        {"float", TK_FLOAT},
        {"double", TK_DOUBLE},
        {"long double", TK_LONGDOUBLE},
        {"boolean", TK_BOOLEAN},
        {"char", TK_CHAR},
        {"wchar", TK_WCHAR},
        {"octet", TK_OCTET},
        {"any", TK_ANY},
        {"string", TK_STRING},
        {"wstring", TK_WSTRING},
        {"Object", TK_OBJREF},
        {"TypeCode", TK_TYPECODE},
    };
    for (size_t i = 0; i < sizeof(basic) / sizeof(basic[0]); i++)
        if (strcmp(basic[i].name, name) == 0)
            return typecode_basic(basic[i].kind);
    return NULL;
}

const struct typecode *idl_find_type(const struct idl *idl, const char *name)
{
    const struct declaration *d = find(idl, name);
    if (!d)
        return find_basic(name);
    return d->kind == DECLARED_ENUMERATOR ? NULL : d->type;
}

const struct idl_constant *idl_find_constant(const struct idl *idl, const char *name)
{
    const struct declaration *d = find_scoped(idl, name);
    return d ? d->constant : NULL;
}

const struct idl_interface *idl_interface_at(const struct idl *idl, size_t index)
{
    if (index >= idl->interfaces.count)
        return NULL;
    const struct interface *interface = idl->interfaces.items[index];
    return &interface->public;
}

const struct typecode *idl_type_at(const struct idl *idl, size_t index)
{
    if (index >= idl->types.count)
        return NULL;
    const struct declaration *d = idl->types.items[index];
    return d->type;
}

const struct idl_constant *idl_constant_at(const struct idl *idl, size_t index)
{
    return index < idl->constants.count ? idl->constants.items[index] : NULL;
}

/* ---- interfaces ---- */

static int compare_names(const char *a, size_t a_length, const char *b, size_t b_length)
{
    int order = memcmp(a, b, a_length < b_length ? a_length : b_length);
    return order ? order : (a_length > b_length) - (a_length < b_length);
}

const struct idl_operation *idl_find_operation(const struct idl_interface *interface,
                                               const char *name, size_t length)
{
    size_t low = 0, high = interface->operation_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        const struct idl_operation *operation = &interface->operations[middle];
        int order = compare_names(name, length, operation->name, operation->name_length);
        if (order == 0)
            return operation;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

static bool is_id(const char *id, const char *asked, size_t length)
{
    return strlen(id) == length && memcmp(id, asked, length) == 0;
}

bool idl_is_a(const struct idl_interface *interface, const char *id, size_t length)
{
    const struct interface *whole = (const struct interface *)interface;
    if (is_id(interface->id, id, length) || is_id(typecode_basic(TK_OBJREF)->id, id, length))
        return true;
    for (uint32_t i = 0; i < whole->ancestor_count; i++)
        if (is_id(whole->ancestors[i]->public.id, id, length))
            return true;
    return false;
}
