#pragma once
#include <curl/curl.h>
#include <sys/socket.h>

// Typed stands-ins for calls with variable arguments, which Swift cannot make.

typedef size_t (*flowfleet_curl_bytes)(char *bytes, size_t one, size_t count, void *context);

static inline CURLcode flowfleet_curl_number(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode flowfleet_curl_text(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}
// Copied: bytes may go away after the call.
static inline CURLcode flowfleet_curl_body(CURL *handle, const char *bytes, curl_off_t count) {
    CURLcode code = curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, count);
    return code != CURLE_OK ? code : curl_easy_setopt(handle, CURLOPT_COPYPOSTFIELDS, bytes);
}
// Not copied: the list must live until the next reset.
static inline CURLcode flowfleet_curl_headers(CURL *handle, struct curl_slist *list) {
    return curl_easy_setopt(handle, CURLOPT_HTTPHEADER, list);
}
static inline CURLcode flowfleet_curl_hosts(CURL *handle, struct curl_slist *list) {
    return curl_easy_setopt(handle, CURLOPT_RESOLVE, list);
}
static inline void flowfleet_curl_on_body(CURL *handle, flowfleet_curl_bytes take, void *context) {
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, context);
}
static inline void flowfleet_curl_on_header(CURL *handle, flowfleet_curl_bytes take, void *context) {
    curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, take);
    curl_easy_setopt(handle, CURLOPT_HEADERDATA, context);
}
static inline void flowfleet_curl_on_socket(CURL *handle, curl_opensocket_callback open, void *context) {
    curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, open);
    curl_easy_setopt(handle, CURLOPT_OPENSOCKETDATA, context);
}
static inline long flowfleet_curl_status(CURL *handle) {
    long status = 0;
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    return status;
}
// Whether the transfer of a multi handle that holds just one has ended, and how.
static inline int flowfleet_curl_ended(CURLM *multi, CURLcode *result) {
    int left = 0;
    struct CURLMsg *message;
    while ((message = curl_multi_info_read(multi, &left)))
        if (message->msg == CURLMSG_DONE) {
            *result = message->data.result;
            return 1;
        }
    return 0;
}
