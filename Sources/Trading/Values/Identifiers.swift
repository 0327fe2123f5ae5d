/// An identifier of one kind of thing: text that cannot be passed where another kind belongs.
package protocol Identifier: FieldValue, Hashable, Comparable, ExpressibleByStringLiteral,
    CustomStringConvertible
{
    var text: String { get }
    init(_ text: String)
}

extension Identifier {
    package init?(text: String) {
        if text.isEmpty { return nil }
        self.init(text)
    }
    package init(stringLiteral text: String) { self.init(text) }
    package var description: String { text }
    package static func < (left: Self, right: Self) -> Bool { left.text < right.text }
}

/// A trading account, by the name that the configuration gives it.
package struct AccountID: Identifier {
    package let text: String
    package init(_ text: String) { self.text = text }
}

/// A configured strategy.
package struct StrategyID: Identifier {
    package let text: String
    package init(_ text: String) { self.text = text }
}

/// A signal: `<strategy>-<index>-<bar's start>`, so that the same bar gives the same signal.
package struct SignalID: Identifier {
    package let text: String
    package init(_ text: String) { self.text = text }
}

/// An underlying index, by its symbol: `BANKNIFTY`.
package struct IndexName: Identifier {
    package let text: String
    package init(_ text: String) { self.text = text }
}

/// The number that the broker gives an order. Opaque: its length changes during a day.
package struct OrderNumber: Identifier {
    package let text: String
    package init(_ text: String) { self.text = text }
}

/// The mark of one sender on one order: whoever lost it may not write the call's outcome.
package struct Nonce: Identifier {
    package let text: String
    package init(_ text: String) { self.text = text }
}

/// One run of the server, from its start to its end: another run may have forgotten what this one
/// had acknowledged.
package struct RunID: Identifier {
    package let text: String
    package init(_ text: String) { self.text = text }
}

/// An instrument at the broker: exchange segment and security id, `NSE_FNO:51460`.
package struct InstrumentID: Hashable, Comparable, CustomStringConvertible {
    package let segment: Segment
    package let securityID: String

    package init(_ segment: Segment, _ securityID: String) {
        self.segment = segment
        self.securityID = securityID
    }

    package var description: String { text }
    package static func < (left: InstrumentID, right: InstrumentID) -> Bool {
        (left.segment.rawValue, left.securityID) < (right.segment.rawValue, right.securityID)
    }
}

/// The broker's exchange segments.
package enum Segment: String, FieldValue, CaseIterable {
    case index = "IDX_I"
    case nseEquity = "NSE_EQ"
    case nseDerivatives = "NSE_FNO"
    case nseCurrency = "NSE_CURRENCY"
    case bseEquity = "BSE_EQ"
    case bseDerivatives = "BSE_FNO"
    case bseCurrency = "BSE_CURRENCY"
    case mcxCommodity = "MCX_COMM"
}

extension InstrumentID: FieldValue {
    package init?(text: String) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let segment = Segment(rawValue: String(parts[0])),
            !parts[1].isEmpty
        else { return nil }
        self.init(segment, String(parts[1]))
    }
    package var text: String { "\(segment.rawValue):\(securityID)" }
}
