/* Log lines: each is built on the stack and leaves with one write(2).
 *
 * A line is at most PIPE_BUF bytes (4,096), which is what a pipe takes in one piece (pipe(7)): so
 * lines of different threads never mix, and no lock is needed. What does not fit is cut, with "..."
 * where it was, and the line stays well-formed: a tail is kept free for what closes it. The level
 * and the format are atomics; the trace id belongs to the thread. */
#include "base/log.h"

#include "base/clock.h"
#include "base/hex.h"
#include "base/utf8.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    LOG_LINE_SIZE = PIPE_BUF,
    LOG_TAIL_SIZE = 16,   /* for `..."}` and the newline */
    LOG_ESCAPE_SIZE = 6,  /* the longest thing that one character becomes: \u001b */
    LOG_NUMBER_SIZE = 24, /* a 64-bit number and what stands round it */
    LOG_TRACE_SIZE = 33,
};

struct line {
    size_t size;
    bool json;
    char text[LOG_LINE_SIZE];
};

static _Atomic int log_level = LOG_INFO;
static _Atomic int log_format = LOG_AUTO;
static _Thread_local char log_trace[LOG_TRACE_SIZE];

static const char *const log_level_names[] = {
    [LOG_DEBUG] = "debug",
    [LOG_INFO] = "info",
    [LOG_WARNING] = "warning",
    [LOG_ERROR] = "error",
};

struct log_field log_text_field(const char *name, const char *text)
{
    if (!text)
        text = "";
    return (struct log_field){.name = name, .text = text, .length = strlen(text)};
}

static enum log_format log_resolve(enum log_format format)
{
    if (format != LOG_AUTO)
        return format;
    return isatty(STDERR_FILENO) ? LOG_LOGFMT : LOG_JSON;
}

void log_configure(enum log_level level, enum log_format format)
{
    atomic_store_explicit(&log_level, (int)level, memory_order_relaxed);
    atomic_store_explicit(&log_format, (int)log_resolve(format), memory_order_relaxed);
}

bool log_enabled(enum log_level level)
{
    return (int)level >= atomic_load_explicit(&log_level, memory_order_relaxed);
}

void log_set_trace(const char *trace_id)
{
    /* Twice for each task, so no snprintf. */
    size_t length = trace_id ? strnlen(trace_id, sizeof(log_trace) - 1) : 0;

    if (length)
        memcpy(log_trace, trace_id, length);
    log_trace[length] = '\0';
}

enum status log_level_parse(const char *name, enum log_level *level)
{
    for (size_t i = 0; i < sizeof(log_level_names) / sizeof(log_level_names[0]); i++)
        if (strcmp(name, log_level_names[i]) == 0) {
            *level = (enum log_level)i;
            return STATUS_OK;
        }
    return STATUS_INVALID;
}

static bool line_has_room(const struct line *line, size_t size)
{
    return line->size + size + LOG_TAIL_SIZE <= sizeof(line->text);
}

/* The caller has asked for room, or writes the tail. */
static void line_put(struct line *line, const char *text, size_t size)
{
    memcpy(line->text + line->size, text, size);
    line->size += size;
}

/* C1 controls (U+0080 to U+009F) drive terminals as C0 controls do. */
static bool is_control(const char *text, size_t size)
{
    uint8_t first = (uint8_t)text[0];

    if (size == 2)
        return first == 0xc2 && (uint8_t)text[1] < 0xa0;
    return size == 1 && (first < 0x20 || first == 0x7f);
}

static void line_put_control(struct line *line, uint8_t code)
{
    char escape[LOG_ESCAPE_SIZE] = {'\\', 'u', '0', '0'};

    if (code == '\n' || code == '\t') {
        line_put(line, code == '\n' ? "\\n" : "\\t", 2);
        return;
    }
    hex_write(escape + 4, &code, 1);
    line_put(line, escape, sizeof(escape));
}

/* The first character of `text`, escaped where it must be. Returns how many bytes it took. */
static size_t line_put_character(struct line *line, const char *text, size_t length)
{
    size_t size = utf8_character(text, length);

    if (!size) {
        line_put(line, "\\ufffd", 6);
        return 1;
    }
    if (is_control(text, size)) {
        line_put_control(line, (uint8_t)text[size - 1]);
        return size;
    }
    if (*text == '"' || *text == '\\')
        line_put(line, "\\", 1);
    line_put(line, text, size);
    return size;
}

/* The same escapes serve both formats: those of JSON strings. */
static void line_put_quoted(struct line *line, const char *text, size_t length)
{
    size_t at = 0;

    line_put(line, "\"", 1);
    while (at < length && line_has_room(line, LOG_ESCAPE_SIZE))
        at += line_put_character(line, text + at, length - at);
    if (at < length)
        line_put(line, "...", 3);
    line_put(line, "\"", 1);
}

/* logfmt quotes only what a reader of it could misread. */
static bool logfmt_is_bare(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (text[i] <= ' ' || text[i] >= 0x7f || text[i] == '"' || text[i] == '=' ||
            text[i] == '\\')
            return false;
    return length > 0;
}

static void line_put_value(struct line *line, const char *text, size_t length)
{
    if (!line->json && line_has_room(line, length) && logfmt_is_bare(text, length))
        line_put(line, text, length);
    else
        line_put_quoted(line, text, length);
}

static void line_put_name(struct line *line, const char *name, size_t length)
{
    if (line->size)
        line_put(line, line->json ? "," : " ", 1);
    else if (line->json)
        line_put(line, "{", 1);
    if (line->json)
        line_put(line, "\"", 1);
    line_put(line, name, length);
    if (line->json)
        line_put(line, "\":", 2);
    else
        line_put(line, "=", 1);
}

/* A field that finds no room for its name and a number is left out whole. */
static void line_put_field(struct line *line, const struct log_field *field)
{
    size_t length = strlen(field->name);
    char number[LOG_NUMBER_SIZE];

    if (!line_has_room(line, length + LOG_NUMBER_SIZE))
        return;
    line_put_name(line, field->name, length);
    if (field->text) {
        line_put_value(line, field->text, field->length);
        return;
    }
    (void)snprintf(number, sizeof(number), "%" PRId64, field->number);
    line_put(line, number, strlen(number));
}

static void line_put_text(struct line *line, const char *name, const char *text)
{
    struct log_field field = log_text_field(name, text);

    line_put_field(line, &field);
}

static void line_begin(struct line *line, enum log_level level, const char *message)
{
    char now[CLOCK_TEXT_SIZE];
    int format = atomic_load_explicit(&log_format, memory_order_relaxed);

    line->size = 0;
    line->json = log_resolve((enum log_format)format) == LOG_JSON;
    clock_format(clock_wall_ms(), now);
    line_put_text(line, "time", now);
    line_put_text(line, "level", log_level_names[level]);
    line_put_text(line, "message", message);
    if (log_trace[0])
        line_put_text(line, "trace_id", log_trace);
}

/* Where the log itself cannot be written there is nobody left to tell. */
static void line_send(struct line *line)
{
    const char *at = line->text;

    line_put(line, line->json ? "}\n" : "\n", line->json ? 2 : 1);
    while (line->size) {
        ssize_t sent = write(STDERR_FILENO, at, line->size);

        if (sent < 0 && errno != EINTR)
            return;
        if (sent > 0) {
            at += sent;
            line->size -= (size_t)sent;
        }
    }
}

void log_write(enum log_level level, const char *message, const struct log_field *fields,
               size_t count)
{
    struct line line;
    int saved = errno; /* callers log first and look at errno after */

    if (!log_enabled(level))
        return;
    line_begin(&line, level, message);
    for (size_t i = 0; i < count; i++)
        line_put_field(&line, &fields[i]);
    line_send(&line);
    errno = saved;
}
