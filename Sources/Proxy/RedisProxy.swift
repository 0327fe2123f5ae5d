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
        var resets = 0
        var stalledUntil: ContinuousClock.Instant?
        var isStopped = false
    }

    /// Where clients connect.
    package let endpoint: RedisEndpoint
    private let server: String
    private let listener: Int32
    private let state = Mutex(State())

    /// - Parameters:
    ///   - path: of its own socket.
    ///   - server: the path of the server's.
    package init(at path: String, to server: String) throws {
        endpoint = RedisEndpoint(.unix(path: path))
        self.server = server
        listener = try UnixSocket.listen(at: path)
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

    /// Closes the connections of this moment.
    package func reset() { state.withLock { $0.resets += 1 } }

    /// Nothing passes for so long, and nobody can connect; then all goes on.
    package func stall(for time: Duration) {
        state.withLock { $0.stalledUntil = ContinuousClock.now + time }
    }

    /// How often a rule was applied.
    package var hits: Int { state.withLock { $0.hits } }
    /// How many connections were made so far.
    package var connections: Int { state.withLock { $0.connections } }
}

extension RedisProxy {
    /// Tells the pump what holds now; false at the end.
    private func step(of pump: Pump) -> Bool {
        pump.judge = { [weak self] bytes, direction in self?.action(for: bytes, direction) }
        pump.hasConnected = { [weak self] in self?.state.withLock { $0.connections += 1 } }
        let state = state.withLock { $0 }
        if pump.deafenings != state.deafenings {
            pump.deafenings = state.deafenings
            pump.deafen()
        }
        if pump.resets != state.resets {
            pump.resets = state.resets
            pump.reset()
        }
        pump.isStalled = state.stalledUntil.map { ContinuousClock.now < $0 } ?? false
        return !state.isStopped
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
