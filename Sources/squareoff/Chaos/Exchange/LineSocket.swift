import Foundation
import Glibc
import Proxy

/// Owner of one connection that carries lines of JSON.
final class LineSocket: Sendable {
    private let socket: Int32

    init(owning socket: Int32) { self.socket = socket }

    convenience init(to path: String) throws {
        self.init(owning: try UnixSocket.connect(to: path))
    }

    deinit { close(socket) }

    /// - Returns: false when it did not leave as a whole.
    func send(_ value: some Encodable) -> Bool {
        guard var line = try? JSONEncoder().encode(value) else { return false }
        line.append(UInt8(ascii: "\n"))
        var rest = line[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// Nil at the end, for anything that is no such value, and when the time is up.
    func receive<Value: Decodable>(_ type: Value.Type, within milliseconds: Int) -> Value? {
        let deadline = ContinuousClock.now + .milliseconds(milliseconds)
        var line = Data()
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while line.last != UInt8(ascii: "\n") {
            let left = Int32((deadline - ContinuousClock.now) / .milliseconds(1))
            var wait = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
            guard left > 0, poll(&wait, 1, left) > 0 else { return nil }
            let count = recv(socket, &buffer, buffer.count, 0)
            guard count > 0 else { return nil }
            line.append(contentsOf: buffer[..<count])
        }
        return try? JSONDecoder().decode(type, from: line)
    }
}
