import Logging
import MessageBus
import Trading

extension GroupWorker {
    /// Writes the dead letters of entries that were trimmed while a dead worker had them: what was
    /// trimmed unread is a dead letter and an alarm, not a silence.
    ///
    /// In the dead one's name, because nobody else can have them; should it come back meanwhile,
    /// the first of the two wins. What is not committed is found again by the next claim.
    func setAside(_ trimmed: [String: [EntryID]], of stream: Key) throws(BusError) {
        for (name, ids) in trimmed.sorted(by: { $0.key < $1.key }) {
            log.error(
                "entries of a dead worker were trimmed unread",
                metadata: ["worker": "\(name)", "stream": "\(stream)", "entries": "\(ids.count)"])
            for first in stride(from: 0, to: ids.count, by: Self.usualBatch) {
                let steps = ids[first...].prefix(Self.usualBatch).map { id in
                    Step(
                        Delivery(stream: stream, id: id, fields: nil, isRedelivered: true),
                        .trimmed)
                }
                let reviews = try Reviews(
                    of: steps, slot: stage.slot, stage: stage.name, session)
                let plan = Plan(
                    steps, slot: stage.slot, owner: .consumer(group: stage.name, name: name),
                    stage: stage.name, now: session.wall, reviews)
                _ = try session.commit(plan.commits)
            }
        }
    }
}
