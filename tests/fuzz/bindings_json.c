/* JSON through Lua and back: what was read is written as JSON that reads as the same. */
#include "base/buffer.h"
#include "bindings/json.h"
#include "host/task.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MEMORY = 64 << 20, INSTRUCTIONS = 10000000 };

static struct buffer text;

static int round_trip(lua_State *L)
{
    const struct buffer *given = lua_touserdata(L, 1);
    struct fault fault;
    if (json_decode(L, given->data, given->size, &fault))
        return 0;
    buffer_clear(&text);
    struct json_writer w = {.out = &text};
    json_encode(L, -1, &w);
    lua_pushlstring(L, text.data, text.size);
    return 1;
}

/* Pushes the value of the text, written again; NULL when it is not JSON. */
static const char *run(lua_State *L, const char *data, size_t size, size_t *length)
{
    struct buffer given = {.data = (char *)data, .size = size};
    lua_pushcfunction(L, round_trip);
    lua_pushlightuserdata(L, &given);
    if (task_call_bounded(L, 1, 1, INSTRUCTIONS) != STATUS_OK)
        abort(); /* all that was read can be written */
    return lua_tolstring(L, -1, length);
}

/* A state without any script: the directory is empty, and gone again when it is made. */
static lua_State *state_new(void)
{
    static const char *const entries[] = {NULL};
    static const struct vm_module modules[] = {{NULL, NULL}};
    const struct vm_options options = {.memory_limit = MEMORY,
                                       .instruction_limit = INSTRUCTIONS,
                                       .task_deadline_ms = 1000,
                                       .task_limit = 1,
                                       .generation = 1,
                                       .modules = modules,
                                       .entries = entries};
    char directory[] = "/tmp/orderd-fuzz-XXXXXX";
    struct bundle *bundle;
    struct vm *vm;
    if (!mkdtemp(directory) || bundle_read(directory, NULL, &bundle, NULL) != STATUS_OK ||
        vm_new(bundle, &options, &vm, NULL) != STATUS_OK)
        abort();
    rmdir(directory);
    bundle_release(&bundle);
    return vm_state(vm);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static lua_State *L;
    if (!L)
        L = state_new();
    size_t first_length;
    size_t second_length;
    const char *first = run(L, (const char *)data, size, &first_length);
    if (first) {
        const char *second = run(L, first, first_length, &second_length);
        if (!second || first_length != second_length || memcmp(first, second, first_length) != 0)
            abort();
    }
    lua_settop(L, 0);
    return 0;
}
