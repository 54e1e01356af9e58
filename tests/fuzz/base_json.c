/* Any bytes as JSON in: what is taken is within the limits and survives a way round. */
#include "base/json.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_depth(json_t *value, int depth)
{
    size_t index;
    const char *name;
    json_t *child;

    if (depth > JSON_DEPTH_LIMIT)
        abort();
    json_array_foreach(value, index, child)
        check_depth(child, depth + json_is_array(child) + json_is_object(child));
    json_object_foreach(value, name, child)
        check_depth(child, depth + json_is_array(child) + json_is_object(child));
}

static void check_round_trip(json_t *value)
{
    struct fault fault;
    json_t *again = NULL;
    /* 15 digits write every real number as it was read, and no longer. */
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));

    if (!text || json_read(text, strlen(text), &again, &fault) != STATUS_OK)
        abort();
    if (!json_equal(value, again))
        abort();
    json_decref(again);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fault fault = {0};
    json_t *value = NULL;

    if (json_read((const char *)data, size, &value, &fault) != STATUS_OK) {
        if (value || fault.status != STATUS_INVALID || !fault.text[0])
            abort();
        return 0;
    }
    check_depth(value, json_is_array(value) || json_is_object(value));
    check_round_trip(value);
    json_decref(value);
    return 0;
}
