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

    /// To tell further back would change nothing: a position of a run that is not named any more
    /// is one that was there before all that are.
    private static let kept = 8
    /// The clocks of hosts between which the server may move agree to this.
    private static let clocksAgree = Span.seconds(2)

    package func followed(by next: Met) -> RunHistory {
        RunHistory(current: next, earlier: (earlier + [current]).suffix(Self.kept))
    }

    /// The latest moment at which a run before this one can have marked an order of a position.
    ///
    /// In the run that created the position, orders go at once; in a later one only `wait` after
    /// this moment, as that run knew it. A run that was shorter has sent none, and nobody waits
    /// anew for its sake: else no exit would ever go while the server is restarted all the time.
    ///
    /// - Parameters:
    ///   - created: the run in which the position was created; nil when that cannot be read.
    ///   - wait: how long after its mark an order is in the broker's book at the latest.
    package func lastMark(ofPositionsCreatedIn created: RunID?, wait: Span) -> EventTime {
        guard let created else { return current.at }
        let runs = earlier + [current]
        let own = runs.firstIndex { $0.id == created }
        let after = runs[(own.map { $0 + 1 } ?? 0)...]
        guard var last = after.first?.at else { return current.at }
        for next in after.dropFirst() where next.at + Self.clocksAgree >= last + wait {
            last = next.at
        }
        return last
    }
}
