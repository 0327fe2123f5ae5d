import Brokers
import DhanSimulator
import Foundation
import MessageBus
import Redis
import Settings
import Trading
import Workers

/// A DhanHQ simulator in this process whose clock stands where a replay's stands, and the accounts
/// of the replay as its clients: what trades on paper otherwise goes over the broker's own client,
/// over HTTP and the order socket.
final class SimulatedVenue: ReplayVenue {
    let desk: Desk
    let house: DhanHouse?
    private let simulator: Simulator
    private let redis: RedisConnection
    private let accounts: Int
    private var standing = Simulator.Standing()
    /// Words of the order socket that stand in `broker-events`.
    private var heard = 0
    private var read: [Key: String] = [:]

    /// The stages of such a run. The books are not compared on a timer: it would be the wall's, and
    /// a replay depends on nothing but its data.
    static let stages =
        StageName.all.filter { $0 != StageName.reconciler } + [StageName.orderListener]

    /// - Parameters:
    ///   - instruments: of the replay.
    ///   - folder: for the accounts' tokens.
    init(
        _ settings: SquareoffSettings, _ instruments: [Instrument], _ redis: RedisConnection,
        folder: String
    ) throws {
        var behaviour = SimulatorSettings()
        behaviour.engine.profile = settings.paper
        behaviour.engine.instruments = InstrumentList(instruments)
        behaviour.engine.keepsHours = false
        behaviour.engine.limitsRates = false
        behaviour.engine.checksFunds = false
        behaviour.engine.squareOff = nil
        // Until the first tick, nobody knows what time it is.
        behaviour.clock = .stopped(EventTime(milliseconds: 0))
        behaviour.engine.tokenLife = .days(100_000)
        behaviour.clients = settings.accounts.map { account in
            .init(
                ClientID(account.id.text), token: SquareoffSettings.simulatedToken(of: account.id))
        }
        let simulator = try Simulator(behaviour)
        self.simulator = simulator
        self.redis = redis
        accounts = settings.accounts.count
        let started: Result<SimulatorPorts, any Error>? = Awaited.wait { answer in
            Task {
                do {
                    answer(.success(try await simulator.start()))
                } catch {
                    answer(.failure(error))
                }
            }
        }
        guard let ports = try started?.get() else { throw SimulatorProcessError.notStarted }
        var desk = Desk(try settings.trading(at: ports, tokens: folder), isLive: true)
        desk.comparesBooks = false
        self.desk = desk
        house = LiveTrading.house(desk, Troubles())
    }

    /// Somebody listens to each account: from then on, no word is lost.
    func waitForListeners() throws {
        for _ in 0..<1_000 {
            look()
            if standing.listeners >= accounts { return }
            usleep(10_000)
        }
        throw SimulatorProcessError.notStarted
    }

    func step(to time: EventTime, _ ticks: [Tick]) {
        let _: Bool? = Awaited.wait { [simulator] done in
            Task {
                await simulator.step(to: time, ticks)
                done(true)
            }
        }
    }

    var open: [String] {
        look()
        var open: [String] = []
        if standing.calls > 0 { open.append("calls at the broker") }
        if heard < standing.words {
            heard += (0..<desk.keys.shards).reduce(0) { $0 + newWords(in: Keys.brokerEvents($1)) }
        }
        if heard < standing.words { open.append("words of the broker") }
        return open
    }

    var nextDue: EventTime? { standing.due }

    private func look() {
        standing =
            Awaited.wait { [simulator] answer in
                Task { answer(await simulator.standing()) }
            } ?? standing
    }

    private func newWords(in stream: Key) -> Int {
        let command = RedisCommand("XRANGE", stream.text, "(" + (read[stream] ?? "0-0"), "+")
        guard let entries = try? redis.call(command).asArray else { return 0 }
        var count = 0
        for entry in entries {
            guard let parts = try? entry.asArray, parts.count == 2,
                let id = try? parts[0].asString, let fields = try? parts[1].asArray
            else { continue }
            read[stream] = id
            let words = fields.compactMap { try? $0.asString }
            if let place = words.firstIndex(of: "source"), words[place + 1] == "socket" {
                count += 1
            }
        }
        return count
    }
}
