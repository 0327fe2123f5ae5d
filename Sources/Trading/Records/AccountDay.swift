/// What an account has done on one day: `account:<id>:<date>`.
package struct AccountDay: Record {
    package struct Book: Sendable, Hashable {
        package var index: IndexName
        package var side: OptionSide

        package init(_ index: IndexName, _ side: OptionSide) {
            self.index = index
            self.side = side
        }
    }

    package var rev = 0
    /// The configured capital when the day's first position was opened; for people.
    package var capital: Money?
    /// Cash held back for positions that are not closed.
    package var reserved = Money.zero
    /// Net P&L of the positions closed today, after charges.
    package var realised = Money.zero
    package var charges = Money.zero
    /// The highest `realised` of the day: what the profit lock measures from.
    package var peakRealised = Money.zero
    /// Positions opened today, also those whose entry never filled.
    package var trades = 0
    package var open = 0
    package var lossesInRow = 0
    package var openBooks: [Book: Int] = [:]
    /// When a contract was last left, for the cooldown.
    package var lastExits: [InstrumentID: EventTime] = [:]

    package init() {}

    private static let bookPrefix = "open:"
    private static let lastExitPrefix = "last_exit:"

    /// An absent hash is a day on which nothing has happened yet.
    package init(_ fields: Fields) throws(FieldError) {
        guard !fields.isEmpty else { return }
        rev = try fields.get(.rev)
        capital = try fields.find(.capital)
        reserved = try fields.get(.reserved)
        realised = try fields.get(.realised)
        charges = try fields.get(.charges)
        peakRealised = try fields.get(.peakRealised)
        trades = try fields.get(.trades)
        open = try fields.get(.open)
        lossesInRow = try fields.get(.losses)
        for pair in fields.pairs {
            if pair.name.hasPrefix(Self.lastExitPrefix),
                let instrument = InstrumentID(
                    text: String(pair.name.dropFirst(Self.lastExitPrefix.count))),
                let time = EventTime(text: pair.value)
            {
                lastExits[instrument] = time
            } else if pair.name.hasPrefix(Self.bookPrefix), let count = Int(text: pair.value) {
                let parts = pair.name.dropFirst(Self.bookPrefix.count).split(separator: ":")
                guard parts.count == 2, let side = OptionSide(rawValue: String(parts[1])) else {
                    continue
                }
                openBooks[Book(IndexName(String(parts[0])), side)] = count
            }
        }
    }

    package var fields: Fields {
        var fields = Fields()
        fields.put(.capital, capital)
        fields.put(.reserved, reserved)
        fields.put(.realised, realised)
        fields.put(.charges, charges)
        fields.put(.peakRealised, peakRealised)
        fields.put(.trades, trades)
        fields.put(.open, open)
        fields.put(.losses, lossesInRow)
        for (book, count) in openBooks.sorted(by: { $0.key.text < $1.key.text }) {
            fields[Self.bookPrefix + book.text] = String(count)
        }
        for (instrument, time) in lastExits.sorted(by: { $0.key < $1.key }) {
            fields[Self.lastExitPrefix + instrument.text] = time.text
        }
        fields.put(.rev, rev)
        return fields
    }
}

extension AccountDay.Book {
    fileprivate var text: String { "\(index):\(side.text)" }
}
