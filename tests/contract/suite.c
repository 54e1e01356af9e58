/* The shared part of the repository suite. */
#include "suite.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct repository_factory *suite_factory;

void suite_open(struct suite *suite, struct store_options options)
{
    struct fault fault = {0};

    suite->store = suite_factory->open(suite->place, options);
    if (repository_open(suite->store, suite->base, &suite->repository, &fault) != STATUS_OK)
        fail_msg("%s", fault.text);
}

void suite_close(struct suite *suite)
{
    repository_close(&suite->repository);
    assert_null(suite->repository);
    store_close(&suite->store);
    assert_null(suite->store);
}

int suite_setup(void **state)
{
    struct suite *suite = calloc(1, sizeof(*suite));

    assert_non_null(suite);
    suite->base = event_base_new();
    suite->place = suite_factory->create();
    suite_open(suite, (struct store_options){0});
    *state = suite;
    return 0;
}

static void forget_pending(void);

int suite_teardown(void **state)
{
    struct suite *suite = *state;

    if (suite->store != NULL)
        suite_close(suite);
    suite_factory->destroy(suite->place);
    event_base_free(suite->base);
    forget_pending();
    free(suite);
    return 0;
}

/* ---- orders ---- */

struct uuid suite_user(uint8_t number)
{
    return (struct uuid){{0x01, 0x90, 0xb0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, number}};
}

struct uuid suite_product(uint8_t number)
{
    return (struct uuid){{0x01, 0x90, 0xa0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, number}};
}

struct order *suite_order(struct uuid user, int64_t now_ms, int64_t total)
{
    struct order_item item = {.product_id = suite_product(1), .quantity = 1, .price = total};
    struct order_draft draft = {.order_id = uuid_v7(now_ms),
                                .user_id = user,
                                .currency = currency_find("USD", 3),
                                .items = &item,
                                .item_count = 1};
    struct order *order = NULL;
    struct fault fault = {0};

    if (order_create(&draft, now_ms, &order, &fault) != STATUS_OK)
        fail_msg("%s: %s", fault.where, fault.text);
    return order;
}

void suite_change(struct order *order, enum order_status to, const char *reason, int64_t now_ms)
{
    struct order_transition change = {
        .to = to, .reason = reason, .reason_length = reason == NULL ? 0 : strlen(reason)};
    struct fault fault = {0};

    if (order_change_status(order, &change, now_ms, &fault) != STATUS_OK)
        fail_msg("%s", fault.text);
}

struct uuid suite_id(const struct order *order)
{
    return order_record(order).order_id;
}

/* ---- calls that wait ---- */

void suite_answer(void *arg, enum status status, const struct fault *fault)
{
    struct answer *answer = arg;

    assert_non_null(fault);
    answer->times++;
    answer->status = status;
    answer->fault = *fault;
}

/* The time limit is ctest's. */
void suite_wait(struct event_base *base, const int *times)
{
    while (*times == 0)
        assert_int_equal(event_base_loop(base, EVLOOP_ONCE), 0);
}

static enum status save(struct suite *suite, struct order *order, const struct save *how)
{
    struct answer answer = {0};

    repository_save(suite->repository, how, suite_answer, &answer);
    suite_wait(suite->base, &answer.times);
    if (answer.status == STATUS_OK)
        order_mark_stored(order);
    return answer.status;
}

enum status suite_save(struct suite *suite, struct order *order)
{
    return save(suite, order, &(struct save){.order = order});
}

enum status suite_save_caused(struct suite *suite, struct order *order, const char *inbox_id)
{
    return save(suite, order, &(struct save){.order = order, .inbox_id = inbox_id});
}

enum status suite_save_keyed(struct suite *suite, struct order *order,
                             const struct keyed_answer *keyed)
{
    return save(suite, order, &(struct save){.order = order, .keyed = keyed});
}

static void on_key(void *arg, enum status status, const struct keyed_answer *found,
                   const struct fault *fault)
{
    struct suite_key *key = arg;

    assert_non_null(fault);
    assert_true((status == STATUS_OK) == (found != NULL));
    key->times++;
    key->status = status;
    if (found == NULL)
        return;
    memcpy(key->request_hash, found->request_hash, KEY_HASH_SIZE);
    assert_in_range(found->answer_length, 0, sizeof(key->answer));
    if (found->answer_length > 0)
        memcpy(key->answer, found->answer, found->answer_length);
    key->answer_length = found->answer_length;
}

struct suite_key suite_find_key(struct suite *suite, struct uuid user_id, const char *key)
{
    struct suite_key found = {0};

    repository_key_find(suite->repository, &user_id, key, on_key, &found);
    suite_wait(suite->base, &found.times);
    assert_int_equal(found.times, 1);
    assert_true(found.status == STATUS_OK || found.status == STATUS_NOT_FOUND);
    return found;
}

struct uuid suite_add(struct suite *suite, struct uuid user, int64_t now_ms, int64_t total)
{
    struct order *order = suite_order(user, now_ms, total);
    struct uuid id = suite_id(order);

    assert_int_equal(suite_save(suite, order), STATUS_OK);
    order_free(&order);
    return id;
}

struct found {
    int times;
    enum status status;
    struct order *order;
};

static void on_got(void *arg, enum status status, struct order *order, const struct fault *fault)
{
    struct found *found = arg;

    assert_non_null(fault);
    assert_true((status == STATUS_OK) == (order != NULL));
    found->times++;
    found->status = status;
    found->order = order;
}

struct order *suite_get(struct suite *suite, struct uuid order_id)
{
    struct found found = {0};

    repository_get(suite->repository, &order_id, READ_DECIDING, on_got, &found);
    suite_wait(suite->base, &found.times);
    assert_int_equal(found.times, 1);
    assert_true(found.status == STATUS_OK || found.status == STATUS_NOT_FOUND);
    return found.order;
}

static struct event_list events_read;

static void copy_event(struct suite_event *copy, const struct stored_event *event)
{
    copy->position = event->position;
    copy->previous = event->previous;
    copy->follows = event->follows;
    copy->event_id = event->event_id;
    copy->order_id = event->order_id;
    copy->occurred_at = event->occurred_at;
    copy->has_traceparent = event->traceparent != NULL;
    snprintf(copy->topic, sizeof(copy->topic), "%s", event->topic);
    snprintf(copy->type, sizeof(copy->type), "%s", event->type);
    snprintf(copy->traceparent, sizeof(copy->traceparent), "%s",
             event->traceparent == NULL ? "" : event->traceparent);
    snprintf(copy->data, sizeof(copy->data), "%.*s", (int)event->data_length, event->data);
}

static void on_events(void *arg, enum status status, const struct stored_event *events,
                      size_t count, const struct fault *fault)
{
    struct event_list *list = arg;

    assert_non_null(fault);
    list->times++;
    list->status = status;
    list->count = count;
    for (size_t i = 0; i < count && i < 2048; i++)
        copy_event(&list->events[i], &events[i]);
}

const struct event_list *suite_events(struct suite *suite, const char *after, size_t limit)
{
    struct position position = {{0}};

    snprintf(position.text, sizeof(position.text), "%s", after);
    memset(&events_read, 0, sizeof(events_read));
    repository_events_after(suite->repository, &position, limit, on_events, &events_read);
    suite_wait(suite->base, &events_read.times);
    return &events_read;
}

static void on_heads(void *arg, enum status status, const struct stream_ends *ends,
                     const struct fault *fault)
{
    struct suite_heads *heads = arg;

    assert_non_null(fault);
    heads->times++;
    heads->status = status;
    heads->floor = ends->floor;
    heads->head = ends->head;
    heads->count = ends->topic_count;
    for (size_t i = 0; i < ends->topic_count && i < 8; i++) {
        snprintf(heads->topics[i], sizeof(heads->topics[i]), "%s", ends->topics[i].topic);
        heads->positions[i] = ends->topics[i].position;
    }
}

struct suite_heads suite_heads(struct suite *suite)
{
    struct suite_heads heads = {0};

    repository_events_ends(suite->repository, on_heads, &heads);
    suite_wait(suite->base, &heads.times);
    assert_int_equal(heads.status, STATUS_OK);
    return heads;
}

enum status suite_write_cursor(struct suite *suite, const char *name, struct position position)
{
    struct answer answer = {0};

    repository_cursor_write(suite->repository, name, &position, suite_answer, &answer);
    suite_wait(suite->base, &answer.times);
    return answer.status;
}

void suite_on_position(void *arg, enum status status, const struct position *position,
                       const struct fault *fault)
{
    struct suite_position *found = arg;

    assert_non_null(fault);
    assert_non_null(position);
    found->times++;
    found->status = status;
    found->position = *position;
    found->fault = *fault;
}

struct suite_position suite_read_cursor(struct suite *suite, const char *name)
{
    struct suite_position found = {0};

    repository_cursor_read(suite->repository, name, suite_on_position, &found);
    suite_wait(suite->base, &found.times);
    return found;
}

void suite_on_pruned(void *arg, enum status status, size_t removed, const struct fault *fault)
{
    struct suite_pruned *pruned = arg;

    assert_non_null(fault);
    pruned->times++;
    pruned->status = status;
    pruned->removed = removed;
    pruned->fault = *fault;
}

struct suite_pruned suite_prune(struct suite *suite, struct prune what)
{
    struct suite_pruned pruned = {0};

    repository_prune(suite->repository, &what, suite_on_pruned, &pruned);
    suite_wait(suite->base, &pruned.times);
    return pruned;
}

enum status suite_put(struct suite *suite, const struct inbound *message)
{
    struct answer answer = {0};

    repository_inbound_put(suite->repository, message, suite_answer, &answer);
    suite_wait(suite->base, &answer.times);
    assert_int_equal(answer.times, 1);
    return answer.status;
}

static struct suite_pending pending_read;

static void copy_message(struct suite_message *copy, const struct stored_inbound *stored)
{
    const struct inbound *message = &stored->message;

    copy->number = stored->number;
    copy->received_at = stored->received_at;
    copy->has_about = message->about != NULL;
    snprintf(copy->event_id, sizeof(copy->event_id), "%s", message->event_id);
    snprintf(copy->topic, sizeof(copy->topic), "%s", message->topic);
    snprintf(copy->about, sizeof(copy->about), "%s", copy->has_about ? message->about : "");
    copy->payload_length = message->payload_length;
    copy->payload = malloc(message->payload_length + 1);
    assert_non_null(copy->payload);
    assert_non_null(message->payload);
    memcpy(copy->payload, message->payload, message->payload_length);
}

static void on_pending(void *arg, enum status status, const struct stored_inbound *messages,
                       size_t count, const struct fault *fault)
{
    struct suite_pending *pending = arg;

    assert_non_null(fault);
    pending->times++;
    pending->status = status;
    pending->count = count;
    for (size_t i = 0; i < count && i < 16; i++)
        copy_message(&pending->rows[i], &messages[i]);
}

static void forget_pending(void)
{
    for (size_t i = 0; i < 16; i++)
        free(pending_read.rows[i].payload);
    memset(&pending_read, 0, sizeof(pending_read));
}

const struct suite_pending *suite_pending(struct suite *suite, size_t limit)
{
    forget_pending();
    repository_inbound_pending(suite->repository, limit, on_pending, &pending_read);
    suite_wait(suite->base, &pending_read.times);
    assert_int_equal(pending_read.times, 1);
    assert_int_equal(pending_read.status, STATUS_OK);
    return &pending_read;
}

/* ---- comparing ---- */

static void assert_same_text(const char *a, size_t a_length, const char *b, size_t b_length)
{
    assert_true((a == NULL) == (b == NULL));
    assert_int_equal(a_length, b_length);
    if (a != NULL)
        assert_memory_equal(a, b, a_length);
}

static void assert_same_items(const struct order_record *a, const struct order_record *b)
{
    assert_int_equal(a->item_count, b->item_count);
    for (size_t i = 0; i < a->item_count; i++) {
        assert_true(uuid_equal(&a->items[i].product_id, &b->items[i].product_id));
        assert_int_equal(a->items[i].quantity, b->items[i].quantity);
        assert_int_equal(a->items[i].price, b->items[i].price);
    }
}

void suite_assert_same(const struct order *one, const struct order *other)
{
    struct order_record a = order_record(one), b = order_record(other);

    assert_true(uuid_equal(&a.order_id, &b.order_id));
    assert_true(uuid_equal(&a.user_id, &b.user_id));
    assert_int_equal(a.status, b.status);
    assert_ptr_equal(a.currency, b.currency);
    assert_int_equal(a.total_amount, b.total_amount);
    assert_same_items(&a, &b);
    assert_same_text(a.notes, a.notes_length, b.notes, b.notes_length);
    assert_same_text(a.reason, a.reason_length, b.reason, b.reason_length);
    assert_int_equal(a.version, b.version);
    assert_int_equal(a.created_at, b.created_at);
    assert_int_equal(a.updated_at, b.updated_at);
    assert_int_equal(a.completed_at, b.completed_at);
}

void suite_assert_stored(struct suite *suite, const struct order *order)
{
    struct order *stored = suite_get(suite, suite_id(order));

    assert_non_null(stored);
    suite_assert_same(order, stored);
    assert_int_equal(order_stored_version(stored), order_record(order).version);
    order_free(&stored);
}
