/* JSON out, straight into a buffer: no tree, no allocation but the buffer's. jansson has no
 * writer of this kind, and a tree for each answer would cost more than the answer.
 *
 *     json_open_object(&w);
 *     json_key(&w, "status"); json_text(&w, "PENDING", 7);
 *     json_close_object(&w);
 *
 * Commas are the writer's business. Misuse (a value where a key must stand) is the caller's error
 * and is not detected. Text must be UTF-8: bytes that are not become U+FFFD. */
#ifndef BASE_JSON_WRITER_H
#define BASE_JSON_WRITER_H

#include "base/buffer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* {.out = &buffer} starts one. */
struct json_writer {
    struct buffer *out;
    bool comma; /* a value stands before this place in the same container */
};

void json_open_object(struct json_writer *w);
void json_close_object(struct json_writer *w);
void json_open_array(struct json_writer *w);
void json_close_array(struct json_writer *w);
void json_key(struct json_writer *w, const char *name);
void json_key_text(struct json_writer *w, const char *name, size_t length);
void json_text(struct json_writer *w, const char *text, size_t length);
void json_string_of(struct json_writer *w, const char *text); /* NULL writes null */
void json_number(struct json_writer *w, int64_t number);
/* The shortest text that reads back as the same double. NaN and infinities have no JSON: null. */
void json_double(struct json_writer *w, double number);
/* Not json_boolean: jansson has a macro of that name. */
void json_truth(struct json_writer *w, bool value);
void json_nothing(struct json_writer *w);                              /* null */
void json_raw(struct json_writer *w, const char *json, size_t length); /* a value already written */

#endif
