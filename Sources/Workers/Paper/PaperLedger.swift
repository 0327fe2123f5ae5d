import Trading

/// What an account has at the paper broker: `paper:ledger:<account>`. It knows nothing of
/// positions, only of fills; so it can be held against them.
struct PaperLedger: Record {
    /// What the fills have brought, less what they have cost, without charges.
    var cash = Money.zero
    var fills = 0
    /// Contract → units held.
    var net: [InstrumentID: Quantity] = [:]

    private static let netPrefix = "net:"

    init() {}

    init(_ fields: Fields) throws(FieldError) {
        guard !fields.isEmpty else { return }
        cash = try fields.get(.cash)
        fills = try fields.get(.fills)
        for pair in fields.pairs where pair.name.hasPrefix(Self.netPrefix) {
            let name = String(pair.name.dropFirst(Self.netPrefix.count))
            guard let instrument = InstrumentID(text: name) else { continue }
            net[instrument] = Quantity(text: pair.value)
        }
    }

    var fields: Fields {
        var fields = Fields()
        fields.put(.cash, cash)
        fields.put(.fills, fills)
        for (instrument, quantity) in net.sorted(by: { $0.key < $1.key })
        where quantity != .zero {
            fields[Self.netPrefix + instrument.text] = quantity.text
        }
        return fields
    }

    /// Contracts of which nothing is held any more.
    var emptyFields: [String] {
        net.filter { $0.value == .zero }.map { Self.netPrefix + $0.key.text }.sorted()
    }

    mutating func book(_ side: OrderSide, _ units: Quantity, _ value: Money, _ id: InstrumentID) {
        fills += 1
        switch side {
        case .buy:
            cash -= value
            net[id, default: .zero] += units
        case .sell:
            cash += value
            net[id, default: .zero] -= units
        }
    }
}
