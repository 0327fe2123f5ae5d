import COpenSSL
import Secrets

/// What all of a connection is made with: versions, authorities, this side's certificate. Owns
/// OpenSSL's context.
final class TLSContext {
    let pointer: OpaquePointer

    init(_ tls: RedisTLS) throws(ConnectionLoss) {
        ERR_clear_error()
        guard let made = SSL_CTX_new(TLS_client_method()) else {
            throw .notConnected("out of memory")
        }
        pointer = made
        // Older versions are broken: https://www.rfc-editor.org/rfc/rfc8996
        guard tls_require_1_2(pointer) == 1 else { throw failure("TLS 1.2") }
        tls_use_as_socket(pointer)
        SSL_CTX_set_verify(pointer, SSL_VERIFY_PEER, nil)
        try trust(tls.authorities)
        if let identity = tls.identity { try use(identity) }
    }

    deinit { SSL_CTX_free(pointer) }

    private func trust(_ authorities: String?) throws(ConnectionLoss) {
        guard let authorities else {
            guard SSL_CTX_set_default_verify_paths(pointer) == 1 else {
                throw failure("the system's authorities")
            }
            return
        }
        guard SSL_CTX_load_verify_file(pointer, authorities) == 1 else {
            throw failure("ca=\(authorities)")
        }
    }

    private func use(_ identity: RedisTLS.Identity) throws(ConnectionLoss) {
        let (certificate, key) = (identity.certificate, identity.key)
        guard SSL_CTX_use_certificate_chain_file(pointer, certificate) == 1 else {
            throw failure("cert=\(certificate)")
        }
        let bytes: [UInt8]
        do throws(SecretFileError) {
            bytes = try SecretFile.read(key, atMost: 65_536)
        } catch {
            throw .untrusted("key=\(error)")
        }
        let memory = BIO_new_mem_buf(bytes, Int32(bytes.count))
        defer { BIO_free(memory) }
        // Without a function for the password, OpenSSL would ask on the terminal and wait.
        let parsed = PEM_read_bio_PrivateKey(memory, nil, { _, _, _, _ in 0 }, nil)
        guard let parsed else {
            throw .untrusted("key=\(key): no key in PEM, or an encrypted one")
        }
        defer { EVP_PKEY_free(parsed) }
        guard SSL_CTX_use_PrivateKey(pointer, parsed) == 1 else {
            throw .untrusted("key=\(key) is not the key of cert=\(certificate)")
        }
    }

    private func failure(_ what: String) -> ConnectionLoss {
        .untrusted("\(what): \(TLSVerdict.reason(ERR_get_error()))")
    }
}
