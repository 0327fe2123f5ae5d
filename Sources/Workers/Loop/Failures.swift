import MessageBus
import Trading

/// How often a stage has failed on an entry: counted in Redis, for all workers of the stage and
/// across their deaths.
///
/// Only what a worker has reported counts: a key of a wrong type that the entry's decision needs,
/// or a commit that the server's function fails on. A worker that is killed reports nothing, so
/// kills alone, however many, never make an entry a dead letter.
struct Failures {
    let key: Key

    /// With the pause between them, long enough for what passes by itself, and short enough that a
    /// person hears of the rest while it matters.
    static let limit = 5
    static let pause = Span.seconds(1)
    /// Something due cannot be set aside: it is tried again, and a person is told each time.
    static let pauseOfDue = Span.seconds(10)
    /// Of the counts, from the last failure: some entries disappear before anybody is done with
    /// them.
    private static let life = Span.days(7)

    init(slot: Slot, stage: String) { key = Keys.failures(slot, stage) }

    func field(_ delivery: Delivery) -> String { "\(delivery.stream)|\(delivery.id.text)" }

    func counting(_ delivery: Delivery) -> [Write] {
        [
            .add(key, field: field(delivery), by: 1),
            .expire(key, after: Self.life),
        ]
    }

    /// A first delivery has never failed.
    func forgetting(_ delivery: Delivery) -> [Write] {
        delivery.isRedelivered ? [.remove(key, fields: [field(delivery)])] : []
    }
}

/// What a stage has failed on, and why.
struct Mishap {
    var step: Step
    var reason: String
}
