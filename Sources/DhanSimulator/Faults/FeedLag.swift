import Trading

/// A market feed that falls behind: for some time all packets are late, and when it has caught up,
/// those that waited come before the next.
struct FeedLag: Sendable {
    private var span = Span.zero
    private var drawn = MinuteDraw()
    private var endsAt = EventTime(milliseconds: 0)
    /// When the last packet that waits arrives.
    private var emptyAt = EventTime(milliseconds: 0)

    mutating func arrival(of time: EventTime, _ chance: inout Chance) -> EventTime {
        if time >= endsAt, drawn.isDue(at: time), chance.happens(.feedLag) {
            span = .milliseconds(chance.within(1_000...200_000))
            endsAt = time + .milliseconds(chance.within(10_000...60_000))
        }
        guard time < endsAt || time < emptyAt else { return time }
        emptyAt = max(emptyAt, time < endsAt ? time + span : time)
        return emptyAt
    }
}
