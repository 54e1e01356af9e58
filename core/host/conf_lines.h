/* On which line of a configuration file each key and each member of a list stands. Lua forgets it,
 * so it is read from the source: from the table of the last return, inwards through tables that
 * are written directly after their key. What is made in another way has no line here. */
#ifndef HOST_CONF_LINES_H
#define HOST_CONF_LINES_H

#include <stddef.h>
#include <stdint.h>

/* The place of a table, a key or a member of a list. */
typedef size_t conf_place;
#define CONF_PLACE_ROOT ((conf_place)0)
#define CONF_PLACE_UNKNOWN ((conf_place)SIZE_MAX)

struct conf_lines;

/* The source is lent until conf_lines_free. Any bytes may come, but only those that Lua compiles
 * have meaningful lines. */
struct conf_lines *conf_lines_new(const char *source, size_t length);
void conf_lines_free(struct conf_lines **lines);

/* Where a table's key or a list's member (1, 2, ...) stands; CONF_PLACE_UNKNOWN when it is not
 * found, and in a table that is unknown itself. Of a key that is written twice the last counts, as
 * in Lua. */
conf_place conf_lines_key(const struct conf_lines *lines, conf_place table, const char *key);
conf_place conf_lines_member(const struct conf_lines *lines, conf_place list, size_t number);

size_t conf_lines_line(const struct conf_lines *lines, conf_place place); /* 1 when unknown */

#endif
