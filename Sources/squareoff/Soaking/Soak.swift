import ArgumentParser
import Foundation
import Logging
import MessageBus
import Redis
import Settings
import Trading
import Workers

/// The bus under load while its workers die: `ops/soak`.
struct Soak: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Send numbers through the bus while workers are killed and frozen; count them.",
        discussion: """
            Starts a private redis-server and a fleet of worker processes. Each number goes \
            through two consumer groups, whose commits are guarded by a shared record, and one \
            lease holder. Each second one process is killed, every five one is frozen until long \
            after it was given up. Exit status 1 when a number is lost or counted twice.
            """)

    @Option(help: "How long to send.")
    var minutes: Double = 1

    @Option(help: "Numbers a second.")
    var rate = 2_000

    @Option(help: "Worker processes.")
    var workers = 6

    @Option(help: "Chooses who is killed and frozen.")
    var seed: UInt64 = 1

    @Option(help: "Write what was measured to this file.")
    var json: String?

    /// Seconds in which everything must have arrived when nobody is killed any more.
    private static let patience = 90.0

    static func desk() throws -> Desk {
        Desk(try SquareoffSettings.parse(yaml, name: "soak"))
    }

    private static let yaml = """
        indices: [NIFTY]
        accounts:
          alpha: { capital: 100000, strategies: [none] }
        strategies:
          none: { indices: [NIFTY] }
        retention:
          streams: 20s
          sweep_every: 5s
        """

    func validate() throws {
        guard minutes > 0, rate > 0, workers > 2 else {
            throw ValidationError("--minutes and --rate must be above 0, --workers above 2")
        }
    }

    func run() throws {
        let server = try EmbeddedRedis()
        defer { server.stop() }
        let bus = RedisBus(endpoint: server.endpoint)
        let total = Int(minutes * 60 * Double(rate))
        let fleet = try fleet(on: server.endpoint)
        let judging = WorkerThread(name: "judge", log: try logger(level: "error"))
        let findings = SoakFindings(capacity: total)
        judging.start { () throws(BusError) in
            SoakJudge(try bus.session("judge"), findings)
        }
        var report = SoakReport()
        let producer = SoakProducer(try bus.session("producer"), rate: rate)
        let look = SoakLook(try RedisConnection.connect(to: server.endpoint))
        let started = ContinuousClock.now
        try send(total, producer, fleet, started) { minute in
            report.usedMemory.append(try look.usedMemory())
            show(minute, producer, fleet, findings, report)
        }
        report.seconds = Int((ContinuousClock.now - started).components.seconds)
        fleet.wake(at: nil)
        let clean = ContinuousClock.now + .seconds(Self.patience)
        while ContinuousClock.now < clean, !(try look.isSettled(total, arrived: findings.arrived)) {
            Thread.sleep(forTimeInterval: 0.1)
        }
        judging.stop()
        _ = judging.join(within: 5)
        report.usedMemory.append(try look.usedMemory())
        try finish(&report, producer, fleet, findings, look)
        print(report.text)
        if let json { try report.write(to: json) }
        if !report.isClean { throw ExitCode(1) }
    }

    private func fleet(on endpoint: RedisEndpoint) throws -> ProcessFleet {
        let seat = ProcessFleet.Seat(kind: "soak") { name in
            ["soak-worker", "--redis", endpoint.description, "--name", name]
        }
        return try ProcessFleet(Array(repeating: seat, count: workers), seed: seed)
    }

    private func send(
        _ total: Int, _ producer: SoakProducer, _ fleet: ProcessFleet,
        _ started: ContinuousClock.Instant, eachMinute: (Int) throws -> Void
    ) throws {
        var (kill, freeze, minute) = (1, 5, 1)
        while producer.sent < total {
            do throws(BusError) {
                try producer.send(limit: total)
            } catch {
                FileHandle.standardError.write(Data("producer: \(error)\n".utf8))
            }
            let now = ContinuousClock.now
            fleet.wake(at: now)
            if now >= started + .seconds(kill) {
                try fleet.killOne()
                kill += 1
            }
            if now >= started + .seconds(freeze) {
                fleet.freezeOne(at: now)
                freeze += 5
            }
            if now >= started + .seconds(60 * minute) {
                try eachMinute(minute)
                minute += 1
            }
            Thread.sleep(forTimeInterval: 0.005)
        }
    }

    private func show(
        _ minute: Int, _ producer: SoakProducer, _ fleet: ProcessFleet,
        _ findings: SoakFindings, _ report: SoakReport
    ) {
        let doubled = findings.verdict.doubled.count
        let memory = Double(report.usedMemory.last ?? 0) / 1_048_576
        let line =
            "minute \(minute): \(producer.sent) sent, \(findings.arrived) arrived, "
            + "\(doubled) doubled, \(fleet.killed) killed, \(fleet.frozen) frozen, "
            + String(format: "%.1f MB\n", memory)
        FileHandle.standardError.write(Data(line.utf8))
    }

    private func finish(
        _ report: inout SoakReport, _ producer: SoakProducer, _ fleet: ProcessFleet,
        _ findings: SoakFindings, _ look: SoakLook
    ) throws {
        let verdict = findings.verdict
        report.sent = producer.sent
        report.arrived = verdict.arrived
        report.doubled = verdict.doubled
        report.unreadable = verdict.unreadable
        report.missing = findings.missing(through: producer.sent)
        report.miscounted = try look.miscounted(producer.sent)
        report.pending = try look.pending()
        report.deadLetters = try look.deadLetters()
        report.consumers = try look.consumers()
        report.killed = fleet.killed
        report.frozen = fleet.frozen
        report.p50Microseconds = verdict.latencies.percentile(50)
        report.p99Microseconds = verdict.latencies.percentile(99)
    }
}
