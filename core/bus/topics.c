/* Topics that are taken. */
#include "bus/topics.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

void topics_copy(struct topics *topics, const char *const *texts, size_t count)
{
    topics->texts = memory_new((count + 1) * sizeof(*topics->texts));
    topics->count = count;
    for (size_t i = 0; i < count; i++)
        topics->texts[i] = memory_text(texts[i], strlen(texts[i]));
}

void topics_release(struct topics *topics)
{
    for (size_t i = 0; i < topics->count; i++)
        free(topics->texts[i]);
    free(topics->texts);
    *topics = (struct topics){.count = 0};
}

const char *topics_find(const struct topics *topics, const struct bus_frame *name)
{
    for (size_t i = 0; i < topics->count; i++) {
        const char *text = topics->texts[i];
        if (strlen(text) == name->size && memcmp(text, name->data, name->size) == 0)
            return text;
    }
    return NULL;
}
