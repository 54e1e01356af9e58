/* Private: the calls of one connection that wait for a reply, by request id. */
#ifndef IIOP_CALL_TABLE_H
#define IIOP_CALL_TABLE_H

#include <stddef.h>
#include <stdint.h>

struct orb_call;

/* All zero is an empty table. Open addressing; ids that follow each other do not collide. */
struct call_table {
    struct orb_call **slots;
    size_t capacity; /* a power of two */
    size_t count;
};

void call_table_add(struct call_table *table, struct orb_call *call); /* its id is not in it */
void call_table_remove(struct call_table *table, const struct orb_call *call); /* it is in it */
struct orb_call *call_table_find(const struct call_table *table, uint32_t id); /* or NULL */
void call_table_release(struct call_table *table);

#endif
