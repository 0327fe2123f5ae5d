import Glibc

/// The sockets, which belong to the proxy's thread.
final class Pump {
    var judge: ((ArraySlice<UInt8>, RedisProxy.Direction) -> (RedisProxy.Action, text: [UInt8])?)?
    var hasConnected: (() -> Void)?
    var deafenings = 0
    var resets = 0
    var isStalled = false
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

    func reset() {
        for pair in pairs { drop(pair) }
        pairs = []
    }

    func close() {
        reset()
        Glibc.close(listener)
    }

    private static let wait: Int32 = 5

    /// One look at all sockets. The wait is short only for what other threads say meanwhile.
    func poll() {
        guard !isStalled else {
            usleep(useconds_t(Self.wait * 1_000))
            return
        }
        let sockets = [listener] + pairs.flatMap { [$0.client, $0.server] }
        var waits = sockets.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        guard Glibc.poll(&waits, nfds_t(waits.count), Self.wait) > 0 else { return }
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
        guard let other = try? UnixSocket.connect(to: server) else {
            Glibc.close(client)
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
