/* One byte for each descriptor that a connection has had. */
#include "bus/guests.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

enum { HERE = 1, SPOKE = 2, SIZE_LEAST = 256 };

static bool is_known(const struct guests *guests, int connection)
{
    return connection >= 0 && (size_t)connection < guests->size;
}

static void make_room(struct guests *guests, size_t needed)
{
    size_t size = guests->size ? guests->size : SIZE_LEAST;
    while (size < needed)
        size *= 2;
    if (size == guests->size)
        return;
    unsigned char *states = memory_new(size);
    if (guests->size > 0)
        memcpy(states, guests->states, guests->size);
    free(guests->states);
    guests->states = states;
    guests->size = size;
}

void guests_come(struct guests *guests, int connection)
{
    if (connection < 0)
        return;
    make_room(guests, (size_t)connection + 1);
    if (!(guests->states[connection] & HERE))
        guests->count++;
    guests->states[connection] = HERE;
}

bool guests_go(struct guests *guests, int connection)
{
    if (!is_known(guests, connection) || !(guests->states[connection] & HERE))
        return false;
    guests->states[connection] &= SPOKE;
    guests->count--;
    return true;
}

void guests_speak(struct guests *guests, int connection)
{
    if (!is_known(guests, connection) || (guests->states[connection] & SPOKE))
        return;
    guests->states[connection] |= SPOKE;
    guests->heard++;
}

bool guests_has(const struct guests *guests, int connection)
{
    return connection < 0 || (is_known(guests, connection) && (guests->states[connection] & HERE));
}

int guests_any(const struct guests *guests)
{
    for (size_t i = 0; guests->count > 0 && i < guests->size; i++) {
        if (guests->states[i] & HERE)
            return (int)i;
    }
    return -1;
}

size_t guests_silent(const struct guests *guests)
{
    return guests->handshakes > guests->heard ? guests->handshakes - guests->heard : 0;
}

void guests_release(struct guests *guests)
{
    free(guests->states);
    *guests = (struct guests){.count = 0};
}
