/* SHA-256 on libcrypto. */
#include "seal/digest.h"

#include <openssl/evp.h>

enum status digest_make(const void *bytes, size_t size, uint8_t digest[DIGEST_SIZE])
{
    return EVP_Digest(bytes, size, digest, NULL, EVP_sha256(), NULL) == 1 ? STATUS_OK
                                                                          : STATUS_INTERNAL;
}
