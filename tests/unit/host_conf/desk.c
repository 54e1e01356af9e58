/* Writes the file, reads it as configuration, and takes both away again. */
#include "desk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int desk_setup(void **state)
{
    struct desk *desk = calloc(1, sizeof(*desk));
    assert_non_null(desk);
    snprintf(desk->directory, sizeof(desk->directory), "/tmp/orderd-conf-XXXXXX");
    assert_non_null(mkdtemp(desk->directory));
    snprintf(desk->path, sizeof(desk->path), "%s/c.lua", desk->directory);
    *state = desk;
    return 0;
}

int desk_teardown(void **state)
{
    struct desk *desk = *state;
    conf_free(&desk->root);
    unlink(desk->path);
    int result = rmdir(desk->directory);
    free(desk);
    return result;
}

enum status desk_read_bytes(struct desk *desk, const char *bytes, size_t length)
{
    FILE *file = fopen(desk->path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
    conf_free(&desk->root);
    return conf_read(desk->path, &desk->root, &desk->fault);
}

enum status desk_read(struct desk *desk, const char *text)
{
    return desk_read_bytes(desk, text, strlen(text));
}

const struct conf_value *desk_take(struct desk *desk, const char *text)
{
    if (desk_read(desk, text) != STATUS_OK)
        fail_msg("%s: %s: %s", text, desk->fault.where, desk->fault.text);
    assert_non_null(desk->root);
    return desk->root;
}

void desk_refuse(struct desk *desk, const char *text, size_t line, const char *says)
{
    char where[sizeof(desk->path) + 24];
    snprintf(where, sizeof(where), "%s:%zu", desk->path, line);
    assert_int_equal(desk_read(desk, text), STATUS_INVALID);
    assert_null(desk->root);
    assert_int_equal(desk->fault.status, STATUS_INVALID);
    assert_string_equal(desk->fault.where, where);
    if (!strstr(desk->fault.text, says))
        fail_msg("%s: \"%s\" does not say \"%s\"", text, desk->fault.text, says);
}

const struct conf_value *desk_value(const struct desk *desk, const char *name)
{
    const struct conf_value *value = desk->root;
    while (*name) {
        char key[64];
        size_t length = strcspn(name, ".");
        snprintf(key, sizeof(key), "%.*s", (int)length, name);
        size_t number = strtoul(key, NULL, 10);
        if (value->type == CONF_LIST)
            value = number >= 1 && number <= value->count ? &value->members[number - 1] : NULL;
        else
            value = conf_member(value, key);
        if (!value) {
            fail_msg("no %s", key);
            return desk->root; /* not reached, which the analyzer does not know */
        }
        name += length;
        name += *name == '.';
    }
    return value;
}
