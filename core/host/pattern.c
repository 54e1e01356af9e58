/* The matcher of Lua patterns. It tries what the pattern's items allow, longest or shortest first
 * as each says, and goes back when the rest does not fit. Every character that is looked at is a
 * step. A fault, or the end of the steps, ends every loop: `run` says whether to go on. */
#include "host/pattern.h"

#include <ctype.h>
#include <string.h>

static const char *match(struct pattern *m, const char *s, const char *p);

static const char *fail(struct pattern *m, const char *fault)
{
    if (!m->fault)
        m->fault = fault;
    return NULL;
}

static bool run(const struct pattern *m)
{
    return !m->fault && m->steps >= 0;
}

/* ---- one character ---- */

static bool in_class(unsigned char c, unsigned char class)
{
    bool in;
    switch (tolower(class)) {
    case 'a': in = isalpha(c); break;
    case 'c': in = iscntrl(c); break;
    case 'd': in = isdigit(c); break;
    case 'g': in = isgraph(c); break;
    case 'l': in = islower(c); break;
    case 'p': in = ispunct(c); break;
    case 's': in = isspace(c); break;
    case 'u': in = isupper(c); break;
    case 'w': in = isalnum(c); break;
    case 'x': in = isxdigit(c); break;
    default: return class == c;
    }
    return in != (isupper(class) != 0);
}

/* Behind the ']' of the set that begins at p. Its first character never ends it. */
static const char *set_end(struct pattern *m, const char *p)
{
    p++;
    if (p < m->text_end && *p == '^')
        p++;
    for (const char *first = p; p < m->text_end; p++) {
        if (*p == ']' && p > first)
            return p + 1;
        if (*p == '%' && p + 1 < m->text_end)
            p++;
    }
    return fail(m, "malformed pattern (missing ']')");
}

/* Behind the item for one character that begins at p: "a", ".", "%a", "[...]". */
static const char *item_end(struct pattern *m, const char *p)
{
    if (*p == '[')
        return set_end(m, p);
    if (*p != '%')
        return p + 1;
    return p + 1 < m->text_end ? p + 2 : fail(m, "malformed pattern (ends with '%')");
}

/* `end` is that of the set that begins at p. */
static bool in_set(unsigned char c, const char *p, const char *end)
{
    const char *last = end - 1; /* the ']' */
    bool wanted = p[1] != '^';
    for (p += wanted ? 1 : 2; p < last; p++) {
        if (*p == '%') {
            p++;
            if (in_class(c, (unsigned char)*p))
                return wanted;
        } else if (p[1] == '-' && p + 2 < last) {
            if ((unsigned char)p[0] <= c && c <= (unsigned char)p[2])
                return wanted;
            p += 2;
        } else if ((unsigned char)*p == c) {
            return wanted;
        }
    }
    return !wanted;
}

/* Whether the item at p, which ends at `end`, takes the character at s. */
static bool takes(struct pattern *m, const char *s, const char *p, const char *end)
{
    m->steps--;
    if (s >= m->subject_end)
        return false;
    switch (*p) {
    case '.': return true;
    case '%': return in_class((unsigned char)*s, (unsigned char)p[1]);
    case '[':
        m->steps -= (end - p) / 4; /* a long set takes its time */
        return in_set((unsigned char)*s, p, end);
    default: return *p == *s;
    }
}

/* ---- repetition: `end` is the item's, and its '*', '+', '-' or '?' stands there ---- */

static const char *longest_first(struct pattern *m, const char *s, const char *p, const char *end)
{
    ptrdiff_t taken = 0;
    while (run(m) && takes(m, s + taken, p, end))
        taken++;
    for (; taken >= 0 && run(m); taken--) {
        m->steps--;
        const char *rest = match(m, s + taken, end + 1);
        if (rest)
            return rest;
    }
    return NULL;
}

static const char *shortest_first(struct pattern *m, const char *s, const char *p, const char *end)
{
    while (run(m)) {
        const char *rest = match(m, s, end + 1);
        if (rest)
            return rest;
        if (!run(m) || !takes(m, s, p, end))
            return NULL;
        s++;
    }
    return NULL;
}

/* ---- captures ---- */

static const char *open_capture(struct pattern *m, const char *s, const char *p, ptrdiff_t length)
{
    if (m->count == PATTERN_CAPTURES)
        return fail(m, "too many captures");
    m->captures[m->count++] = (struct capture){.start = s, .length = length};
    const char *rest = match(m, s, p);
    if (!rest)
        m->count--;
    return rest;
}

static const char *close_capture(struct pattern *m, const char *s, const char *p)
{
    int open = m->count - 1;
    while (open >= 0 && m->captures[open].length != CAPTURE_OPEN)
        open--;
    if (open < 0)
        return fail(m, "invalid pattern capture");
    m->captures[open].length = s - m->captures[open].start;
    const char *rest = match(m, s, p);
    if (!rest)
        m->captures[open].length = CAPTURE_OPEN;
    return rest;
}

/* ---- items that start with '%': each gives where the subject goes on, NULL for no match ---- */

/* "%bxy": from an x to the y that balances it. p is behind the b. */
static const char *balanced(struct pattern *m, const char *s, const char *p)
{
    if (m->text_end - p < 2)
        return fail(m, "malformed pattern (missing arguments to '%b')");
    if (s >= m->subject_end || *s != p[0])
        return NULL;
    ptrdiff_t open = 1;
    while (++s < m->subject_end) {
        m->steps--;
        if (*s == p[1]) {
            if (--open == 0)
                return s + 1;
        } else if (*s == p[0]) {
            open++;
        }
    }
    return NULL;
}

/* "%f[set]": between a character that is not in the set and one that is. p is at the set. */
static bool at_frontier(struct pattern *m, const char *s, const char *p, const char *end)
{
    unsigned char before = s == m->subject ? '\0' : (unsigned char)s[-1];
    unsigned char after = s < m->subject_end ? (unsigned char)*s : '\0';
    return !in_set(before, p, end) && in_set(after, p, end);
}

/* "%1": what a capture has taken, once more. */
static const char *again(struct pattern *m, const char *s, char digit)
{
    int index = digit - '1';
    if (index < 0 || index >= m->count || m->captures[index].length == CAPTURE_OPEN)
        return fail(m, "invalid capture index in pattern");
    ptrdiff_t length = m->captures[index].length;
    if (length == CAPTURE_POSITION)
        return NULL;
    if (m->subject_end - s < length)
        return NULL;
    m->steps -= length / 16;
    return memcmp(m->captures[index].start, s, (size_t)length) == 0 ? s + length : NULL;
}

/* "%b", "%f" and "%1" at p move *s and *p behind themselves; false when they do not match. Anything
 * else is left alone, and *done says so. */
static bool special(struct pattern *m, const char **s, const char **p, bool *done)
{
    const char *at = *p + 1;
    char kind = at < m->text_end ? *at : '\0';
    *done = true;
    if (kind == 'b') {
        *s = balanced(m, *s, at + 1);
        *p = at + 3;
    } else if (kind == 'f') {
        bool set = at + 1 < m->text_end && at[1] == '[';
        *p = set ? set_end(m, at + 1) : fail(m, "missing '[' after '%f' in pattern");
        if (!*p || !at_frontier(m, *s, at + 1, *p))
            return false;
    } else if (isdigit((unsigned char)kind)) {
        *s = again(m, *s, kind);
        *p = at + 1;
    } else {
        *done = false;
    }
    return *s;
}

/* ---- the pattern from p on ---- */

/* The item for one character at p, with its repetition. False when it does not match at *s;
 * otherwise *s and *p move behind it, or *p is NULL and *s is where the whole match ends. */
static bool one_item(struct pattern *m, const char **s, const char **p)
{
    const char *item = *p, *end = item_end(m, item), *rest = NULL;
    if (!end)
        return false;
    switch (end < m->text_end ? *end : '\0') {
    case '?':
        *p = end + 1;
        rest = takes(m, *s, item, end) ? match(m, *s + 1, end + 1) : NULL;
        if (!rest)
            return run(m); /* and goes on without it */
        break;
    case '+': rest = takes(m, *s, item, end) ? longest_first(m, *s + 1, item, end) : NULL; break;
    case '*': rest = longest_first(m, *s, item, end); break;
    case '-': rest = shortest_first(m, *s, item, end); break;
    default: *p = end; return takes(m, (*s)++, item, end);
    }
    *s = rest;
    *p = NULL;
    return rest;
}

static const char *match_here(struct pattern *m, const char *s, const char *p)
{
    while (p && p < m->text_end) {
        bool done = false;
        if (!run(m))
            return NULL;
        if (*p == '(' && p + 1 < m->text_end && p[1] == ')')
            return open_capture(m, s, p + 2, CAPTURE_POSITION);
        if (*p == '(')
            return open_capture(m, s, p + 1, CAPTURE_OPEN);
        if (*p == ')')
            return close_capture(m, s, p + 1);
        if (*p == '$' && p + 1 == m->text_end)
            return s == m->subject_end ? s : NULL;
        if (*p == '%' && !special(m, &s, &p, &done))
            return NULL;
        if (!done && !one_item(m, &s, &p))
            return NULL;
    }
    return s;
}

/* Where a match of the pattern from p on, at s, ends. */
static const char *match(struct pattern *m, const char *s, const char *p)
{
    if (m->depth == PATTERN_DEPTH)
        return fail(m, "pattern too complex");
    m->depth++;
    m->steps--;
    const char *end = match_here(m, s, p);
    m->depth--;
    return end;
}

bool pattern_find(struct pattern *m, const char *from, const char *not_end, struct span *found)
{
    for (const char *s = from; s <= m->subject_end; s++) {
        m->count = 0;
        const char *end = match(m, s, m->text);
        if (!run(m))
            return false;
        if (end && end != not_end) {
            *found = (struct span){.start = s, .end = end};
            return true;
        }
        if (m->anchored)
            return false;
    }
    return false;
}

bool pattern_is_plain(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (strchr("^$*+?.([%-", text[i]) && text[i] != '\0')
            return false;
    }
    return true;
}
