/* The trie of path segments: filled from patterns, searched with paths.
 *
 * A node's children stand in the order in which they are tried: literals, the uuid parameter, the
 * text parameter. Each node is visited at most once in a search, so a path costs at most the size
 * of the trie, and usually its depth. */
#include "http/router.h"

#include "base/memory.h"
#include "base/uuid.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
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

struct router *router_new(void)
{
    return memory_new(sizeof(struct router));
}

static void endpoint_free(struct endpoint *endpoint)
{
    for (size_t i = 0; i < endpoint->name_count; i++)
        free(endpoint->names[i]);
    free(endpoint->method);
    free(endpoint);
}

static void node_clear(struct node *node)
{
    while (node->endpoints != NULL) {
        struct endpoint *first = node->endpoints;
        node->endpoints = first->next;
        endpoint_free(first);
    }
    while (node->children != NULL) {
        struct node *first = node->children;
        node->children = first->next;
        node_clear(first);
        free(first);
    }
    free(node->literal);
}

void router_free(struct router **router)
{
    if (*router == NULL)
        return;
    node_clear(&(*router)->root);
    free(*router);
    *router = NULL;
}

/* ---- patterns ---- */

/* One segment of a pattern. */
struct piece {
    enum segment_kind kind;
    struct text text; /* the literal, or the parameter's name */
};

static bool is_name(struct text name)
{
    static const char first[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
    if (name.length == 0 || strchr(first, name.data[0]) == NULL)
        return false;
    for (size_t i = 1; i < name.length; i++)
        if (strchr(first, name.data[i]) == NULL && !(name.data[i] >= '0' && name.data[i] <= '9'))
            return false;
    return true;
}

/* "{name}" or "{name:uuid}", without the braces. */
static bool parse_parameter(struct text inside, struct piece *piece)
{
    static const char type[] = ":uuid";
    size_t type_length = sizeof(type) - 1;
    piece->kind = SEGMENT_TEXT;
    piece->text = inside;
    if (inside.length > type_length &&
        memcmp(inside.data + inside.length - type_length, type, type_length) == 0) {
        piece->kind = SEGMENT_UUID;
        piece->text.length -= type_length;
    }
    return is_name(piece->text);
}

/* An empty literal may only be the last: a trailing slash. */
static bool parse_piece(struct text segment, bool is_last, struct piece *piece)
{
    if (segment.length > 0 && segment.data[0] == '{')
        return segment.data[segment.length - 1] == '}' && segment.length > 2 &&
               parse_parameter((struct text){segment.data + 1, segment.length - 2}, piece);
    *piece = (struct piece){SEGMENT_LITERAL, segment};
    for (size_t i = 0; i < segment.length; i++)
        if (strchr("{}%?#", segment.data[i]) != NULL)
            return false;
    return segment.length > 0 ? segment.length <= ROUTER_SEGMENT_LIMIT : is_last;
}

static struct text segment_at(const char *at, const char *end)
{
    const char *slash = memchr(at, '/', (size_t)(end - at));
    return (struct text){at, (size_t)((slash != NULL ? slash : end) - at)};
}

static bool fits(const struct node *node, const struct piece *piece)
{
    return node->kind == piece->kind &&
           (piece->kind != SEGMENT_LITERAL ||
            (node->literal_length == piece->text.length &&
             memcmp(node->literal, piece->text.data, piece->text.length) == 0));
}

/* The child for a piece of a pattern, made when it is not there. */
static struct node *child_for(struct node *parent, const struct piece *piece)
{
    struct node **place = &parent->children;
    while (*place != NULL && (*place)->kind <= piece->kind) {
        if (fits(*place, piece))
            return *place;
        place = &(*place)->next;
    }
    struct node *child = memory_new(sizeof(*child));
    child->kind = piece->kind;
    if (piece->kind == SEGMENT_LITERAL) {
        child->literal = memory_text(piece->text.data, piece->text.length);
        child->literal_length = piece->text.length;
    }
    child->next = *place;
    *place = child;
    return child;
}

static bool add_name(struct endpoint *endpoint, struct text name)
{
    if (endpoint->name_count == ROUTER_PARAMETERS_LIMIT)
        return false;
    for (size_t i = 0; i < endpoint->name_count; i++)
        if (strlen(endpoint->names[i]) == name.length &&
            memcmp(endpoint->names[i], name.data, name.length) == 0)
            return false;
    endpoint->names[endpoint->name_count++] = memory_text(name.data, name.length);
    return true;
}

/* Checks a whole pattern and collects its names, before anything is built. */
static bool check_pattern(const char *pattern, struct endpoint *endpoint)
{
    const char *end = pattern + strlen(pattern);
    const char *at = pattern;
    if (*at != '/')
        return false;
    while (at < end) {
        struct piece piece;
        struct text segment = segment_at(at + 1, end);
        at += 1 + segment.length;
        if (!parse_piece(segment, at == end, &piece))
            return false;
        if (piece.kind != SEGMENT_LITERAL && !add_name(endpoint, piece.text))
            return false;
    }
    return true;
}

static struct node *build_path(struct node *node, const char *pattern)
{
    const char *end = pattern + strlen(pattern);
    const char *at = pattern;
    while (at < end) {
        struct piece piece;
        struct text segment = segment_at(at + 1, end);
        at += 1 + segment.length;
        (void)parse_piece(segment, at == end, &piece);
        node = child_for(node, &piece);
    }
    return node;
}

static bool add_endpoint(struct node *node, struct endpoint *endpoint)
{
    struct endpoint **place = &node->endpoints;
    while (*place != NULL && strcmp((*place)->method, endpoint->method) < 0)
        place = &(*place)->next;
    if (*place != NULL && strcmp((*place)->method, endpoint->method) == 0)
        return false;
    endpoint->next = *place;
    *place = endpoint;
    return true;
}

static bool is_method(const char *method)
{
    size_t length = strlen(method);
    return length > 0 && length <= 16 && strspn(method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-") == length;
}

enum status router_add(struct router *router, const char *method, const char *pattern, void *route,
                       struct fault *fault)
{
    if (!is_method(method))
        return fault_set(fault, STATUS_INVALID, NULL, "\"%s\" is not a method", method);
    struct endpoint *endpoint = memory_new(sizeof(*endpoint));
    enum status status = STATUS_OK;
    endpoint->route = route;
    endpoint->method = memory_text(method, strlen(method));
    if (!check_pattern(pattern, endpoint))
        status = fault_set(fault, STATUS_INVALID, NULL,
                           "\"%s\" is not a pattern like /orders/{order_id:uuid}", pattern);
    else if (!add_endpoint(build_path(&router->root, pattern), endpoint))
        status = fault_set(fault, STATUS_DUPLICATE, NULL, "%s %s is taken", method, pattern);
    if (status != STATUS_OK)
        endpoint_free(endpoint);
    return status;
}

/* ---- paths ---- */

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
