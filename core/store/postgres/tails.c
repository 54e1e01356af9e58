/* Remembering the tails of the topics where readers stand. */
#include "store/postgres/tails.h"

#include "base/memory.h"

#include <stdint.h>
#include <string.h>

enum { READERS = 64 };

struct pg_tails_list {
    struct pg_tails readers[READERS]; /* several may stand at one place */
    uint64_t moved[READERS];          /* 0: free */
    uint64_t moves;
};

int pg_topic_index(const char *topic)
{
    for (int kind = 0; kind < PG_TOPICS; kind++)
        if (topic != NULL && strcmp(topic, order_event_topic((enum order_event_kind)kind)) == 0)
            return kind;
    return -1;
}

void pg_put_topics(struct pg_arguments *arguments)
{
    pg_begin_array(arguments, PG_TEXT);
    for (int kind = 0; kind < PG_TOPICS; kind++)
        pg_put_string(arguments, order_event_topic((enum order_event_kind)kind));
    pg_end_array(arguments);
}

void pg_tails_take(const PGresult *result, struct pg_position last[PG_TOPICS])
{
    for (int i = 0; i < PQntuples(result); i++) {
        struct pg_row row = {result, i};
        size_t length;
        int topic = pg_topic_index(pg_column_text(&row, 0, &length));
        struct pg_position place = pg_column_place(&row, 1);
        if (topic >= 0 && pg_position_before(&last[topic], &place))
            last[topic] = place;
    }
}

/* Where one stands, or -1. */
static int reader_at(const struct pg_tails_list *list, const struct pg_position *at)
{
    for (int i = 0; i < READERS; i++)
        if (list->moved[i] != 0 && list->readers[i].at.xid == at->xid &&
            list->readers[i].at.id == at->id)
            return i;
    return -1;
}

static int longest_still(const struct pg_tails_list *list)
{
    int found = 0;

    for (int i = 1; i < READERS; i++)
        if (list->moved[i] < list->moved[found])
            found = i;
    return found;
}

bool pg_tails_find(const struct pg_tails_list *list, const struct pg_position *at,
                   struct pg_tails *tails)
{
    int found = list == NULL ? -1 : reader_at(list, at);

    if (found >= 0)
        *tails = list->readers[found];
    return found >= 0;
}

void pg_tails_keep(struct pg_tails_list **list, const struct pg_position *from,
                   const struct pg_tails *tails)
{
    int place;

    if (*list == NULL)
        *list = memory_new(sizeof(**list));
    place = reader_at(*list, from);
    if (place < 0)
        place = longest_still(*list);
    (*list)->readers[place] = *tails;
    (*list)->moved[place] = ++(*list)->moves;
}
