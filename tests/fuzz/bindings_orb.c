/* Arguments of an operation as Lua values: whatever the bytes are, they are read or refused within
 * the state's bounds; what was read is written as bytes that read as the same. */
#include "base/buffer.h"
#include "bindings/modules.h"
#include "bindings/orb_value.h"
#include "bindings/services.h"
#include "host/task.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MEMORY = 64 << 20, INSTRUCTIONS = 20000000 };

static const char script[] =
    "local orb = require 'orderd.orb'\n"
    "orb:loadidl [[\n"
    "module F {\n"
    "  enum Color { RED, GREEN, BLUE };\n"
    "  struct Point { long x; short y; };\n"
    "  struct Tree { string name; sequence<Tree> kids; };\n"
    "  union Shape switch (Color) { case RED: Point at; case GREEN: string text; };\n"
    "  union Wide switch (char) { case 'a': long long number; default: wstring other; };\n"
    "  union Big switch (unsigned long long) { case 1: octet small; default: double other; };\n"
    "  typedef sequence<any> Anys;\n"
    "  typedef sequence<octet> Bytes;\n"
    "  typedef sequence<Point, 3> Few;\n"
    "  typedef sequence<Object> Objects;\n"
    "  typedef boolean Grid[2][3];\n"
    "  typedef octet Key[4];\n"
    "  typedef fixed<9, 3> Price;\n"
    "  exception Broken { string why; };\n"
    "  struct Basic { boolean b; octet o; unsigned short us; unsigned long ul;\n"
    "    unsigned long long ull; float f; double d; long double ld; char c; wchar wc;\n"
    "    string<9> t; wstring<9> wt; Color tint; };\n"
    "  interface All {\n"
    "    void a(in any v); void b(in Basic v); void c(in Tree v); void d(in Shape v);\n"
    "    void e(in Wide v); void f(in Big v); void g(in Anys v); void h(in Bytes v);\n"
    "    void i(in Few v); void j(in Objects v); void k(in Grid v); void l(in Key v);\n"
    "    void m(in Price v); void n(in TypeCode v); void o(in All v); void p(in string v);\n"
    "  };\n"
    "};\n"
    "]]\n";

struct way {
    const struct typecode *type;
    struct cdr_reader in;
    struct buffer *out;
};

static void read_value(lua_State *L, struct orb *orb, struct way *way)
{
    struct unmarshal u = {.L = L, .orb = orb, .in = &way->in};
    unmarshal_value(&u, way->type);
}

static void write_value(lua_State *L, struct orb *orb, struct way *way)
{
    struct cdr_writer w = {.out = way->out, .minor = 2};
    struct marshal m = {.L = L, .orb = orb, .out = &w};
    struct place at = {.name = "value"};
    w.char_set = CODESET_UTF_8;
    w.wchar_set = CODESET_UTF_16;
    buffer_clear(way->out);
    marshal_value(&m, way->type, lua_gettop(L), &at);
    if (w.failure)
        abort();
}

/* True: there is a value, and its bytes are in way->out. */
static int pass(lua_State *L)
{
    struct way *way = lua_touserdata(L, 1);
    struct orb *orb = orb_of(L);
    read_value(L, orb, way);
    if (!cdr_ok(&way->in))
        return 0;
    write_value(L, orb, way);
    lua_pushboolean(L, 1);
    return 1;
}

/* A value that takes too much memory is refused, too. */
static bool run(lua_State *L, struct way *way)
{
    lua_pushcfunction(L, pass);
    lua_pushlightuserdata(L, way);
    enum status status = task_call_bounded(L, 1, 1, INSTRUCTIONS);
    if (status == STATUS_INTERNAL)
        abort(); /* all that was read can be written */
    bool passed = status == STATUS_OK && lua_toboolean(L, -1);
    lua_settop(L, 0);
    return passed;
}

static struct cdr_reader reader_of(const void *data, size_t size, bool little,
                                   const struct cdr_limits *limits)
{
    struct cdr_reader in = cdr_reader_of(data, size, little, limits);
    in.char_set = CODESET_UTF_8;
    in.wchar_set = CODESET_UTF_16;
    return in;
}

/* A state with the one script; its directory is gone again when it is made. */
static lua_State *state_new(void)
{
    static const char *const entries[] = {"servants", NULL};
    static struct services services;
    const struct vm_options options = {.memory_limit = MEMORY,
                                       .instruction_limit = INSTRUCTIONS,
                                       .task_deadline_ms = 1000,
                                       .task_limit = 1,
                                       .generation = 1,
                                       .modules = lua_modules,
                                       .entries = entries,
                                       .context = &services};
    char directory[] = "/tmp/orderd-fuzz-XXXXXX", folder[64], path[96];
    struct bundle *bundle;
    struct fault fault = {0};
    struct vm *vm;
    if (!mkdtemp(directory))
        abort();
    snprintf(folder, sizeof(folder), "%s/servants", directory);
    snprintf(path, sizeof(path), "%s/idl.lua", folder);
    if (mkdir(folder, 0700) != 0)
        abort();
    FILE *file = fopen(path, "w");
    if (!file || fputs(script, file) < 0 || fclose(file) != 0)
        abort();
    if (bundle_read(directory, NULL, &bundle, &fault) || vm_new(bundle, &options, &vm, &fault)) {
        fprintf(stderr, "%s: %s\n", fault.where, fault.text);
        abort();
    }
    unlink(path);
    rmdir(folder);
    rmdir(directory);
    bundle_release(&bundle);
    return vm_state(vm);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static lua_State *L;
    static struct buffer first, second;
    static struct cdr_limits limits;
    if (!L) {
        L = state_new();
        limits = cdr_limits_default();
    }
    if (size < 2)
        return 0;
    const struct idl_interface *all = idl_find_interface(orb_of(L)->idl, "F::All");
    const struct typecode *type =
        all->operations[data[0] % all->operation_count].parameters[0].type;
    struct way once = {
        .type = type, .in = reader_of(data + 2, size - 2, data[1] & 1, &limits), .out = &first};
    if (!run(L, &once))
        return 0;
    struct way again = {
        .type = type, .in = reader_of(first.data, first.size, true, &limits), .out = &second};
    if (!run(L, &again) || first.size != second.size ||
        memcmp(first.data, second.data, first.size) != 0)
        abort();
    return 0;
}
