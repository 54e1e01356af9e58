/* What an implementation of the store gives: repository.c checks arguments and calls these. An
 * implementation embeds struct store and struct repository as the first members of its own.
 * Private to this room. */
#ifndef STORE_REPOSITORY_OPS_H
#define STORE_REPOSITORY_OPS_H

#include "base/uuid.h"
#include "store/repository.h"

#include <stdatomic.h>

struct claims;

struct store_ops {
    void (*close)(struct store *store);
    enum status (*repository_open)(struct store *store, struct event_base *base,
                                   struct repository **repository, struct fault *fault);
};

struct store {
    const struct store_ops *ops;
    struct claims *claims;           /* repository.c's */
    char *name;                      /* the implementation's */
    _Atomic(const char *) epoch;     /* NULL until it is known; points to epoch_text */
    char epoch_text[UUID_TEXT_SIZE]; /* written once, before `epoch` */
};

/* The same contracts as in repository.h, but for what is said here. */
struct repository_ops {
    void (*close)(struct repository *repository);
    void (*save)(struct repository *repository, const struct save *save, repository_done *done,
                 void *arg);
    void (*get)(struct repository *repository, const struct uuid *order_id, enum read_kind kind,
                repository_got *got, void *arg);
    void (*key_find)(struct repository *repository, const struct uuid *user_id, const char *key,
                     repository_key_found *found, void *arg);
    /* The query is checked; `before` is its cursor: only orders of lower ids, or NULL. */
    void (*list)(struct repository *repository, const struct order_query *query,
                 const struct uuid *before, repository_listed *listed, void *arg);
    void (*events_after)(struct repository *repository, const struct position *after, size_t limit,
                         repository_events *read, void *arg);
    void (*events_ends)(struct repository *repository, repository_ends *read, void *arg);
    void (*events_find_time)(struct repository *repository, int64_t time,
                             repository_position *found, void *arg);
    void (*watch)(struct repository *repository, void (*committed)(void *arg), void *arg);
    void (*cursor_read)(struct repository *repository, const char *name, repository_position *read,
                        void *arg);
    void (*cursor_write)(struct repository *repository, const char *name,
                         const struct position *position, repository_done *done, void *arg);
    void (*cursor_create)(struct repository *repository, const char *name,
                          const struct position *position, repository_done *done, void *arg);
    void (*cursor_ack)(struct repository *repository, const char *name,
                       const struct position *position, repository_position *acked, void *arg);
    void (*cursor_delete)(struct repository *repository, const char *name, repository_done *done,
                          void *arg);
    void (*cursors_list)(struct repository *repository, repository_cursors *listed, void *arg);
    void (*prune)(struct repository *repository, const struct prune *prune,
                  repository_pruned *pruned, void *arg);
    void (*lead)(struct repository *repository, void (*changed)(void *arg, const char *epoch),
                 void *arg);
    void (*inbound_put)(struct repository *repository, const struct inbound *message,
                        repository_done *done, void *arg);
    void (*inbound_pending)(struct repository *repository, size_t limit, repository_inbound *read,
                            void *arg);
    void (*inbound_handled)(struct repository *repository, const char *event_id,
                            repository_done *done, void *arg);
    void (*inbox_add)(struct repository *repository, const char *inbox_id, repository_done *done,
                      void *arg);
    void (*dead_letter_add)(struct repository *repository, const struct dead_letter *letter,
                            repository_done *done, void *arg);
    void (*dead_letters_list)(struct repository *repository, const struct dead_letter_query *query,
                              repository_dead_letters *listed, void *arg);
    void (*dead_letter_get)(struct repository *repository, int64_t id, repository_dead_letters *got,
                            void *arg);
    void (*dead_letter_retry)(struct repository *repository, int64_t id, repository_done *done,
                              void *arg);
    void (*dead_letter_failed)(struct repository *repository, int64_t id, const char *reason,
                               repository_done *done, void *arg);
    void (*dead_letter_drop)(struct repository *repository, int64_t id, repository_done *done,
                             void *arg);
    void (*ping)(struct repository *repository, repository_done *done, void *arg);
};

struct repository {
    const struct repository_ops *ops;
    struct store *store;
};

#endif
