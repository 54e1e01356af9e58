/* From the answer that a handler makes to bytes and back. */
#include "bindings/kept_answer.h"

#include <lauxlib.h>
#include <stdbool.h>
#include <string.h>

static const char prefix[] = "HTTP/1.1 ";

enum { PREFIX_LENGTH = sizeof(prefix) - 1, STATUS_DIGITS = 3 };

void kept_answer_write(lua_State *L, const struct answer *answer, struct buffer *bytes)
{
    buffer_printf(bytes, "%s%03d\n", prefix, answer->status);
    for (size_t i = 0; i < answer->header_count; i++) {
        const struct http_header *header = &answer->headers[i];
        if (strpbrk(header->name, ":\r\n") || strpbrk(header->value, "\r\n"))
            luaL_error(L, "the header '%s' of an answer cannot be kept", header->name);
        buffer_printf(bytes, "%s:%s\n", header->name, header->value);
    }
    buffer_append_text(bytes, "\n");
    if (answer->body_length > 0)
        buffer_append(bytes, answer->body, answer->body_length);
}

/* The bytes that are still to be read. */
struct rest {
    const char *next, *end;
};

static int raise_damaged(lua_State *L)
{
    return luaL_error(L, "a kept answer is damaged");
}

static struct text take_line(lua_State *L, struct rest *rest)
{
    const char *end = memchr(rest->next, '\n', (size_t)(rest->end - rest->next));
    if (!end)
        raise_damaged(L);
    struct text line = {.data = rest->next, .length = (size_t)(end - rest->next)};
    rest->next = end + 1;
    return line;
}

static int read_status(lua_State *L, struct text line)
{
    int status = 0;
    if (line.length != PREFIX_LENGTH + STATUS_DIGITS ||
        memcmp(line.data, prefix, PREFIX_LENGTH) != 0)
        raise_damaged(L);
    for (size_t i = PREFIX_LENGTH; i < line.length; i++) {
        if (line.data[i] < '0' || line.data[i] > '9')
            raise_damaged(L);
        status = status * 10 + (line.data[i] - '0');
    }
    return status;
}

/* Into the table on the top. */
static void set_header(lua_State *L, struct text line)
{
    const char *colon = memchr(line.data, ':', line.length);
    if (!colon)
        raise_damaged(L);
    size_t name = (size_t)(colon - line.data);
    lua_pushlstring(L, line.data, name);
    lua_pushlstring(L, colon + 1, line.length - name - 1);
    lua_rawset(L, -3);
}

static void push_headers(lua_State *L, struct rest *rest, const char *header, const char *value)
{
    lua_createtable(L, 0, 4);
    for (;;) {
        struct text line = take_line(L, rest);
        if (line.length == 0)
            break;
        set_header(L, line);
    }
    lua_pushstring(L, value);
    lua_setfield(L, -2, header);
}

void kept_answer_push(lua_State *L, const char *bytes, size_t length, const char *header,
                      const char *value)
{
    struct rest rest = {.next = bytes, .end = bytes + length};
    lua_createtable(L, 0, 3);
    lua_pushinteger(L, read_status(L, take_line(L, &rest)));
    lua_setfield(L, -2, "status");
    push_headers(L, &rest, header, value);
    lua_setfield(L, -2, "headers");
    if (rest.next < rest.end) {
        lua_pushlstring(L, rest.next, (size_t)(rest.end - rest.next));
        lua_setfield(L, -2, "body");
    }
}
