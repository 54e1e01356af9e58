/* Measuring a save and copying it. What needs alignment comes first, then the texts. */
#include "store/save_copy.h"

#include "store/space.h"

static size_t keyed_size(const struct keyed_answer *keyed)
{
    return keyed == NULL ? 0
                         : sizeof(*keyed) + space_string_size(keyed->key) + keyed->answer_length;
}

size_t save_copy_size(const struct save *save)
{
    struct order_record record = order_record(save->order);
    size_t count = 0;
    const struct order_event *events = order_events(save->order, &count);
    size_t size = record.item_count * sizeof(*record.items) + count * sizeof(*events) +
                  record.notes_length + 1 + record.reason_length + 1 +
                  space_string_size(save->traceparent) + space_string_size(save->inbox_id) +
                  keyed_size(save->keyed);

    for (size_t i = 0; i < count; i++)
        size += events[i].data_length + 1;
    return size;
}

static void place_keyed_texts(struct space *space, struct keyed_answer *keyed)
{
    keyed->key = space_string(space, keyed->key);
    keyed->answer = space_place(space, keyed->answer, keyed->answer_length);
}

void save_copy_place(struct save_copy *copy, const struct save *save, void *memory)
{
    struct space space = {.next = memory};
    struct order_record record = order_record(save->order);
    struct order_event *events;
    struct keyed_answer *keyed = NULL;

    *copy = (struct save_copy){
        .record = record,
        .stored_version = order_stored_version(save->order),
        .items_replaced = order_items_replaced(save->order),
    };
    copy->record.items =
        space_place(&space, record.items, record.item_count * sizeof(*record.items));
    copy->events = order_events(save->order, &copy->event_count);
    events = space_place(&space, copy->events, copy->event_count * sizeof(*events));
    if (save->keyed != NULL)
        keyed = space_place(&space, save->keyed, sizeof(*keyed));
    for (size_t i = 0; i < copy->event_count; i++)
        events[i].data = space_text(&space, events[i].data, events[i].data_length);
    copy->events = events;
    copy->record.notes = space_text(&space, record.notes, record.notes_length);
    copy->record.reason = space_text(&space, record.reason, record.reason_length);
    copy->traceparent = space_string(&space, save->traceparent);
    copy->inbox_id = space_string(&space, save->inbox_id);
    if (keyed != NULL)
        place_keyed_texts(&space, keyed);
    copy->keyed = keyed;
}
