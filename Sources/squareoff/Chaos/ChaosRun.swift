import DhanSimulator
import Foundation
import MessageBus
import Proxy
import Redis
import Trading
import Workers

/// A server, a broker and a fleet, and what happens to them.
final class ChaosRun {
    struct Plan {
        var seconds: Double
        var positions: Int
        var seed: UInt64
        var durabilities: [EmbeddedRedis.Durability]
        var isTearing: Bool
        /// As for `squareoff simulator --faults`.
        var brokerFaults: String
    }

    private let plan: Plan
    private let clock = ChaosClock()
    private let server: EmbeddedRedis
    private let ledger: LedgerFile
    private let broker: SimulatorProcess
    private let proxies: [RedisProxy]
    private let fleet: ProcessFleet
    private let load: ChaosLoad
    private let tokens: ChaosTokens
    private var unheard = 0

    /// Three of those whose hands an exit passes, two of all others.
    private static let stages: [String] =
        [StageName.exitEngine, StageName.gateway].flatMap { [$0, $0, $0] }
        + [
            StageName.riskManager, StageName.hub, StageName.handler, StageName.entryGuard,
            StageName.scheduler, StageName.reconciler, StageName.orderListener,
            StageName.marketFeed,
        ].flatMap { [$0, $0] }

    /// Seconds in which everything must have come to rest when there are no faults any more.
    private static let patience = 120.0

    init(_ plan: Plan) throws {
        self.plan = plan
        server = try EmbeddedRedis(plan.durabilities[0])
        let folder = server.folder
        ledger = LedgerFile(path: folder + "/ledger.jsonl")
        let redis = server.socket
        proxies = try Self.stages.indices.map {
            try RedisProxy(at: "\(folder)/proxy-\($0).sock", to: redis)
        }
        broker = try SimulatorProcess(
            [
                "--ledger", ledger.path, "--seed", "\(plan.seed)", "--fills", "limits",
                "--clock", clock.now.text,
                // What is filled after the last word is told by one word alone: a server that
                // forgets it learns of it from the books, and has by then forgotten whose it is.
                "--faults", plan.brokerFaults + (plan.isTearing ? ",fill_after_cancel=0" : ""),
            ] + ChaosDesk.clients)
        let ports = broker.ports
        // Leaves the accounts' tokens for the workers.
        _ = try ChaosDesk.make(at: ports, tokens: folder)
        tokens = ChaosTokens(broker, in: folder)
        let session = try RedisBus(endpoint: server.endpoint).session("chaos-load")
        load = ChaosLoad(session, clock, seed: plan.seed) { [broker] in broker.quote($0) }
        try load.prepare()
        let seats = zip(Self.stages, proxies).map { stage, proxy in
            ProcessFleet.Seat(kind: stage) { name in
                [
                    "chaos-worker", "--redis", proxy.endpoint.description,
                    "--rest", "\(ports.rest)", "--orders", "\(ports.orders)",
                    "--feed", "\(ports.feed)", "--tokens", folder, "--stage", stage, "--name", name,
                ]
            }
        }
        fleet = try ProcessFleet(seats, seed: plan.seed, frozenFor: 500...8_000)
    }

    deinit {
        for proxy in proxies { proxy.stop() }
        server.stop()
    }

    func run(onMinute: (ChaosReport) -> Void) throws -> ChaosReport {
        let faults = ChaosFaults(
            fleet, server, proxies, plan.durabilities, tearing: plan.isTearing, seed: plan.seed)
        let began = ContinuousClock.now
        var minute = 1
        var entered = EnteredPositions(ledger)
        while true {
            let elapsed = (ContinuousClock.now - began) / .seconds(1)
            guard elapsed < plan.seconds else { break }
            try faults.beat()
            try tokens.beat()
            try entered.read()
            let due = Int(Double(plan.positions) * min(1, 1.05 * elapsed / plan.seconds))
            beat(wantsSignal: entered.count < due)
            if elapsed >= Double(60 * minute) {
                minute += 1
                onMinute(try report(try ledger.read(), Remains(), faults))
            }
            Thread.sleep(forTimeInterval: 0.02)
        }
        try faults.rest()
        let settledAfter = try settle()
        let remains = try Remains(.open(server.endpoint, credentials: nil))
        var report = try report(try ledger.read(), remains, faults)
        report.seconds = Int((ContinuousClock.now - began) / .seconds(1))
        report.settledAfter = settledAfter
        return report
    }

    /// Ledger and log, to look into what happened.
    func keepEvidence(in folder: String) {
        let files = FileManager.default
        do {
            try files.createDirectory(atPath: folder, withIntermediateDirectories: true)
            for name in ["ledger.jsonl", "appendonlydir", "redis.log"] {
                try? files.removeItem(atPath: "\(folder)/\(name)")
                try files.copyItem(
                    atPath: "\(server.folder)/\(name)", toPath: "\(folder)/\(name)")
            }
        } catch {
            FileHandle.standardError.write(Data("no evidence: \(error)\n".utf8))
        }
    }

    /// What the server does not take is lost.
    private func beat(wantsSignal: Bool) {
        do throws(BusError) {
            try load.beat(wantsSignal: wantsSignal)
        } catch {
            unheard += 1
        }
    }

    /// Without faults, everything is closed and nothing is left.
    ///
    /// - Returns: milliseconds; nil when that does not come.
    private func settle() throws -> Int? {
        let began = ContinuousClock.now
        var isFlattened = false
        var nextLook = began
        while ContinuousClock.now < began + .seconds(Self.patience) {
            let isQuiet = brokerIsQuiet()
            try tokens.beat()
            if !isFlattened { isFlattened = (try? load.flattenAll()) != nil }
            beat(wantsSignal: false)
            if isFlattened, ContinuousClock.now >= nextLook {
                nextLook = .now + .seconds(1)
                let remains = try Remains(.open(server.endpoint, credentials: nil))
                // A broker that says something after the look says it of what it has not done yet.
                if isQuiet, remains.isSettled, brokerIsQuiet() {
                    return Int((ContinuousClock.now - began) / .milliseconds(1))
                }
            }
            Thread.sleep(forTimeInterval: 0.05)
        }
        return nil
    }

    /// It makes no more faults, and has nothing more to say.
    private func brokerIsQuiet() -> Bool { broker.calm() && broker.isQuiet() }

    private func report(
        _ lines: [LedgerLine], _ remains: Remains, _ faults: ChaosFaults
    ) throws -> ChaosReport {
        let judge = ChaosJudge(
            ledger: lines, left: remains, shift: clock.shift, canForget: plan.isTearing)
        var report = ChaosReport(judge)
        report.faults = faults.counts
        report.faults["unheard"] = unheard
        report.brokerFaults = broker.faultsGiven ?? [:]
        report.resumed = load.resumed
        report.tokensMade = tokens.made
        report.bytesCut = faults.cut
        report.asked = load.asked
        return report
    }
}

/// Positions that have been entered so far, by the broker's ledger.
private struct EnteredPositions {
    private var reader: LedgerFile.Reader
    private var orders: Set<String> = []

    init(_ ledger: LedgerFile) { reader = LedgerFile.Reader(file: ledger) }

    var count: Int { orders.count }

    mutating func read() throws {
        for line in try reader.next()
        where line.event == .accepted && line.side == OrderSide.buy.text {
            orders.insert(line.order)
        }
    }
}
