/* What the parts of the repository suite share: a place with a store and one thread's repository,
 * orders to save, and calls that wait for their answer. */
#ifndef CONTRACT_SUITE_H
#define CONTRACT_SUITE_H

#include "repository_suite.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct event_base;

extern const struct repository_factory *suite_factory;

struct suite {
    void *place;
    struct store *store;
    struct event_base *base;
    struct repository *repository;
};

int suite_setup(void **state);
int suite_teardown(void **state);
void suite_close(struct suite *suite); /* the store, so that it can be opened again */
void suite_open(struct suite *suite, struct store_options options);

#define SUITE_TEST(function) cmocka_unit_test_setup_teardown(function, suite_setup, suite_teardown)

/* The tests of each part, run by repository_suite_run. */
int suite_run_orders(void);
int suite_run_lists(void);
int suite_run_events(void);
int suite_run_writes(void);
int suite_run_keys(void);
int suite_run_prune(void);
int suite_run_stream(void);
int suite_run_cursors(void);
int suite_run_inbound(void);
int suite_run_letters(void);
int suite_run_lead(void);
int suite_run_threads(void);
int suite_run_seed(void);

/* ---- orders ---- */

enum { SUITE_NOW = 1767225600 }; /* 2026-01-01 in seconds */
#define SUITE_NOW_MS ((int64_t)SUITE_NOW * 1000)

struct uuid suite_user(uint8_t number);
struct uuid suite_product(uint8_t number);

/* A new order of one item with this total. */
struct order *suite_order(struct uuid user, int64_t now_ms, int64_t total);
void suite_change(struct order *order, enum order_status to, const char *reason, int64_t now_ms);
struct uuid suite_id(const struct order *order);

/* ---- calls that wait ---- */

struct answer {
    int times;
    enum status status;
    struct fault fault;
};
void suite_answer(void *arg, enum status status, const struct fault *fault); /* repository_done */
void suite_wait(struct event_base *base, const int *times);

enum status suite_save(struct suite *suite, struct order *order); /* marks it as stored when OK */
enum status suite_save_caused(struct suite *suite, struct order *order, const char *inbox_id);
enum status suite_save_keyed(struct suite *suite, struct order *order,
                             const struct keyed_answer *keyed);
/* NULL unless found. */
struct order *suite_get(struct suite *suite, struct uuid order_id);
/* Fail the test unless every field is the same. */
void suite_assert_same(const struct order *one, const struct order *other);
void suite_assert_stored(struct suite *suite, const struct order *order);
/* Saves a new order and frees it. */
struct uuid suite_add(struct suite *suite, struct uuid user, int64_t now_ms, int64_t total);

/* What is stored under a user's key. */
struct suite_key {
    int times;
    enum status status;
    uint8_t request_hash[KEY_HASH_SIZE];
    char answer[512];
    size_t answer_length;
};
struct suite_key suite_find_key(struct suite *suite, struct uuid user_id, const char *key);

struct event_list {
    int times;
    enum status status;
    size_t count;
    struct suite_event {
        struct position position, previous, follows;
        struct uuid event_id, order_id;
        char topic[64], type[64], traceparent[64], data[512];
        bool has_traceparent;
        int64_t occurred_at;
    } events[2048];
};
struct suite_heads {
    int times;
    enum status status;
    size_t count;
    struct position floor, head;
    char topics[8][64];
    struct position positions[8];
};
struct suite_heads suite_heads(struct suite *suite);
enum status suite_write_cursor(struct suite *suite, const char *name, struct position position);

struct suite_position {
    int times;
    enum status status;
    struct position position;
    struct fault fault;
};
void suite_on_position(void *arg, enum status status, const struct position *position,
                       const struct fault *fault); /* repository_position */
struct suite_position suite_read_cursor(struct suite *suite, const char *name);

struct suite_pruned {
    int times;
    enum status status;
    size_t removed;
    struct fault fault;
};
void suite_on_pruned(void *arg, enum status status, size_t removed, const struct fault *fault);
struct suite_pruned suite_prune(struct suite *suite, struct prune what);

/* What came in and waits. */
struct suite_pending {
    int times;
    enum status status;
    size_t count;
    struct suite_message {
        int64_t number, received_at;
        char event_id[INBOUND_ID_LIMIT + 1], topic[64], about[64];
        bool has_about;
        char *payload;
        size_t payload_length;
    } rows[16];
};
enum status suite_put(struct suite *suite, const struct inbound *message);

/* Static memory of the last call. */
const struct suite_pending *suite_pending(struct suite *suite, size_t limit);
const struct event_list *suite_events(struct suite *suite, const char *after, size_t limit);

#endif
