#ifndef DECANT_CLIBCURL_SHIM_H
#define DECANT_CLIBCURL_SHIM_H
#include <curl/curl.h>

/* curl_easy_setopt and curl_easy_getinfo are variadic, which Swift does not import; each wrapper passes one type. */

typedef size_t (*decant_curl_transfer)(char *bytes, size_t size, size_t count, void *context);
typedef int (*decant_curl_seek)(void *context, curl_off_t offset, int origin);

/* Numbers and switches. */
static inline CURLcode decant_curl_set_long(CURL *handle, CURLoption option, long value) {
  return curl_easy_setopt(handle, option, value);
}

/* Sizes that may exceed 32 bits (options that end in _LARGE). */
static inline CURLcode decant_curl_set_size(CURL *handle, CURLoption option, curl_off_t value) {
  return curl_easy_setopt(handle, option, value);
}

/* Texts; libcurl takes a copy. */
static inline CURLcode decant_curl_set_text(CURL *handle, CURLoption option, const char *value) {
  return curl_easy_setopt(handle, option, value);
}

/* Contexts of callbacks and buffers, which must outlive the transfer. */
static inline CURLcode decant_curl_set_pointer(CURL *handle, CURLoption option, void *value) {
  return curl_easy_setopt(handle, option, value);
}

/* Header lists; libcurl takes no copy, so the list must outlive the transfer. */
static inline CURLcode decant_curl_set_list(CURL *handle, CURLoption option, struct curl_slist *value) {
  return curl_easy_setopt(handle, option, value);
}

/* The callbacks for bodies and headers (CURLOPT_WRITEFUNCTION, _HEADERFUNCTION, _READFUNCTION). */
static inline CURLcode decant_curl_set_transfer(CURL *handle, CURLoption option, decant_curl_transfer value) {
  return curl_easy_setopt(handle, option, value);
}

/* Rewinding a body that has to be sent again on a new connection (CURLOPT_SEEKFUNCTION). */
static inline CURLcode decant_curl_set_seek(CURL *handle, decant_curl_seek value) {
  return curl_easy_setopt(handle, CURLOPT_SEEKFUNCTION, value);
}

/* The status code, and how many bytes of requests were sent. */
static inline CURLcode decant_curl_get_long(CURL *handle, CURLINFO info, long *value) {
  return curl_easy_getinfo(handle, info, value);
}

/* The result of a transfer that the multi handle reports as done, or -1 where none is done. */
static inline int decant_curl_finished(CURLM *multi) {
  int left = 0;
  CURLMsg *message = curl_multi_info_read(multi, &left);
  return message && message->msg == CURLMSG_DONE ? (int)message->data.result : -1;
}

/* CURL_GLOBAL_DEFAULT is a sum of macros. */
static inline CURLcode decant_curl_start(void) { return curl_global_init(CURL_GLOBAL_DEFAULT); }

static const size_t decant_curl_abort_read = CURL_READFUNC_ABORT;
#endif
