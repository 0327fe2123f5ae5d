import MessageBus
import Trading

/// A worker's session, as the world lets it be: each call is a moment at which the worker may
/// die, stand still or lose its connection, and each commit is seen by who checks the promises.
final class SimulatedSession: BusSession {
    private let inner: any BusSession
    private let life: Life
    private unowned let world: World
    private let saboteur: Saboteur?

    init(_ inner: any BusSession, _ life: Life, _ world: World) {
        self.inner = inner
        self.life = life
        self.world = world
        saboteur = world.plan.sabotage.map { Saboteur($0, world) }
    }

    var interrupt: any BusInterrupt { inner.interrupt }
    var wall: EventTime { inner.wall + life.skew }
    var steady: EventTime { inner.steady }
    var serverRun: RunID? { inner.serverRun }
    func takeNotes() -> [String] { inner.takeNotes() }
    func unfollow() { inner.unfollow() }

    func join(_ streams: [Key], group: String, consumer: String) throws(BusError) {
        try call("join") { () throws(BusError) in
            try inner.join(streams, group: group, consumer: consumer)
        }
    }

    func follow(_ stream: Key, after cursor: EntryID) throws(BusError) {
        try inner.follow(stream, after: cursor)
    }

    func turn(
        committing commits: [Commit], count: Int, block: Span
    ) throws(BusError) -> Turn {
        let sent = saboteur?.distort(commits) ?? commits
        let turn = try call("commit and read", sent) { () throws(BusError) in
            let turn = try self.turn(sent, count, block)
            world.saw(sent, turn.verdicts, by: life)
            try saboteur?.committed(commits, turn.verdicts, by: life, inner)
            world.read(turn.deliveries, by: life)
            try saboteur?.read(turn.deliveries, by: life, inner)
            return turn
        }
        return turn
    }

    private func turn(
        _ commits: [Commit], _ count: Int, _ block: Span
    ) throws(BusError) -> Turn {
        guard !commits.isEmpty, world.chance.strikes(.readLost) else {
            return try inner.turn(committing: commits, count: count, block: block)
        }
        let verdicts = try inner.commit(commits)
        world.story.tell(life.name, "loses its connection after its verdicts")
        // Brings the session to its first state.
        world.nextFault.set(.unreachable)
        do throws(BusError) {
            _ = try inner.commit([])
            return Turn(verdicts: verdicts)
        } catch {
            return Turn(verdicts: verdicts, loss: error)
        }
    }

    func commit(_ commits: [Commit]) throws(BusError) -> [[CommitVerdict]] {
        guard !commits.isEmpty else { return [] }
        let sent = saboteur?.distort(commits) ?? commits
        return try call("commit", sent) { () throws(BusError) in
            let verdicts = try inner.commit(sent)
            world.saw(sent, verdicts, by: life)
            try saboteur?.committed(commits, verdicts, by: life, inner)
            return verdicts
        }
    }

    func load(_ queries: [Query]) throws(BusError) -> Loaded {
        try call("load") { () throws(BusError) in try inner.load(queries) }
    }

    func claim(
        _ stream: Key, group: String, consumer: String, isDead: (String) -> Bool
    ) throws(BusError) -> Claimed {
        try call("claim") { () throws(BusError) in
            let claimed = try inner.claim(
                stream, group: group, consumer: consumer, isDead: isDead)
            try world.claimed(claimed.count, stream, by: life)
            return claimed
        }
    }

    func lease(_ key: Key, holder: String, life span: Span) throws(BusError) -> Bool {
        try call("lease") { () throws(BusError) in
            try inner.lease(key, holder: holder, life: span)
        }
    }

    func release(_ key: Key, holder: String) throws(BusError) {
        try call("release") { () throws(BusError) in try inner.release(key, holder: holder) }
    }

    func raise(_ fence: Key) throws(BusError) -> Fence {
        try call("raise") { () throws(BusError) in
            let raised = try inner.raise(fence)
            world.story.tell(life.name, "takes over \(fence.name), epoch \(raised.epoch)")
            return raised
        }
    }

    func beat(_ key: Key, _ fields: Fields, life span: Span) throws(BusError) {
        try inner.beat(key, fields, life: span)
    }

    func cut(_ stream: Key, _ cut: Cut) throws(BusError) -> Int {
        try call("cut") { () throws(BusError) in
            try world.watchCut(of: stream, by: life) { () throws(BusError) in
                if let count = try saboteur?.cut(stream) { return count }
                return try inner.cut(stream, cut)
            }
        }
    }

    func forget(
        _ stream: Key, group: String, isGone: (String) -> Bool
    ) throws(BusError) -> Int {
        try call("forget") { () throws(BusError) in
            try inner.forget(stream, group: group, isGone: isGone)
        }
    }

    /// The moment before the call, the call, and the moment after it.
    private func call<Value>(
        _ what: StaticString, _ commits: [Commit] = [], _ body: () throws(BusError) -> Value
    ) throws(BusError) -> Value {
        try world.pass(life, before: what)
        let value: Value
        do throws(BusError) {
            value = try body()
        } catch {
            // It may have been carried out.
            world.suspect(commits, by: life, error)
            throw error
        }
        try world.pass(life, after: what)
        return value
    }
}
