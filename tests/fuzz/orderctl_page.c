/* Fuzzes pages of events: whatever comes is taken apart within its own bytes, and what was taken is
 * the line again. */
#include "orderctl/events_page.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t put(char *line, size_t used, const char *text, struct span span)
{
    size_t length = strlen(text);
    memcpy(line + used, text, length);
    memcpy(line + used + length, span.data, span.length);
    return used + length + span.length;
}

static void check_same(struct span line, const struct event_line *event)
{
    char *again = malloc(line.length + 16);
    size_t size = put(again, 0, "[\"", event->topic);
    size = put(again, size, "\",\"", event->position);
    size = put(again, size, "\",\"", event->previous);
    size = put(again, size, "\",", event->envelope);
    size = put(again, size, "]", (struct span){.data = ""});
    if (size != line.length || memcmp(again, line.data, size) != 0)
        abort();
    free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span page = {(const char *)data, size}, line;
    struct event_line event;
    while (page_line(&page, &line)) {
        if (event_line_read(line, &event))
            check_same(line, &event);
    }
    return 0;
}
