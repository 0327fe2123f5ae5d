import Trading

/// Tells people of a connection that is down for longer than one that comes back by itself, and
/// tells them when it is back.
struct Outage {
    struct Notice {
        var message: String
        var isOver: Bool
    }

    private let what: String
    private var began: EventTime?
    private var reason = ""
    private var isTold = false
    private var isOver = false

    /// A reset and the next try take a second or two.
    private static let patience = Span.seconds(20)

    init(of what: String) { self.what = what }

    /// All times by the steady clock.
    mutating func begin(at now: EventTime, because reason: String) {
        self.reason = reason
        if began == nil { began = now }
    }

    mutating func end(at now: EventTime) {
        began = nil
        isOver = isTold
    }

    /// Another process has the connection: whether it is down is not known here any more.
    mutating func forget() { (began, isTold, isOver) = (nil, false, false) }

    /// Whether it is no short one.
    func lasts(at now: EventTime) -> Bool {
        began.map { now - $0 >= Self.patience } ?? false
    }

    /// Once for each outage, and once for its end.
    mutating func alarm(at now: EventTime) -> Notice? {
        if isOver {
            (isOver, isTold) = (false, false)
            return Notice(message: "\(what) is open again", isOver: true)
        }
        guard !isTold, lasts(at: now) else { return nil }
        isTold = true
        return Notice(message: "\(what) is down: \(reason)", isOver: false)
    }
}
