/* Private: what happened to a tree, one JSON object a line, so that a file can be read by people.
 *
 *     {"names":1}
 *     {"context":1}                                                     a new context
 *     {"bind":0,"id":"a","kind":"","object":"IOR:..."}                  in context 0
 *     {"bind":0,"id":"b","kind":"","object":"IOR:...","foreign":true}   another service's context
 *     {"bind":0,"id":"c","kind":"","local":1}                           context 1
 *     {"unbind":0,"id":"a","kind":""}
 *     {"destroy":1} */
#ifndef NAMING_JOURNAL_H
#define NAMING_JOURNAL_H

#include "base/buffer.h"
#include "base/status.h"
#include "naming/tree.h"

struct journal;

/* Reads the file into the tree and opens it to be appended to; makes it when there is none. What
 * follows the last line's end is cut off: it was never answered. */
MUST_CHECK enum status journal_open(const char *path, struct tree *tree, struct journal **journal,
                                    struct fault *fault);
void journal_close(struct journal **journal);

/* Lines for changes, appended to a buffer. */
void journal_context(struct buffer *lines, uint64_t context);
void journal_bind(struct buffer *lines, uint64_t context, const struct binding *binding);
void journal_unbind(struct buffer *lines, uint64_t context, const char *id, const char *kind);
void journal_destroy(struct buffer *lines, uint64_t context);

/* Writes the lines and syncs. After a failure nothing is certain, and every further one fails. */
MUST_CHECK enum status journal_append(struct journal *journal, const struct buffer *lines,
                                      size_t count, struct fault *fault);

/* Whether most of the file is history; and a new file in its place that has only what is. */
bool journal_is_long(const struct journal *journal, const struct tree *tree);
MUST_CHECK enum status journal_rewrite(struct journal *journal, const struct tree *tree,
                                       struct fault *fault);

#endif
