/* Structured logs: a level, a fixed message and named values, one line each on stderr. logfmt on
 * a terminal, one JSON object a line otherwise. Any thread; lines never interleave.
 *
 *     log_info("order saved", LOG_TEXT("order_id", id), LOG_INT("version", 2));
 *
 * A line is at most 4,096 bytes: a value that does not fit is cut, with "..." at its end, and
 * fields after it may be missing. Bytes that are not UTF-8 and controls are escaped.
 *
 * Never log a token, a key, a password or an order's notes. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR };
enum log_format { LOG_AUTO, LOG_LOGFMT, LOG_JSON }; /* LOG_AUTO asks isatty(2) */

struct log_field {
    const char *name; /* lower case, snake */
    const char *text; /* NULL: the number counts */
    size_t length;    /* of text */
    int64_t number;
};

#define LOG_TEXT(name_, text_) log_text_field((name_), (text_))
#define LOG_TEXT_N(name_, text_, length_)                                                          \
    ((struct log_field){.name = (name_), .text = (text_), .length = (length_)})
#define LOG_INT(name_, number_) ((struct log_field){.name = (name_), .number = (number_)})

struct log_field log_text_field(const char *name, const char *text); /* NULL text becomes "" */

/* Both may be called at any time. Before that: LOG_INFO, LOG_AUTO. */
void log_configure(enum log_level level, enum log_format format);
bool log_enabled(enum log_level level);

/* The trace id (32 hexadecimal digits) that this thread's lines carry from now on; NULL for none.
 * The text is copied. */
void log_set_trace(const char *trace_id);

void log_write(enum log_level level, const char *message, const struct log_field *fields,
               size_t count);

#define LOG_AT_(level_, message_, ...)                                                             \
    do {                                                                                           \
        if (log_enabled(level_)) {                                                                 \
            const struct log_field fields_[] = {{.name = NULL}, ##__VA_ARGS__};                    \
            log_write((level_), (message_), fields_ + 1,                                           \
                      sizeof(fields_) / sizeof(fields_[0]) - 1);                                   \
        }                                                                                          \
    } while (0)
#define log_debug(message_, ...) LOG_AT_(LOG_DEBUG, message_, ##__VA_ARGS__)
#define log_info(message_, ...) LOG_AT_(LOG_INFO, message_, ##__VA_ARGS__)
#define log_warning(message_, ...) LOG_AT_(LOG_WARNING, message_, ##__VA_ARGS__)
#define log_error(message_, ...) LOG_AT_(LOG_ERROR, message_, ##__VA_ARGS__)

MUST_CHECK enum status log_level_parse(const char *name, enum log_level *level);

#endif
