/* The keys that are held: a small hash table under a lock, which is held for a few comparisons. */
#include "store/claims.h"

#include "base/memory.h"
#include "base/random.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

/* As many chains as requests are usually under way. */
enum { CHAINS = 1024 };

struct claim {
    SLIST_ENTRY(claim) next;
    struct uuid user_id;
    char key[]; /* terminated */
};

SLIST_HEAD(chain, claim);

struct claims {
    pthread_mutex_t lock;
    uint64_t seed; /* so that nobody outside can choose keys of one chain */
    struct chain chains[CHAINS];
};

struct claims *claims_new(void)
{
    struct claims *claims = memory_new(sizeof(*claims));

    pthread_mutex_init(&claims->lock, NULL);
    random_bytes(&claims->seed, sizeof(claims->seed));
    for (size_t i = 0; i < CHAINS; i++)
        SLIST_INIT(&claims->chains[i]);
    return claims;
}

static void chain_free(struct chain *chain)
{
    struct claim *claim;

    while ((claim = SLIST_FIRST(chain)) != NULL) {
        SLIST_REMOVE_HEAD(chain, next);
        free(claim);
    }
}

void claims_free(struct claims **claims)
{
    if (*claims == NULL)
        return;
    for (size_t i = 0; i < CHAINS; i++)
        chain_free(&(*claims)->chains[i]);
    pthread_mutex_destroy(&(*claims)->lock);
    free(*claims);
    *claims = NULL;
}

/* FNV-1a, begun at the seed. */
static uint64_t hash(uint64_t sum, const void *bytes, size_t size)
{
    const uint8_t *byte = bytes;

    for (size_t i = 0; i < size; i++)
        sum = (sum ^ byte[i]) * UINT64_C(0x100000001b3);
    return sum;
}

static struct chain *chain_of(struct claims *claims, const struct uuid *user_id, const char *key)
{
    uint64_t sum = hash(claims->seed, user_id->bytes, sizeof(user_id->bytes));

    sum = hash(sum, key, strlen(key));
    return &claims->chains[(sum ^ sum >> 32) % CHAINS];
}

static struct claim *find(const struct chain *chain, const struct uuid *user_id, const char *key)
{
    struct claim *claim;

    SLIST_FOREACH(claim, chain, next)
    if (uuid_equal(&claim->user_id, user_id) && strcmp(claim->key, key) == 0)
        break;
    return claim;
}

bool claims_take(struct claims *claims, const struct uuid *user_id, const char *key)
{
    struct chain *chain = chain_of(claims, user_id, key);
    size_t size = strlen(key) + 1;
    struct claim *mine = memory_new(sizeof(*mine) + size);
    bool taken;

    mine->user_id = *user_id;
    memcpy(mine->key, key, size);
    pthread_mutex_lock(&claims->lock);
    taken = find(chain, user_id, key) == NULL;
    if (taken)
        SLIST_INSERT_HEAD(chain, mine, next);
    pthread_mutex_unlock(&claims->lock);
    if (!taken)
        free(mine);
    return taken;
}

void claims_give_back(struct claims *claims, const struct uuid *user_id, const char *key)
{
    struct chain *chain = chain_of(claims, user_id, key);
    struct claim *held;

    pthread_mutex_lock(&claims->lock);
    held = find(chain, user_id, key);
    if (held != NULL)
        SLIST_REMOVE(chain, held, claim, next);
    pthread_mutex_unlock(&claims->lock);
    free(held);
}
