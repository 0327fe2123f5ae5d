/// What was traded by hand in one account on one day, contract by contract: `by-hand:<account>`.
///
/// A contract's balance is what the account holds of it beside its open positions. Above zero, it
/// was bought by hand and is nobody's business here. Below zero, it was sold by hand out of the
/// positions, and no exit has left it out yet. So at each moment
///
///     what the broker shows = what is left of the positions + balance
///
/// Units are alike: which of two positions on the contract leaves out what was sold is chance, and
/// `rev` sees to it that not both do.
package struct HandTrades: Record {
    /// An order that was placed by hand, as far as it has filled.
    package struct Fill: Sendable, Hashable {
        package var instrument: InstrumentID
        package var side: OrderSide
        package var units: Quantity
        package var value: Money

        package init(instrument: InstrumentID, side: OrderSide, units: Quantity, value: Money) {
            self.instrument = instrument
            self.side = side
            self.units = units
            self.value = value
        }
    }

    package struct Balance: Sendable, Hashable {
        package var units = Quantity.zero
        /// What the units below zero brought.
        package var value = Money.zero

        package init(units: Quantity = .zero, value: Money = .zero) {
            self.units = units
            self.value = value
        }

        /// Sold by hand out of the positions, and not left out yet.
        package var sold: Quantity { max(.zero, .zero - units) }
    }

    package var rev = 0
    /// A balance is of its day: what was overlooked on one day must not keep an exit of another
    /// from selling.
    package private(set) var day: Day
    package private(set) var orders: [OrderNumber: Fill] = [:]
    package private(set) var balances: [InstrumentID: Balance] = [:]
    /// Units that exits have left out: should they be there after all, a person must know.
    private var leftOut: [InstrumentID: Quantity] = [:]

    package init(on day: Day) { self.day = day }

    package func sold(of instrument: InstrumentID) -> Quantity {
        balances[instrument]?.sold ?? .zero
    }

    package func leftOut(of instrument: InstrumentID) -> Quantity { leftOut[instrument] ?? .zero }

    /// Takes down what a hand-made order has filled so far. Fills only rise.
    ///
    /// - Parameter held: the most that the open positions on the contract can have. What was sold
    ///   beyond it was never theirs; nil when that is not known.
    /// - Returns: false when it is no news.
    package mutating func note(
        _ fill: Fill, of number: OrderNumber, held: Quantity?
    ) -> Bool {
        let known = orders[number]
        let units = fill.units - (known?.units ?? .zero)
        guard units > .zero else { return false }
        orders[number] = fill
        let before = balances[fill.instrument] ?? Balance()
        var after = before
        after.units += fill.side == .buy ? units : .zero - units
        if let held { after.units = max(after.units, .zero - max(held, before.sold)) }
        after.value =
            after.sold > before.sold
            ? before.value
                + (fill.value - (known?.value ?? .zero)).share(after.sold - before.sold, of: units)
            : before.value.share(after.sold, of: before.sold)
        balances[fill.instrument] = after
        return true
    }

    /// An exit leaves out so many units, or as many as were sold.
    package mutating func leaveOut(_ units: Quantity, of instrument: InstrumentID) -> Balance {
        let before = balances[instrument] ?? Balance()
        let left = min(max(.zero, units), before.sold)
        let part = Balance(units: left, value: before.value.share(left, of: before.sold))
        balances[instrument] = Balance(
            units: before.units + left, value: before.value - part.value)
        if left > .zero { leftOut[instrument, default: .zero] += left }
        return part
    }

    /// What the broker shows, read after the last own fill, against what is left of the positions.
    package mutating func set(_ balance: Balance, of instrument: InstrumentID) {
        balances[instrument] = balance
    }

    /// The same on this day: a new one begins with nothing.
    package func on(_ day: Day) -> HandTrades {
        guard day != self.day else { return self }
        var fresh = HandTrades(on: day)
        fresh.rev = rev
        return fresh
    }
}

extension HandTrades {
    private static let orderPrefix = "order:"
    private static let balancePrefix = "balance:"
    private static let leftOutPrefix = "left_out:"

    package init(_ fields: Fields) throws(FieldError) {
        self.init(on: try fields.get(.day))
        rev = try fields.get(.rev)
        for pair in fields.pairs {
            if pair.name.hasPrefix(Self.orderPrefix) {
                guard let fill = Fill(text: pair.value) else {
                    throw .malformed(.order, value: pair.value, expected: "fill by hand")
                }
                orders[OrderNumber(String(pair.name.dropFirst(Self.orderPrefix.count)))] = fill
            } else if pair.name.hasPrefix(Self.balancePrefix) {
                let name = String(pair.name.dropFirst(Self.balancePrefix.count))
                guard let instrument = InstrumentID(text: name),
                    let balance = Balance(text: pair.value)
                else { throw .malformed(.value, value: pair.value, expected: "balance") }
                balances[instrument] = balance
            } else if pair.name.hasPrefix(Self.leftOutPrefix) {
                let name = String(pair.name.dropFirst(Self.leftOutPrefix.count))
                guard let instrument = InstrumentID(text: name),
                    let units = Quantity(text: pair.value)
                else { throw .malformed(.value, value: pair.value, expected: "units left out") }
                leftOut[instrument] = units
            }
        }
    }

    package var fields: Fields {
        var fields = Fields()
        fields.put(.day, day)
        for (instrument, balance) in balances.sorted(by: { $0.key < $1.key }) {
            fields[Self.balancePrefix + instrument.text] = balance.text
        }
        for (instrument, units) in leftOut.sorted(by: { $0.key < $1.key }) {
            fields[Self.leftOutPrefix + instrument.text] = units.text
        }
        for (number, fill) in orders.sorted(by: { $0.key < $1.key }) {
            fields[Self.orderPrefix + number.text] = fill.text
        }
        fields.put(.rev, rev)
        return fields
    }
}

extension HandTrades.Fill {
    /// `NSE_FNO:51460 sell 35 3360.00`
    fileprivate init?(text: String) {
        let parts = text.split(separator: " ").map(String.init)
        guard parts.count == 4, let instrument = InstrumentID(text: parts[0]),
            let side = OrderSide(text: parts[1]), let units = Quantity(text: parts[2]),
            let value = Money(text: parts[3])
        else { return nil }
        self.init(instrument: instrument, side: side, units: units, value: value)
    }

    fileprivate var text: String {
        "\(instrument.text) \(side.text) \(units.text) \(value.text)"
    }
}

extension HandTrades.Balance {
    /// `-35 3360.00`
    fileprivate init?(text: String) {
        let parts = text.split(separator: " ").map(String.init)
        guard parts.count == 2, let units = Quantity(text: parts[0]),
            let value = Money(text: parts[1])
        else { return nil }
        self.init(units: units, value: value)
    }

    fileprivate var text: String { "\(units.text) \(value.text)" }
}

extension Money {
    /// The part of it that falls to so many of these units, down to the paisa.
    fileprivate func share(_ part: Quantity, of whole: Quantity) -> Money {
        guard whole > .zero, part < whole else { return whole > .zero ? self : .zero }
        let product = paise.multipliedFullWidth(by: part.units)
        return Money(paise: whole.units.dividingFullWidth(product).quotient)
    }
}
