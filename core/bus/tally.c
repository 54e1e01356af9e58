/* Messages counted by topic. */
#include "bus/tally.h"

#include "base/memory.h"
#include "base/metrics.h"

#include <stdlib.h>
#include <string.h>

static struct counter *tally_make(struct tally *tally, const char *topic)
{
    struct buffer labels = {0};
    metrics_label(&labels, "topic", topic);
    buffer_append(&labels, "", 1);
    struct counter *counter = metrics_counter(tally->family, tally->help, labels.data);
    buffer_release(&labels);

    tally->entries = memory_resize(tally->entries, (tally->count + 1) * sizeof(*tally->entries));
    tally->entries[tally->count++] =
        (struct tally_entry){.topic = memory_text(topic, strlen(topic)), .counter = counter};
    return counter;
}

void tally_add(struct tally *tally, const char *topic)
{
    for (size_t i = 0; i < tally->count; i++) {
        if (strcmp(tally->entries[i].topic, topic) == 0) {
            counter_add(tally->entries[i].counter, 1);
            return;
        }
    }
    counter_add(tally_make(tally, topic), 1);
}

void tally_release(struct tally *tally)
{
    for (size_t i = 0; i < tally->count; i++)
        free(tally->entries[i].topic);
    free(tally->entries);
    tally->entries = NULL;
    tally->count = 0;
}
