import CHiredis
import Glibc

/// Owns one hiredis context: made connected, freed in `deinit`, its pointer lent to nobody.
///
/// hiredis resolves, connects and parses. Reads and writes are done here and never block:
/// its blocking mode counts the time-out anew for every read, and its writes raise SIGPIPE.
final class RedisSocket {
    private let context: UnsafeMutablePointer<redisContext>
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_536, alignment: 1)

    var descriptor: Int32 { context.pointee.fd }

    init(to address: RedisEndpoint.Address, within milliseconds: Int) throws(ConnectionLoss) {
        let limit = timeval(
            tv_sec: milliseconds / 1_000, tv_usec: milliseconds % 1_000 * 1_000)
        // Sets TCP_NODELAY itself.
        let made =
            switch address {
            case .tcp(let host, let port): redisConnectWithTimeout(host, Int32(port), limit)
            case .unix(let path): redisConnectUnixWithTimeout(path, limit)
            }
        guard let made else { throw .notConnected("out of memory") }
        context = made
        guard made.pointee.err == 0 else { throw .notConnected(Self.errorText(made)) }
        if case .tcp = address, redisEnableKeepAlive(made) != REDIS_OK {
            throw .notConnected(Self.errorText(made))
        }
        let flags = fcntl(descriptor, F_GETFL)
        // Close-on-exec: a child that inherits the socket would keep it open.
        guard flags >= 0, fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) == 0,
            fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0
        else { throw .notConnected(systemError()) }
        // Keeps the reader's buffer between batches; the default frees it above 16 KiB.
        made.pointee.reader.pointee.maxbuf = 1 << 20
    }

    deinit {
        redisFree(context)
        buffer.deallocate()
    }

    /// Writes what the kernel takes at once; 0 when it takes nothing now.
    func send(_ bytes: UnsafeBufferPointer<UInt8>) throws(ConnectionLoss) -> Int {
        while true {
            let count = Glibc.send(
                descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
            if count >= 0 { return count }
            switch errno {
            case EINTR: continue
            case EAGAIN: return 0
            case EPIPE, ECONNRESET: throw .closed
            default: throw .failed(systemError())
            }
        }
    }

    /// Reads once and appends every reply that is then complete, in order.
    func read(into replies: inout ReplyQueue) throws(ConnectionLoss) {
        let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
        guard count > 0 else {
            if count < 0, errno == EAGAIN || errno == EINTR { return }
            throw count == 0 || errno == ECONNRESET ? .closed : .failed(systemError())
        }
        let reader = context.pointee.reader
        redisReaderFeed(reader, buffer.baseAddress, count)
        while true {
            var reply: UnsafeMutableRawPointer?
            guard redisReaderGetReply(reader, &reply) == REDIS_OK else {
                throw .garbled(Self.readerErrorText(context))
            }
            guard let reply else { return }
            replies.append(RedisValue(reply.assumingMemoryBound(to: redisReply.self)))
            freeReplyObject(reply)
        }
    }

    /// Waits until the socket is ready for `events` or has failed, which the next call finds out.
    func wait(for events: Int32, until deadline: Deadline) throws(ConnectionLoss) {
        var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
        while true {
            switch poll(&entry, 1, deadline.remaining) {
            case 1: return
            case 0: throw .timeOut(milliseconds: deadline.milliseconds)
            default: if errno != EINTR { throw .failed(systemError()) }
            }
        }
    }

    /// Throws if the server closed the connection or spoke unasked while nothing was in flight.
    func checkQuiet() throws(ConnectionLoss) {
        let count = recv(descriptor, buffer.baseAddress, 1, Int32(MSG_PEEK))
        if count < 0, errno == EAGAIN || errno == EINTR { return }
        guard count > 0 else { throw .closed }
        // A full server answers before it is asked: `ERR max number of clients reached`.
        var replies = ReplyQueue()
        try read(into: &replies)
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
