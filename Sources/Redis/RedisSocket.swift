import CHiredis
import Glibc
import Secrets

/// Owns one hiredis context: made connected, freed in `deinit`, its pointer lent to nobody.
///
/// hiredis resolves, connects and parses. Bytes go through a ``Transport`` and never block:
/// hiredis' blocking mode counts the time-out anew for every read, and its writes raise SIGPIPE.
final class RedisSocket {
    private let context: UnsafeMutablePointer<redisContext>
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_536, alignment: 1)
    private var transport: any Transport

    var descriptor: Int32 { context.pointee.fd }

    init(to address: RedisEndpoint.Address, within milliseconds: Int) throws(ConnectionLoss) {
        let deadline = Deadline(in: milliseconds)
        let limit = timeval(
            tv_sec: milliseconds / 1_000, tv_usec: milliseconds % 1_000 * 1_000)
        // Sets TCP_NODELAY itself.
        let made =
            switch address {
            case .tcp(let host, let port), .tls(let host, let port, _):
                redisConnectWithTimeout(host, Int32(port), limit)
            case .unix(let path): redisConnectUnixWithTimeout(path, limit)
            }
        guard let made else { throw .notConnected("out of memory") }
        context = made
        transport = PlainTransport(made.pointee.fd)
        guard made.pointee.err == 0 else { throw .notConnected(Self.errorText(made)) }
        if !address.isUnix, redisEnableKeepAlive(made) != REDIS_OK {
            throw .notConnected(Self.errorText(made))
        }
        let flags = fcntl(descriptor, F_GETFL)
        // Close-on-exec: a child that inherits the socket would keep it open.
        guard flags >= 0, fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) == 0,
            fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0
        else { throw .notConnected(systemError()) }
        if case .tls(let host, _, let tls) = address {
            transport = try TLSTransport(descriptor, host: host, tls, until: deadline)
        }
        // Keeps the reader's buffer between batches; the default frees it above 16 KiB.
        made.pointee.reader.pointee.maxbuf = 1 << 20
    }

    deinit {
        redisFree(context)
        buffer.deallocate()
    }

    /// Writes what is taken at once; 0 when nothing is taken now.
    func send(_ bytes: UnsafeBufferPointer<UInt8>) throws(ConnectionLoss) -> Int {
        try transport.send(bytes)
    }

    /// Reads once and appends every reply that is then complete, in order.
    /// - Returns: how many bytes there were.
    @discardableResult
    func read(into replies: inout ReplyQueue) throws(ConnectionLoss) -> Int {
        let count = try transport.receive(into: buffer)
        guard count > 0 else { return 0 }
        let reader = context.pointee.reader
        redisReaderFeed(reader, buffer.baseAddress, count)
        while true {
            var reply: UnsafeMutableRawPointer?
            guard redisReaderGetReply(reader, &reply) == REDIS_OK else {
                throw .garbled(Self.readerErrorText(context))
            }
            guard let reply else { return count }
            replies.append(RedisValue(reply.assumingMemoryBound(to: redisReply.self)))
            freeReplyObject(reply)
        }
    }

    /// Waits until the next `send` may take something.
    func waitToSend(until deadline: Deadline) throws(ConnectionLoss) {
        try wait(for: transport.eventsToSend, on: descriptor, until: deadline)
    }

    /// Waits until the next `read` may find something.
    func waitToRead(until deadline: Deadline) throws(ConnectionLoss) {
        guard !isHolding else { return }
        try wait(for: eventsToRead, on: descriptor, until: deadline)
    }

    /// The next `read` has bytes that `poll(2)` does not show.
    var isHolding: Bool { transport.isHolding }

    /// What to poll the descriptor for before the next `read`.
    var eventsToRead: Int32 { transport.eventsToReceive }

    /// Throws if the server closed the connection or spoke unasked while nothing was in flight.
    func checkQuiet() throws(ConnectionLoss) {
        var replies = ReplyQueue()
        guard try read(into: &replies) > 0 else { return }
        // A full server answers before it is asked: `ERR max number of clients reached`.
        guard case .error(let reply) = replies.next() else { throw .garbled("a reply too many") }
        throw .notConnected(reply.message)
    }

    private static func errorText(_ context: UnsafePointer<redisContext>) -> String {
        withUnsafeBytes(of: context.pointee.errstr) { text($0) }
    }

    private static func readerErrorText(_ context: UnsafePointer<redisContext>) -> String {
        withUnsafeBytes(of: context.pointee.reader.pointee.errstr) { text($0) }
    }

    private static func text(_ bytes: UnsafeRawBufferPointer) -> String {
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
}

extension RedisValue {
    /// Copies a reply of hiredis; the caller frees it.
    fileprivate init(_ reply: UnsafePointer<redisReply>) {
        let bytes = UnsafeBufferPointer(
            start: UnsafeRawPointer(reply.pointee.str)?.assumingMemoryBound(to: UInt8.self),
            count: reply.pointee.str == nil ? 0 : reply.pointee.len)
        switch reply.pointee.type {
        case REDIS_REPLY_STRING: self = .bulk(bytes)
        case REDIS_REPLY_STATUS: self = .status(String(decoding: bytes, as: UTF8.self))
        case REDIS_REPLY_ERROR:
            self = .error(RedisReplyError(String(decoding: bytes, as: UTF8.self)))
        case REDIS_REPLY_INTEGER: self = .integer(Int(reply.pointee.integer))
        case REDIS_REPLY_ARRAY:
            let elements = UnsafeBufferPointer(
                start: reply.pointee.element, count: reply.pointee.elements)
            self = .array(elements.map { $0.map { RedisValue($0) } ?? .null })
        default: self = .null
        }
    }

    private static func bulk(_ bytes: UnsafeBufferPointer<UInt8>) -> RedisValue {
        // Nearly all fields are ASCII, which decodes as it stands; the validating initializer
        // resolves its generics at run time and costs a batch a third of its time.
        if bytes.reduce(0, |) < 0x80 { return .string(String(decoding: bytes, as: UTF8.self)) }
        return String(validating: bytes, as: UTF8.self).map(Self.string) ?? .bytes(Array(bytes))
    }
}
