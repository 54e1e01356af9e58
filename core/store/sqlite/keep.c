/* Keeping bytes of rows in pieces of memory that do not move. */
#include "store/sqlite/keep.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_PIECE = 16 << 10 };

struct sqlite_kept {
    struct sqlite_kept *before;
    size_t size;
    char bytes[];
};

/* Each piece is twice as large as the one before, so that few are needed. */
static void add_piece(struct sqlite_keep *keep, size_t needed)
{
    size_t size = keep->last == NULL ? FIRST_PIECE : 2 * keep->last->size;
    struct sqlite_kept *piece;

    if (size < needed)
        size = needed;
    piece = memory_resize(NULL, sizeof(*piece) + size);
    piece->before = keep->last;
    piece->size = size;
    keep->last = piece;
    keep->left = size;
}

const char *sqlite_keep_text(struct sqlite_keep *keep, const char *text, size_t length)
{
    char *at;

    if (text == NULL)
        return NULL;
    if (length + 1 > keep->left)
        add_piece(keep, length + 1);
    at = keep->last->bytes + (keep->last->size - keep->left);
    memcpy(at, text, length);
    at[length] = '\0';
    keep->left -= length + 1;
    return at;
}

const char *sqlite_keep_string(struct sqlite_keep *keep, const struct sqlite_call *call, int column)
{
    size_t length;
    const char *text = sqlite_column_string(call, column, &length);

    return sqlite_keep_text(keep, text, length);
}

const char *sqlite_keep_blob(struct sqlite_keep *keep, const struct sqlite_call *call, int column,
                             size_t *length)
{
    const char *bytes = sqlite3_column_blob(call->statement, column);

    *length = (size_t)sqlite3_column_bytes(call->statement, column);
    if (bytes == NULL && sqlite3_column_type(call->statement, column) != SQLITE_NULL)
        bytes = "";
    return sqlite_keep_text(keep, bytes, *length);
}

static void free_pieces(struct sqlite_kept *piece)
{
    while (piece != NULL) {
        struct sqlite_kept *before = piece->before;
        free(piece);
        piece = before;
    }
}

void sqlite_keep_clear(struct sqlite_keep *keep)
{
    if (keep->last == NULL)
        return;
    if (keep->last->size > SQLITE_KEEP_LIMIT) {
        sqlite_keep_release(keep);
        return;
    }
    free_pieces(keep->last->before);
    keep->last->before = NULL;
    keep->left = keep->last->size;
}

void sqlite_keep_release(struct sqlite_keep *keep)
{
    free_pieces(keep->last);
    *keep = (struct sqlite_keep){0};
}
