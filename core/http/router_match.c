/* The search in the trie: percent-decoding, precedence, parameters, and the methods to allow. */
#include "base/uuid.h"
#include "http/router_private.h"

#include <stdbool.h>
#include <string.h>

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The character behind '%' at `at`, or -1. */
static int decode_triplet(const char *at, const char *end)
{
    if (end - at < 3)
        return -1;
    int high = hex_value(at[1]);
    int low = hex_value(at[2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

static bool is_well_encoded(struct text path)
{
    const char *end = path.data + path.length;
    const char *at = path.data;
    while ((at = memchr(at, '%', (size_t)(end - at))) != NULL) {
        if (decode_triplet(at, end) <= 0)
            return false;
        at += 3;
    }
    return memchr(path.data, '\0', path.length) == NULL;
}

/* Decodes a well-encoded segment; false when it is longer than any that is routed. */
static bool decode_segment(struct text *segment, char memory[ROUTER_SEGMENT_LIMIT])
{
    const char *end = segment->data + segment->length;
    size_t length = 0;
    if (segment->length == 0 || memchr(segment->data, '%', segment->length) == NULL)
        return segment->length <= ROUTER_SEGMENT_LIMIT;
    for (const char *at = segment->data; at < end; length++) {
        if (length == ROUTER_SEGMENT_LIMIT)
            return false;
        bool encoded = *at == '%';
        memory[length] = (char)(encoded ? decode_triplet(at, end) : *at);
        at += encoded ? 3 : 1;
    }
    *segment = (struct text){memory, length};
    return true;
}

struct search {
    struct text method;
    const char *end; /* of the path */
    struct route_match *match;
    size_t used;     /* of match->memory */
    bool path_found; /* with other methods */
};

static bool is_listed(const char *allow, const char *method)
{
    size_t length = strlen(method);
    for (const char *at = allow; (at = strstr(at, method)) != NULL; at += length)
        if ((at == allow || at[-1] == ' ') && (at[length] == ',' || at[length] == '\0'))
            return true;
    return false;
}

static void allow_method(struct route_match *match, const char *method)
{
    size_t used = strlen(match->allow);
    if (is_listed(match->allow, method) || used + strlen(method) + 3 > sizeof(match->allow))
        return;
    stpcpy(stpcpy(match->allow + used, used > 0 ? ", " : ""), method);
}

static void allow_methods(struct search *search, const struct endpoint *endpoint)
{
    for (; endpoint != NULL; endpoint = endpoint->next) {
        search->path_found = true;
        allow_method(search->match, endpoint->method);
        if (strcmp(endpoint->method, "GET") == 0)
            allow_method(search->match, "HEAD");
    }
}

static const struct endpoint *find_method(const struct endpoint *endpoint, const char *method,
                                          size_t length)
{
    while (endpoint != NULL &&
           (strlen(endpoint->method) != length || memcmp(endpoint->method, method, length) != 0))
        endpoint = endpoint->next;
    return endpoint;
}

/* The path ends at this node. */
static bool arrive(struct search *search, const struct node *node)
{
    struct route_match *match = search->match;
    const struct endpoint *found =
        find_method(node->endpoints, search->method.data, search->method.length);
    if (found == NULL && search->method.length == 4 && memcmp(search->method.data, "HEAD", 4) == 0)
        found = find_method(node->endpoints, "GET", 3);
    if (found == NULL) {
        allow_methods(search, node->endpoints);
        return false;
    }
    match->route = found->route;
    for (size_t i = 0; i < found->name_count; i++)
        match->parameters[i].name = found->names[i];
    return true;
}

static bool accepts(const struct node *node, struct text segment)
{
    struct uuid uuid;
    switch (node->kind) {
    case SEGMENT_LITERAL:
        return segment.length == node->literal_length &&
               memcmp(segment.data, node->literal, segment.length) == 0;
    case SEGMENT_UUID: return uuid_parse(segment.data, segment.length, &uuid) == STATUS_OK;
    case SEGMENT_TEXT: return segment.length > 0;
    }
    return false;
}

static bool push_parameter(struct search *search, struct text value)
{
    struct route_match *match = search->match;
    if (sizeof(match->memory) - search->used < value.length + 1)
        return false;
    char *place = match->memory + search->used;
    memcpy(place, value.data, value.length);
    place[value.length] = '\0';
    match->parameters[match->parameter_count++].value = place;
    search->used += value.length + 1;
    return true;
}

static void pop_parameter(struct search *search, struct text value)
{
    search->match->parameter_count--;
    search->used -= value.length + 1;
}

static bool descend(struct search *search, const struct node *parent, const char *at);

static bool try_node(struct search *search, const struct node *node, struct text segment,
                     const char *next)
{
    bool is_parameter = node->kind != SEGMENT_LITERAL;
    if (!accepts(node, segment) || (is_parameter && !push_parameter(search, segment)))
        return false;
    if (descend(search, node, next))
        return true;
    if (is_parameter)
        pop_parameter(search, segment);
    return false;
}

/* `at` is at a slash or at the end of the path. */
static bool descend(struct search *search, const struct node *parent, const char *at)
{
    char memory[ROUTER_SEGMENT_LIMIT];
    if (at == search->end)
        return arrive(search, parent);
    struct text segment = segment_at(at + 1, search->end);
    const char *next = at + 1 + segment.length;
    if (!decode_segment(&segment, memory))
        return false;
    for (const struct node *child = parent->children; child != NULL; child = child->next)
        if (try_node(search, child, segment, next))
            return true;
    return false;
}

enum status router_match(const struct router *router, struct text method, struct text path,
                         struct route_match *match)
{
    struct search search = {.method = method, .match = match};
    match->route = NULL;
    match->parameter_count = 0;
    match->allow[0] = '\0';
    if (path.length == 0 || path.data[0] != '/')
        return STATUS_NOT_FOUND;
    if (!is_well_encoded(path))
        return STATUS_INVALID;
    search.end = path.data + path.length;
    if (descend(&search, &router->root, path.data))
        return STATUS_OK;
    return search.path_found ? STATUS_REFUSED : STATUS_NOT_FOUND;
}
