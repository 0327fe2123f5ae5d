import MessageBus
import Stages
import Trading

/// The positions that dead letters are about. What the letter would have changed is missing from
/// them, so a person must look: they become `needs_review`, and are watched and exited on.
///
/// Where the stage looks at positions from time to time, it looks at these: nobody asks again for
/// an exit whose request was set aside.
struct Reviews {
    // A position under review is open: nothing that is written here expires.
    private var ledger = Ledger(shard: 0, worker: "", keep: .zero)
    private var now = EventTime(milliseconds: 0)
    private let stage: String
    private let due: Key?

    /// Loads them; costs nothing where there are no dead letters.
    ///
    /// - Parameter due: where the stage looks for positions whose time has come.
    init(
        of steps: [Step], slot: Slot, stage: String, due: Key? = nil, _ session: any BusSession
    ) throws(BusError) {
        self.stage = stage
        self.due = due
        guard case .shard(let shard) = slot else { return }
        let ids = steps.compactMap { step in
            if case .deadLetter = step.outcome { step.delivery?.position } else { nil }
        }
        ledger = Ledger(shard: shard, worker: "", keep: .zero)
        for id in Set(ids).sorted() {
            let key = Keys.position(shard, id)
            do throws(BusError) {
                let loaded = try session.load([.hash(key)])
                now = loaded.now
                if case .fields(let fields)? = loaded.answers.first { ledger.remember(key, fields) }
            } catch {
                // The position's own key may be what is wrong; the letter's alarm names it.
                guard case .refused = error else { throw error }
            }
        }
    }

    /// What the letter changes of its position.
    mutating func change(_ delivery: Delivery, _ reason: String) -> Change {
        guard let id = delivery.position else { return Change() }
        let look = due.map { [Write.schedule($0, member: id.text, at: now.milliseconds)] } ?? []
        guard var position = try? ledger.position(id), !position.status.isClosed,
            position.status != .needsReview
        else { return Change(writes: look) }
        position.status = .needsReview
        position.reviewReason = "\(stage): \(reason)"
        var change = ledger.change([
            .save(position), .sendPosition(PositionEvent(position, at: now)),
        ])
        change.writes += look
        return change
    }
}

extension Delivery {
    /// The position that the entry is about, as far as it says so.
    var position: PositionID? {
        if let named = try? fields?.find(.position, as: PositionID.self) { return named }
        return (try? fields?.find(.order, as: CorrelationID.self))?.position
    }
}
