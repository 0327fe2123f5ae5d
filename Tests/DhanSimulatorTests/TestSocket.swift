import DhanSimulator
import Foundation
import Glibc

/// A connection to the simulator that knows what stands on the wire and nothing else.
final class TestSocket {
    struct Lost: Error {}

    private let socket: Int32
    private var waiting: [UInt8] = []

    /// How long anything is waited for.
    private static let patience = 10_000

    init(port: Int) throws {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else { throw Lost() }
    }

    deinit { close(socket) }

    func send(_ bytes: [UInt8]) throws {
        let count = bytes.withUnsafeBytes {
            Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        guard count == bytes.count else { throw Lost() }
    }

    func take(_ count: Int) throws -> [UInt8] {
        while waiting.count < count { try fill() }
        defer { waiting.removeFirst(count) }
        return Array(waiting.prefix(count))
    }

    /// Up to and with this end.
    func take(until end: String) throws -> String {
        let end = Array(end.utf8)
        while true {
            if let range = waiting.firstRange(of: end) {
                return String(decoding: try take(range.upperBound), as: UTF8.self)
            }
            try fill()
        }
    }

    private func fill() throws {
        var wait = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        guard poll(&wait, 1, Int32(Self.patience)) > 0 else { throw Lost() }
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        let count = recv(socket, &buffer, buffer.count, 0)
        guard count > 0 else { throw Lost() }
        waiting += buffer[..<count]
    }
}

/// HTTP/1.1 by hand, one connection.
struct TestHTTP {
    let socket: TestSocket
    var token: String? = Counter.token

    init(port: Int) throws { socket = try TestSocket(port: port) }

    func send(_ method: String, _ path: String, _ body: JSON? = nil) throws {
        let text = body?.text ?? ""
        var head = "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\n"
        if let token { head += "access-token: \(token)\r\n" }
        head += "Content-Length: \(text.utf8.count)\r\n\r\n"
        try socket.send(Array((head + text).utf8))
    }

    func call(_ method: String, _ path: String, _ body: JSON? = nil) throws -> Reply {
        try send(method, path, body)
        return try receive()
    }

    func receive() throws -> Reply {
        let head = try socket.take(until: "\r\n\r\n")
        let status = Int(head.split(separator: " ")[1]) ?? 0
        var body: [UInt8] = []
        if head.lowercased().contains("transfer-encoding: chunked") {
            while true {
                let size = Int(try socket.take(until: "\r\n").dropLast(), radix: 16) ?? 0
                body += try socket.take(size)
                _ = try socket.take(2)
                if size == 0 { break }
            }
        }
        var reply = Reply(status, type: "", "")
        reply.body = body
        return reply
    }
}

/// A WebSocket by hand.
struct TestWebSocket {
    let socket: TestSocket
    let status: Int

    init(port: Int, target: String = "/") throws {
        socket = try TestSocket(port: port)
        let head =
            "GET \(target) HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
            + "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            + "Sec-WebSocket-Version: 13\r\n\r\n"
        try socket.send(Array(head.utf8))
        let answer = try socket.take(until: "\r\n\r\n")
        status = Int(answer.split(separator: " ")[1]) ?? 0
    }

    /// Masked with zeros, which is a mask.
    func send(_ text: String, opcode: UInt8 = 1) throws {
        let bytes = Array(text.utf8)
        var frame: [UInt8] = [0x80 | opcode]
        if bytes.count < 126 {
            frame.append(0x80 | UInt8(bytes.count))
        } else {
            frame += [0x80 | 126, UInt8(bytes.count >> 8), UInt8(bytes.count & 255)]
        }
        try socket.send(frame + [0, 0, 0, 0] + bytes)
    }

    func receive() throws -> (opcode: UInt8, bytes: [UInt8]) {
        let head = try socket.take(2)
        var count = Int(head[1] & 127)
        if count == 126 {
            let long = try socket.take(2)
            count = Int(long[0]) << 8 | Int(long[1])
        }
        return (head[0] & 15, try socket.take(count))
    }

    /// The next text, with pings answered on the way.
    func text() throws -> String {
        while true {
            let (opcode, bytes) = try receive()
            if opcode == 9 { try send(String(decoding: bytes, as: UTF8.self), opcode: 10) }
            if opcode == 1 { return String(decoding: bytes, as: UTF8.self) }
        }
    }
}
