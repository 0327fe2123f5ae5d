// libcurl's functions with varargs as functions of one type, which is what Swift imports.
#include <curl/curl.h>
#include <sys/prctl.h>

static inline CURLcode easy_set_text(CURL *easy, CURLoption option, const char *text) {
    return curl_easy_setopt(easy, option, text);
}

static inline CURLcode easy_set_number(CURL *easy, CURLoption option, long number) {
    return curl_easy_setopt(easy, option, number);
}

static inline CURLcode easy_set_pointer(CURL *easy, CURLoption option, void *pointer) {
    return curl_easy_setopt(easy, option, pointer);
}

static inline CURLcode easy_set_headers(CURL *easy, struct curl_slist *headers) {
    return curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
}

// libcurl keeps a copy of the body: the caller's may move.
static inline CURLcode easy_set_body(CURL *easy, const void *bytes, long count) {
    CURLcode code = curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, count);
    return code != CURLE_OK ? code : curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, bytes);
}

static inline CURLcode easy_on_header(CURL *easy, curl_write_callback call, void *data) {
    CURLcode code = curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, call);
    return code != CURLE_OK ? code : curl_easy_setopt(easy, CURLOPT_HEADERDATA, data);
}

static inline CURLcode easy_on_body(CURL *easy, curl_write_callback call, void *data) {
    CURLcode code = curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, call);
    return code != CURLE_OK ? code : curl_easy_setopt(easy, CURLOPT_WRITEDATA, data);
}

// What passes over the connection is told to a debugger, and to nobody else.
static inline CURLcode easy_on_traffic(CURL *easy, curl_debug_callback call, void *data) {
    CURLcode code = curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, call);
    if (code == CURLE_OK) code = curl_easy_setopt(easy, CURLOPT_DEBUGDATA, data);
    return code != CURLE_OK ? code : curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L);
}

static inline CURLcode easy_before_sending(CURL *easy, curl_prereq_callback call, void *data) {
    CURLcode code = curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, call);
    return code != CURLE_OK ? code : curl_easy_setopt(easy, CURLOPT_PREREQDATA, data);
}

static inline CURLcode easy_get_number(CURL *easy, CURLINFO info, long *number) {
    return curl_easy_getinfo(easy, info, number);
}

static inline CURLMcode multi_set_number(CURLM *multi, CURLMoption option, long number) {
    return curl_multi_setopt(multi, option, number);
}

static inline CURLSHcode share_connections(CURLSH *share) {
    return curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_CONNECT);
}

static inline CURLcode message_result(const CURLMsg *message) { return message->data.result; }

// The thread that owns all of it, as `top -H` and a core dump show it.
static inline void name_thread(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }
