/* Private: the trie of path segments.
 *
 * A node's children stand in the order in which they are tried: literals, the uuid parameter, the
 * text parameter. Each node is visited at most once in a search, so a path costs at most the size
 * of the trie, and usually its depth. */
#ifndef HTTP_ROUTER_PRIVATE_H
#define HTTP_ROUTER_PRIVATE_H

#include "http/router.h"

#include <stddef.h>
#include <string.h>

enum segment_kind { SEGMENT_LITERAL, SEGMENT_UUID, SEGMENT_TEXT };

/* A method of a path, and where it leads. */
struct endpoint {
    struct endpoint *next; /* in the order of the methods' text */
    char *method;
    void *route;
    char *names[ROUTER_PARAMETERS_LIMIT];
    size_t name_count;
};

struct node {
    struct node *next; /* sibling */
    struct node *children;
    struct endpoint *endpoints;
    enum segment_kind kind;
    char *literal;
    size_t literal_length;
};

struct router {
    struct node root; /* stands before the first slash */
};

/* What stands between a slash and the next one, or the end. */
static inline struct text segment_at(const char *at, const char *end)
{
    const char *slash = memchr(at, '/', (size_t)(end - at));
    return (struct text){at, (size_t)((slash != NULL ? slash : end) - at)};
}

#endif
