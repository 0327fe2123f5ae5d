import MessageBus
import Settings
import Trading

/// Measures the backlogs of shards.
///
/// Whoever needs one measures it where the last measure is too old, in one round trip; all others
/// go by that one, so that the cost does not grow with the workers.
struct Backpressure {
    private let bound: Int
    /// By shard: the streams that are counted, and who works on them.
    private let queries: [[Query]]

    init(_ desk: Desk) {
        bound = desk.backpressure.pauseAbove
        let streams = StreamReaders.all(desk)
        let limit = bound + 1
        queries = (0..<desk.keys.shards).map { shard in
            streams.filter { $0.stream.slot == .shard(shard) }.flatMap { readers in
                readers.groups.map { .backlog(readers.stream, group: $0, limit: limit) }
            }
        }
    }

    /// The shards' backlogs, measured where nobody has lately. What was measured is written down,
    /// with an alarm where entries begin to pause or go on.
    func measured(
        _ shards: [Int], _ session: any BusSession
    ) throws(BusError) -> [Int: Backlog] {
        var backlogs: [Int: Backlog] = [:]
        for (shard, fields) in zip(shards, try stored(shards, session)) {
            let last = try? Backlog(fields)
            if let last, last.isValid(at: session.wall) {
                backlogs[shard] = last
                continue
            }
            let next = try measure(shard, after: last, session)
            backlogs[shard] = next
            try write(next, after: last, fields, of: shard, session)
        }
        return backlogs
    }

    /// One shard's, without writing anything: a server that refuses to be written to, or a key
    /// of a wrong type, must not stop whoever has exits in hand.
    ///
    /// - Returns: why entries pause; nil where they do not.
    func pause(of shard: Int, _ session: any BusSession) throws(BusError) -> String? {
        do throws(BusError) {
            let last = try stored([shard], session).first.flatMap { try? Backlog($0) }
            if let last, last.isValid(at: session.wall) { return last.pause }
            return try measure(shard, after: last, session).pause
        } catch {
            switch error {
            case .refused(let reason), .denied(let reason):
                return "the backlog cannot be measured: \(reason)"
            case .retry, .unknown: throw error
            }
        }
    }

    private func stored(
        _ shards: [Int], _ session: any BusSession
    ) throws(BusError) -> [Fields] {
        try session.load(shards.map { .hash(Keys.backlog($0)) }).answers.map { answer in
            if case .fields(let fields) = answer { fields } else { Fields() }
        }
    }

    private func measure(
        _ shard: Int, after last: Backlog?, _ session: any BusSession
    ) throws(BusError) -> Backlog {
        let loaded = try session.load(queries[shard])
        let count = loaded.answers.reduce(0) { sum, answer in
            if case .number(let count?) = answer { sum + count } else { sum }
        }
        return .next(count, after: last, bound: bound, at: loaded.wall)
    }

    /// Unless somebody else has written meanwhile. The alarm comes after, so that of many who
    /// measure at once only one raises it; the hash shows the state in any case.
    private func write(
        _ next: Backlog, after last: Backlog?, _ stored: Fields, of shard: Int,
        _ session: any BusSession
    ) throws(BusError) {
        let key = Keys.backlog(shard)
        let at = Field.at.rawValue
        let (set, removed) = next.fields.changes(from: stored)
        let condition: Guard =
            stored[at].map { .field(key, at, is: $0) } ?? .fieldAbsent(key, at)
        let change = Change(
            guards: [condition], writes: [.set(key, set), .remove(key, fields: removed)])
        let commit = Commit(slot: .shard(shard), owner: .anyone, changes: [change])
        guard try session.commit([commit]).first?.first == .applied,
            (next.pausedAt == nil) != (last?.pausedAt == nil)
        else { return }
        let alarm = alarm(next, last, shard)
        _ = try session.commit(Commit.raising([alarm]))
    }

    private func alarm(_ next: Backlog, _ last: Backlog?, _ shard: Int) -> Alarm {
        guard let since = last?.pausedAt, next.pausedAt == nil else {
            return Alarm(
                .warning, stage: StageName.entryGuard,
                message: "entries pause on shard \(shard): more than \(bound) entries wait for "
                    + "its stages; exits go on", at: next.at)
        }
        return Alarm(
            .notice, stage: StageName.entryGuard,
            message: "entries go on on shard \(shard), after "
                + "\((next.at - since).milliseconds / 1_000) s", at: next.at)
    }
}
