import Glibc
import Secrets

/// Carries bytes over a connected, non-blocking socket. Nothing here waits.
protocol Transport: AnyObject {
    /// Takes what fits at once; 0 when nothing does.
    func send(_ bytes: UnsafeBufferPointer<UInt8>) throws(ConnectionLoss) -> Int

    /// Fills `buffer` with what is there; 0 when nothing is.
    func receive(into buffer: UnsafeMutableRawBufferPointer) throws(ConnectionLoss) -> Int

    /// The next `receive` has something that `poll(2)` does not show.
    var isHolding: Bool { get }

    /// What to poll the socket for after a `receive` or a `send` that came to 0.
    var eventsToReceive: Int32 { get }
    var eventsToSend: Int32 { get }
}

/// The bytes as they are.
final class PlainTransport: Transport {
    private let descriptor: Int32

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    let isHolding = false
    let eventsToReceive = POLLIN
    let eventsToSend = POLLOUT

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

    func receive(into buffer: UnsafeMutableRawBufferPointer) throws(ConnectionLoss) -> Int {
        let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
        if count > 0 { return count }
        if count < 0, errno == EAGAIN || errno == EINTR { return 0 }
        throw count == 0 || errno == ECONNRESET ? .closed : .failed(systemError())
    }
}

/// Waits until the socket is ready for `events` or has failed, which the next call finds out.
func wait(
    for events: Int32, on descriptor: Int32, until deadline: Deadline
) throws(ConnectionLoss) {
    var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
    while true {
        switch poll(&entry, 1, deadline.remaining) {
        case 1: return
        case 0: throw .timeOut(milliseconds: deadline.milliseconds)
        default: if errno != EINTR { throw .failed(systemError()) }
        }
    }
}
