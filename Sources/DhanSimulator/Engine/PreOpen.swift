import Trading

/// The call auction before the opening. Futures take part, options do not.
struct PreOpen {
    private let day: Day
    private let opens = TimeOfDay(9, 0)
    /// Market orders are taken until then.
    private let freezes: TimeOfDay
    /// The latest end; the real one is drawn from the last part of it.
    private let closes: TimeOfDay
    private let lastPart: Span

    /// Nil before it was introduced.
    init?(on day: Day) {
        guard day >= Day(2025, 12, 8) else { return nil }
        self.day = day
        let isShort = day < Day(2026, 9, 7)
        freezes = isShort ? TimeOfDay(9, 8) : TimeOfDay(9, 5)
        closes = isShort ? TimeOfDay(9, 8) : TimeOfDay(9, 10)
        lastPart = isShort ? .minutes(1) : .minutes(2)
    }

    var matchesAt: EventTime { EventTime(day, closes) }

    /// The same for a day, whoever asks.
    var endsAt: EventTime {
        let draw = FNV1a.hash(day.text) % UInt64(lastPart.milliseconds)
        return matchesAt - .milliseconds(Int(draw))
    }

    func contains(_ time: EventTime) -> Bool {
        time >= EventTime(day, opens) && time < endsAt
    }

    /// Neither stops nor orders for now only.
    func takes(_ request: OrderRequest, at time: EventTime) -> Bool {
        guard contains(time), request.validity == .day else { return false }
        switch request.kind {
        case .limit: return true
        case .market: return time < EventTime(day, freezes)
        case .stop, .stopMarket: return false
        }
    }
}

extension Instrument {
    var isFuture: Bool {
        kind == .other && symbol.hasSuffix("-FUT")
            && (id.segment == .nseDerivatives || id.segment == .bseDerivatives)
    }
}

extension Engine {
    /// Where the contract takes part in one, on a day with a session.
    func preOpen(of instrument: InstrumentID, on day: Day) -> PreOpen? {
        guard settings.keepsHours, contract(instrument)?.isFuture == true,
            case .open = settings.calendar.session(on: day)
        else { return nil }
        return PreOpen(on: day)
    }

    /// What came before the opening waits for the auction, and what that left over for the opening.
    func waitsForAuction(_ order: SimulatedOrder, at time: EventTime) -> Bool {
        guard let auction = preOpen(of: order.request.instrument, on: time.day),
            case .open(let session) = settings.calendar.session(on: time.day)
        else { return false }
        return time < session.opensAt && time != auction.matchesAt
    }

    mutating func planAuction(of order: SimulatedOrder, at time: EventTime) {
        guard let auction = preOpen(of: order.request.instrument, on: time.day),
            auction.matchesAt > time,
            case .open(let session) = settings.calendar.session(on: time.day)
        else { return }
        agenda.plan(.match(order.number), at: auction.matchesAt)
        agenda.plan(.match(order.number), at: session.opensAt)
    }
}
