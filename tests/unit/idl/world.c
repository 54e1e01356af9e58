/* What the tests of this folder share. */
#include "world.h"

#include "base/buffer.h"

int world_setup(void **state)
{
    *state = idl_new(NULL);
    return 0;
}

int world_teardown(void **state)
{
    struct idl *idl = *state;
    idl_free(&idl);
    return idl != NULL;
}

static enum status load(struct idl *idl, const char *text, struct fault *fault)
{
    return idl_load_text(idl, "t.idl", text, strlen(text), fault);
}

void takes(struct idl *idl, const char *text)
{
    struct fault fault = {0};
    if (load(idl, text, &fault) != STATUS_OK)
        fail_msg("%s: %s", fault.where, fault.text);
}

static size_t count_all(const struct idl *idl)
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

static void fails(struct idl *idl, const char *text, enum status status, struct fault *fault,
                  const char *words)
{
    size_t before = count_all(idl);
    assert_int_equal(load(idl, text, fault), status);
    assert_int_equal(fault->status, status);
    if (!strstr(fault->text, words))
        fail_msg("'%s' is not in: %s", words, fault->text);
    assert_int_equal(count_all(idl), before);
}

void refuses(struct idl *idl, const char *text, const char *where, const char *words)
{
    char place[64];
    struct fault fault = {0};
    fails(idl, text, STATUS_INVALID, &fault, words);
    (void)snprintf(place, sizeof(place), "t.idl:%s", where);
    assert_string_equal(fault.where, place);
}

void exceeds(struct idl *idl, const char *text, const char *words)
{
    struct fault fault = {0};
    fails(idl, text, STATUS_LIMIT, &fault, words);
}

static void append_part(struct buffer *text, const char *part, int number)
{
    const char *mark = strstr(part, "%d");
    if (!mark) {
        buffer_append_text(text, part);
        return;
    }
    buffer_append(text, part, (size_t)(mark - part));
    buffer_printf(text, "%d", number);
    append_part(text, mark + 2, number);
}

void exceeds_repeated(struct idl *idl, const char *begin, const char *part, int times,
                      const char *end, const char *words)
{
    struct buffer text = {0};
    buffer_append_text(&text, begin);
    for (int i = 0; i < times; i++)
        append_part(&text, part, i);
    buffer_append(&text, end, strlen(end) + 1);
    exceeds(idl, text.data, words);
    buffer_release(&text);
}

const struct typecode *type_of(struct idl *idl, const char *name)
{
    const struct typecode *type = idl_find_type(idl, name);
    assert_non_null(type);
    return type;
}

const struct idl_interface *interface_of(struct idl *idl, const char *name)
{
    const struct idl_interface *interface = idl_find_interface(idl, name);
    assert_non_null(interface);
    return interface;
}

const struct idl_operation *operation_of(struct idl *idl, const char *interface, const char *name)
{
    const struct idl_operation *operation =
        idl_find_operation(interface_of(idl, interface), name, strlen(name));
    assert_non_null(operation);
    return operation;
}

int64_t integer_of(struct idl *idl, const char *name)
{
    const struct idl_constant *constant = idl_find_constant(idl, name);
    assert_non_null(constant);
    return constant->integer;
}

void text_is(struct idl *idl, const char *name, const char *text)
{
    const struct idl_constant *constant = idl_find_constant(idl, name);
    assert_non_null(constant);
    assert_int_equal(constant->text_length, strlen(text));
    assert_string_equal(constant->text, text);
}
