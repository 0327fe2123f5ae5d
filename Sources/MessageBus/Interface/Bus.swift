package import Trading

/// Streams, state and commits, over Redis or in memory, with one behaviour.
package protocol Bus: Sendable {
    func session(_ name: String) throws(BusError) -> any BusSession
}

/// What one worker has of a bus. It belongs to one thread.
///
/// A worker reads as a consumer of a group (``join(_:group:consumer:)``), which shares the work,
/// or follows whole streams (``follow(_:after:)``); then it calls ``turn(committing:count:block:)``
/// again and again. An error that says the connection is in doubt (``BusError/retry(_:)``,
/// ``BusError/unknown(_:)``) leaves the session in its first state: connected anew, own pending
/// entries to be read first.
package protocol BusSession: AnyObject {
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
    ///   - count: how many entries of a stream to read at most.
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

    /// The wall's clock, without a round trip: for leases, heartbeats and the lives of senders.
    var wall: EventTime { get }

    /// A clock that nobody sets, counted from some moment: for how long something has lasted. The
    /// wall's clock may jump, and then a pause would last for an hour, or a lease for nothing.
    var steady: EventTime { get }

    /// The run of the server that this session is connected to. It differs after a restart and on
    /// another server; nil where asking is not allowed.
    var serverRun: RunID? { get }

    /// What the session has mended by itself, or could not look at, since the last call; for a
    /// log.
    func takeNotes() -> [String]
}

package protocol BusInterrupt: Sendable {
    func wake()
}

package struct Turn: Sendable {
    package var verdicts: [[CommitVerdict]]
    package var deliveries: [Delivery]
    /// The connection was lost after the verdicts had come: they are facts all the same. The
    /// session is in its first state, as after a thrown error.
    package var loss: BusError?

    package init(
        verdicts: [[CommitVerdict]] = [], deliveries: [Delivery] = [], loss: BusError? = nil
    ) {
        self.verdicts = verdicts
        self.deliveries = deliveries
        self.loss = loss
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
