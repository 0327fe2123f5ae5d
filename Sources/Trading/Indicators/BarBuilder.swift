/// Builds bars of a whole number of minutes out of prices, or longer bars out of shorter ones.
///
/// Bars are counted from the session's opening (09:15), so that an hour's bar begins then and not
/// at 09:00. A stretch without a price makes no bar. What comes for a stretch that is closed
/// already is left out: a bar that was given away never changes.
///
/// Longer bars from minutes, at once when the last minute is known:
///
///     let late = five.add(minute)                                  // only after a gap
///     let done = five.close(at: minute.start + .minutes(1))
package struct BarBuilder: Hashable, Sendable {
    package let minutes: Int
    package let anchor: TimeOfDay
    private var bar: Bar?
    /// Where the last closed stretch ends; nil before the first one.
    private var closedUntil: EventTime?

    package init(minutes: Int = 1, anchor: TimeOfDay = TimeOfDay(9, 15)) {
        precondition(minutes > 0, "a bar needs at least one minute")
        self.minutes = minutes
        self.anchor = anchor
    }

    /// The bar that is still growing.
    package var current: Bar? { bar }

    /// Takes a price in. Gives the bar that it closes by belonging to a later one.
    package mutating func add(_ price: Price, at time: EventTime) -> Bar? {
        add(Bar(start: time, price: price))
    }

    /// Takes a shorter bar in, by its start. Gives the bar that it closes.
    package mutating func add(_ part: Bar) -> Bar? {
        let finished = close(at: part.start)
        let start = start(of: part.start)
        if let closedUntil, start < closedUntil { return finished }
        if bar == nil {
            bar = Bar(
                start: start, open: part.open, high: part.high, low: part.low, close: part.close)
        } else if bar?.start == start {
            bar?.add(part)
        }
        return finished
    }

    /// Gives the current bar if it has ended at `now`: the clock closes bars too, since the next
    /// price may take its time.
    package mutating func close(at now: EventTime) -> Bar? {
        guard let ended = bar, ended.start + length <= now else { return nil }
        bar = nil
        closedUntil = ended.start + length
        return ended
    }

    /// Up to where everything is known: the end of the bar that grows, or that was closed last.
    package var knownUntil: EventTime? { bar.map { $0.start + length } ?? closedUntil }

    /// What is before this is known from elsewhere: it is closed, and a bar that has grown of it
    /// is none.
    package mutating func skip(to end: EventTime) {
        closedUntil = max(closedUntil ?? end, end)
        if let bar, bar.start < end { self.bar = nil }
    }

    private var length: Span { .minutes(minutes) }

    /// The start of the stretch that `time` lies in.
    private func start(of time: EventTime) -> EventTime {
        let since = (time - EventTime(time.day, anchor)).milliseconds
        let into = since % length.milliseconds
        return time - .milliseconds(into < 0 ? into + length.milliseconds : into)
    }
}

extension BarBuilder: FieldValue {
    private static let keys = ["minutes", "anchor", "closed_until"] + BarState.keys

    package init?(text: String) {
        guard let state = StateText.parse(text, keys: Self.keys), let minutes = state[0],
            minutes > 0, let anchor = state[1], let growing = BarState(state[3...])
        else { return nil }
        self.init(minutes: minutes, anchor: TimeOfDay(milliseconds: anchor))
        closedUntil = state[2].map(EventTime.init(milliseconds:))
        bar = growing.bar
    }

    package var text: String {
        let values = [minutes, anchor.milliseconds, closedUntil?.milliseconds]
        return StateText.format(values + BarState(bar).numbers, keys: Self.keys)
    }
}
