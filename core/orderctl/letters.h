/* Dead letters, one after the other. Private to the commands dead-letters. */
#ifndef ORDERCTL_LETTERS_H
#define ORDERCTL_LETTERS_H

#include "orderctl/service.h"

#include <stdint.h>

extern const struct command_option option_source;

/* Takes a letter, as GET /dead-letters has it; lent. It may ask the service for more. */
typedef void letters_take(void *arg, const json_t *letter);

/* Goes through the letters by id, page by page: those of one source, or (NULL) of all; at most
 * `limit`. ORDERCTL_DONE, or ORDERCTL_FAILED, and that has been said. */
MUST_CHECK int letters_each(struct service *service, const char *source, int64_t limit,
                            letters_take *take, void *arg);

/* The letter's id; 0 when it has none. */
int64_t letters_id(const json_t *letter);

/* Reads an id given as text: false when it is none. */
MUST_CHECK bool letters_id_read(const char *text, int64_t *id);

#endif
