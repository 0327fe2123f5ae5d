import COpenSSL
import Glibc
import Secrets

/// Owns one OpenSSL session over a socket: shaken hands with a verified server, freed in `deinit`,
/// its pointer lent to nobody.
///
/// It ends without a farewell (`close_notify`): both sides execute only what is complete, so a
/// stream that was cut off means no more than one that was closed.
final class TLSTransport: Transport {
    private let session: OpaquePointer
    /// The end of the stream, found behind bytes that had to be handed out first.
    private var ending: ConnectionLoss?
    private(set) var isHolding = false
    /// A key update makes a read wait for room to write, and the other way round.
    private(set) var eventsToReceive = POLLIN
    private(set) var eventsToSend = POLLOUT

    // Why unsafe is safe: made once and never changed, as OpenSSL's own methods, which all
    // threads share.
    nonisolated(unsafe) private static let socketMethod = tls_socket_method()

    /// - Parameter host: of the URL; the server's certificate must be for it.
    init(
        _ descriptor: Int32, host: String, _ tls: RedisTLS, until deadline: Deadline
    ) throws(ConnectionLoss) {
        let context = try TLSContext(tls)
        // The session keeps what it needs of the context.
        guard let made = SSL_new(context.pointer) else { throw .notConnected("out of memory") }
        session = made
        guard let socket = tls_socket(Self.socketMethod, descriptor) else {
            throw .notConnected("out of memory")
        }
        SSL_set_bio(session, socket, socket)
        guard expect(host) else { throw .untrusted("\(host) cannot stand in a certificate") }
        do throws(ConnectionLoss) {
            try shakeHands(on: descriptor, until: deadline)
        } catch .timeOut(let milliseconds) {
            throw .noHandshake(milliseconds: milliseconds)
        } catch .closed {
            throw .notConnected("the server closed the connection during the TLS handshake")
        } catch .untrusted(let reason) {
            let verdict = SSL_get_verify_result(session)
            throw .untrusted(
                TLSVerdict.explain(Int32(verdict), host: host, tls) ?? reason)
        }
    }

    deinit { SSL_free(session) }

    func send(_ bytes: UnsafeBufferPointer<UInt8>) throws(ConnectionLoss) -> Int {
        ERR_clear_error()
        var count = 0
        let result = SSL_write_ex(session, bytes.baseAddress, bytes.count, &count)
        if result == 1 { return count }
        eventsToSend = try events(after: result)
        return 0
    }

    /// Reads until nothing is left or the buffer is full: bytes that OpenSSL holds do not show on
    /// the socket. Its own answer, `SSL_has_pending`, is no help, because it also counts the
    /// beginning of a record whose rest is still on its way.
    func receive(into buffer: UnsafeMutableRawBufferPointer) throws(ConnectionLoss) -> Int {
        if let ending { throw ending }
        var total = 0
        while total < buffer.count {
            ERR_clear_error()
            var count = 0
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[total...])
            let result = SSL_read_ex(session, rest.baseAddress, rest.count, &count)
            guard result != 1 else {
                total += count
                continue
            }
            do throws(ConnectionLoss) {
                eventsToReceive = try events(after: result)
                isHolding = false
            } catch {
                ending = error
                isHolding = true
                if total == 0 { throw error }
            }
            return total
        }
        isHolding = true
        return total
    }
}

extension TLSTransport {
    private func expect(_ host: String) -> Bool {
        // A zone is this machine's own word for an interface.
        let address = String(host.prefix { $0 != "%" })
        if X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session), address) == 1 { return true }
        SSL_set_hostflags(session, UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
        return SSL_set1_host(session, host) == 1 && tls_set_server_name(session, host) == 1
    }

    private func shakeHands(
        on descriptor: Int32, until deadline: Deadline
    ) throws(ConnectionLoss) {
        while true {
            ERR_clear_error()
            let result = SSL_connect(session)
            if result == 1 { return }
            try wait(for: try events(after: result), on: descriptor, until: deadline)
        }
    }

    /// What to poll for after a call that could not go on, or why none will.
    private func events(after result: Int32) throws(ConnectionLoss) -> Int32 {
        let code = errno
        switch SSL_get_error(session, result) {
        case SSL_ERROR_WANT_READ: return POLLIN
        case SSL_ERROR_WANT_WRITE: return POLLOUT
        case SSL_ERROR_ZERO_RETURN: throw .closed
        case SSL_ERROR_SYSCALL:
            throw [0, EPIPE, ECONNRESET].contains(code) ? .closed : .failed(systemError(code))
        default: throw TLSVerdict.loss(ERR_get_error())
        }
    }
}
