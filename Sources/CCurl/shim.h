// libcurl's functions with varargs as functions of one type, which is what Swift imports.
#include <curl/curl.h>

static inline CURLcode easy_set_text(CURL *easy, CURLoption option, const char *text) {
    return curl_easy_setopt(easy, option, text);
}

static inline CURLcode easy_set_number(CURL *easy, CURLoption option, long number) {
    return curl_easy_setopt(easy, option, number);
}

static inline CURLcode easy_set_pointer(CURL *easy, CURLoption option, void *pointer) {
    return curl_easy_setopt(easy, option, pointer);
}

static inline CURLcode easy_get_number(CURL *easy, CURLINFO info, long *number) {
    return curl_easy_getinfo(easy, info, number);
}
