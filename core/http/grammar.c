/* The small words of HTTP's grammar: tokens, hosts, blanks. */
#include "http/grammar.h"

#include <string.h>
#include <strings.h>

enum { TOKEN = 1, HOST = 2 };

#define BOTH (TOKEN | HOST)
static const unsigned char classes[256] = {
    ['!'] = BOTH,  ['#'] = TOKEN, ['$'] = BOTH,         ['%'] = BOTH,         ['&'] = BOTH,
    ['\''] = BOTH, ['*'] = BOTH,  ['+'] = BOTH,         ['-'] = BOTH,         ['.'] = BOTH,
    ['^'] = TOKEN, ['_'] = BOTH,  ['`'] = TOKEN,        ['|'] = TOKEN,        ['~'] = BOTH,
    ['('] = HOST,  [')'] = HOST,  [';'] = HOST,         ['='] = HOST,         [':'] = HOST,
    ['['] = HOST,  [']'] = HOST,  ['0' ... '9'] = BOTH, ['A' ... 'Z'] = BOTH, ['a' ... 'z'] = BOTH,
};

static bool all_in_class(const char *text, size_t length, unsigned char class)
{
    for (size_t i = 0; i < length; i++)
        if (!(classes[(unsigned char)text[i]] & class))
            return false;
    return length > 0;
}

bool grammar_is_token(const char *text, size_t length)
{
    return all_in_class(text, length, TOKEN);
}

bool grammar_is_host(struct text host)
{
    return all_in_class(host.data, host.length, HOST);
}

bool grammar_same(struct text text, const char *other)
{
    size_t length = strlen(other);
    return text.length == length && strncasecmp(text.data, other, length) == 0;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

struct text grammar_trim(struct text text)
{
    while (text.length > 0 && is_blank(text.data[0])) {
        text.data++;
        text.length--;
    }
    while (text.length > 0 && is_blank(text.data[text.length - 1]))
        text.length--;
    return text;
}
