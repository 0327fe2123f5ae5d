package import MessageBus
package import Trading

/// A stage of which any number of workers share the work: a consumer group.
///
/// The loop owns reading, committing, acknowledging, retrying and claiming. The stage loads what
/// its decision needs, decides, and hands back what is to be committed.
package protocol GroupStage: AnyObject {
    var name: String { get }
    /// The slot of the streams and of the due sets.
    var slot: Slot { get }
    /// Read in this order; none for a stage that has due times alone.
    var streams: [Key] { get }
    var dueSets: [DueSet] { get }
    /// The due set whose members are positions; nil where there is none.
    var positionsDue: Key? { get }
    /// Something is ready that did not come from the bus, such as a broker's answer.
    var hasOwnWork: Bool { get }

    /// Before the first turn, and before the first one after an error.
    func joined(_ session: any BusSession) throws(BusError)
    /// Decides on everything in hand. Called in every turn, also with nothing in hand.
    func settle(_ work: Work, _ session: any BusSession) throws(BusError) -> [Step]
    /// After an error: no step of the last turn will be told of its verdict.
    func failed()
    /// The worker leaves.
    func stop()
}

extension GroupStage {
    package var dueSets: [DueSet] { [] }
    package var positionsDue: Key? { nil }
    package var hasOwnWork: Bool { false }
    package func joined(_ session: any BusSession) throws(BusError) {}
    package func failed() {}
    package func stop() {}
}

/// What a worker has in hand in one turn.
package struct Work: Sendable {
    package var deliveries: [Delivery] = []
    /// One list for each of the stage's ``GroupStage/dueSets``.
    package var due: [[DueTime]] = []
    /// One entry or due time by itself, because of what was in hand with it something was refused.
    package var isAlone = false
    package var worker: String

    package init(worker: String) { self.worker = worker }

    package var isEmpty: Bool { deliveries.isEmpty && due.allSatisfy(\.isEmpty) }

    /// The same in pieces of one entry or one due time each.
    var pieces: [Work] {
        var nothing = Work(worker: worker)
        nothing.due = due.map { _ in [] }
        nothing.isAlone = true
        let entries = deliveries.map { delivery in
            var piece = nothing
            piece.deliveries = [delivery]
            return piece
        }
        let times = due.indices.flatMap { set in
            due[set].map { time in
                var piece = nothing
                piece.due[set] = [time]
                return piece
            }
        }
        return entries + times
    }
}

/// What is to be committed for one delivery, or for something that is due.
package struct Step {
    /// Nil for a due time, and for what the stage does by itself.
    package var delivery: Delivery?
    /// For a due time: the set and the member.
    package var due: (set: Key, time: DueTime)?
    package var outcome: Outcome
    /// Told once what became of the commit.
    package var then: ((CommitVerdict) -> Void)?

    package init(
        _ delivery: Delivery?, _ outcome: Outcome, then: ((CommitVerdict) -> Void)? = nil
    ) {
        self.delivery = delivery
        self.outcome = outcome
        self.then = then
    }
}

package enum Outcome {
    /// Acknowledges the delivery, if there is one; the alarms go out before it, notices behind it.
    case commit(Change, alarms: [Alarm] = [])
    /// Stays pending and is decided again after this long.
    case again(after: Span)
    /// The stage has failed on it, and may fail on it for ever: counted, and tried again for a
    /// while.
    case failed(String)
    /// Can never be decided.
    case deadLetter(String, alarms: [Alarm] = [])

    /// What people hear of it once it is done.
    var notices: [Alarm] {
        guard case .commit(_, let alarms) = self else { return [] }
        return alarms.filter { $0.severity == .notice }
    }

    /// Of an entry without content.
    package static var trimmed: Outcome {
        .deadLetter("the entry was trimmed while it was pending")
    }
}
