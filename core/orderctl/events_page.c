/* Taking pages of events apart without reading what is in the events, for most go through as they
 * are. */
#include "orderctl/events_page.h"

#include <string.h>

bool page_line(struct span *page, struct span *line)
{
    if (page->length == 0)
        return false;
    const char *end = memchr(page->data, '\n', page->length);
    line->data = page->data;
    line->length = end ? (size_t)(end - page->data) : page->length;
    size_t used = line->length + (end != NULL);
    page->data += used;
    page->length -= used;
    return true;
}

static bool take_character(struct span *line, char character)
{
    if (line->length == 0 || line->data[0] != character)
        return false;
    line->data++;
    line->length--;
    return true;
}

/* A string and the comma behind it. */
static bool take_text(struct span *line, struct span *text)
{
    size_t i = 0;
    if (!take_character(line, '"'))
        return false;
    while (i < line->length && line->data[i] != '"')
        i += line->data[i] == '\\' ? 2 : 1;
    if (i >= line->length)
        return false;
    *text = (struct span){line->data, i};
    line->data += i + 1;
    line->length -= i + 1;
    return take_character(line, ',');
}

bool event_line_read(struct span line, struct event_line *event)
{
    if (!take_character(&line, '[') || !take_text(&line, &event->topic) ||
        !take_text(&line, &event->position) || !take_text(&line, &event->previous))
        return false;
    if (line.length < 3 || line.data[0] != '{' || memcmp(line.data + line.length - 2, "}]", 2) != 0)
        return false;
    event->envelope = (struct span){line.data, line.length - 1};
    return true;
}
