/// The two exchanges whose index options are traded.
package enum Exchange: String, FieldValue, CaseIterable {
    case nse = "NSE"
    case bse = "BSE"

    package var derivatives: Segment {
        switch self {
        case .nse: .nseDerivatives
        case .bse: .bseDerivatives
        }
    }
}

/// An index that has listed options, and its security in segment `IDX_I`.
///
/// The broker's instrument list names the underlying of an option by the *exchange's* token
/// (26000 for NIFTY); quotes and bars of the index go by these ids instead.
package struct MarketIndex: Hashable, Sendable {
    package let name: IndexName
    package let id: InstrumentID
    package let exchange: Exchange
    /// Only one index of each exchange has weekly options, since 20 November 2024.
    package let hasWeeklies: Bool

    private init(
        _ name: IndexName, _ securityID: String, _ exchange: Exchange, weeklies: Bool = false
    ) {
        self.name = name
        self.id = InstrumentID(.index, securityID)
        self.exchange = exchange
        self.hasWeeklies = weeklies
    }

    package static let all: [MarketIndex] = [
        MarketIndex("NIFTY", "13", .nse, weeklies: true),
        MarketIndex("BANKNIFTY", "25", .nse),
        MarketIndex("FINNIFTY", "27", .nse),
        MarketIndex("MIDCPNIFTY", "442", .nse),
        MarketIndex("NIFTYNXT50", "38", .nse),
        MarketIndex("SENSEX", "51", .bse, weeklies: true),
        MarketIndex("BANKEX", "69", .bse),
        MarketIndex("SNSX50", "83", .bse),
    ]

    package static func named(_ name: IndexName) -> MarketIndex? {
        all.first { $0.name == name }
    }

    package static func with(id: InstrumentID) -> MarketIndex? {
        all.first { $0.id == id }
    }
}
