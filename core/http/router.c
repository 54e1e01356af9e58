/* The trie of path segments, filled from patterns. router_match.c searches it. */
#include "base/memory.h"
#include "http/router_private.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

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
        struct piece piece = {SEGMENT_LITERAL, {"", 0}};
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
