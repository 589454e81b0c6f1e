#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

/* The states of SHA-256 as plain values: HMAC with states made ahead costs half of what EVP_MAC does for a short
   value, and a value can be copied by several threads at once. OpenSSL 3 deprecates these functions for the sake of
   its providers, and keeps them; the warning is silenced here and nowhere else. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

/* SHA-256 of what was not yet said. */
static inline int decant_sha256_begin(SHA256_CTX *state) { return SHA256_Init(state); }

/* Adds bytes to a state. */
static inline int decant_sha256_add(SHA256_CTX *state, const void *bytes, size_t count) {
  return SHA256_Update(state, bytes, count);
}

/* HMAC (RFC 2104) of what was added to a copy of the inner state; the state is used up. */
static inline void decant_hmac_end(SHA256_CTX *state, const SHA256_CTX *outer, unsigned char digest[32]) {
  SHA256_CTX second = *outer;
  SHA256_Final(digest, state);
  SHA256_Update(&second, digest, 32);
  SHA256_Final(digest, &second);
}

/* HMAC of bytes that lie together. */
static inline void decant_hmac(
    const SHA256_CTX *inner, const SHA256_CTX *outer, const void *bytes, size_t count, unsigned char digest[32]) {
  SHA256_CTX first = *inner;
  SHA256_Update(&first, bytes, count);
  decant_hmac_end(&first, outer, digest);
}

#pragma GCC diagnostic pop
