/* Tokens that were verified before, by the SHA-256 of their bytes: a hash table over a fixed set of
 * entries, the one unused for longest at the end of a list.
 *
 * Entries are numbered from 1, and 0 is none, so that zeroed memory is an empty cache and the pages
 * of entries never used cost nothing. The cache holds the keys that it was filled from: while it
 * does, their address cannot come to mean other keys, and asking with others empties it. An entry
 * lives as long as jwt_verify would take its token, the leeway included. */
#include "http/jwt_private.h"

#include "base/memory.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

enum { CAPACITY_LIMIT = 1000000 };

struct entry {
    unsigned char digest[SHA256_DIGEST_LENGTH];
    int64_t ends_at; /* milliseconds since 1970 */
    uint32_t bucket_next;
    uint32_t newer, older; /* in the order of use */
    struct identity identity;
};

struct identity_cache {
    struct jwt_keys *keys; /* held; NULL while nothing was put */
    EVP_MD *sha256;        /* fetched once: fetching costs more than hashing a token */
    EVP_MD_CTX *hash;
    size_t capacity, used, mask;
    uint32_t free, newest, oldest;
    uint32_t *buckets;
    struct entry *entries; /* [0] stays unused */
};

static size_t buckets_for(size_t capacity)
{
    size_t count = 16;
    while (count < capacity)
        count *= 2;
    return count;
}

struct identity_cache *identity_cache_new(size_t capacity)
{
    assert(capacity >= 1 && capacity <= CAPACITY_LIMIT);
    struct identity_cache *cache = memory_new(sizeof(*cache));
    size_t buckets = buckets_for(capacity);
    cache->capacity = capacity;
    cache->mask = buckets - 1;
    cache->buckets = memory_new(buckets * sizeof(*cache->buckets));
    cache->entries = memory_new((capacity + 1) * sizeof(*cache->entries));
    cache->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    cache->hash = EVP_MD_CTX_new();
    return cache;
}

void identity_cache_free(struct identity_cache **cache)
{
    struct identity_cache *freed = *cache;
    *cache = NULL;
    if (!freed)
        return;
    jwt_keys_release(&freed->keys);
    EVP_MD_CTX_free(freed->hash);
    EVP_MD_free(freed->sha256);
    free(freed->buckets);
    free(freed->entries);
    free(freed);
}

/* ---- the order of use ---- */

static void unlink_entry(struct identity_cache *cache, uint32_t at)
{
    struct entry *entry = &cache->entries[at];
    *(entry->newer ? &cache->entries[entry->newer].older : &cache->newest) = entry->older;
    *(entry->older ? &cache->entries[entry->older].newer : &cache->oldest) = entry->newer;
}

static void link_newest(struct identity_cache *cache, uint32_t at)
{
    struct entry *entry = &cache->entries[at];
    entry->newer = 0;
    entry->older = cache->newest;
    *(cache->newest ? &cache->entries[cache->newest].newer : &cache->oldest) = at;
    cache->newest = at;
}

/* ---- the table ---- */

static uint32_t *bucket_of(struct identity_cache *cache, const unsigned char *digest)
{
    uint32_t hash;
    memcpy(&hash, digest, sizeof(hash));
    return &cache->buckets[hash & cache->mask];
}

static uint32_t find(struct identity_cache *cache, const unsigned char *digest)
{
    uint32_t at = *bucket_of(cache, digest);
    while (at && CRYPTO_memcmp(cache->entries[at].digest, digest, SHA256_DIGEST_LENGTH) != 0)
        at = cache->entries[at].bucket_next;
    return at;
}

static void drop(struct identity_cache *cache, uint32_t at)
{
    struct entry *entry = &cache->entries[at];
    uint32_t *link = bucket_of(cache, entry->digest);
    while (*link != at)
        link = &cache->entries[*link].bucket_next;
    *link = entry->bucket_next;
    unlink_entry(cache, at);
    entry->bucket_next = cache->free;
    cache->free = at;
}

static uint32_t take_entry(struct identity_cache *cache)
{
    if (!cache->free && cache->used < cache->capacity)
        return (uint32_t)++cache->used;
    if (!cache->free)
        drop(cache, cache->oldest);
    uint32_t at = cache->free;
    cache->free = cache->entries[at].bucket_next;
    return at;
}

static void use_keys(struct identity_cache *cache, struct jwt_keys *keys)
{
    if (cache->keys == keys)
        return;
    memset(cache->buckets, 0, (cache->mask + 1) * sizeof(*cache->buckets));
    cache->used = 0;
    cache->free = cache->newest = cache->oldest = 0;
    jwt_keys_release(&cache->keys);
    cache->keys = jwt_keys_hold(keys);
}

/* false when OpenSSL has no memory left: then nothing is found and nothing remembered. */
static bool digest_of(struct identity_cache *cache, const char *token, size_t length,
                      unsigned char digest[SHA256_DIGEST_LENGTH])
{
    return EVP_DigestInit_ex2(cache->hash, cache->sha256, NULL) == 1 &&
           EVP_DigestUpdate(cache->hash, token, length) == 1 &&
           EVP_DigestFinal_ex(cache->hash, digest, NULL) == 1;
}

const struct identity *identity_cache_find(struct identity_cache *cache, struct jwt_keys *keys,
                                           const char *token, size_t length, int64_t now_ms)
{
    unsigned char digest[SHA256_DIGEST_LENGTH];
    use_keys(cache, keys);
    if (length > JWT_BYTES_LIMIT || !digest_of(cache, token, length, digest))
        return NULL;
    uint32_t at = find(cache, digest);
    if (!at)
        return NULL;
    if (now_ms >= cache->entries[at].ends_at) {
        drop(cache, at);
        return NULL;
    }
    unlink_entry(cache, at);
    link_newest(cache, at);
    return &cache->entries[at].identity;
}

void identity_cache_put(struct identity_cache *cache, struct jwt_keys *keys, const char *token,
                        size_t length, const struct identity *identity)
{
    unsigned char digest[SHA256_DIGEST_LENGTH];
    use_keys(cache, keys);
    if (!digest_of(cache, token, length, digest))
        return;
    uint32_t at = find(cache, digest);
    if (at)
        drop(cache, at);
    at = take_entry(cache);
    struct entry *entry = &cache->entries[at];
    memcpy(entry->digest, digest, sizeof(digest));
    entry->identity = *identity;
    entry->ends_at = identity->expires_at + (int64_t)keys->leeway_s * 1000;
    uint32_t *bucket = bucket_of(cache, digest);
    entry->bucket_next = *bucket;
    *bucket = at;
    link_newest(cache, at);
}
