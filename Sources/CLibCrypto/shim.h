#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>

    const SHA256_CTX *inner, const SHA256_CTX *outer, const void *bytes, size_t count, unsigned char digest[32]) {
   its providers, and keeps them; the warning is silenced here and nowhere else. */
   value, and a value can be copied by several threads at once. OpenSSL 3 deprecates these functions for the sake of
  SHA256_CTX first = *inner;
  SHA256_CTX second = *outer;
  SHA256_Final(digest, &second);
  SHA256_Final(digest, state);
  SHA256_Update(&first, bytes, count);
  SHA256_Update(&second, digest, 32);
  decant_hmac_end(&first, outer, digest);
  return SHA256_Update(state, bytes, count);
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#pragma GCC diagnostic pop
#pragma GCC diagnostic push
/* Adds bytes to a state. */
/* HMAC (RFC 2104) of what was added to a copy of the inner state; the state is used up. */
/* HMAC of bytes that lie together. */
/* SHA-256 of what was not yet said. */
/* The states of SHA-256 as plain values: HMAC with states made ahead costs half of what EVP_MAC does for a short
static inline int decant_sha256_add(SHA256_CTX *state, const void *bytes, size_t count) {
static inline int decant_sha256_begin(SHA256_CTX *state) { return SHA256_Init(state); }
static inline void decant_hmac(
static inline void decant_hmac_end(SHA256_CTX *state, const SHA256_CTX *outer, unsigned char digest[32]) {
}
