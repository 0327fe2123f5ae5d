import NIOCore
import NIOPosix
import NIOSSL
import Synchronization
package import Trading

/// A DhanHQ broker to test against, on ports of loopback: REST with authorisation and control, the
/// order socket, the market feed.
package final class Simulator: Sendable {
    private let settings: SimulatorSettings
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let house: House
    private let doors = Mutex<[any Channel]>([])

    package init(_ settings: SimulatorSettings = SimulatorSettings()) throws(SimulatorError) {
        self.settings = settings
        house = try House(settings, group.any())
    }

    package func start() async throws -> SimulatorPorts {
        let doors = Doors(house: house, tls: try tls(), group: group)
        let rest = try await doors.openRest(settings.ports.rest)
        self.doors.withLock { $0.append(rest) }
        let orders = try await doors.openSocket(settings.ports.orders) { [house] channel, _ in
            try channel.pipeline.syncOperations.addHandler(OrderSocketHandler(house))
        }
        self.doors.withLock { $0.append(orders) }
        let feed = try await doors.openSocket(settings.ports.feed) {
            [house, settings] channel, target in
            try channel.pipeline.syncOperations.addHandler(
                FeedSocketHandler(house, target: target, settings))
        }
        self.doors.withLock { $0.append(feed) }
        return SimulatorPorts(
            rest: rest.localAddress?.port ?? 0, orders: orders.localAddress?.port ?? 0,
            feed: feed.localAddress?.port ?? 0)
    }

    /// Ends all connections.
    package func stop() async {
        do {
            try await group.shutdownGracefully()
        } catch {
            // It was stopped before: there is nothing left to end.
        }
    }

    private func tls() throws -> NIOSSLContext? {
        guard let certificate = settings.certificate else { return nil }
        do {
            let chain = try NIOSSLCertificate.fromPEMFile(certificate.chain)
            let key = try NIOSSLPrivateKey(file: certificate.key, format: .pem)
            return try NIOSSLContext(
                configuration: .makeServerConfiguration(
                    certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key)))
        } catch {
            throw SimulatorError.certificate("\(error)")
        }
    }

    // MARK: From within the process

    /// Prices of the market.
    package func quote(_ ticks: [Tick]) async {
        await perform { state, now in
            for tick in ticks { state.engine.quote(tick, now: now) }
        }
    }

    /// Where it stands, for whoever moves its clock.
    package struct Standing: Sendable, Hashable {
        /// Words that have gone out on order sockets.
        package var words = 0
        /// Connections to the order socket.
        package var listeners = 0
        /// Calls that have not been answered.
        package var calls = 0
        /// When the next thing is planned, but for the session's end.
        package var due: EventTime?

        package init() {}
    }

    /// Moves a stopped clock: what falls due is done, and then the market has these prices.
    package func step(to time: EventTime, _ ticks: [Tick]) async {
        await perform { state, _ in
            state.clock = .stopped(time)
            state.engine.run(now: time)
            for tick in ticks { state.engine.quote(tick, now: time) }
        }
    }

    package func standing() async -> Standing {
        await perform { state, _ in
            var standing = Standing()
            standing.words = state.wordCount
            standing.listeners = state.customers.values.reduce(0) { $0 + $1.count }
            standing.calls = state.calls.count
            standing.due = state.engine.isQuiet ? nil : state.engine.due
            return standing
        }
    }

    /// The ledger's lines of JSON so far.
    package func ledger() async -> [String] { await perform { state, _ in state.ledger } }

    package func setFaults(_ rates: FaultRates) async {
        await perform { state, _ in state.engine.setRates(rates) }
    }

    package func calm() async { await perform { $0.engine.calm(at: $1) } }

    package func isQuiet() async -> Bool { await perform { state, _ in state.engine.isQuiet } }

    private func perform<Result: Sendable>(
        _ body: @escaping @Sendable (inout House.State, EventTime) -> Result
    ) async -> Result {
        await withCheckedContinuation { continuation in
            house.loop.execute { [house] in
                continuation.resume(returning: house.perform(body))
            }
        }
    }
}
