/* Who is connected to a socket, by descriptor, and who has ever said something. All zero: nobody,
 * and nobody was. The bus thread's. */
#ifndef BUS_GUESTS_H
#define BUS_GUESTS_H

#include <stdbool.h>
#include <stddef.h>

struct guests {
    size_t count;             /* connected now */
    size_t handshakes, heard; /* that there have been: connections that were made, and that spoke */
    unsigned char *states;    /* by descriptor */
    size_t size;              /* of states */
};

void guests_come(struct guests *guests, int connection);
/* False: it was not there. */
bool guests_go(struct guests *guests, int connection);
/* It has sent a message, which may be read when it is gone already. */
void guests_speak(struct guests *guests, int connection);

/* Is it there? Of one whose descriptor is not known (-1) that is assumed. */
bool guests_has(const struct guests *guests, int connection);
/* Any one that is there; -1: nobody is. */
int guests_any(const struct guests *guests);

/* How many have been connected well, and have said nothing so far, or ever. */
size_t guests_silent(const struct guests *guests);

void guests_release(struct guests *guests); /* all zero again */

#endif
