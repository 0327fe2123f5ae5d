package import Trading

/// The server that keeps all of this, as one account sees it.
package struct ServerView: Sendable, Hashable {
    package var run: RunID
    /// Why nobody can be sure what was sent before the server's restart; nil when all is known.
    package var unreconciled: String?

    package init(run: RunID, unreconciled: String? = nil) {
        self.run = run
        self.unreconciled = unreconciled
    }
}

/// What a check sees: one signal, one account, one instant.
package struct EntryView: Sendable {
    package let signal: Signal
    package let account: AccountProfile
    package let day: AccountDay
    package let halts: Halts
    package let server: ServerView
    package let instrument: Instrument?
    package let session: SessionAnswer
    package let budget: OrderBudget
    package let gateway: GatewayProfile
    package let charges: ChargeSchedule
    package let now: EventTime

    package var profile: EntryProfile { account.entry }

    /// What counts towards the limit of each index and side.
    package var book: AccountDay.Book { AccountDay.Book(signal.index, signal.direction.side) }

    /// The contract as the position will keep it; nil unless it is a listed, living option of the
    /// signal's index and side whose lot, tick and freeze quantity are known.
    package var contract: PositionTracker.Contract? {
        guard let instrument, instrument.id == signal.instrument,
            instrument.index == signal.index, let option = instrument.option,
            option.side == signal.direction.side, option.expiry >= now.day,
            instrument.lot > .zero, instrument.tickSize > Price(paise: 0),
            let freeze = instrument.freezeQuantity(on: now.day)
        else { return nil }
        return PositionTracker.Contract(
            instrument: instrument.id, symbol: instrument.symbol, side: option.side,
            expiry: option.expiry, lot: instrument.lot, tickSize: instrument.tickSize,
            freezeQuantity: freeze)
    }

    /// Nil without a contract or an ask to size by.
    package var size: EntrySize? {
        guard let contract, let ask = signal.quote.ask, ask.paise > 0 else { return nil }
        return EntrySize(
            ask: ask, contract: contract, account: account, strategy: signal.strategy, day: day,
            charges: charges, on: now.day)
    }
}

extension SessionAnswer {
    /// The session of the day of `time`. A closed day, a year that the calendar does not know and
    /// the answer for another day are none: entries fail closed.
    func openSession(at time: EventTime) -> MarketSession? {
        guard case .open(let session) = self, session.day == time.day else { return nil }
        return session
    }
}

extension EntryProfile {
    func admits(_ time: EventTime, in session: MarketSession) -> Bool {
        session.contains(time) && time.timeOfDay >= windowStart && time.timeOfDay < windowEnd
    }
}
