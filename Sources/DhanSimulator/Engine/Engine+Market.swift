package import Trading

/// The market as a whole: halts, and days that turn out to be holidays.
extension Engine {
    /// Orders are taken and nothing trades, or it goes on with what rests.
    package mutating func setHalted(_ isHalted: Bool, at time: EventTime) {
        guard settings.isHalted != isHalted else { return }
        settings.isHalted = isHalted
        outbox.append(.packet(FeedPacket.marketStatus(.nseDerivatives).bytes))
        guard !isHalted else { return }
        let ticks = heldTicks.values.sorted { $0.instrument < $1.instrument }
        heldTicks = [:]
        for tick in ticks { quote(tick, now: time) }
        for number in resting.values.flatMap(\.self).sorted() { match(number, at: time) }
    }

    mutating func drawHalt(_ now: EventTime) {
        guard !settings.isHalted, haltDrawn.isDue(at: now), chance.happens(.halt) else { return }
        setHalted(true, at: now)
        agenda.plan(.resume, at: now + .milliseconds(chance.within(30_000...300_000)))
    }

    /// An index has moved so far that everything stops.
    mutating func watchBreaker(_ tick: Tick, at time: EventTime) {
        guard !settings.isHalted, let row = market[tick.instrument],
            let span = breaker.stop(
                tick.instrument, tick.quote.ltp, from: row.previousClose, at: time)
        else { return }
        setHalted(true, at: time)
        agenda.plan(.resume, at: time + span)
    }

    mutating func drawHoliday(_ day: Day) {
        guard chance.happens(.holiday) else { return }
        settings.calendar = settings.calendar.amended(closed: [day: .holiday("announced late")])
    }
}

/// The books of some seconds ago.
extension Engine {
    private static let longestLag = 4

    /// Costs memory, so only where it is asked for.
    mutating func remember(_ order: SimulatedOrder) {
        guard settings.rates[.staleRows] > 0 else { return }
        let horizon = order.updatedAt - .seconds(Self.longestLag)
        var versions = past[order.number] ?? []
        // One that is older still stands for the horizon itself.
        let first = versions.lastIndex { $0.updatedAt <= horizon } ?? 0
        versions.removeFirst(first)
        past[order.number] = versions + [order]
    }

    /// What a row is read by: now, or some seconds ago.
    mutating func drawRowsTime(_ now: EventTime) -> EventTime {
        chance.happens(.staleRows) ? now - .seconds(chance.within(1...Self.longestLag)) : now
    }

    /// The order as its row told it then; as it came, where it was not there yet.
    func version(of order: SimulatedOrder, at time: EventTime) -> SimulatedOrder {
        guard order.updatedAt > time, let versions = past[order.number] else { return order }
        return versions.last { $0.updatedAt <= time } ?? versions.first ?? order
    }
}
