/// What a simulation does to the pipeline. Each has a name by which it is switched on, and is
/// counted.
package enum Fault: String, CaseIterable, Sendable {
    // Workers
    case crashBefore = "crash-before"
    case crashAfter = "crash-after"
    case freeze
    case leave
    case clockSkew = "clock-skew"

    // The bus
    case callLost = "call-lost"
    case replyLost = "reply-lost"
    case readLost = "read-lost"
    case leaseLost = "lease-lost"
    case lockLost = "lock-lost"
    case restart
    case lostTail = "lost-tail"

    // The broker's answers
    case timeoutBefore = "timeout-before"
    case timeoutAfter = "timeout-after"
    case throttled = "429"
    case serverError = "5xx"
    case notSent = "not-sent"
    case refused
    case lateAnswer = "late-answer"
    case unreadableBook = "unreadable-book"
    case hidden
    case cancelLost = "cancel-lost"

    // The broker's orders
    case reject
    case partialFill = "partial-fill"
    case resting
    case cancelRace = "cancel-race"
    case lateFill = "late-fill"
    case foreignOrder = "foreign-order"

    // The broker's messages
    case updateLost = "update-lost"
    case updateDuplicated = "update-duplicated"
    case updateReordered = "update-reordered"
    case updateLate = "update-late"
    case updateRounded = "update-rounded"

    // The market
    case staleTick = "stale-tick"
    case jumpingTick = "jumping-tick"

    package var meaning: String {
        switch self {
        case .crashBefore: "a worker dies at a call, before it is carried out"
        case .crashAfter: "…after it was carried out"
        case .freeze: "a worker stands still at a call, and wakes late or is killed by its timer"
        case .leave: "a worker is told to stop, and another comes"
        case .clockSkew: "a worker's clock is ahead or behind"
        case .callLost: "a call does not reach the bus"
        case .replyLost: "a call is carried out and its answer lost"
        case .readLost: "the connection is lost after a commit's verdicts, with what was read"
        case .lockLost: "somebody removes an exit lock"
        case .leaseLost: "a lease disappears while its holder works"
        case .restart: "the server is restarted"
        case .lostTail: "…and has forgotten what it acknowledged last"
        case .timeoutBefore: "an order times out and never arrives"
        case .timeoutAfter: "an order times out and arrives"
        case .throttled: "the broker takes no order just now"
        case .serverError: "the broker fails, with or without having taken the order"
        case .notSent: "the broker cannot be reached"
        case .refused: "the broker refuses an order in its answer"
        case .lateAnswer: "the broker answers late"
        case .unreadableBook: "the broker's book cannot be read"
        case .hidden: "an order is taken and seen in the book only later"
        case .cancelLost: "a cancel never arrives"
        case .reject: "the exchange rejects an order"
        case .partialFill: "an order fills in parts"
        case .resting: "an order rests although it could trade"
        case .cancelRace: "an order fills while it is cancelled"
        case .lateFill: "an entry's fill is told after its cancellation"
        case .foreignOrder: "somebody trades by hand"
        case .updateLost: "a message about an order is lost"
        case .updateDuplicated: "…comes twice"
        case .updateReordered: "…is overtaken by others"
        case .updateLate: "…comes much later"
        case .updateRounded: "…tells an average to the paisa, not what the fills came to"
        case .staleTick: "the feed says nothing for a while"
        case .jumpingTick: "a price jumps"
        }
    }

    /// One opportunity in so many, in a seed of medium strength.
    var oneIn: Int {
        switch self {
        case .crashBefore, .crashAfter: 220
        case .freeze: 260
        case .leave: 90
        case .clockSkew: 2
        case .callLost, .replyLost, .readLost: 160
        case .leaseLost, .lockLost: 120
        case .restart: 500
        case .lostTail: 2
        case .timeoutBefore, .timeoutAfter, .throttled, .serverError, .notSent: 12
        case .refused: 14
        case .lateAnswer, .hidden: 4
        case .unreadableBook: 6
        case .cancelLost, .cancelRace: 5
        case .lateFill: 3
        case .reject: 9
        case .partialFill: 2
        case .resting: 4
        case .foreignOrder: 90
        case .updateLost, .updateDuplicated: 5
        case .updateRounded: 2
        case .updateReordered: 4
        case .updateLate: 12
        case .staleTick: 60
        case .jumpingTick: 25
        }
    }

    /// Its place among all, for tables.
    var place: Int { Self.places[self] ?? 0 }
    private static let places = Dictionary(
        uniqueKeysWithValues: allCases.enumerated().map { ($1, $0) })
}
