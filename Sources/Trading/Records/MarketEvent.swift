/// An entry of `ticks`.
package enum MarketEvent: Hashable, Sendable {
    case tick(Tick)
    /// The feed's mark: the clock now stands here. Written once a second and at due times, so
    /// that rules of the clock fire without a price.
    case clock(EventTime)
    /// Ticks come from here on, after a time in which nobody was there to hear them.
    case resumed(EventTime)
    /// Minutes that nobody heard the ticks of.
    case history(BarHistory, at: EventTime)

    package var at: EventTime {
        switch self {
        case .tick(let tick): tick.quote.at
        case .clock(let time), .resumed(let time), .history(_, let time): time
        }
    }
}

extension MarketEvent {
    private enum Kind: String {
        case clock, resumed, history
    }

    /// - Parameter at: the event time, from the entry's id.
    package init(_ fields: Fields, at: EventTime) throws(FieldError) {
        // It is written into positions and orders, which would not be readable any more.
        guard Readable.time.contains(at.milliseconds) else {
            throw .malformed(.at, value: at.text, expected: "time of a market")
        }
        switch fields[Field.kind.rawValue].flatMap(Kind.init(rawValue:)) {
        case .clock: self = .clock(at)
        case .resumed: self = .resumed(at)
        case .history: self = .history(try BarHistory(fields), at: at)
        case nil: self = .tick(try Tick(fields, at: at))
        }
    }

    package var fields: Fields {
        switch self {
        case .tick(let tick): tick.fields
        case .clock: Self.mark(.clock)
        case .resumed: Self.mark(.resumed)
        case .history(let history, _): Fields(Self.mark(.history).pairs + history.fields.pairs)
        }
    }

    private static func mark(_ kind: Kind) -> Fields {
        var fields = Fields()
        fields.put(.kind, kind.rawValue)
        return fields
    }
}

/// Whole minutes of an index, as the broker charts them.
package struct BarHistory: Hashable, Sendable {
    package var index: IndexName
    /// By start, each once.
    package var bars: [Bar]
    /// No minute of a session before this is missing in the chart.
    package var until: EventTime

    package init(index: IndexName, bars: [Bar], until: EventTime) {
        self.index = index
        self.bars = bars
        self.until = until
    }
}

extension BarHistory {
    package init(_ fields: Fields) throws(FieldError) {
        index = try fields.get(.index)
        let text: BarsText = try fields.get(.bars)
        bars = text.bars
        until = try fields.get(.until)
    }

    package var fields: Fields {
        var fields = Fields()
        fields.put(.index, index)
        fields.put(.bars, BarsText(bars))
        fields.put(.until, until)
        return fields
    }
}

/// Bars by start in one field, `;` between them.
package struct BarsText: FieldValue {
    package let bars: [Bar]

    package init(_ bars: [Bar]) { self.bars = bars }

    package init?(text: String) {
        let parts = text.split(separator: ";", omittingEmptySubsequences: false)
        let bars = parts.compactMap { Bar(text: String($0)) }
        guard bars.count == parts.count,
            zip(bars, bars.dropFirst()).allSatisfy({ $0.start < $1.start })
        else { return nil }
        self.bars = bars
    }

    package var text: String { bars.map(\.text).joined(separator: ";") }
}
