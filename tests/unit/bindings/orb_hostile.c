/* Requests whose bytes are no arguments: refused before the script runs, and nothing else is
 * harmed. */
#include "orb_world.h"

#include "cdr/cdr.h"
#include "cdr/value.h"
#include "iiop/client.h"

#include <stdlib.h>
#include <string.h>

struct answer {
    bool done;
    enum orb_end end;
    struct system_exception system;
};

static void answered(void *arg, const struct orb_outcome *outcome)
{
    struct answer *answer = arg;
    *answer = (struct answer){.done = true, .end = outcome->end, .system = outcome->system};
}

/* Sends what `write` writes as the arguments of an operation of Echo, and a service context of as
 * many bytes. */
static struct answer send_with(struct orb_world *w, const char *operation,
                               void (*write)(struct cdr_writer *body), size_t context_size)
{
    char text[128];
    struct ior *ior = NULL;
    struct fault fault = {0};
    struct cdr_writer *body;
    struct answer answer = {0};
    snprintf(text, sizeof(text), "corbaloc:iiop:1.2@127.0.0.1:%d/Echo",
             w->fixture.services.orb_port);
    assert_int_equal(ior_parse(text, strlen(text), &ior, &fault), STATUS_OK);
    struct orb_object *object = orb_object_new(w->fixture.services.orb, ior);
    struct orb_call *call =
        orb_call_new(object, operation, strlen(operation), GIOP_RESPONSE_TARGET, &body);
    char *context = calloc(1, context_size + 1);
    orb_call_add_context(call, 0x6f726400, context, context_size);
    free(context);
    write(body);
    orb_call_send(call, 0, answered, &answer);
    fixture_run_until(&w->fixture, &answer.done);
    orb_object_release(&object);
    ior_release(&ior);
    return answer;
}

static struct answer send(struct orb_world *w, const char *operation,
                          void (*write)(struct cdr_writer *body))
{
    return send_with(w, operation, write, 0);
}

static void open_echo(struct orb_world *w)
{
    orb_world_open(w);
    orb_world_add(w, "servants/echo.lua");
    orb_world_load(w);
}

static void write_good(struct cdr_writer *body)
{
    cdr_write_string(body, 0, "good", 4);
}

static void refused(const char *operation, void (*write)(struct cdr_writer *body),
                    enum exception_kind kind)
{
    struct orb_world w;
    open_echo(&w);
    struct answer answer = send(&w, operation, write);
    assert_int_equal(answer.end, ORB_SYSTEM_EXCEPTION);
    assert_string_equal(exception_name(answer.system.kind), exception_name(kind));
    assert_int_equal(answer.system.completed, COMPLETED_NO);
    assert_int_equal(send(&w, "text", write_good).end, ORB_RETURNED);
    orb_world_close(&w);
}

/* They are kept as long as the request, and count for nothing else. */
static void service_contexts_without_end_are_imp_limit(void **state)
{
    struct orb_world w;
    (void)state;
    open_echo(&w);
    assert_int_equal(send_with(&w, "text", write_good, 65536).end, ORB_RETURNED);
    struct answer answer = send_with(&w, "text", write_good, 65537);
    assert_int_equal(answer.end, ORB_SYSTEM_EXCEPTION);
    assert_string_equal(exception_name(answer.system.kind), "IMP_LIMIT");
    assert_int_equal(answer.system.completed, COMPLETED_NO);
    orb_world_close(&w);
}

static void write_nothing(struct cdr_writer *body)
{
    (void)body;
}

static void arguments_that_are_missing_are_marshal(void **state)
{
    (void)state;
    refused("basic", write_nothing, EXCEPTION_MARSHAL);
}

static void write_long_sequence(struct cdr_writer *body)
{
    cdr_write_ulong(body, 0xfffffff0);
    cdr_write_ulong(body, 1);
}

static void a_length_without_its_elements_is_marshal(void **state)
{
    (void)state;
    refused("points", write_long_sequence, EXCEPTION_MARSHAL);
    refused("flags", write_long_sequence, EXCEPTION_MARSHAL);
    refused("bytes", write_long_sequence, EXCEPTION_MARSHAL);
    refused("anys", write_long_sequence, EXCEPTION_MARSHAL);
}

static void write_beyond_bound(struct cdr_writer *body)
{
    for (uint32_t i = 4; i < 10; i++)
        cdr_write_ulong(body, i);
}

static void a_sequence_beyond_its_bound_is_marshal(void **state)
{
    (void)state;
    refused("few", write_beyond_bound, EXCEPTION_MARSHAL);
}

static void write_twos(struct cdr_writer *body)
{
    for (int i = 0; i < 64; i++)
        cdr_write_octet(body, 2);
}

static void a_boolean_of_two_is_marshal(void **state)
{
    (void)state;
    refused("truth", write_twos, EXCEPTION_MARSHAL);
}

static void write_ordinal(struct cdr_writer *body)
{
    cdr_write_ulong(body, 3);
}

static void an_enumerator_that_is_none_is_marshal(void **state)
{
    (void)state;
    refused("tint", write_ordinal, EXCEPTION_MARSHAL);
    refused("shape", write_ordinal, EXCEPTION_MARSHAL);
}

/* sequence<sequence<...>> as deep as the message lets it. */
static void write_deep_type(struct cdr_writer *body)
{
    for (int i = 0; i < 2000; i++) {
        cdr_write_ulong(body, TK_SEQUENCE);
        cdr_write_ulong(body, 0x00ffffff);
        cdr_write_octet(body, 1);
        cdr_align(body, 4);
    }
}

static void an_any_of_endless_types_is_refused(void **state)
{
    struct orb_world w;
    (void)state;
    open_echo(&w);
    struct answer answer = send(&w, "anything", write_deep_type);
    assert_int_equal(answer.end, ORB_SYSTEM_EXCEPTION);
    assert_int_equal(answer.system.completed, COMPLETED_NO);
    assert_int_equal(send(&w, "text", write_good).end, ORB_RETURNED);
    orb_world_close(&w);
}

/* any in any in any ... */
static void write_deep_anys(struct cdr_writer *body)
{
    for (int i = 0; i < 10000; i++)
        cdr_write_ulong(body, TK_ANY);
    cdr_write_ulong(body, TK_NULL);
}

static void anys_in_anys_without_end_are_imp_limit(void **state)
{
    (void)state;
    refused("anything", write_deep_anys, EXCEPTION_IMP_LIMIT);
}

/* A tree that goes down, one kid a level. */
static void write_deep_tree(struct cdr_writer *body)
{
    for (int i = 0; i < 10000; i++) {
        cdr_write_string(body, 0, "", 0);
        cdr_write_ulong(body, 1);
    }
}

static void values_nested_without_end_are_imp_limit(void **state)
{
    (void)state;
    refused("tree", write_deep_tree, EXCEPTION_IMP_LIMIT);
}

/* 4 MiB less a little of booleans: 16 bytes each as Lua values, more than the state may have. */
static void write_many_flags(struct cdr_writer *body)
{
    enum { COUNT = 4 * 1024 * 1024 - 4096 };
    cdr_write_ulong(body, COUNT);
    memset(buffer_reserve(body->out, COUNT), 1, COUNT);
    body->out->size += COUNT;
}

static void what_does_not_fit_into_the_state_is_no_resources(void **state)
{
    (void)state;
    refused("flags", write_many_flags, EXCEPTION_NO_RESOURCES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(service_contexts_without_end_are_imp_limit),
        cmocka_unit_test(arguments_that_are_missing_are_marshal),
        cmocka_unit_test(a_length_without_its_elements_is_marshal),
        cmocka_unit_test(a_sequence_beyond_its_bound_is_marshal),
        cmocka_unit_test(a_boolean_of_two_is_marshal),
        cmocka_unit_test(an_enumerator_that_is_none_is_marshal),
        cmocka_unit_test(an_any_of_endless_types_is_refused),
        cmocka_unit_test(anys_in_anys_without_end_are_imp_limit),
        cmocka_unit_test(values_nested_without_end_are_imp_limit),
        cmocka_unit_test(what_does_not_fit_into_the_state_is_no_resources),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
