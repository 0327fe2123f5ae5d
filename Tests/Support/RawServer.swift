import Foundation
import Glibc
import Synchronization

/// A server on loopback that does what a test says with each request that it has read whole.
package final class RawServer: Sendable {
    package struct Request: Sendable {
        /// Counted from 1, over all connections.
        package var number: Int
        package var connection: Int
        /// Where it came from.
        package var peer: String
        package var method: String
        package var path: String
        /// Names in lower case.
        package var headers: [String: String]
        package var body: String
    }

    package enum Action: Sendable {
        /// Bytes as they are.
        case send(String)
        case answer(Int, String, headers: [String: String] = [:])
        case close
        /// With RST instead of FIN.
        case reset
        /// Neither an answer nor an end.
        case hang

        package static func ok(_ body: String) -> Action { .answer(200, body) }
    }

    package typealias Script = @Sendable (Request) -> [Action]

    private struct State {
        var requests: [Request] = []
        var connections: [Int32] = []
        var accepted = 0
        var isStopped = false
    }
    private let state = Mutex(State())
    private let listener: Int32
    private let script: Script
    package let port: Int

    /// - Parameter reads: false for a server that takes connections and reads nothing.
    package init(reads: Bool = true, _ script: @escaping Script) throws {
        self.script = script
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = self.listener
        let code = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                let bound = bind(listener, address, length)
                return bound == 0 && listen(listener, 256) == 0
                    ? getsockname(listener, address, &length) : -1
            }
        }
        guard code == 0 else { throw POSIXError(.EADDRINUSE) }
        port = Int(UInt16(bigEndian: address.sin_port))
        Thread { [weak self, listener] in
            // This thread alone closes it: a number that is free goes to the next server, whose
            // connections this one would take.
            defer { close(listener) }
            while true {
                let (file, peer) = Self.accept(listener)
                guard file >= 0 else { return }
                guard let self, let number = add(file) else {
                    close(file)
                    return
                }
                if reads { Thread { self.serve(file, number, peer) }.start() }
            }
        }.start()
    }

    deinit { stop() }

    package var url: String { "http://127.0.0.1:\(port)" }
    package var requests: [Request] { state.withLock { $0.requests } }
    package var connections: Int { state.withLock { $0.accepted } }

    /// Cuts every connection, and takes no more.
    package func stop() {
        state.withLock { state in
            if state.isStopped { return }
            state.isStopped = true
            for connection in state.connections { shutdown(connection, Int32(SHUT_RDWR)) }
            shutdown(listener, Int32(SHUT_RDWR))
        }
    }

    private func add(_ file: Int32) -> Int? {
        state.withLock { state in
            guard !state.isStopped else { return nil }
            state.accepted += 1
            state.connections.append(file)
            return state.accepted
        }
    }

    private static func accept(_ listener: Int32) -> (Int32, String) {
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let file = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.accept(listener, $0, &length)
            }
        }
        let host = UInt32(bigEndian: address.sin_addr.s_addr)
        let parts = [24, 16, 8, 0].map { String(host >> UInt32($0) & 255) }
        return (file, parts.joined(separator: "."))
    }

    private func serve(_ file: Int32, _ connection: Int, _ peer: String) {
        var input: [UInt8] = []
        while var request = Self.read(file, &input) {
            request.connection = connection
            request.peer = peer
            request.number = state.withLock { state in
                request.number = state.requests.count + 1
                state.requests.append(request)
                return request.number
            }
            for action in script(request) {
                guard perform(action, file) else { return end(file) }
            }
        }
        end(file)
    }

    private func end(_ file: Int32) {
        state.withLock { state in
            state.connections.removeAll { $0 == file }
            close(file)
        }
    }

    /// - Returns: false when the connection is over.
    private func perform(_ action: Action, _ file: Int32) -> Bool {
        switch action {
        case .send(let text): return Self.write(file, text)
        case .answer(let status, let body, let headers):
            let lines = headers.map { "\($0.key): \($0.value)\r\n" }.sorted().joined()
            return Self.write(
                file,
                "HTTP/1.1 \(status) X\r\ncontent-length: \(body.utf8.count)\r\n\(lines)\r\n\(body)")
        case .close: return false
        case .reset:
            var now = linger(l_onoff: 1, l_linger: 0)
            setsockopt(
                file, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
            return false
        case .hang: return true
        }
    }

    private static func write(_ file: Int32, _ text: String) -> Bool {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                send(file, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    private static func read(_ file: Int32, _ input: inout [UInt8]) -> Request? {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            if let (request, length) = parse(input) {
                input.removeFirst(length)
                return request
            }
            let count = recv(file, &chunk, chunk.count, 0)
            guard count > 0 else { return nil }
            input += chunk[..<count]
        }
    }

    private static func parse(_ input: [UInt8]) -> (Request, length: Int)? {
        let end = Array("\r\n\r\n".utf8)
        guard let start = input.indices.first(where: { input[$0...].starts(with: end) })
        else { return nil }
        let lines = String(decoding: input[..<start], as: UTF8.self)
            .components(separatedBy: "\r\n")
        let words = lines[0].split(separator: " ").map(String.init)
        let headers = lines.dropFirst().compactMap { line -> (String, String)? in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            let value = line[line.index(after: colon)...]
            return (line[..<colon].lowercased(), value.trimmingCharacters(in: .whitespaces))
        }
        let named = Dictionary(headers) { _, later in later }
        let length = start + end.count + (Int(named["content-length"] ?? "0") ?? 0)
        guard input.count >= length, words.count == 3 else { return nil }
        let body = String(decoding: input[(start + end.count)..<length], as: UTF8.self)
        return (
            Request(
                number: 0, connection: 0, peer: "", method: words[0], path: words[1],
                headers: named, body: body), length
        )
    }
}
