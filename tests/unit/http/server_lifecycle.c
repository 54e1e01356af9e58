/* Listening, the cap on connections, running out of descriptors, stopping. */
#include "world.h"

#include "base/listener.h"

#include <event2/event.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define GET "GET / HTTP/1.1\r\nHost: x\r\n\r\n"

static enum status listen_on(struct world *world, const char *address, bool shared)
{
    struct fault fault = {0};
    enum status status = http_server_listen(world->server, address, shared, &fault);
    assert_int_equal(fault.status, status);
    assert_int_equal(fault.text[0] != '\0', status != STATUS_OK);
    if (status == STATUS_UNAVAILABLE)
        assert_true(fault.where[0] && strstr(address, fault.where));
    return status;
}

/* A client of the world's address gets an answer. */
static void assert_serves(struct world *world)
{
    struct client client = client_connect(world);
    client_say(world, &client, GET);
    assert_contains(client_text(world, &client), "HTTP/1.1 200 OK\r\n");
    client_close(&client);
}

static void a_free_port_is_found_and_told(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    assert_string_equal(http_server_address(world.server), "");
    assert_int_equal(listen_on(&world, "127.0.0.1:0", false), STATUS_OK);
    assert_memory_equal(http_server_address(world.server), "127.0.0.1:", 10);
    assert_string_not_equal(http_server_address(world.server), "127.0.0.1:0");
    assert_serves(&world);
    world_close(&world);
}

static void ipv6_is_served(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    if (listen_on(&world, "[::1]:0", false) == STATUS_OK) {
        assert_memory_equal(http_server_address(world.server), "[::1]:", 6);
        assert_serves(&world);
    }
    world_close(&world);
}

static void what_is_no_address_is_invalid(void **state)
{
    (void)state;
    struct world world;
    char path[160];
    memset(path, 'a', sizeof(path) - 1);
    path[sizeof(path) - 1] = '\0';
    memcpy(path, "unix:", 5);
    world_open(&world, NULL);
    assert_int_equal(listen_on(&world, "", false), STATUS_INVALID);
    assert_int_equal(listen_on(&world, "127.0.0.1", false), STATUS_INVALID);
    assert_int_equal(listen_on(&world, "127.0.0.1:", false), STATUS_INVALID);
    assert_int_equal(listen_on(&world, "127.0.0.1:99999", false), STATUS_INVALID);
    assert_int_equal(listen_on(&world, "nowhere:80", false), STATUS_INVALID);
    assert_int_equal(listen_on(&world, "::1", false), STATUS_INVALID);
    assert_int_equal(listen_on(&world, "[::1]", false), STATUS_INVALID);
    assert_int_equal(listen_on(&world, "unix:", false), STATUS_INVALID);
    assert_int_equal(listen_on(&world, path, false), STATUS_INVALID);
    world_close(&world);
}

static void servers_of_this_process_share_an_address(void **state)
{
    (void)state;
    struct world first, second, third;
    char address[64];
    world_open(&first, NULL);
    world_open(&second, NULL);
    world_open(&third, NULL);
    assert_int_equal(listen_on(&first, "127.0.0.1:0", true), STATUS_OK);
    snprintf(address, sizeof(address), "%s", http_server_address(first.server));
    assert_int_equal(listen_on(&second, address, true), STATUS_OK);
    world_close(&first);
    assert_int_equal(listen_on(&third, address, true), STATUS_OK);
    world_close(&second);
    assert_serves(&third);
    world_close(&third);
}

/* What a worker does: a server of its own on the address that all share. NULL when it went well. */
static void *run_worker(void *address)
{
    struct http_server_options options = http_server_defaults();
    struct event_base *base = event_base_new();
    struct http_server *server = http_server_new(base, &options, NULL, NULL);
    struct fault fault;
    enum status status = http_server_listen(server, address, true, &fault);
    http_server_free(&server);
    event_base_free(base);
    return status == STATUS_OK ? NULL : address;
}

static void threads_share_an_address(void **state)
{
    (void)state;
    enum { THREADS = 4, ROUNDS = 20 };
    struct world world;
    pthread_t threads[THREADS];
    char address[64];
    void *failed = NULL;
    world_open(&world, NULL);
    assert_int_equal(listen_on(&world, "127.0.0.1:0", true), STATUS_OK);
    snprintf(address, sizeof(address), "%s", http_server_address(world.server));
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < THREADS; i++)
            assert_int_equal(pthread_create(&threads[i], NULL, run_worker, address), 0);
        for (int i = 0; i < THREADS; i++) {
            assert_int_equal(pthread_join(threads[i], &failed), 0);
            assert_null(failed);
        }
    }
    world_close(&world);
}

static void an_address_is_not_shared_unasked(void **state)
{
    (void)state;
    struct world first, second;
    char address[64];
    world_open(&first, NULL);
    world_open(&second, NULL);
    assert_int_equal(listen_on(&first, "127.0.0.1:0", false), STATUS_OK);
    snprintf(address, sizeof(address), "%s", http_server_address(first.server));
    assert_int_equal(listen_on(&second, address, false), STATUS_UNAVAILABLE);
    assert_int_equal(listen_on(&second, address, true), STATUS_UNAVAILABLE);
    world_close(&second);
    world_close(&first);
}

/* A process of its own that tries to share the address it is told; its exit status is what came of
 * it. */
static pid_t start_stranger(int address_pipe)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child > 0)
        return child;
    struct world world;
    struct fault fault;
    char address[64] = "";
    world_open(&world, NULL);
    if (read(address_pipe, address, sizeof(address) - 1) <= 0)
        _exit(99);
    _exit((int)http_server_listen(world.server, address, true, &fault));
}

static void the_shared_address_of_another_process_is_refused(void **state)
{
    (void)state;
    struct world world;
    int ends[2], result = -1;
    assert_int_equal(pipe(ends), 0);
    pid_t stranger = start_stranger(ends[0]);
    world_open(&world, NULL);
    assert_int_equal(listen_on(&world, "127.0.0.1:0", true), STATUS_OK);
    const char *address = http_server_address(world.server);
    assert_int_equal(write(ends[1], address, strlen(address)), strlen(address));
    assert_int_equal(waitpid(stranger, &result, 0), stranger);
    assert_true(WIFEXITED(result));
    assert_int_equal(WEXITSTATUS(result), STATUS_UNAVAILABLE);
    assert_serves(&world);
    close(ends[0]);
    close(ends[1]);
    world_close(&world);
}

/* A directory of the test's own. */
static void make_directory(char path[64])
{
    snprintf(path, 64, "/tmp/orderd-http-XXXXXX");
    assert_non_null(mkdtemp(path));
}

static void a_unix_socket_is_its_owners_alone_and_goes_with_the_server(void **state)
{
    (void)state;
    struct world world;
    char directory[64], address[96];
    struct stat found;
    make_directory(directory);
    snprintf(address, sizeof(address), "unix:%s/s", directory);
    world_open(&world, NULL);
    assert_int_equal(listen_on(&world, address, false), STATUS_OK);
    assert_string_equal(http_server_address(world.server), address);
    assert_int_equal(stat(address + 5, &found), 0);
    assert_int_equal(found.st_mode & 0777, 0600);
    world_close(&world);
    assert_int_not_equal(stat(address + 5, &found), 0);
    assert_int_equal(rmdir(directory), 0);
}

static void a_stale_unix_socket_is_replaced_and_a_live_one_is_not(void **state)
{
    (void)state;
    struct world first, second;
    char directory[64], address[96];
    make_directory(directory);
    snprintf(address, sizeof(address), "unix:%s/s", directory);
    struct sockaddr_un stale = {.sun_family = AF_UNIX};
    snprintf(stale.sun_path, sizeof(stale.sun_path), "%s", address + 5);
    int descriptor = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(descriptor, (struct sockaddr *)&stale, sizeof(stale)), 0);
    close(descriptor);

    world_open(&first, NULL);
    world_open(&second, NULL);
    assert_int_equal(listen_on(&first, address, false), STATUS_OK);
    assert_int_equal(listen_on(&second, address, false), STATUS_UNAVAILABLE);
    world_close(&second);
    assert_int_equal(access(address + 5, F_OK), 0); /* still the first one's */
    world_close(&first);
    assert_int_equal(rmdir(directory), 0);
}

static void a_file_that_is_no_socket_is_left_alone(void **state)
{
    (void)state;
    struct world world;
    char directory[64], address[96];
    make_directory(directory);
    snprintf(address, sizeof(address), "unix:%s/f", directory);
    int descriptor = open(address + 5, O_CREAT | O_WRONLY, 0600);
    assert_true(descriptor >= 0);
    close(descriptor);
    world_open(&world, NULL);
    assert_int_equal(listen_on(&world, address, false), STATUS_UNAVAILABLE);
    world_close(&world);
    assert_int_equal(unlink(address + 5), 0);
    assert_int_equal(rmdir(directory), 0);
}

static void a_connection_beyond_the_limit_is_told_so(void **state)
{
    (void)state;
    struct world world;
    struct http_server_options options = http_server_defaults();
    options.connection_limit = 2;
    world_open(&world, &options);
    assert_int_equal(listen_on(&world, "127.0.0.1:0", false), STATUS_OK);
    struct client one = client_connect(&world);
    struct client two = client_connect(&world);
    world_turn(&world);
    struct client three = client_connect(&world);
    client_say(&world, &three, GET);
    const char *text = client_text(&world, &three);
    assert_memory_equal(text, "HTTP/1.1 503 Service Unavailable\r\n", 34);
    assert_contains(text, "urn:orderd:problem:overloaded");
    assert_contains(text, "Retry-After: 1\r\n");
    assert_true(three.ended);
    assert_int_equal(world.handled, 0);
    client_close(&one);
    client_close(&three);
    world_turn(&world);
    assert_serves(&world);
    client_close(&two);
    world_close(&world);
}

static void far_beyond_the_limit_connections_are_closed_untold(void **state)
{
    (void)state;
    struct world world;
    struct client clients[80];
    struct http_server_options options = http_server_defaults();
    options.connection_limit = 1;
    world_open(&world, &options);
    assert_int_equal(listen_on(&world, "127.0.0.1:0", false), STATUS_OK);
    for (size_t i = 0; i < 80; i++) {
        clients[i] = client_connect(&world);
        world_turn(&world);
    }
    assert_true(world.server->connection_count < 80);
    for (size_t i = 0; i < 80; i++)
        client_close(&clients[i]);
    world_turn(&world);
    assert_int_equal(world.server->connection_count, 0);
    world_close(&world);
}

static void no_descriptor_left_only_delays_a_connection(void **state)
{
    (void)state;
    struct world world;
    struct rlimit before, now;
    world_open(&world, NULL);
    assert_int_equal(listen_on(&world, "127.0.0.1:0", false), STATUS_OK);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    struct client client = client_connect(&world);
    now = before;
    now.rlim_cur = (rlim_t)client.descriptor + 1; /* nothing above is open */
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &now), 0);
    world_turn(&world);
    assert_true(listener_is_resting(world.server->listeners[0]));
    assert_int_equal(world.server->connection_count, 0);

    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    client_say(&world, &client, GET);
    while (world.handled == 0)
        event_base_loop(world.base, EVLOOP_ONCE);
    assert_contains(client_text(&world, &client), "HTTP/1.1 200 OK\r\n");
    assert_false(listener_is_resting(world.server->listeners[0]));
    client_close(&client);
    world_close(&world);
}

static void on_stopped(void *arg)
{
    struct world *world = arg;
    world->stopped = true;
}

static void a_stopping_server_closes_idle_connections(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    struct client used = client_open(&world);
    struct client fresh = client_open(&world);
    client_say(&world, &used, GET);
    http_server_stop(world.server, on_stopped, &world);
    assert_false(world.stopped); /* never from within the call */
    (void)client_text(&world, &used);
    (void)client_text(&world, &fresh);
    assert_true(used.ended && fresh.ended);
    assert_true(world.stopped);
    client_close(&used);
    client_close(&fresh);
    world_close(&world);
}

static void a_stopping_server_finishes_what_is_in_flight(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    assert_int_equal(listen_on(&world, "127.0.0.1:0", false), STATUS_OK);
    world.hold = true;
    struct client busy = client_connect(&world);
    struct client halfway = client_connect(&world);
    client_say(&world, &busy, GET);
    client_say(&world, &halfway, "GET / HTTP/1.1\r\n");
    http_server_stop(world.server, on_stopped, &world);
    client_say(&world, &halfway, "Host: x\r\n\r\n");
    assert_int_equal(world.held_count, 2);
    assert_false(world.stopped);
    answer(world.held[0], "one");
    answer(world.held[1], "two");
    assert_contains(client_text(&world, &busy), "Connection: close\r\n");
    assert_contains(busy.got.data, "one");
    assert_contains(client_text(&world, &halfway), "two");
    client_close(&busy);
    client_close(&halfway);
    world_turn(&world);
    assert_true(world.stopped);
    world_close(&world);
}

static void a_stopping_server_answers_what_has_arrived_unread(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    assert_int_equal(listen_on(&world, "127.0.0.1:0", false), STATUS_OK);
    struct client known = client_connect(&world);
    world_turn(&world);
    struct client queued = client_connect(&world);
    assert_int_equal(send(known.descriptor, GET, strlen(GET), 0), strlen(GET));
    assert_int_equal(send(queued.descriptor, GET, strlen(GET), 0), strlen(GET));
    http_server_stop(world.server, on_stopped, &world);
    assert_contains(client_text(&world, &known), "Connection: close\r\n");
    assert_contains(client_text(&world, &queued), "Connection: close\r\n");
    client_close(&known);
    client_close(&queued);
    world_turn(&world);
    assert_true(world.stopped);
    world_close(&world);
}

static void a_stopping_server_waits_for_requests_whose_client_left(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    world.hold = true;
    struct client client = client_open(&world);
    client_say(&world, &client, GET);
    http_server_stop(world.server, on_stopped, &world);
    client_close(&client);
    world_turn(&world);
    assert_false(world.stopped);
    answer(world.held[0], "");
    world_turn(&world);
    assert_true(world.stopped);
    world_close(&world);
}

static void free_in_stopped(void *arg)
{
    struct world *world = arg;
    http_server_free(&world->server);
    world->stopped = true;
}

static void a_server_may_be_freed_when_it_has_stopped(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    struct client client = client_open(&world);
    client_say(&world, &client, GET);
    http_server_stop(world.server, free_in_stopped, &world);
    world_turn(&world);
    assert_true(world.stopped);
    client_close(&client);
    world_close(&world);
}

static void a_request_outlives_its_server(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    world.hold = true;
    struct client client = client_open(&world);
    client_say(&world, &client, GET);
    http_server_free(&world.server);
    assert_memory_equal(http_request_path(world.held[0]).data, "/", 1);
    answer(world.held[0], "nobody hears it");
    client_close(&client);
    world_close(&world);
}

static void refusals_and_connections_are_counted(void **state)
{
    (void)state;
    struct world world;
    struct counter *refused =
        metrics_counter("orderd_http_rejected_total", "", "reason=\"bad-request\"");
    struct gauge *open = metrics_gauge("orderd_http_connections", "", "");
    uint64_t before = counter_value(refused);
    world_open(&world, NULL);
    struct client client = client_open(&world);
    assert_int_equal(gauge_value(open), 1);
    client_say(&world, &client, "rubbish\r\n");
    assert_int_equal(counter_value(refused), before + 1);
    client_close(&client);
    world_turn(&world);
    assert_int_equal(gauge_value(open), 0);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_free_port_is_found_and_told),
        cmocka_unit_test(ipv6_is_served),
        cmocka_unit_test(what_is_no_address_is_invalid),
        cmocka_unit_test(servers_of_this_process_share_an_address),
        cmocka_unit_test(threads_share_an_address),
        cmocka_unit_test(an_address_is_not_shared_unasked),
        cmocka_unit_test(the_shared_address_of_another_process_is_refused),
        cmocka_unit_test(a_unix_socket_is_its_owners_alone_and_goes_with_the_server),
        cmocka_unit_test(a_stale_unix_socket_is_replaced_and_a_live_one_is_not),
        cmocka_unit_test(a_file_that_is_no_socket_is_left_alone),
        cmocka_unit_test(a_connection_beyond_the_limit_is_told_so),
        cmocka_unit_test(far_beyond_the_limit_connections_are_closed_untold),
        cmocka_unit_test(no_descriptor_left_only_delays_a_connection),
        cmocka_unit_test(a_stopping_server_closes_idle_connections),
        cmocka_unit_test(a_stopping_server_finishes_what_is_in_flight),
        cmocka_unit_test(a_stopping_server_answers_what_has_arrived_unread),
        cmocka_unit_test(a_stopping_server_waits_for_requests_whose_client_left),
        cmocka_unit_test(a_server_may_be_freed_when_it_has_stopped),
        cmocka_unit_test(a_request_outlives_its_server),
        cmocka_unit_test(refusals_and_connections_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
