package import Trading

/// Whole values with a default for everything, so that whatever a test sets matters.
///
/// One account, one index, one day: Monday 15 December 2025.
/// The call costs 100.00; lot and freeze quantity are those of that day.
package enum Fixtures {
    package static let day = Day(2025, 12, 15)
    package static let expiry = Day(2025, 12, 30)
    package static let account: AccountID = "paper-1"
    package static let strategy: StrategyID = "supertrend"
    package static let index: IndexName = "BANKNIFTY"
    package static let indexInstrument = InstrumentID(.index, "25")
    package static let call = InstrumentID(.nseDerivatives, "51460")
    package static let put = InstrumentID(.nseDerivatives, "51461")
    package static let openedAt = EventTime.at(10, 0)

    package static let session = SessionAnswer.open(
        MarketSession(day, from: TimeOfDay(9, 15), to: TimeOfDay(15, 30)))

    package static func instrument(
        _ id: InstrumentID = call, index: IndexName = index, strike: Price = "59500.00",
        side: OptionSide = .call, expiry: Day = expiry, lot: Int = 35, freeze: Int? = 600
    ) -> Instrument {
        Instrument(
            id: id, symbol: "\(index)-\(expiry.text)-\(strike.text)-\(side.text)", index: index,
            kind: .option(OptionContract(expiry: expiry, strike: strike, side: side)),
            lot: Quantity(lot), tickSize: "0.05", freezeQuantity: freeze.map(Quantity.init))
    }

    package static func contract(
        _ instrument: InstrumentID = call, side: OptionSide = .call, expiry: Day = expiry
    ) -> PositionTracker.Contract {
        PositionTracker.Contract(
            instrument: instrument, symbol: "BANKNIFTY-2025-12-30-59500.00-CE", side: side,
            expiry: expiry, lot: Quantity(35), tickSize: "0.05", freezeQuantity: Quantity(600))
    }

    /// Bought and filled: one lot at 100.00, at 10:00.
    package static func position(
        _ status: PositionStatus = .active, entry: Price = "100.00", quantity: Int = 35,
        openedAt: EventTime = openedAt, expiry: Day = expiry, account: AccountID = account,
        signal: SignalID = "supertrend-BANKNIFTY-1765773000000"
    ) -> PositionTracker {
        var position = PositionTracker(
            id: PositionID(signal: signal, account: account, day: openedAt.day), account: account,
            strategy: strategy, signal: signal, index: index, contract: contract(expiry: expiry),
            quantity: Quantity(quantity), reserved: entry * Quantity(quantity),
            createdAt: openedAt - .seconds(1))
        position.status = status
        guard status != .pending, status != .cancelled else { return position }
        position.entry.quantity = Quantity(quantity)
        position.entry.value = entry * Quantity(quantity)
        position.openedAt = openedAt
        if status == .exiting || status == .exited { position.exitOrder = exitOrder() }
        return position
    }

    package static func exitOrder(_ reason: ExitReason = .stopLoss) -> PositionTracker.ExitOrder {
        PositionTracker.ExitOrder(
            reason: reason, evidence: "ltp=70.00", askedBy: "rule", at: .at(10, 5))
    }

    /// The entry order of ``position(_:entry:quantity:openedAt:expiry:account:signal:)``.
    package static func order(
        _ status: OrderStatus = .accepted, quantity: Int = 35, price: Price? = "102.00",
        acceptedAt: EventTime = openedAt - .seconds(1)
    ) -> Order {
        let position = position(.pending, quantity: quantity)
        var order = Order(
            id: position.entryOrder, account: account, instrument: call, side: .buy,
            type: price == nil ? .market : .limit, price: price, quantity: Quantity(quantity),
            acceptedAt: acceptedAt, expiresAt: acceptedAt + .seconds(10), trace: position.signal)
        order.status = status
        return order
    }

    package static func quote(
        _ ltp: Price = "100.00", bid: Price? = nil, ask: Price? = nil,
        openInterest: Int? = 100_000, at time: EventTime = .at(10, 0)
    ) -> Quote {
        Quote(
            ltp: ltp, bid: bid ?? ltp, ask: ask ?? ltp + "1.00", openInterest: openInterest,
            at: time)
    }

    package static func tick(
        _ instrument: InstrumentID = call, _ ltp: Price = "100.00", at time: EventTime
    ) -> Tick {
        Tick(instrument: instrument, quote: quote(ltp, at: time))
    }

    package static func signal(
        _ id: SignalID = "supertrend-BANKNIFTY-1765773000000", direction: Direction = .bullish,
        instrument: InstrumentID = call, quote: Quote = quote(), at time: EventTime = .at(10, 0)
    ) -> Signal {
        Signal(
            id: id, strategy: strategy, index: index, direction: direction,
            instrument: instrument, quote: quote, at: time, expiresAt: time + .seconds(15),
            evidence: "")
    }

    package static func accountProfile(
        _ id: AccountID = account, capital: Money = .rupees(200_000)
    ) -> AccountProfile {
        AccountProfile(id: id, capital: capital, strategies: [strategy])
    }

    /// Every rule off, for tests that switch one on.
    package static func quietRisk() -> RiskProfile {
        var profile = RiskProfile()
        profile.dailyLoss = nil
        profile.stopLoss = nil
        profile.trailingTiers = []
        profile.breakevenAt = nil
        profile.takeProfit = nil
        profile.peakDrawdown = nil
        profile.profitFloorFrom = nil
        profile.timeStopLosing = nil
        profile.timeStopWinning = nil
        profile.staleExit = nil
        return profile
    }
}
