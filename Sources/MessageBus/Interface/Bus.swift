package import Trading

/// Streams, state and commits, over Redis or in memory, with one behaviour.
///
/// A session belongs to one thread. Any ``BusError`` but a refused command leaves it in its first
/// state: connected anew, own pending entries to be read first.
package protocol Bus: Sendable {
    func session(_ name: String) throws(BusError) -> any BusSession
}

package protocol BusSession: AnyObject {
    /// The wall's clock, without a round trip: for leases, heartbeats and the lives of senders.
    var wall: EventTime { get }

    /// A clock that nobody sets, counted from some moment: for how long something has lasted. The
    /// wall's clock may jump, and then a pause would last for an hour, or a lease for nothing.
    var steady: EventTime { get }

    /// What the session has mended by itself, or could not look at, since the last call; for a
    /// log.
    func takeNotes() -> [String]

    /// The run of the server that this session is connected to. It differs after a restart and on
    /// another server, and at each connection where asking is not allowed.
    var serverRun: RunID { get }

    /// Reads for a consumer of a group, own pending entries first, one at a time; then new ones.
    /// Earlier streams come first in each reading. All streams must be of one slot.
    /// The groups are made at 0 where they are missing.
    func join(_ streams: [Key], group: String, consumer: String) throws(BusError)

    /// Reads all of a stream behind `cursor`, without a group. May be called for several streams
    /// of any slot; a later call for the same stream moves its cursor.
    func follow(_ stream: Key, after cursor: EntryID) throws(BusError)

    /// Follows nothing any more.
    func unfollow()

    /// Commits, and reads what comes next, in one write.
    ///
    /// - Parameters:
    ///   - block: how long to wait for a first entry; ``interrupt`` ends the wait.
    /// - Returns: a verdict for each change of each commit, and the entries read.
    func turn(
        committing commits: [Commit], count: Int, block: Span
    ) throws(BusError) -> Turn

    /// Commits and reads nothing.
    func commit(_ commits: [Commit]) throws(BusError) -> [[CommitVerdict]]

    /// One pipelined load; the clock is read with it, before everything else.
    func load(_ queries: [Query]) throws(BusError) -> Loaded

    /// A handle by which any thread ends this session's wait.
    var interrupt: any BusInterrupt { get }

    /// Entries that belong to consumers that `isDead` names become this consumer's; they are then
    /// read as its own pending ones. The owner is checked in the same step as the claim.
    func claim(
        _ stream: Key, group: String, consumer: String, isDead: (String) -> Bool
    ) throws(BusError) -> Claimed

    /// Takes or renews a lease by this holder; false while somebody else has it.
    func lease(_ key: Key, holder: String, life: Span) throws(BusError) -> Bool
    func release(_ key: Key, holder: String) throws(BusError)

    /// Raises the fence's epoch to max(stored + 1, the server's time in ms) and returns it with
    /// the stored cursors.
    func raise(_ fence: Key) throws(BusError) -> Fence

    /// Replaces a worker's heartbeat, which expires by itself.
    func beat(_ key: Key, _ fields: Fields, life: Span) throws(BusError)

    /// Drops the entries of a stream that nobody needs any more, in one step with finding out
    /// which they are; the newest one stays.
    ///
    /// - Returns: how many were dropped.
    func cut(_ stream: Key, _ cut: Cut) throws(BusError) -> Int

    /// Removes consumers that `isGone` names from a group, but for those that have entries
    /// pending, which is looked at in the same step as the removal.
    ///
    /// - Returns: how many were removed.
    func forget(
        _ stream: Key, group: String, isGone: (String) -> Bool
    ) throws(BusError) -> Int
}

package protocol BusInterrupt: Sendable {
    func wake()
}

package struct Turn: Sendable {
    package var verdicts: [[CommitVerdict]]
    package var deliveries: [Delivery]

    package init(verdicts: [[CommitVerdict]] = [], deliveries: [Delivery] = []) {
        self.verdicts = verdicts
        self.deliveries = deliveries
    }
}

package struct Fence: Sendable, Hashable {
    /// The field of the epoch; all others are cursors.
    package static let epochField = "epoch"

    package var epoch: Int
    package var cursors: [String: EntryID]

    package init(epoch: Int, cursors: [String: EntryID]) {
        self.epoch = epoch
        self.cursors = cursors
    }
}

package enum Query: Sendable, Hashable {
    case hash(Key)
    case fields(Key, [String])
    case text(Key)
    case list(Key)
    /// A set's members, sorted.
    case members(Key)
    /// The members with the lowest scores.
    case due(Key, limit: Int)
    case score(Key, member: String)
    /// How many elements the list, set, sorted set, hash or stream has; 0 for none.
    case count(Key)
    /// How many entries of the stream the group has still to do, unread and pending ones; at most
    /// `limit`.
    case backlog(Key, group: String, limit: Int)
    /// The id of the stream's newest entry, also of one that was trimmed.
    case newest(Key)
    case groups(Key)
    case range(Key, from: EntryID, limit: Int)
    /// The newest entries, newest first.
    case latest(Key, limit: Int)
    /// Entries that consumers of the group have and have not acknowledged.
    case pending(Key, group: String, limit: Int)
    /// The consumers that have such entries, sorted.
    case owners(Key, group: String)
}

package enum Answer: Sendable, Hashable {
    case fields(Fields)
    case text(String?)
    case texts([String])
    case due([DueTime])
    case number(Int?)
    case newest(EntryID)
    case groups([GroupState])
    case entries([Entry])
    case pending([PendingEntry])
}

package struct DueTime: Sendable, Hashable {
    package var member: String
    package var at: Int

    package init(member: String, at: Int) {
        self.member = member
        self.at = at
    }
}

package struct GroupState: Sendable, Hashable {
    package var name: String
    package var lastDelivered: EntryID
    package var pending: Int

    package init(name: String, lastDelivered: EntryID, pending: Int) {
        self.name = name
        self.lastDelivered = lastDelivered
        self.pending = pending
    }
}

package struct PendingEntry: Sendable, Hashable {
    package var id: EntryID
    package var consumer: String
    package var idle: Span
    package var deliveries: Int

    package init(id: EntryID, consumer: String, idle: Span, deliveries: Int) {
        self.id = id
        self.consumer = consumer
        self.idle = idle
        self.deliveries = deliveries
    }
}

package struct Loaded: Sendable {
    /// Event time: the replay's clock where there is one, else the wall's.
    package var now: EventTime
    /// The wall's clock, for leases, heartbeats and the lives of senders.
    package var wall: EventTime
    package var answers: [Answer]

    package init(now: EventTime, wall: EventTime, answers: [Answer]) {
        self.now = now
        self.wall = wall
        self.answers = answers
    }
}

/// What a worker does about a failing bus.
package enum BusError: Error, Sendable, Hashable {
    /// Not available now; wait and try again. What was in hand is still pending.
    case retry(String)
    /// The server refused what was asked, and will again: a wrong type, a function that failed on
    /// it. Something else may go through.
    case refused(String)
    /// The server refuses everybody, or everything to this user: no memory, missing rights, a
    /// server that may evict. No entry's fault: only a person can mend it, and the work waits.
    case denied(String)
    /// Sent, and no answer came. Committing the same again is safe.
    case unknown(String)
}
