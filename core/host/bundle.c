/* A bundle in memory: its scripts sorted by module, its hash, and who holds it. */
#include "host/bundle_private.h"

#include "base/memory.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct bundle *bundle_new(void)
{
    struct bundle *bundle = memory_new(sizeof(*bundle));
    atomic_init(&bundle->holders, 1);
    return bundle;
}

struct bundle *bundle_hold(struct bundle *bundle)
{
    atomic_fetch_add_explicit(&bundle->holders, 1, memory_order_relaxed);
    return bundle;
}

static void script_release(struct script *script)
{
    free((char *)script->module);
    free((char *)script->path);
    free((char *)script->text);
}

void bundle_release(struct bundle **bundle)
{
    struct bundle *left = *bundle;
    *bundle = NULL;
    if (!left || atomic_fetch_sub_explicit(&left->holders, 1, memory_order_acq_rel) > 1)
        return;
    for (size_t i = 0; i < left->count; i++)
        script_release(&left->scripts[i]);
    free(left->scripts);
    free(left);
}

/* ---- order and hash ---- */

static int by_module(const void *a, const void *b)
{
    const struct script *left = a, *right = b;
    return strcmp(left->module, right->module);
}

/* Lengths stand before the bytes, so that no two bundles are written alike. */
static bool hash_script(EVP_MD_CTX *context, const struct script *script)
{
    char head[64];
    int length = snprintf(head, sizeof(head), "%zu %zu\n", strlen(script->module), script->length);
    return EVP_DigestUpdate(context, head, (size_t)length) &&
           EVP_DigestUpdate(context, script->module, strlen(script->module)) &&
           EVP_DigestUpdate(context, script->text, script->length);
}

static bool hash_scripts(EVP_MD_CTX *context, const struct bundle *bundle, unsigned char *digest)
{
    if (!context || !EVP_DigestInit_ex(context, EVP_sha256(), NULL))
        return false;
    for (size_t i = 0; i < bundle->count; i++) {
        if (!hash_script(context, &bundle->scripts[i]))
            return false;
    }
    return EVP_DigestFinal_ex(context, digest, NULL);
}

enum status bundle_seal(struct bundle *bundle, struct fault *fault)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (bundle->count > 0)
        qsort(bundle->scripts, bundle->count, sizeof(*bundle->scripts), by_module);
    bool hashed = hash_scripts(context, bundle, digest);
    EVP_MD_CTX_free(context);
    if (!hashed)
        return fault_set(fault, STATUS_INTERNAL, NULL, "SHA-256 is not to be had");
    for (size_t i = 0; i < BUNDLE_HASH_SIZE / 2; i++)
        snprintf(bundle->hash + 2 * i, 3, "%02x", digest[i]);
    return STATUS_OK;
}

/* ---- looking at it ---- */

const char *bundle_hash(const struct bundle *bundle)
{
    return bundle->hash;
}

size_t bundle_count(const struct bundle *bundle)
{
    return bundle->count;
}

const struct script *bundle_at(const struct bundle *bundle, size_t index)
{
    return &bundle->scripts[index];
}

const struct script *bundle_find(const struct bundle *bundle, const char *module)
{
    const struct script wanted = {.module = module};
    if (bundle->count == 0)
        return NULL;
    return bsearch(&wanted, bundle->scripts, bundle->count, sizeof(wanted), by_module);
}
