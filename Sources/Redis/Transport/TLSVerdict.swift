import COpenSSL
import Secrets

/// OpenSSL's findings in words that say what to do.
enum TLSVerdict {
    /// Why the server's certificate was not accepted; nil when it was not looked at, or was.
    static func explain(_ verdict: Int32, host: String, _ tls: RedisTLS) -> String? {
        let store = tls.authorities ?? "the system's store"
        let text = String(cString: X509_verify_cert_error_string(Int(verdict)))
        switch verdict {
        case X509_V_OK: return nil
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT,
            X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT,
            X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
            return """
                the server's certificate is signed by nobody in \(store) (\(text)); \
                name its CA's file in the URL: ?ca=/path
                """
        case X509_V_ERR_CERT_HAS_EXPIRED, X509_V_ERR_CERT_NOT_YET_VALID:
            return """
                \(text): the server's certificate, or one that signed it, has to be renewed, \
                unless a clock is wrong
                """
        case X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH:
            return """
                the server's certificate is not for \(host); use a host name or address that \
                stands in it, or have \(host) added to it
                """
        default: return "the server's certificate is not accepted: \(text)"
        }
    }

    /// What an error of OpenSSL's means for the connection.
    static func loss(_ error: UInt) -> ConnectionLoss {
        let text = reason(error)
        guard ERR_GET_LIB(error) == ERR_LIB_SSL else { return .failed("TLS: \(text)") }
        switch ERR_GET_REASON(error) {
        case SSL_R_UNEXPECTED_EOF_WHILE_READING: return .closed
        case SSL_R_CERTIFICATE_VERIFY_FAILED: return .untrusted(text)
        case SSL_R_WRONG_VERSION_NUMBER, SSL_R_UNKNOWN_PROTOCOL, SSL_R_HTTP_REQUEST:
            return .untrusted(
                "the port answers, but not in TLS; name the server's tls-port in the URL")
        case SSL_R_UNSUPPORTED_PROTOCOL, alert(SSL_AD_PROTOCOL_VERSION):
            return .untrusted("the server has no TLS 1.2 or newer")
        case alert(SSL_AD_BAD_CERTIFICATE)...alert(SSL_AD_CERTIFICATE_UNKNOWN),
            alert(SSL_AD_UNKNOWN_CA), alert(SSL_AD_ACCESS_DENIED),
            alert(SSL_AD_CERTIFICATE_REQUIRED):
            return .untrusted(
                """
                the server does not accept this side's certificate, or the lack of one (\(text)); \
                name one in the URL: ?cert=/path&key=/path
                """)
        default: return .failed("TLS: \(text)")
        }
    }

    static func reason(_ error: UInt) -> String {
        let code = ERR_GET_REASON(error)
        if ERR_GET_LIB(error) == ERR_LIB_SYS { return systemError(code) }
        return ERR_reason_error_string(error).map { String(cString: $0) } ?? "error \(code)"
    }

    /// The reason under which OpenSSL reports an alert that the other side sent.
    private static func alert(_ number: Int32) -> Int32 { SSL_AD_REASON_OFFSET + number }
}
