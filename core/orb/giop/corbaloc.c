/* corbaloc and corbaname (CORBA 3.3, part 2, 7.6.10):
 *
 *     corbaloc:iiop:1.2@host:2810,:[::1]/key
 *     corbaname::host:2809/NameService#pharmacy/inventory.service
 *
 * Each address becomes a profile of its own, for each has its own version. */
#include "giop/corbaloc.h"

#include "base/memory.h"
#include "giop/profile.h"
#include "giop/url.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { DEFAULT_PORT = 2809, ADDRESSES_LIMIT = 16, MINOR_MOST = 2 };

static const char default_key[] = "NameService";

struct address {
    struct endpoint endpoint;
    uint8_t minor;
};

/* The text, how far it is read, and what has been found in it. */
struct cursor {
    const char *text;
    size_t length;
    size_t at;
    struct fault *fault;
    struct address addresses[ADDRESSES_LIMIT];
    size_t count;
    struct buffer key;
    struct buffer name;
};

static enum status expected(const struct cursor *c, size_t at, const char *what)
{
    return fault_set(c->fault, STATUS_INVALID, NULL, "expected %s at character %zu", what, at + 1);
}

/* Whether this stands next, in either case; then it is passed. */
static bool accept(struct cursor *c, const char *word)
{
    size_t length = strlen(word);
    if (c->length - c->at < length || strncasecmp(c->text + c->at, word, length) != 0)
        return false;
    c->at += length;
    return true;
}

static char peek(const struct cursor *c, size_t ahead)
{
    return c->at + ahead < c->length ? c->text[c->at + ahead] : '\0';
}

static bool is_digit(char character)
{
    return character >= '0' && character <= '9';
}

/* ---- one address: [version "@"] host [":" port] ---- */

static enum status parse_version(struct cursor *c, uint8_t *minor)
{
    *minor = 0;
    if (!is_digit(peek(c, 0)) || peek(c, 1) != '.' || !is_digit(peek(c, 2)) || peek(c, 3) != '@')
        return STATUS_OK;
    if (peek(c, 0) != '1')
        return expected(c, c->at, "version 1.0, 1.1 or 1.2");
    uint8_t named = (uint8_t)(peek(c, 2) - '0');
    *minor = named < MINOR_MOST ? named : MINOR_MOST;
    c->at += 4;
    return STATUS_OK;
}

static bool is_host(char character, bool bracketed)
{
    bool letter = (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z');
    if (letter || is_digit(character) || character == '.' || character == '-')
        return true;
    /* A zone ("%eth0") belongs to an IPv6 address. */
    return bracketed ? character == ':' || character == '%' : character == '_';
}

static enum status parse_host(struct cursor *c, char **host)
{
    bool bracketed = accept(c, "[");
    size_t begin = c->at;
    while (is_host(peek(c, 0), bracketed))
        c->at++;
    size_t end = c->at;
    if (end == begin)
        return expected(c, c->at, "a host's name or address");
    if (bracketed && !accept(c, "]"))
        return expected(c, c->at, "']'");
    *host = memory_text(c->text + begin, end - begin);
    return STATUS_OK;
}

static enum status parse_port(struct cursor *c, uint16_t *port)
{
    size_t begin = c->at;
    uint32_t number = 0;
    *port = DEFAULT_PORT;
    if (!accept(c, ":"))
        return STATUS_OK;
    while (is_digit(peek(c, 0)) && number <= UINT16_MAX)
        number = number * 10 + (uint32_t)(c->text[c->at++] - '0');
    if (number < 1 || number > UINT16_MAX)
        return expected(c, begin + 1, "a port from 1 to 65535");
    *port = (uint16_t)number;
    return STATUS_OK;
}

static enum status parse_protocol(struct cursor *c)
{
    if (accept(c, "iiop:") || accept(c, ":"))
        return STATUS_OK;
    if (accept(c, "rir:"))
        return fault_set(c->fault, STATUS_INVALID, NULL,
                         "\"rir:\" names a reference that a program was configured with, and this "
                         "one is with none: write an address, \"iiop:host:port\"");
    return expected(c, c->at, "\"iiop:\" or \":\" and an address");
}

static enum status parse_address(struct cursor *c)
{
    struct address *address = &c->addresses[c->count];
    enum status status = STATUS_OK;
    if (c->count == ADDRESSES_LIMIT)
        return fault_set(c->fault, STATUS_INVALID, NULL, "a reference has at most %d addresses",
                         ADDRESSES_LIMIT);
    status = parse_protocol(c);
    if (status == STATUS_OK)
        status = parse_version(c, &address->minor);
    if (status == STATUS_OK)
        status = parse_host(c, &address->endpoint.host);
    if (status != STATUS_OK)
        return status;
    c->count++; /* its host is to be freed from here on */
    return parse_port(c, &address->endpoint.port);
}

/* ---- the whole ---- */

static enum status parse_addresses(struct cursor *c)
{
    enum status status;
    do
        status = parse_address(c);
    while (status == STATUS_OK && accept(c, ","));
    return status;
}

/* What stands up to the end, or up to a '#', without its escapes. */
static enum status parse_escaped(struct cursor *c, bool to_hash, struct buffer *bytes)
{
    size_t wrong;
    const char *begin = c->text + c->at;
    const char *hash = to_hash ? memchr(begin, '#', c->length - c->at) : NULL;
    size_t length = hash ? (size_t)(hash - begin) : c->length - c->at;
    if (!url_unescape(bytes, begin, length, &wrong))
        return expected(c, c->at + wrong,
                        "a letter, a digit, one of ;/?:@&=+$,-_.!~*'() or %XX for another byte,");
    c->at += length;
    return STATUS_OK;
}

static enum status parse_key(struct cursor *c, bool is_name)
{
    bool slash = accept(c, "/");
    if (slash) {
        enum status status = parse_escaped(c, is_name, &c->key);
        if (status != STATUS_OK)
            return status;
    }
    if (c->key.size == 0 && is_name)
        buffer_append_text(&c->key, default_key);
    if (c->key.size == 0)
        return expected(c, c->at, slash ? "an object key" : "',' or '/' and an object key");
    return STATUS_OK;
}

/* The name is checked now, so that whoever resolves it later finds it good. */
static enum status parse_name(struct cursor *c)
{
    struct name_component *components;
    size_t count;
    if (!accept(c, "#"))
        return STATUS_OK;
    enum status status = parse_escaped(c, false, &c->name);
    if (status != STATUS_OK || c->name.size == 0)
        return status;
    if (memchr(c->name.data, '\0', c->name.size))
        return fault_set(c->fault, STATUS_INVALID, NULL, "a name cannot hold a NUL");
    buffer_append(&c->name, "", 1);
    status = name_parse(c->name.data, &components, &count, c->fault);
    if (status == STATUS_OK)
        name_free(components, count);
    return status;
}

static enum status parse_all(struct cursor *c)
{
    bool is_name = accept(c, "corbaname:");
    if (!is_name && !accept(c, "corbaloc:"))
        return expected(c, 0, "\"IOR:\", \"corbaloc:\" or \"corbaname:\"");
    enum status status = parse_addresses(c);
    if (status == STATUS_OK)
        status = parse_key(c, is_name);
    if (status == STATUS_OK && is_name)
        status = parse_name(c);
    if (status == STATUS_OK && c->at < c->length)
        status = expected(c, c->at, "',', '/' or '#'");
    return status;
}

static struct ior *make(const struct cursor *c)
{
    struct ior *ior = reference_new("", 0, c->count);
    for (size_t i = 0; i < c->count; i++)
        reference_add(ior, c->addresses[i].minor, &c->addresses[i].endpoint, c->key.data,
                      c->key.size, NULL);
    if (c->name.size > 0)
        ior->name = memory_text(c->name.data, c->name.size - 1);
    return ior;
}

enum status corbaloc_parse(const char *text, size_t length, struct ior **ior, struct fault *fault)
{
    struct cursor c = {.text = text, .length = length, .fault = fault};
    enum status status = parse_all(&c);
    if (status == STATUS_OK)
        *ior = make(&c);
    for (size_t i = 0; i < c.count; i++)
        free(c.addresses[i].endpoint.host);
    buffer_release(&c.key);
    buffer_release(&c.name);
    return status;
}

/* ---- writing ---- */

static void format_address(const struct endpoint *endpoint, struct buffer *text)
{
    bool bracketed = strchr(endpoint->host, ':');
    buffer_printf(text, bracketed ? "[%s]:%u" : "%s:%u", endpoint->host, (unsigned)endpoint->port);
}

void corbaname_format(const struct ior *ior, struct buffer *text)
{
    const struct profile *first = &ior->profiles[0];
    buffer_append_text(text, "corbaname:");
    for (size_t i = 0; i < ior->profile_count; i++) {
        const struct profile *profile = &ior->profiles[i];
        buffer_printf(text, "%siiop:1.%u@", i > 0 ? "," : "", (unsigned)profile->minor);
        format_address(&profile->endpoints[0], text);
    }
    buffer_append_text(text, "/");
    url_escape(text, first->key, first->key_size);
    buffer_append_text(text, "#");
    url_escape(text, ior->name, strlen(ior->name));
}
