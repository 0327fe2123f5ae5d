import MessageBus
import Trading

/// A session that notes what it sends and what came, for a program in C to do it again.
///
/// Heartbeats, leases and claims are passed on unseen: they are no part of an exit.
final class RecordingSession: BusSession {
    private let session: any BusSession
    private let script: ExitScript
    private let stage: String

    init(_ session: any BusSession, of stage: String, into script: ExitScript) {
        self.session = session
        self.stage = stage
        self.script = script
    }

    var interrupt: any BusInterrupt { session.interrupt }
    var wall: EventTime { session.wall }
    var steady: EventTime { session.steady }
    var serverRun: RunID? { session.serverRun }

    func turn(
        committing commits: [Commit], count: Int, block: Span
    ) throws(BusError) -> Turn {
        script.add(.turn(commits), by: stage)
        let turn = try session.turn(committing: commits, count: count, block: block)
        script.found(turn.deliveries, by: stage)
        return turn
    }

    func commit(_ commits: [Commit]) throws(BusError) -> [[CommitVerdict]] {
        try session.commit(commits)
    }

    func load(_ queries: [Query]) throws(BusError) -> Loaded {
        script.add(.load(queries), by: stage)
        return try session.load(queries)
    }

    func join(_ streams: [Key], group: String, consumer: String) throws(BusError) {
        script.reads(.group(streams, group, consumer), by: stage)
        try session.join(streams, group: group, consumer: consumer)
    }

    func follow(_ stream: Key, after cursor: EntryID) throws(BusError) {
        script.reads(.stream(stream, after: cursor), by: stage)
        try session.follow(stream, after: cursor)
    }

    func raise(_ fence: Key) throws(BusError) -> Fence {
        let raised = try session.raise(fence)
        script.raised(fence, to: raised)
        return raised
    }

    func unfollow() { session.unfollow() }
    func takeNotes() -> [String] { session.takeNotes() }

    func claim(
        _ stream: Key, group: String, consumer: String, isDead: (String) -> Bool
    ) throws(BusError) -> Claimed {
        try session.claim(stream, group: group, consumer: consumer, isDead: isDead)
    }

    func lease(_ key: Key, holder: String, life: Span) throws(BusError) -> Bool {
        try session.lease(key, holder: holder, life: life)
    }

    func release(_ key: Key, holder: String) throws(BusError) {
        try session.release(key, holder: holder)
    }

    func beat(_ key: Key, _ fields: Fields, life: Span) throws(BusError) {
        try session.beat(key, fields, life: life)
    }

    func cut(_ stream: Key, _ cut: Cut) throws(BusError) -> Int { try session.cut(stream, cut) }

    func forget(
        _ stream: Key, group: String, isGone: (String) -> Bool
    ) throws(BusError) -> Int {
        try session.forget(stream, group: group, isGone: isGone)
    }
}
