/* orderd.idempotency: a request that may come twice under one key is carried out once.
 *
 * A claim keeps other requests of this process from the key while its task lives: it is held by the
 * task (host/task.h), so that it ends with the task however that ends, and does not wait for the
 * collector. Requests of other processes are kept from it by the store alone, which takes a key
 * with one order only; the one that is told so answers what the other has stored. The same holds
 * for a save that is still under way when its task has been stopped. */
#include "bindings/idempotency.h"

#include "base/memory.h"
#include "bindings/answer.h"
#include "bindings/kept_answer.h"
#include "bindings/kind.h"
#include "bindings/module.h"
#include "bindings/open.h"
#include "bindings/problem.h"
#include "bindings/repository.h"
#include "host/task.h"
#include "http/idempotency_key.h"
#include "seal/digest.h"

#include <stdlib.h>
#include <string.h>

_Static_assert((int)IDEMPOTENCY_KEY_LIMIT == (int)KEY_LIMIT, "the store takes every key of HTTP");
_Static_assert((int)DIGEST_SIZE == (int)KEY_HASH_SIZE, "the store keeps whole digests");

enum { BYTES_PER_INSTRUCTION = 64 }; /* of digesting a body, against a Lua instruction */

struct claim {
    struct task_hold hold; /* must be first */
    struct repository *repository;
    bool held;
    struct uuid user_id;
    char key[KEY_LIMIT + 1];
    uint8_t request_hash[KEY_HASH_SIZE];
};

/* ---- life ---- */

static void let_go(struct task_hold *hold)
{
    struct claim *claim = (struct claim *)hold;
    claim->held = false;
    repository_key_release(claim->repository, &claim->user_id, claim->key);
}

void claim_lose(struct claim *claim)
{
    task_let_go(&claim->hold);
}

static int release(lua_State *L)
{
    claim_lose(lua_touserdata(L, 1));
    return 0;
}

static void read_user(lua_State *L, int argument, struct uuid *user_id)
{
    size_t length;
    const char *text = luaL_checklstring(L, argument, &length);
    if (uuid_parse(text, length, user_id) != STATUS_OK)
        luaL_argerror(L, argument, "must be a UUID");
}

static void read_key(lua_State *L, int argument, char key[KEY_LIMIT + 1])
{
    size_t length;
    const char *text = luaL_checklstring(L, argument, &length);
    struct fault fault;
    if (idempotency_key_read(text, length, key, &fault) != STATUS_OK)
        problem_raise_invalid(L, &fault);
}

static void read_request(lua_State *L, int argument, uint8_t hash[KEY_HASH_SIZE])
{
    size_t length;
    const char *body = luaL_checklstring(L, argument, &length);
    task_charge(L, (int64_t)(length / BYTES_PER_INSTRUCTION));
    if (digest_make(body, length, hash) != STATUS_OK)
        luaL_error(L, "the request's digest cannot be made");
}

static const struct kind claim_kind;

static int lua_claim(lua_State *L)
{
    struct repository *repository = services_repository(L);
    if (!task_of(L))
        return luaL_error(L, "a key can be claimed inside a request, hook or timer only");
    struct claim *claim = kind_new(L, &claim_kind, sizeof(*claim), 0);
    claim->repository = repository;
    read_key(L, 1, claim->key);
    read_user(L, 2, &claim->user_id);
    read_request(L, 3, claim->request_hash);
    claim->held = repository_key_claim(repository, &claim->user_id, claim->key);
    if (claim->held)
        task_hold(L, &claim->hold, let_go);
    return 1;
}

/* ---- what is stored under the key ---- */

struct asking {
    struct wait *wait;
    const struct claim *claim; /* the task's stack keeps it alive while the task waits */
    enum status status;
    const struct keyed_answer *found;
    const struct fault *fault;
};

static int raise_in_flight(lua_State *L)
{
    problem_push(L, "idempotency-in-flight", "The first request with this key is under way.");
    lua_createtable(L, 0, 1);
    lua_pushliteral(L, "1");
    lua_setfield(L, -2, "Retry-After");
    lua_setfield(L, -2, "headers");
    return lua_error(L);
}

static int push_stored(lua_State *L, void *arg)
{
    const struct asking *asking = arg;
    const struct keyed_answer *found = asking->found;
    if (asking->status == STATUS_NOT_FOUND && !asking->claim->held)
        return raise_in_flight(L);
    if (asking->status == STATUS_NOT_FOUND) {
        lua_pushnil(L);
        return 1;
    }
    if (asking->status != STATUS_OK)
        return repository_raise(L, asking->status, asking->fault);
    if (memcmp(found->request_hash, asking->claim->request_hash, KEY_HASH_SIZE) != 0)
        return problem_raise(L, "idempotency-key-reused",
                             "This key has been used with another body.");
    kept_answer_push(L, found->answer, found->answer_length, "Idempotent-Replayed", "true");
    return 1;
}

static void key_found(void *arg, enum status status, const struct keyed_answer *found,
                      const struct fault *fault)
{
    struct asking *asking = arg;
    asking->status = status;
    asking->found = found;
    asking->fault = fault;
    wait_finish(asking->wait, push_stored, asking);
    free(asking);
}

static int stored(lua_State *L)
{
    const struct claim *claim = kind_check(L, 1, &claim_kind);
    struct wait *wait = wait_begin(L, NULL, NULL);
    struct asking *asking = memory_new(sizeof(*asking));
    *asking = (struct asking){.wait = wait, .claim = claim};
    repository_key_find(claim->repository, &claim->user_id, claim->key, key_found, asking);
    return wait_yield(L, wait);
}

static const luaL_Reg methods[] = {{"stored", stored}, {NULL, NULL}};
static const struct kind claim_kind = {.name = "claim", .methods = methods, .release = release};

/* ---- for the module that saves ---- */

/* Writes the option `answer` into the scratch buffer. */
static void write_answer(lua_State *L, int options, struct keyed_answer *keyed)
{
    struct answer answer;
    lua_pushliteral(L, "answer");
    if (lua_rawget(L, options) != LUA_TTABLE)
        luaL_error(L, "'answer' must be an answer when there is 'keyed', not %s",
                   luaL_typename(L, -1));
    answer_read(L, -1, &answer);
    struct buffer *scratch = scratch_take(L);
    kept_answer_write(L, &answer, scratch);
    keyed->answer = scratch->data;
    keyed->answer_length = scratch->size;
    lua_pop(L, 1); /* the options keep it until the store has copied */
}

static void refuse_answer(lua_State *L, int options)
{
    lua_pushliteral(L, "answer");
    if (lua_rawget(L, options) != LUA_TNIL)
        luaL_error(L, "'answer' is stored under a key: there must be 'keyed'");
    lua_pop(L, 1);
}

struct claim *claim_read(lua_State *L, int options, struct keyed_answer *keyed)
{
    lua_pushliteral(L, "keyed");
    if (lua_rawget(L, options) == LUA_TNIL) {
        lua_pop(L, 1);
        refuse_answer(L, options);
        return NULL;
    }
    struct claim *claim = kind_test(L, lua_gettop(L), &claim_kind);
    if (!claim) {
        luaL_error(L, "'keyed' must be a claim, not %s", luaL_typename(L, -1));
        return NULL; /* never */
    }
    if (!claim->held)
        luaL_error(L, "the claim does not hold its key (any more)");
    *keyed = (struct keyed_answer){.user_id = claim->user_id, .key = claim->key};
    memcpy(keyed->request_hash, claim->request_hash, KEY_HASH_SIZE);
    write_answer(L, options, keyed);
    return claim;
}

int open_idempotency(lua_State *L)
{
    static const luaL_Reg functions[] = {{"claim", lua_claim}, {NULL, NULL}};
    luaL_newlib(L, functions);
    return 1;
}
