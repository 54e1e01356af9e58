/* Private: the files of a load, found, read and handed out character by character. A backslash
 * before a line break is never seen by anybody else. */
#ifndef IDL_SOURCE_H
#define IDL_SOURCE_H

#include "idl/compiler.h"

struct scope;

enum { SOURCE_END = -1 };

/* One #if that is open. */
struct condition {
    struct place place;
    bool taken;      /* one of its branches has been read */
    bool else_begun; /* nothing but #endif may follow */
};

struct source {
    struct source *includer;
    const char *name; /* as in errors; #line changes it */
    const char *path; /* where the includes are searched first; NULL for a text without a file */
    char *text;
    size_t size, position;
    uint32_t line, column;
    bool line_begun; /* something that is no blank stands before, on this line */
    struct condition conditions[NESTING_LIMIT];
    size_t condition_count;
    struct scope *scope; /* open where it begins; NULL: not told */
    const char *id_base; /* of the includer at that place, to be restored */
};

/* Makes a text the innermost source. Copied. */
bool source_open_text(struct compiler *c, const char *name, const char *text, size_t size);
/* A file by the path that was asked for: beside the includer (when `beside`), as it stands when
 * there is no includer, then in the directories. `*opened` is false when it has been read before.
 * STATUS_NOT_FOUND. */
bool source_open_file(struct compiler *c, struct place place, const char *path, bool beside,
                      bool *opened);
/* By a name that no other file has: its real path. */
bool source_was_read(const struct compiler *c, const char *real);
void source_note_read(struct compiler *c, const char *real);
/* Back to the includer. */
void source_close(struct compiler *c);

int source_peek(struct source *s);   /* the character that comes, or SOURCE_END */
int source_second(struct source *s); /* the one behind it */
int source_take(struct source *s);
struct place source_place(const struct source *s); /* of the character that comes */

#endif
