/* Names: corbanames, which a naming context is asked for, and hosts, which are looked up. */
#include "client_world.h"

#include <stdio.h>
#include <string.h>

/* A naming context, and the peer to which its names lead. */
struct site {
    struct world world;
    struct peer naming, desk;
    struct line context, line;
    struct orb_object *object;
    struct ior *found;
};

static void site_open(struct site *site)
{
    char reference[120];
    *site = (struct site){.context.descriptor = -1, .line.descriptor = -1};
    world_open(&site->world, NULL);
    peer_open(&site->naming);
    peer_open(&site->desk);
    (void)snprintf(reference, sizeof(reference), "corbaname:iiop:1.2@127.0.0.1:%u#office.room/desk",
                   site->naming.port);
    site->object = object_of(&site->world, reference);
    site->found = ior_at(&site->desk, "desk");
}

static void site_close(struct site *site)
{
    orb_object_release(&site->object);
    ior_release(&site->found);
    if (site->context.descriptor >= 0)
        line_close(&site->context);
    if (site->line.descriptor >= 0)
        line_close(&site->line);
    peer_close(&site->naming);
    peer_close(&site->desk);
    world_close(&site->world);
}

static void assert_next_text(struct cdr_reader *r, const char *expected)
{
    size_t length;
    const char *text = cdr_read_string(r, 0, NULL, &length);
    assert_int_equal(length, strlen(expected));
    assert_memory_equal(text, expected, length);
}

/* The context is asked for the name; the request's id. */
static uint32_t take_resolve(struct site *site)
{
    if (site->context.descriptor < 0)
        line_accept(&site->world, &site->naming, &site->context);
    struct giop_request request = line_request(&site->world, &site->context);
    assert_int_equal(request.operation_length, 7);
    assert_memory_equal(request.operation, "resolve", 7);
    assert_int_equal(request.key_size, 11);
    assert_memory_equal(request.key, "NameService", 11);
    assert_int_equal(cdr_read_ulong(&request.body), 2);
    assert_next_text(&request.body, "office");
    assert_next_text(&request.body, "room");
    assert_next_text(&request.body, "desk");
    assert_next_text(&request.body, "");
    assert_true(cdr_ok(&request.body));
    return request.id;
}

static void answer_found(struct site *site, const struct ior *found)
{
    struct wire wire = {.minor = 2};
    wire_reply_forward(&wire, take_resolve(site), GIOP_NO_EXCEPTION, found);
    line_send(&site->world, &site->context, &wire);
}

static void a_name_is_resolved_once_for_all_calls(void **state)
{
    (void)state;
    struct site site;
    struct called called[3] = {{0}};
    site_open(&site);
    call_echo(site.object, &called[0], "gr\xc3\xbc\xc3\x9f", 0);
    call_echo(site.object, &called[1], "x", 0);
    answer_found(&site, site.found);
    line_accept(&site.world, &site.desk, &site.line);
    answer_text(&site.world, &site.line, "one");
    answer_text(&site.world, &site.line, "two");
    assert_returned(&site.world, &called[0], "one");
    assert_returned(&site.world, &called[1], "two");
    call_echo(site.object, &called[2], "x", 0);
    answer_text(&site.world, &site.line, "three");
    assert_returned(&site.world, &called[2], "three");
    assert_true(line_is_silent(&site.world, &site.context));
    site_close(&site);
}

static void a_name_whose_object_is_gone_is_resolved_again(void **state)
{
    (void)state;
    struct site site;
    struct called called = {0};
    site_open(&site);
    call_echo(site.object, &called, "x", 0);
    answer_found(&site, site.found);
    line_accept(&site.world, &site.desk, &site.line);
    answer_exception(&site.world, &site.line, "OBJECT_NOT_EXIST", COMPLETED_NO);
    answer_found(&site, site.found);
    answer_text(&site.world, &site.line, "here again");
    assert_returned(&site.world, &called, "here again");
    site_close(&site);
}

static void an_object_that_stays_gone_is_told_so(void **state)
{
    (void)state;
    struct site site;
    struct called called = {0};
    site_open(&site);
    call_echo(site.object, &called, "x", 0);
    answer_found(&site, site.found);
    line_accept(&site.world, &site.desk, &site.line);
    answer_exception(&site.world, &site.line, "OBJECT_NOT_EXIST", COMPLETED_NO);
    answer_found(&site, site.found);
    answer_exception(&site.world, &site.line, "OBJECT_NOT_EXIST", COMPLETED_NO);
    assert_failed(&site.world, &called, EXCEPTION_OBJECT_NOT_EXIST, COMPLETED_NO, false);
    site_close(&site);
}

static void assert_refused(const char *exception, enum exception_kind kind)
{
    struct site site;
    struct called called = {0};
    struct wire wire = {.minor = 2};
    site_open(&site);
    call_echo(site.object, &called, "x", 0);
    wire_reply(&wire, take_resolve(&site), GIOP_USER_EXCEPTION);
    wire_string(&wire, exception);
    wire_end(&wire);
    line_send(&site.world, &site.context, &wire);
    assert_failed(&site.world, &called, kind, COMPLETED_NO, true);
    site_close(&site);
}

static void a_name_that_is_not_bound_leads_to_no_object(void **state)
{
    (void)state;
    assert_refused("IDL:omg.org/CosNaming/NamingContext/NotFound:1.0", EXCEPTION_OBJECT_NOT_EXIST);
    assert_refused("IDL:omg.org/CosNaming/NamingContext/InvalidName:1.0", EXCEPTION_INV_OBJREF);
    assert_refused("IDL:omg.org/CosNaming/NamingContext/CannotProceed:1.0", EXCEPTION_TRANSIENT);
}

static void a_name_bound_to_nil_leads_to_no_object(void **state)
{
    (void)state;
    struct site site;
    struct called called = {0};
    site_open(&site);
    call_echo(site.object, &called, "x", 0);
    answer_found(&site, NULL);
    assert_failed(&site.world, &called, EXCEPTION_OBJECT_NOT_EXIST, COMPLETED_NO, true);
    site_close(&site);
}

static void a_call_can_be_given_up_while_its_name_is_resolved(void **state)
{
    (void)state;
    struct site site;
    struct called called = {0};
    struct called late = {0};
    site_open(&site);
    call_echo(site.object, &called, "x", 0);
    call_echo(site.object, &late, "x", 20);
    orb_call_cancel(called.call);
    assert_failed(&site.world, &late, EXCEPTION_TIMEOUT, COMPLETED_NO, true);
    site_close(&site);
    assert_int_equal(called.answers, 0);
}

static void the_client_can_end_while_a_name_is_resolved(void **state)
{
    (void)state;
    struct site site;
    struct called called = {0};
    site_open(&site);
    call_echo(site.object, &called, "x", 0);
    (void)take_resolve(&site);
    orb_client_free(&site.world.client);
    assert_int_equal(called.answers, 1);
    assert_int_equal(called.system.kind, EXCEPTION_COMM_FAILURE);
    site_close(&site);
}

static void localhost_is_found_without_asking_anybody(void **state)
{
    (void)state;
    struct world world;
    struct peer peer;
    struct line line;
    struct called called = {0};
    char reference[80];
    world_open(&world, NULL);
    peer_open(&peer);
    (void)snprintf(reference, sizeof(reference), "corbaloc:iiop:1.2@localhost:%u/desk", peer.port);
    struct orb_object *object = object_of(&world, reference);
    call_echo(object, &called, "x", 0);
    line_accept(&world, &peer, &line);
    answer_text(&world, &line, "well");
    assert_returned(&world, &called, "well");
    orb_object_release(&object);
    line_close(&line);
    peer_close(&peer);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_is_resolved_once_for_all_calls),
        cmocka_unit_test(a_name_whose_object_is_gone_is_resolved_again),
        cmocka_unit_test(an_object_that_stays_gone_is_told_so),
        cmocka_unit_test(a_name_that_is_not_bound_leads_to_no_object),
        cmocka_unit_test(a_name_bound_to_nil_leads_to_no_object),
        cmocka_unit_test(a_call_can_be_given_up_while_its_name_is_resolved),
        cmocka_unit_test(the_client_can_end_while_a_name_is_resolved),
        cmocka_unit_test(localhost_is_found_without_asking_anybody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
