/* References: text into ior_parse; behind a first byte of 0 the bytes of one. What parses formats,
 * parses again as the same, and can be explained. The same text is tried as a name. */
#include "giop/reference.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool promise)
{
    if (!promise)
        abort();
}

static void check_text(const struct ior *ior)
{
    struct buffer text = {0};
    struct fault fault;
    struct ior *again = NULL;
    ior_explain(ior, &text);
    for (size_t i = 0; i < text.size; i++)
        require(text.data[i] == '\n' || (text.data[i] >= ' ' && text.data[i] <= '~'));
    buffer_clear(&text);
    ior_format(ior, &text);
    if (text.size <= 65536) {
        require(ior_parse(text.data, text.size, &again, &fault) == STATUS_OK);
        require(ior_equal(ior, again) && strcmp(ior->type_id, again->type_id) == 0);
    }
    ior_release(&again);
    buffer_release(&text);
}

static void check_places(const struct ior *ior)
{
    size_t profile;
    for (size_t i = 0; ior_endpoint(ior, i, &profile); i++)
        require(ior->profiles[profile].iiop);
}

static void check_name(const uint8_t *data, size_t size)
{
    struct name_component *components;
    struct name_component *same;
    size_t count;
    size_t same_count;
    struct fault fault;
    struct buffer text = {0};
    char *name = strndup((const char *)data, size);
    if (name_parse(name, &components, &count, &fault) == STATUS_OK) {
        name_format(components, count, &text);
        buffer_append(&text, "", 1);
        require(name_parse(text.data, &same, &same_count, &fault) == STATUS_OK);
        require(count == same_count);
        for (size_t i = 0; i < count; i++)
            require(strcmp(components[i].id, same[i].id) == 0 &&
                    strcmp(components[i].kind, same[i].kind) == 0);
        name_free(same, same_count);
        name_free(components, count);
    }
    buffer_release(&text);
    free(name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fault fault;
    struct ior *ior = NULL;
    if (size > 1 && data[0] == 0) {
        struct cdr_limits limits = cdr_limits_default();
        struct cdr_reader r = cdr_reader_of(data + 1, size - 1, true, &limits);
        ior = ior_read(&r);
    } else if (ior_parse((const char *)data, size, &ior, &fault) != STATUS_OK) {
        require(ior == NULL && strlen(fault.text) > 0);
    }
    if (ior) {
        check_text(ior);
        check_places(ior);
    }
    ior_release(&ior);
    check_name(data, size);
    return 0;
}
