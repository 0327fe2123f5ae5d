import Trading

/// A minute of an instrument.
package struct MinuteBar: Sendable, Hashable {
    /// Its first instant.
    var start: EventTime
    var open: Price
    var high: Price
    var low: Price
    var close: Price
    var volume: Int

    /// Several minutes as one bar that starts with the first.
    static func merged(_ bars: [MinuteBar], start: EventTime) -> MinuteBar? {
        guard let first = bars.first, let last = bars.last else { return nil }
        return MinuteBar(
            start: start, open: first.open, high: bars.map(\.high).max() ?? first.high,
            low: bars.map(\.low).min() ?? first.low, close: last.close,
            volume: bars.map(\.volume).reduce(0, +))
    }
}

/// The minutes of an instrument, as its ticks make them.
struct MinuteBars: Sendable {
    private(set) var bars: [MinuteBar] = []
    private var volume: Int?

    private static let minute = 60_000

    mutating func take(_ price: Price, volume: Int?, at time: EventTime) {
        let start = EventTime(milliseconds: time.milliseconds / Self.minute * Self.minute)
        let traded = max(0, (volume ?? 0) - (self.volume ?? volume ?? 0))
        self.volume = volume ?? self.volume
        guard var bar = bars.last, bar.start == start else {
            bars.append(
                MinuteBar(
                    start: start, open: price, high: price, low: price, close: price,
                    volume: traded))
            return
        }
        bar.high = max(bar.high, price)
        bar.low = min(bar.low, price)
        bar.close = price
        bar.volume += traded
        bars[bars.count - 1] = bar
    }

    /// Bars of so many minutes, counted from the session's start as charts do.
    func merged(_ minutes: Int, from start: EventTime, to end: EventTime) -> [MinuteBar] {
        let wanted = bars.filter { $0.start >= start && $0.start < end }
        let groups = Dictionary(grouping: wanted) { bar in
            let sessionStart = EventTime(bar.start.day, TimeOfDay(9, 15))
            let width = minutes * Self.minute
            let offset = (bar.start - sessionStart).milliseconds
            let place = offset >= 0 ? offset / width : (offset - width + 1) / width
            return sessionStart + .milliseconds(place * width)
        }
        return groups.sorted { $0.key < $1.key }.compactMap { start, bars in
            MinuteBar.merged(bars.sorted { $0.start < $1.start }, start: start)
        }
    }
}
