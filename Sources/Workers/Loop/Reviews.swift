import MessageBus
import Stages
import Trading

/// The positions that dead letters are about. What the letter would have changed is missing from
/// them, so a person must look: they become `needs_review`, and are watched and exited on.
struct Reviews {
    private var ledger: Ledger
    private var now = EventTime(milliseconds: 0)
    private let stage: String

    /// Loads them; costs nothing where there are no dead letters.
    init(
        of steps: [Step], slot: Slot, stage: String, _ session: any BusSession
    ) throws(BusError) {
        self.stage = stage
        // Nothing expires that is to be reviewed.
        ledger = Ledger(shard: 0, worker: "", keep: .zero)
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
        guard let id = delivery.position, var position = try? ledger.position(id),
            !position.status.isClosed, position.status != .needsReview
        else { return Change() }
        position.status = .needsReview
        position.reviewReason = "\(stage): \(reason)"
        return ledger.change([.save(position), .sendPosition(PositionEvent(position, at: now))])
    }
}

extension Delivery {
    /// The position that the entry is about, as far as it says so.
    var position: PositionID? {
        if let named = try? fields?.find(.position, as: PositionID.self) { return named }
        return (try? fields?.find(.order, as: CorrelationID.self))?.position
    }
}
