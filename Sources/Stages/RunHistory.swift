package import Trading

/// The server's latest runs: by them a gateway tells how long ago an order can have been sent that
/// the server may have forgotten.
package struct RunHistory: Sendable, Hashable {
    package struct Met: Sendable, Hashable {
        package var id: RunID
        /// By the wall's clock: nobody has marked an order in a run before later than this.
        package var at: EventTime

        package init(id: RunID, at: EventTime) {
            self.id = id
            self.at = at
        }
    }

    package var current: Met
    /// Oldest first.
    package var earlier: [Met]

    package init(current: Met, earlier: [Met] = []) {
        self.current = current
        self.earlier = earlier
    }

    private static let kept = 16
    /// The clocks of hosts between which the server may move agree to this.
    private static let clocksAgree = Span.milliseconds(500)

    /// A server that gives way to another and takes over again later, all in one process, has its
    /// run back: what was created in that run may be of the time before.
    package var hasReturned: Bool { earlier.contains { $0.id == current.id } }

    package func followed(by next: Met) -> RunHistory {
        RunHistory(current: next, earlier: (earlier + [current]).suffix(Self.kept))
    }

    /// The latest moment at which a run before this one can have marked an order of a position.
    ///
    /// In the run that created the position, orders go at once; in a later one only `wait` after
    /// this moment, as that run knew it. A run that was shorter has sent none, and nobody waits
    /// anew for its sake: else no exit would ever go while the server is restarted all the time.
    /// What is told by an earlier run's clock is made later by what the clocks may differ.
    ///
    /// - Parameters:
    ///   - created: the run in which the position was created; nil when that cannot be read.
    ///   - wait: how long after its mark an order is in the broker's book at the latest.
    package func lastMark(ofPositionsCreatedIn created: RunID?, wait: Span) -> EventTime {
        guard let created, !(hasReturned && created == current.id) else { return current.at }
        let runs = earlier + [current]
        let own = runs.firstIndex { $0.id == created }
        // Older than all that are known, it was there before the first of them; but how much of
        // its wait was over by then, only the runs before could tell.
        if own == nil, earlier.count == Self.kept { return current.at }
        let after = runs[(own.map { $0 + 1 } ?? 0)...]
        guard var last = after.first else { return current.at }
        for next in after.dropFirst() where next.at + Self.clocksAgree >= last.at + wait {
            last = next
        }
        return last == current ? last.at : last.at + Self.clocksAgree
    }
}
