import MessageBus
import Trading

/// How much a shard's stages have still to do, and whether entries pause because of it:
/// `sq:{0}:backlog`.
///
/// Only entries ask, and exits go on whatever it says.
struct Backlog: Record, Hashable {
    /// Entries of the shard's streams that are unread or pending; counted no further than a little
    /// above the bound.
    var entries: Int
    /// By the wall's clock, as the others.
    var at: EventTime
    /// When it was last seen above the bound.
    var aboveAt: EventTime?
    /// Since when entries pause.
    var pausedAt: EventTime?

    init(entries: Int, at: EventTime) {
        self.entries = entries
        self.at = at
    }

    init(_ fields: Fields) throws(FieldError) {
        self.init(entries: try fields.get(.entries), at: try fields.get(.at))
        aboveAt = try fields.find(.aboveAt)
        pausedAt = try fields.find(.pausedAt)
    }

    var fields: Fields {
        var fields = Fields()
        fields.put(.entries, entries)
        fields.put(.at, at)
        fields.put(.aboveAt, aboveAt)
        fields.put(.pausedAt, pausedAt)
        return fields
    }
}

extension Backlog {
    /// So old may a measure be that somebody else has taken.
    private static let longestValid = Span.milliseconds(250)
    /// Entries go on when the backlog has not been above its bound for this long: at the bound, it
    /// is now above and now below, and neither stages nor people want to hear of it each time.
    static let calm = Span.seconds(5)

    /// A clock that runs behind another's by a little is no reason to measure again.
    func isValid(at wall: EventTime) -> Bool {
        wall - at < Self.longestValid && at - wall < Self.longestValid
    }

    /// Why entries pause; nil where they do not.
    var pause: String? {
        pausedAt.map { "backlog=\(entries) paused_at=\($0.text)" }
    }

    /// What this is after a measure.
    static func next(
        _ entries: Int, after last: Backlog?, bound: Int, at wall: EventTime
    ) -> Backlog {
        var next = Backlog(entries: entries, at: wall)
        // Whoever wrote it may have had a clock that was ahead: entries would pause for as long.
        next.aboveAt = entries > bound ? wall : last?.aboveAt.map { min($0, wall) }
        let isPaused = next.aboveAt.map { wall - $0 < Self.calm } ?? false
        next.pausedAt = isPaused ? min(last?.pausedAt ?? wall, wall) : nil
        return next
    }
}
