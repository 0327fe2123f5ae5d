import Trading

/// A made-up series of calls on BANKNIFTY, for runs that need contracts and their prices.
struct MadeUpCalls {
    /// Ticks count from here on, and the contracts live for weeks.
    let openedAt: EventTime

    static let index: IndexName = "BANKNIFTY"
    static let lot = Quantity(35)
    /// Of the index: near the first strikes.
    static let spot = Price(paise: 59_510_00)

    var expiry: Day { Day(number: openedAt.day.number + 20) }

    func instrument(_ number: Int) -> Instrument {
        Instrument(
            id: InstrumentID(.nseDerivatives, String(50_000 + number)),
            symbol: "\(Self.index)-\(number)-CE", index: Self.index,
            kind: .option(
                OptionContract(
                    expiry: expiry, strike: Price(paise: (59_500 + number) * 100_00 / 100),
                    side: .call)),
            lot: Self.lot, tickSize: Price(paise: 5), freezeQuantity: Quantity(600))
    }

    func quote(at price: Price, _ time: EventTime) -> Quote {
        Quote(
            ltp: price, bid: price, ask: price + Price(paise: 50),
            bidQuantity: Quantity(3_500), askQuantity: Quantity(3_500), openInterest: 100_000,
            at: time)
    }

    func tick(of number: Int, at price: Price, _ time: EventTime) -> Tick {
        Tick(
            instrument: instrument(number).id, quote: quote(at: price, time), volume: 1_000_000,
            lastQuantity: Self.lot, exchangeTime: time)
    }
}
