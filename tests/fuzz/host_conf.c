/* Configuration files: whatever is taken is plain, sorted, and stands on a line of the file;
 * whatever is refused says where. The search for lines sees the bytes even when Lua refuses them.
 */
#include "host/conf.h"
#include "host/conf_lines.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool is)
{
    if (!is)
        abort();
}

static void check_where(const char *where, const char *path, size_t lines)
{
    size_t length = strlen(path);
    expect(strncmp(where, path, length) == 0 && where[length] == ':');
    unsigned long line = strtoul(where + length + 1, NULL, 10);
    expect(line >= 1 && line <= lines);
}

static void check_value(const struct conf_value *value, const char *path, size_t lines)
{
    check_where(value->where, path, lines);
    expect(value->type != CONF_NUMBER || isfinite(value->number));
    expect((value->type == CONF_TEXT) == (value->text != NULL));
    for (size_t i = 0; i < value->count; i++) {
        const struct conf_value *member = &value->members[i];
        expect((value->type == CONF_TABLE) == (member->key != NULL));
        expect(!member->key || conf_member(value, member->key) == member);
        check_value(member, path, lines);
    }
}

static void check_lines(const uint8_t *data, size_t size, size_t lines)
{
    struct conf_lines *found = conf_lines_new((const char *)data, size);
    conf_place place = CONF_PLACE_ROOT;
    for (size_t number = 1; place != CONF_PLACE_UNKNOWN; number = number % 2 + 1) {
        size_t line = conf_lines_line(found, place);
        expect(line >= 1 && line <= lines);
        conf_place key = conf_lines_key(found, place, "a");
        place = key != CONF_PLACE_UNKNOWN ? key : conf_lines_member(found, place, number);
    }
    conf_lines_free(&found);
}

/* The most lines that the bytes can be. */
static size_t lines_count(const uint8_t *data, size_t size)
{
    size_t lines = 1;
    for (size_t i = 0; i < size; i++)
        lines += data[i] == '\n' || data[i] == '\r';
    return lines;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    struct conf_value *root = NULL;
    struct fault fault;
    size_t lines = lines_count(data, size);
    int fd = memfd_create("conf", MFD_CLOEXEC);
    expect(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    enum status status = conf_read(path, &root, &fault);
    if (status == STATUS_OK) {
        check_value(root, path, lines);
        conf_free(&root);
    } else {
        expect(status == STATUS_INVALID && fault.status == status && fault.text[0] != '\0');
        check_where(fault.where, path, lines);
    }
    check_lines(data, size, lines);
    (void)close(fd);
    return 0;
}
