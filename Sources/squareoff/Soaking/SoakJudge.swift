import MessageBus
import Synchronization
import Trading
import Workers

/// Which numbers have arrived, and which twice.
final class SoakFindings: Sendable {
    struct Verdict: Sendable {
        var arrived = 0
        var doubled: [Int] = []
        var unreadable = 0
        var latencies = Durations()
        fileprivate var seen: [Bool]
    }
    private let state: Mutex<Verdict>

    init(capacity: Int) {
        state = Mutex(Verdict(seen: Array(repeating: false, count: capacity + 1)))
    }

    var verdict: Verdict { state.withLock { $0 } }
    var arrived: Int { state.withLock { $0.arrived } }

    /// Numbers up to this one that have not arrived.
    func missing(through last: Int) -> [Int] {
        state.withLock { found in last == 0 ? [] : (1...last).filter { !found.seen[$0] } }
    }

    func note(_ delivery: Delivery) {
        state.withLock { found in
            guard let message = SoakMessage(delivery.fields),
                found.seen.indices.contains(message.number)
            else {
                found.unreadable += 1
                return
            }
            guard !found.seen[message.number] else {
                found.doubled.append(message.number)
                return
            }
            found.seen[message.number] = true
            found.arrived += 1
            found.latencies.add(.nanoseconds(SoakClock.now() - message.sentAt))
        }
    }
}

/// Reads the end of a soak's way as a group of its own: the workers' own counts are not asked.
final class SoakJudge: Worker {
    let pulse = Pulse(worker: "judge", stage: "judge")
    private let session: any BusSession
    private let findings: SoakFindings
    private var inHand: [Delivery] = []
    private var hasJoined = false

    private static let group = "judge"
    private static let batch = 1_000

    init(_ session: any BusSession, _ findings: SoakFindings) {
        self.session = session
        self.findings = findings
    }

    var interrupt: any BusInterrupt { session.interrupt }

    func turn(wait: Bool) throws(BusError) {
        if !hasJoined {
            try session.join([SoakRoute.last], group: Self.group, consumer: "judge")
            hasJoined = true
        }
        let turn = try session.turn(
            committing: acknowledgements, count: Self.batch,
            block: wait ? .milliseconds(500) : .zero)
        take(turn.verdicts)
        inHand = turn.deliveries
        if let loss = turn.loss { throw loss }
    }

    /// What is in hand stays: it may be acknowledged already by the commit whose answer was lost,
    /// and would then never come again. Committing it once more tells.
    func failed() { hasJoined = false }

    func leave() throws(BusError) { take(try session.commit(acknowledgements)) }

    private var acknowledgements: [Commit] {
        guard !inHand.isEmpty else { return [] }
        let changes = inHand.map { Change(acknowledges: Acknowledgement($0.stream, $0.id)) }
        return [
            Commit(
                slot: .shard(0), owner: .consumer(group: Self.group, name: "judge"),
                changes: changes)
        ]
    }

    /// An entry counts when it is acknowledged; nobody else is in this group, so one that is not
    /// pending any more was acknowledged by a commit whose answer was lost, and was not counted.
    private func take(_ verdicts: [[CommitVerdict]]) {
        for delivery in inHand.prefix(verdicts.first?.count ?? 0) { findings.note(delivery) }
        inHand = []
    }
}
