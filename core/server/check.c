/* --check and --test: one thread's worth of the service, in the main thread, without sockets but
 * one: the tests' own servants are served on a free port of the loopback address, so that a test
 * can call them. */
#include "server/check.h"

#include "base/random.h"
#include "bindings/orb.h"
#include "bindings/test.h"
#include "server/access.h"
#include "server/directory.h"
#include "server/scripts.h"
#include "server/thread.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>

static const struct thread_role no_role = {0};

static int tell(enum status status, const struct fault *fault)
{
    if (status == STATUS_OK)
        return EXIT_SUCCESS;
    fprintf(stderr, "orderd: %s%s%s\n", fault->where, fault->where[0] ? ": " : "", fault->text);
    return EXIT_FAILURE;
}

/* ---- --check ---- */

static enum status access_check(const struct config *config, struct fault *fault)
{
    struct curve_keys keys;
    struct bus_clients *clients = NULL;
    if (!config->bus.curve)
        return STATUS_OK;
    enum status status = access_keys_read(config, &keys, fault);
    curve_keys_wipe(&keys);
    if (status == STATUS_OK)
        status = access_clients_read(config, &clients, fault);
    if (status == STATUS_OK && !clients)
        fprintf(stderr, "orderd: %s: there is no list of clients yet: ZeroMQ would let nobody in\n",
                config->bus.clients);
    bus_clients_free(&clients);
    return status;
}

int check_run(const struct config *config)
{
    struct thread thread = {0};
    struct bundle *bundle = NULL;
    struct jwt_keys *keys = NULL;
    struct vm *vm = NULL;
    struct fault fault = {0};
    enum status status = keys_read(config, &keys, &fault);
    if (status == STATUS_OK)
        status = access_check(config, &fault);
    if (status == STATUS_OK)
        status = scripts_read(config, false, &bundle, &fault);
    if (status == STATUS_OK)
        status = thread_open(&thread, &no_role, "check", config, NULL, keys, &fault);
    if (status == STATUS_OK)
        status = scripts_load(config, bundle, false, 1, &thread.services, &vm, &fault);
    if (status == STATUS_OK) {
        printf("ok\n");
        vm_free(&vm);
    }
    thread_close(&thread);
    if (bundle)
        bundle_release(&bundle);
    jwt_keys_release(&keys);
    return tell(status, &fault);
}

/* ---- --test ---- */

struct test_bench {
    struct thread thread;
    struct orb_server *orb;
    struct seal *seal; /* of a key that nobody else has */
    struct store *store;
    struct bundle *bundle;
    char directory[256];
    size_t failed;
};

/* The thread's Lua states are gone by now. */
static void test_close(struct thread *thread)
{
    struct test_bench *bench = (struct test_bench *)thread;
    if (bench->orb)
        orb_server_free(&bench->orb);
}

static const struct thread_role test_role = {.close = test_close};

static void on_result(void *arg, const struct script_test_result *result)
{
    (void)arg;
    if (result->passed)
        printf("ok   %s\n", result->name);
    else
        printf("FAIL %s: %s\n", result->name, result->message ? result->message : "");
}

static void on_finished(void *arg, size_t passed, size_t failed)
{
    struct test_bench *bench = arg;
    bench->failed = failed;
    printf("%zu passed, %zu failed\n", passed, failed);
    event_base_loopexit(bench->thread.base, NULL);
}

static enum status test_store_open(struct test_bench *bench, const struct config *config,
                                   struct fault *fault)
{
    char url[sizeof(bench->directory) + 32];
    const struct store_options options = {
        .url = url,
        .deadline_ms = (int)config->store.deadline_ms,
        .group_limit = (size_t)config->store.group,
        .queue_limit = (size_t)config->store.queue,
        .key_ms = config->store.key_ms,
    };
    enum status status = directory_make_temporary(bench->directory, fault);
    snprintf(url, sizeof(url), "sqlite:%s/test.db", bench->directory);
    if (status == STATUS_OK)
        status = store_open(&options, &bench->store, fault);
    return status;
}

static enum status test_seal_open(struct test_bench *bench, struct fault *fault)
{
    uint8_t key[SEAL_KEY_SIZE];
    random_bytes(key, sizeof(key));
    bench->thread.services.seal = bench->seal = seal_new(key);
    return bench->seal ? STATUS_OK
                       : fault_set(fault, STATUS_UNAVAILABLE, NULL, "libcrypto has no AES-256-GCM");
}

static enum status test_orb_listen(struct test_bench *bench, const struct config *config,
                                   const struct orb_adapter *adapter, struct fault *fault)
{
    const struct orb_server_options options = orb_server_options_of(config);
    bench->orb = orb_server_new(bench->thread.base, &options, adapter);
    enum status status = orb_server_listen(bench->orb, "127.0.0.1:0", false, fault);
    if (status == STATUS_OK)
        thread_publish(&bench->thread, config, orb_server_address(bench->orb));
    return status;
}

static enum status bench_open(struct test_bench *bench, const struct config *config,
                              struct fault *fault)
{
    struct vm *vm = NULL;
    enum status status = test_store_open(bench, config, fault);
    if (status == STATUS_OK)
        status = scripts_read(config, true, &bench->bundle, fault);
    if (status == STATUS_OK)
        status = thread_open(&bench->thread, &test_role, "test", config, bench->store, NULL, fault);
    if (status == STATUS_OK)
        status = test_seal_open(bench, fault);
    if (status == STATUS_OK)
        status = scripts_load(config, bench->bundle, true, 1, &bench->thread.services, &vm, fault);
    if (status != STATUS_OK)
        return status;
    thread_attach(&bench->thread, vm);
    return test_orb_listen(bench, config, lua_orb_adapter(vm), fault);
}

static void bench_close(struct test_bench *bench)
{
    thread_close(&bench->thread);
    seal_free(&bench->seal);
    if (bench->bundle)
        bundle_release(&bench->bundle);
    if (bench->store)
        store_close(&bench->store);
    if (bench->directory[0])
        directory_remove(bench->directory);
}

int test_run(const struct config *config)
{
    struct test_bench bench = {0};
    struct fault fault = {0};
    enum status status = bench_open(&bench, config, &fault);
    if (status == STATUS_OK) {
        const struct script_test_run run = {
            .result = on_result, .finished = on_finished, .arg = &bench};
        lua_tests_run(vm_set_current(&bench.thread.vms), &run);
        event_base_loop(bench.thread.base, EVLOOP_NO_EXIT_ON_EMPTY);
    }
    bench_close(&bench);
    if (status == STATUS_OK && bench.failed > 0)
        return EXIT_FAILURE;
    return tell(status, &fault);
}
