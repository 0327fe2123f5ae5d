import Foundation
import Logging
import MessageBus
import Settings
import Trading
import Workers

/// Everything is closed at once, over the broker's client at a simulator in a process of its own,
/// which counts calls as the broker does.
struct FlattenRun {
    let server: BenchServer
    let log: Logger

    struct Figures {
        /// From the first request to the last position that is closed, in milliseconds.
        var time: Double
        /// What the order budget makes the last one wait, and one exit by itself, likewise.
        var least: Double
        /// Calls of the broker's REST interface for each exit.
        var calls: Double
    }

    private static let stages = [
        StageName.exitEngine, StageName.gateway, StageName.hub, StageName.handler,
        StageName.orderListener,
    ]

    func run(accounts: Int, each contracts: Int) throws -> Figures {
        try server.empty()
        let folder = NSTemporaryDirectory() + "squareoff-" + UUID().uuidString
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let session = try server.bus.session("bench")
        // The last account's positions are closed one by one.
        let book = BenchBook(
            accounts: accounts + 1, contracts: contracts, openedAt: session.wall - .seconds(2))
        var settings = try book.settings()
        settings.gateway = GatewayProfile()
        let clients = settings.accounts.flatMap { account in
            let token = SquareoffSettings.simulatedToken(of: account.id)
            return ["--client", "\(account.id):\(token):900000000"]
        }
        let broker = try SimulatorProcess(["--always-open", "--fills", "limits"] + clients)
        let desk = Desk(try settings.trading(at: broker.ports, tokens: folder), isLive: true)
        _ = try session.commit(book.commits(in: session.serverRun))
        let counter = ExitCounter()
        let crew = Crew(
            desk, bus: server.bus, name: "bench", log: log,
            house: LiveTrading.house(desk, Troubles()), onExit: { _ in counter.add() })
        crew.start(Self.stages)
        defer { _ = crew.stop() }
        try wait("the listeners") { broker.listeners ?? 0 > accounts }
        return try measure(book, session, broker, counter, settings.gateway)
    }

    private func measure(
        _ book: BenchBook, _ session: any BusSession, _ broker: SimulatorProcess,
        _ counter: ExitCounter, _ profile: GatewayProfile
    ) throws -> Figures {
        let all = book.positions
        let alone = all.suffix(book.contracts)
        var singles: [Double] = []
        for position in alone {
            let (before, began) = (counter.count, Nanoseconds.now())
            try ask([position], session)
            try wait("one exit") { counter.count > before }
            singles.append(Double(counter.last - began) / 1e6)
        }
        let rest = all.dropLast(book.contracts)
        let (before, calls) = (counter.count, broker.calls ?? 0)
        let began = Nanoseconds.now()
        try ask(Array(rest), session)
        try wait("\(rest.count) exits") { counter.count >= before + rest.count }
        let time = Double(counter.last - began) / 1e6
        let budget = FlattenEstimate(
            orders: book.contracts, budget: OrderBudget(), profile: profile, now: session.wall)
        return Figures(
            time: time,
            least: Double(budget.span.milliseconds) + (singles.percentile(50) ?? 0),
            calls: Double((broker.calls ?? 0) - calls) / Double(rest.count))
    }

    private func ask(_ positions: [PositionTracker], _ session: any BusSession) throws {
        let writes = positions.map { position in
            Write.append(
                Keys.exits(0),
                ExitRequest(
                    position: position.id, account: position.account, reason: .flatten,
                    evidence: "bench", askedBy: "person:bench", at: session.wall
                ).fields)
        }
        _ = try session.commit([
            Commit(slot: .shard(0), owner: .anyone, changes: [Change(writes: writes)])
        ])
    }
}
