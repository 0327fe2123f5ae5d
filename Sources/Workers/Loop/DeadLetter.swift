import MessageBus
import Trading

/// An entry that can never be decided, set aside with the reason, so that it blocks nothing and
/// is not lost.
struct DeadLetter {
    let delivery: Delivery
    let stage: String
    let reason: String
    let at: EventTime

    /// What the entry held is kept under this prefix, so that it can be read and replayed.
    static let bodyPrefix = "body:"
    /// Far more than any entry of ours has. One commit carries no entry of thousands of fields,
    /// and a letter that cannot be written blocks what it was to clear away.
    static let mostFields = 100

    init(_ delivery: Delivery, stage: String, reason: String, at: EventTime) {
        self.delivery = delivery
        self.stage = stage
        self.reason = reason
        self.at = at
    }

    var fields: Fields {
        var fields = Fields()
        fields.put(.stream, delivery.stream.text)
        fields.put(.entry, delivery.id)
        fields.put(.stage, stage)
        fields.put(.reason, reason)
        fields.put(.at, at)
        let body = delivery.fields?.pairs ?? []
        let leftOut = body.count - Self.mostFields
        if leftOut > 0 { fields.put(.leftOut, leftOut) }
        for pair in body.prefix(Self.mostFields) {
            fields[Self.bodyPrefix + pair.name] = pair.value
        }
        return fields
    }

    /// - Parameter review: what becomes of the position that the letter is about.
    func change(slot: Slot, review: Change) -> Change {
        Change(
            guards: review.guards,
            writes: [.append(Keys.deadLetters(slot), fields)] + review.writes)
    }

    var alarm: Alarm {
        Alarm(
            .critical, stage: stage,
            message: "dead letter: entry \(delivery.id.text) of \(delivery.stream): \(reason)",
            account: try? delivery.fields?.find(.account), position: delivery.position, at: at)
    }
}
