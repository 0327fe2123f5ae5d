import DhanSimulator
import Foundation
import HTTP
import MessageBus
import Redis
import Secrets
import Support
import Testing
import Trading
import Workers

/// One account that trades with money at a simulator of DhanHQ in this process, over its HTTP,
/// order socket and market feed, by a worker process of all stages on a real Redis. The clock of
/// all of them starts at ten o'clock of the fixtures' day. Nothing of it leaves loopback.
final class LiveDesk {
    static let account: AccountID = "alpha"
    private static let client = "1000000001"
    private static let token = "token-1"

    let simulator: Simulator
    let folder: Folder
    private let server: RedisServer
    private let ports: SimulatorPorts
    private let config: String
    private let worker: Program
    private let market: LiveMarket
    private let http = HTTPClient()

    init() async throws {
        folder = try Folder()
        server = try RedisServer(.init(appendOnly: true))
        var settings = SimulatorSettings()
        settings.engine.instruments = InstrumentList([Fixtures.instrument()])
        settings.engine.limitsRates = false
        settings.clients = [.init(ClientID(Self.client), token: Self.token)]
        settings.clock = .starting(at: .at(10, 0))
        simulator = try Simulator(settings)
        ports = try await simulator.start()
        let token = folder.path + "/token"
        try SecretFile.write(Array(Self.token.utf8), to: token)
        config = try folder.write("live.yaml", Self.yaml(ports, token))
        let session = try RedisBus(endpoint: server.endpoint).session("test")
        let list = Fields([
            .init(name: Fixtures.call.text, value: Fixtures.instrument().text)
        ])
        let ten = EventTime.at(10, 0)
        try Self.commit(
            [.set(Keys.instruments, list), .setText(Keys.clock, ten.text)], .bus, session)
        let url = "unix://\(server.directory)/redis.sock"
        worker = try Program(
            ["run", "--live", "--name", "box1", "--config", config, "--redis", url],
            in: folder.path)
        let tick = Tick(instrument: Fixtures.call, quote: Self.quote(at: ten))
        market = LiveMarket(tick, from: ten, at: ports, server.endpoint)
    }

    func close() async {
        await market.close()
        worker.kill()
        await simulator.stop()
        server.stop()
    }

    fileprivate static func quote(at time: EventTime) -> Quote {
        Fixtures.quote("100.00", bid: "99.95", ask: "100.00", at: time)
    }

    static func commit(
        _ writes: [Write], _ slot: Slot, _ session: any BusSession
    ) throws {
        _ = try session.commit([
            Commit(slot: slot, owner: .anyone, changes: [Change(writes: writes)])
        ])
    }

    /// With `instruments`, though a live run does not read the file: without, the feed fetches the
    /// real day's list from the broker, and puts it in the place of the test's contracts.
    ///
    /// A sender has a minute and a price a quarter of one: a machine that stands still for some
    /// seconds kills no worker and closes no position.
    private static func yaml(_ ports: SimulatorPorts, _ token: String) -> String {
        """
        indices: [BANKNIFTY]
        instruments: /nowhere/contracts.csv
        dhan:
          rest: http://127.0.0.1:\(ports.rest)/v2
          auth: http://127.0.0.1:\(ports.rest)
          instruments: http://127.0.0.1:\(ports.rest)/nowhere.csv
          order_socket: ws://127.0.0.1:\(ports.orders)
          feed_socket: ws://127.0.0.1:\(ports.feed)
        accounts:
          \(account):
            capital: 1000000
            strategies: [\(Fixtures.strategy)]
            broker: dhan
            live: true
            client_id: "\(client)"
            token_file: \(token)
        strategies:
          \(Fixtures.strategy): { indices: [BANKNIFTY] }
        entry_profiles:
          default: { max_open: 1, cooldown: 0s, quote_age: 60s, order_validity: 30s }
        risk_profiles:
          default: { stale_alarm: 2s, stale_exit: 15s, daily_loss: off }
        exits: { chase_after: 1s, retry_after: 200ms }
        gateway: { sender_life: 60s, poll_every: 1s, retry_after: 200ms }
        """
    }
}

extension LiveDesk {
    /// Signals until one of them has opened a position.
    func open() async throws -> PositionID {
        let session = try RedisBus(endpoint: server.endpoint).session("test-signals")
        var count = 0
        var entered: PositionID?
        try await wait(for: "an open position") {
            count += 1
            let now = try session.load([]).now
            let id = SignalID("live-\(count)")
            let signal = Signal(
                id: id, strategy: Fixtures.strategy, index: Fixtures.index, direction: .bullish,
                instrument: Fixtures.call, quote: Self.quote(at: now), at: now,
                expiresAt: now + .seconds(10), evidence: "test")
            try Self.commit([.append(Keys.signals, signal.fields)], .bus, session)
            // The next one only once this one is decided on.
            let verdict = RedisCommand("GET", Keys.verdict(0, id, Self.account).text)
            try await wait(for: "a verdict") { try redis(verdict) != .null }
            entered = try redis(RedisCommand("SMEMBERS", Keys.open(0, Self.account).text)).asStrings
                .first.map { PositionID($0) }
            guard let entered else { return false }
            return try status(of: entered) == .active
        }
        return try #require(entered)
    }

    func position(_ id: PositionID) throws -> Fields { try hash(Keys.position(0, id)) }

    func status(of id: PositionID) throws -> PositionStatus? {
        try position(id)[Field.status.rawValue].flatMap { PositionStatus(rawValue: $0) }
    }

    func hash(_ key: Key) throws -> Fields {
        let pairs = try redis(RedisCommand("HGETALL", key.text)).asPairs
        return Fields(pairs.map { Fields.Pair(name: $0.name, value: $0.value) })
    }

    func redis(_ command: RedisCommand) throws -> RedisValue { try server.connect().call(command) }

    /// What people were alarmed of.
    func alarms() throws -> [String] {
        try redis(RedisCommand("XRANGE", Keys.alarms.text, "-", "+")).asArray.map { row in
            try row.asArray[1].asPairs.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
        }
    }

    /// A command of this account's people.
    func start(_ arguments: String...) throws -> Program {
        try Program(
            arguments + ["--redis", "unix://\(server.directory)/redis.sock"], in: folder.path)
    }

    func flatten(_ options: String...) throws -> Program {
        try Program(
            ["flatten", "--reason", "test", "--config", config]
                + options + ["--redis", "unix://\(server.directory)/redis.sock"],
            in: folder.path)
    }

    func control(_ what: String, _ body: String) async throws {
        _ = try await call(
            HTTPRequest(
                .post, "http://127.0.0.1:\(ports.rest)/control/\(what)", body: Array(body.utf8)))
    }

    func client(_ change: String) async throws {
        try await control("clients", #"{"client":"\#(Self.client)",\#(change)}"#)
    }

    /// What the broker says, asked past the pipeline.
    func ask(_ path: String) async throws -> String {
        try await call(
            HTTPRequest(
                .get, "http://127.0.0.1:\(ports.rest)/v2/\(path)",
                headers: [("access-token", Self.token)]))
    }

    private func call(_ request: HTTPRequest) async throws -> String {
        let answer = await withCheckedContinuation { continuation in
            http.send(request) { continuation.resume(returning: $0) }
        }
        let response = try answer.get()
        #expect(response.status == 200)
        return String(decoding: response.body, as: UTF8.self)
    }

    /// The broker's ledger: lines of this event and side.
    func ledger(_ event: String, _ side: OrderSide) async -> [String] {
        await simulator.ledger().filter {
            $0.contains(#""event":"\#(event)""#) && $0.contains(#""side":"\#(side.text)""#)
        }
    }

    /// Comes back when the condition holds, or fails the test. A look that failed is no answer.
    func wait(
        for what: String, within seconds: Double = 180, _ condition: () async throws -> Bool
    ) async throws {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while true {
            var failure = ""
            do {
                if try await condition() { return }
            } catch {
                failure = "\(error)\n"
            }
            try #require(
                ContinuousClock.now < deadline,
                "waited for \(what) in vain\n\(failure)\(worker.errors.suffix(2_000))")
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}
