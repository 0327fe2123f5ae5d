import Foundation
import Glibc
package import Redis
import Synchronization

/// A relay in front of a Redis server that loses, changes and cuts what passes, on command.
///
/// A rule looks at one chunk, as the socket gives it: all that one side wrote at once. It ends
/// with this object.
package final class RedisProxy: Sendable {
    package enum Direction: Sendable { case request, reply }

    package enum Action: Sendable {
        /// It does not pass, and both sides are closed.
        case cut
        /// A request reaches the server; the connection is closed when its reply arrives.
        case loseReply
        /// A request reaches the server; from its reply on, the connection is silent.
        case silenceReply
        /// These bytes pass in its place.
        case replace(String)
        /// Each occurrence of the text becomes this one, of the same length.
        case substitute(String)
        /// A request does not reach the server; these bytes are its reply.
        case answer(String)
    }

    private struct Rule {
        var direction: Direction
        var text: [UInt8]
        var left: Int
        var action: Action
    }

    private struct State {
        var rules: [Rule] = []
        var hits = 0
        var connections = 0
        var deafenings = 0
        var isStopped = false
    }

    /// Where clients connect.
    package let endpoint: RedisEndpoint
    private let server: String
    private let listener: Int32
    private let state = Mutex(State())

    package init(to server: RedisServer) throws {
        let path = "\(server.directory)/proxy.sock"
        endpoint = RedisEndpoint(.unix(path: path))
        self.server = "\(server.directory)/redis.sock"
        listener = socket(AF_UNIX, Self.kind, 0)
        guard Self.withAddress(path, { bind(listener, $0, $1) }) == 0, listen(listener, 64) == 0
        else { throw RedisServer.Failure.system("listen \(path)", errno) }
        Thread.detachNewThread { [weak self, listener, server = self.server] in
            let pump = Pump(listener: listener, server: server)
            while let step = self?.step(of: pump), step { pump.poll() }
            pump.close()
        }
    }

    deinit { stop() }

    package func stop() { state.withLock { $0.isStopped = true } }

    /// Does this to the next chunks that contain the text.
    package func next(
        _ count: Int, _ direction: Direction, containing text: String, _ action: Action
    ) {
        let rule = Rule(
            direction: direction, text: Array(text.utf8), left: count, action: action)
        state.withLock { $0.rules.append(rule) }
    }

    package func forgetRules() { state.withLock { $0.rules = [] } }

    /// The connections of this moment stay open and let nothing pass any more, as when a cable is
    /// pulled; later ones work.
    package func deafen() { state.withLock { $0.deafenings += 1 } }

    /// How often a rule was applied.
    package var hits: Int { state.withLock { $0.hits } }
    /// How many connections were made so far.
    package var connections: Int { state.withLock { $0.connections } }

    static let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)

    static func withAddress(
        _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix(107)) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, size) }
        }
    }
}

extension RedisProxy {
    /// Tells the pump what holds now; false at the end.
    private func step(of pump: Pump) -> Bool {
        pump.judge = { [weak self] bytes, direction in self?.action(for: bytes, direction) }
        pump.hasConnected = { [weak self] in self?.state.withLock { $0.connections += 1 } }
        let (isStopped, deafenings) = state.withLock { ($0.isStopped, $0.deafenings) }
        if pump.deafenings != deafenings {
            pump.deafenings = deafenings
            pump.deafen()
        }
        return !isStopped
    }

    private func action(
        for bytes: ArraySlice<UInt8>, _ direction: Direction
    ) -> (Action, text: [UInt8])? {
        state.withLock { state in
            guard
                let index = state.rules.firstIndex(where: {
                    $0.direction == direction && $0.left > 0 && bytes.firstRange(of: $0.text) != nil
                })
            else { return nil }
            state.rules[index].left -= 1
            state.hits += 1
            return (state.rules[index].action, state.rules[index].text)
        }
    }
}

/// The sockets, which belong to the proxy's thread.
private final class Pump {
    var judge: ((ArraySlice<UInt8>, RedisProxy.Direction) -> (RedisProxy.Action, text: [UInt8])?)?
    var hasConnected: (() -> Void)?
    var deafenings = 0
    private let listener: Int32
    private let server: String
    private var pairs: [Pair] = []
    private var buffer = [UInt8](repeating: 0, count: 1 << 17)

    private final class Pair {
        let client: Int32
        let server: Int32
        var isDeaf = false
        var losesReply = false
        var isOver = false

        init(client: Int32, server: Int32) {
            self.client = client
            self.server = server
        }
    }

    init(listener: Int32, server: String) {
        self.listener = listener
        self.server = server
    }

    func deafen() { for pair in pairs { pair.isDeaf = true } }

    func close() {
        for pair in pairs { drop(pair) }
        Glibc.close(listener)
    }

    /// One look at all sockets. The wait is short only for what other threads say meanwhile.
    func poll() {
        let sockets = [listener] + pairs.flatMap { [$0.client, $0.server] }
        var waits = sockets.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        guard Glibc.poll(&waits, nfds_t(waits.count), 5) > 0 else { return }
        for (index, pair) in pairs.enumerated() {
            if waits[1 + 2 * index].revents != 0 { relay(pair, .request) }
            if waits[2 + 2 * index].revents != 0, !pair.isOver { relay(pair, .reply) }
        }
        for pair in pairs where pair.isOver { drop(pair) }
        pairs.removeAll(where: \.isOver)
        if waits[0].revents != 0 { accept() }
    }

    private func accept() {
        let client = Glibc.accept(listener, nil, nil)
        guard client >= 0 else { return }
        // A child of the tests that inherited it would keep the connection open.
        _ = fcntl(client, F_SETFD, FD_CLOEXEC)
        let other = socket(AF_UNIX, RedisProxy.kind, 0)
        guard RedisProxy.withAddress(server, { connect(other, $0, $1) }) == 0 else {
            Glibc.close(client)
            Glibc.close(other)
            return
        }
        pairs.append(Pair(client: client, server: other))
        hasConnected?()
    }

    private func drop(_ pair: Pair) {
        Glibc.close(pair.client)
        Glibc.close(pair.server)
    }

    private func relay(_ pair: Pair, _ direction: RedisProxy.Direction) {
        let isRequest = direction == .request
        let (from, to) = isRequest ? (pair.client, pair.server) : (pair.server, pair.client)
        let count = recv(from, &buffer, buffer.count, 0)
        // A server that goes while the cable is pulled is not noticed by the client.
        guard count > 0 else {
            pair.isOver = !pair.isDeaf || isRequest
            return
        }
        if pair.isDeaf { return }
        if pair.losesReply, !isRequest {
            pair.isOver = true
            return
        }
        let bytes = buffer[..<count]
        guard let (action, text) = judge?(bytes, direction) else { return send(bytes, to, pair) }
        switch action {
        case .cut: pair.isOver = true
        case .loseReply:
            pair.losesReply = true
            send(bytes, to, pair)
        case .silenceReply:
            send(bytes, to, pair)
            pair.isDeaf = true
        case .replace(let other): send(Array(other.utf8)[...], to, pair)
        case .substitute(let other):
            send(Array(bytes.replacing(text, with: Array(other.utf8)))[...], to, pair)
        case .answer(let reply): send(Array(reply.utf8)[...], from, pair)
        }
    }

    private func send(_ bytes: ArraySlice<UInt8>, _ socket: Int32, _ pair: Pair) {
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else {
                pair.isOver = true
                return
            }
            rest = rest.dropFirst(count)
        }
    }
}
