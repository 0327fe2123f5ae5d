// OpenSSL's macros with arguments as functions, which is what Swift imports; and one socket.
#include <openssl/err.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

static inline int tls_require_1_2(SSL_CTX *context) {
    return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
}

static inline int tls_set_server_name(SSL *session, const char *name) {
    return SSL_set_tlsext_host_name(session, name);
}

// Partial writes from a buffer that may have moved, as send(2) does them; several records read
// with one recv(2); no renegotiation, with which a write would have to wait for a read.
static inline void tls_use_as_socket(SSL_CTX *context) {
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_read_ahead(context, 1);
    SSL_CTX_set_default_read_buffer_len(context, 65536);
}

static inline int tls_send(BIO *socket, const char *bytes, int count) {
    int sent = (int)send((int)BIO_get_fd(socket, NULL), bytes, (size_t)count, MSG_NOSIGNAL);
    BIO_clear_retry_flags(socket);
    if (sent <= 0 && BIO_sock_should_retry(sent)) BIO_set_retry_write(socket);
    return sent;
}

// OpenSSL's socket with send(2) for its write(2), which raises SIGPIPE once the peer is gone.
static inline BIO_METHOD *tls_socket_method(void) {
    const BIO_METHOD *plain = BIO_s_socket();
    BIO_METHOD *method = BIO_meth_new(BIO_TYPE_SOCKET, "socket without SIGPIPE");
    if (method == NULL) return NULL;
    BIO_meth_set_write(method, tls_send);
    BIO_meth_set_read(method, BIO_meth_get_read(plain));
    BIO_meth_set_ctrl(method, BIO_meth_get_ctrl(plain));
    BIO_meth_set_create(method, BIO_meth_get_create(plain));
    BIO_meth_set_destroy(method, BIO_meth_get_destroy(plain));
    return method;
}

// Whoever made the descriptor closes it.
static inline BIO *tls_socket(const BIO_METHOD *method, int descriptor) {
    BIO *socket = BIO_new(method);
    if (socket != NULL) BIO_set_fd(socket, descriptor, BIO_NOCLOSE);
    return socket;
}
