import Brokers
import Trading

extension BarHistory {
    /// What a chart tells of the minutes that are over; nil where it tells none.
    ///
    /// - Parameter asked: when the broker was asked, by the wall. Its answer may be older.
    init?(
        of index: IndexName, chart: [DhanBar], asked: EventTime, calendar: TradingCalendar
    ) {
        var bars: [Bar] = []
        for bar in chart
        where bar.start == bar.start.minute && bar.end + Self.settling <= asked {
            if let last = bars.last, bar.start <= last.start { continue }
            bars.append(
                Bar(
                    start: bar.start, open: bar.open, high: bar.high, low: bar.low,
                    close: bar.close))
        }
        guard let end = bars.last.map({ $0.start + .minutes(1) }) else { return nil }
        self.init(
            index: index, bars: bars,
            until: Self.known(until: end, asked: asked, session: calendar.session(on: asked.day)))
    }

    /// A minute's bar changes for a moment after its end, and the broker's clock is another one.
    static let settling = Span.seconds(2)

    /// Beside a session no minute is missing.
    private static func known(
        until end: EventTime, asked: EventTime, session: SessionAnswer
    ) -> EventTime {
        guard case .open(let session) = session else { return max(end, asked.minute) }
        if asked >= session.closesAt { return max(end, asked.minute) }
        return max(end, min(session.opensAt, asked.minute))
    }
}

extension DhanBar {
    fileprivate var end: EventTime { start + .minutes(1) }
}
