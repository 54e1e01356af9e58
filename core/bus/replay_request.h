/* What is asked of REPLAY: the verbs, the members that each takes, and their values checked. Knows
 * no socket and no store (docs/EVENTS.md). */
#ifndef BUS_REPLAY_REQUEST_H
#define BUS_REPLAY_REQUEST_H

#include "bus/caller.h"
#include "store/repository.h"

#include <stdbool.h>

enum {
    REPLAY_JSON_LIMIT = 16384, /* bytes of a request's JSON */
    REPLAY_TOPICS_LIMIT = 32,
    REPLAY_TOPIC_LIMIT = 128, /* bytes of a prefix */
    REPLAY_CURSOR_LIMIT = 64, /* bytes of a cursor's name */
    REPLAY_EPOCH_LIMIT = 64,
};

enum replay_verb {
    REPLAY_READ,
    REPLAY_CREDIT,
    REPLAY_CANCEL,
    REPLAY_HEAD,
    REPLAY_CURSOR_CREATE,
    REPLAY_CURSOR_ACK,
    REPLAY_CURSOR_LIST,
    REPLAY_CURSOR_DELETE,
    REPLAY_VERBS,
};

/* Which members were given. */
enum replay_member {
    MEMBER_AFTER = 1 << 0,
    MEMBER_FROM_TIME = 1 << 1,
    MEMBER_CURSOR = 1 << 2,
    MEMBER_EPOCH = 1 << 3,
    MEMBER_TOPICS = 1 << 4,
    MEMBER_LIMIT = 1 << 5,
    MEMBER_CREDIT = 1 << 6,
    MEMBER_AT = 1 << 7,
    MEMBER_POSITION = 1 << 8,
};

struct replay_request {
    enum replay_verb verb;
    unsigned given; /* of enum replay_member */
    struct position
        position; /* of `after`, `position`, or an `at` that is neither of the two below */
    bool at_head, at_beginning;
    int64_t from_time; /* milliseconds since 1970 */
    int64_t limit, credit;
    char cursor[REPLAY_CURSOR_LIMIT + 1];
    char epoch[REPLAY_EPOCH_LIMIT + 1];
    size_t topic_count;
    char topics[REPLAY_TOPICS_LIMIT][REPLAY_TOPIC_LIMIT + 1]; /* prefixes */
};

/* Takes a request apart. STATUS_NOT_FOUND: there is no such verb; STATUS_LIMIT: a position is
 * longer than any is; STATUS_INVALID: anything else that is not as it should be. The fault tells
 * where and what was expected, and quotes nothing but a member's name. */
MUST_CHECK enum status replay_request_read(const struct caller_request *from,
                                           struct replay_request *request, struct fault *fault);

/* Is this the name of a cursor of somebody outside? The service's own readers have others, so
 * nobody outside moves or deletes what they rely on. */
bool replay_cursor_allowed(const char *name);

#endif
