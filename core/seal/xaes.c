/* XAES-256-GCM on libcrypto's AES. */
#include "seal/xaes.h"

#include "base/memory.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 16, HALF = XAES_NONCE_SIZE / 2 };

struct xaes {
    EVP_CIPHER *blocks, *gcm; /* fetched once: a look-up by name costs more than a message */
    uint8_t key[XAES_KEY_SIZE];
    uint8_t mask[BLOCK]; /* CMAC's K1 (NIST SP 800-38B, 6.1) */
};

/* Encrypts whole blocks, each for itself, with the main key. */
static bool encrypt_blocks(const struct xaes *xaes, EVP_CIPHER_CTX *context, const uint8_t *in,
                           uint8_t *out, int size)
{
    int put = 0;

    return EVP_EncryptInit_ex2(context, xaes->blocks, xaes->key, NULL, NULL) == 1 &&
           EVP_CIPHER_CTX_set_padding(context, 0) == 1 &&
           EVP_EncryptUpdate(context, out, &put, in, size) == 1 && put == size;
}

/* Twice the block in GF(2^128). */
static void double_block(const uint8_t in[BLOCK], uint8_t out[BLOCK])
{
    for (int i = 0; i < BLOCK; i++)
        out[i] = (uint8_t)(in[i] << 1 | (i + 1 < BLOCK ? in[i + 1] >> 7 : 0));
    out[BLOCK - 1] ^= (uint8_t)(0x87 & -(in[0] >> 7)); /* no branch on what is secret */
}

static bool make_mask(struct xaes *xaes)
{
    static const uint8_t zeros[BLOCK];
    uint8_t block[BLOCK];
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    bool made = context && encrypt_blocks(xaes, context, zeros, block, BLOCK);

    if (made)
        double_block(block, xaes->mask);
    EVP_CIPHER_CTX_free(context);
    OPENSSL_cleanse(block, sizeof(block));
    return made;
}

struct xaes *xaes_new(const uint8_t key[XAES_KEY_SIZE])
{
    struct xaes *xaes = memory_new(sizeof(*xaes));

    memcpy(xaes->key, key, XAES_KEY_SIZE);
    xaes->blocks = EVP_CIPHER_fetch(NULL, "AES-256-ECB", NULL);
    xaes->gcm = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
    if (!xaes->blocks || !xaes->gcm || !make_mask(xaes))
        xaes_free(&xaes);
    ERR_clear_error();
    return xaes;
}

void xaes_free(struct xaes **xaes)
{
    if (!*xaes)
        return;
    EVP_CIPHER_free((*xaes)->blocks);
    EVP_CIPHER_free((*xaes)->gcm);
    OPENSSL_cleanse(*xaes, sizeof(**xaes));
    free(*xaes);
    *xaes = NULL;
}

/* The key of this one message: CMAC of {counter, 'X', 0, the nonce's first half}, twice. */
static bool derive(const struct xaes *xaes, EVP_CIPHER_CTX *context, const uint8_t *nonce,
                   uint8_t key[XAES_KEY_SIZE])
{
    uint8_t blocks[XAES_KEY_SIZE];

    for (int i = 0; i < 2; i++) {
        uint8_t *block = blocks + (ptrdiff_t)i * BLOCK;
        const uint8_t head[BLOCK - HALF] = {0, (uint8_t)(i + 1), 'X', 0};
        memcpy(block, head, sizeof(head));
        memcpy(block + sizeof(head), nonce, HALF);
        for (int j = 0; j < BLOCK; j++)
            block[j] ^= xaes->mask[j];
    }
    return encrypt_blocks(xaes, context, blocks, key, XAES_KEY_SIZE);
}

/* Begins a message in either direction: the key, the nonce's second half, what is only
 * authenticated, and the bytes. */
static bool run(const struct xaes *xaes, EVP_CIPHER_CTX *context,
                const struct xaes_message *message, int encrypt)
{
    uint8_t key[XAES_KEY_SIZE];
    int put = 0;
    bool done = derive(xaes, context, message->nonce, key) &&
                EVP_CipherInit_ex2(context, xaes->gcm, key, message->nonce + HALF, encrypt, NULL) &&
                EVP_CipherUpdate(context, NULL, &put, message->extra, (int)message->extra_size) &&
                EVP_CipherUpdate(context, message->out, &put, message->in, (int)message->size);

    OPENSSL_cleanse(key, sizeof(key));
    return done;
}

bool xaes_encrypt(const struct xaes *xaes, const struct xaes_message *message,
                  uint8_t tag[XAES_TAG_SIZE])
{
    uint8_t none[BLOCK];
    int put = 0;
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    bool done = context && run(xaes, context, message, 1) &&
                EVP_EncryptFinal_ex(context, none, &put) == 1 &&
                EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, XAES_TAG_SIZE, tag) == 1;

    EVP_CIPHER_CTX_free(context);
    ERR_clear_error();
    return done;
}

bool xaes_decrypt(const struct xaes *xaes, const struct xaes_message *message,
                  const uint8_t tag[XAES_TAG_SIZE])
{
    uint8_t expected[XAES_TAG_SIZE];
    uint8_t none[BLOCK];
    int put = 0;
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();

    memcpy(expected, tag, sizeof(expected)); /* libcrypto wants it writable */
    bool done = context && run(xaes, context, message, 0) &&
                EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, XAES_TAG_SIZE, expected) == 1 &&
                EVP_DecryptFinal_ex(context, none, &put) == 1;
    if (!done)
        OPENSSL_cleanse(message->out, message->size); /* nobody may see what is not proven */
    EVP_CIPHER_CTX_free(context);
    ERR_clear_error();
    return done;
}
