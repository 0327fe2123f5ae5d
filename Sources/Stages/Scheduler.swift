package import Trading

/// Decides, at the close of each minute bar of an index, what to buy.
///
///     ticks ──▶ scheduler ──▶ signals
///
/// Everything comes from the event and the index's book: the event's own time, never the clock of
/// whoever reads it. The same ticks give the same signals, also when a worker reads them late; an
/// entry guard then finds them expired.
package struct Scheduler: Sendable {
    package struct Outcome: Sendable, Hashable {
        package var signals: [Signal] = []
        /// What a person should know: why a setup made no signal.
        package var notes: [String] = []

        package init() {}
    }

    package static let stage = "scheduler"

    /// A bar that is closed later than this after its end, because nothing came for so long, says
    /// nothing of the market of now.
    private static let latestClose = Span.minutes(1)

    let strategies: [any Strategy]
    let calendar: TradingCalendar
    private let list: InstrumentList

    /// - Parameter list: of the day; quotes are kept and contracts chosen from it alone.
    package init(strategies: [any Strategy], calendar: TradingCalendar, list: InstrumentList) {
        self.strategies = strategies
        self.calendar = calendar
        self.list = list
    }

    /// Takes one event into the book of one index; events of other instruments change nothing.
    package func decide(_ event: MarketEvent, book: inout IndexBook) -> Outcome {
        switch event {
        case .clock(let time):
            return close(book.minute.close(at: time), at: time, book: &book)
        case .resumed(let time): return resume(at: time, book: &book)
        case .history(let history, _): return learn(history, book: &book)
        case .tick(let tick) where tick.instrument == book.instrument:
            let time = tick.quote.at
            let bar =
                belongsToBars(time)
                ? book.minute.add(tick.quote.ltp, at: time) : book.minute.close(at: time)
            return close(bar, at: time, book: &book)
        case .tick(let tick):
            if let known = list[tick.instrument], known.index == book.index, known.option != nil {
                book.take(tick.quote, of: tick.instrument)
            }
            return Outcome()
        }
    }

    /// Prices of the pre-open auction, of after hours and of a weekend's mock session are none.
    /// Those of a day that the calendar does not know make bars, and never a signal.
    func belongsToBars(_ time: EventTime) -> Bool {
        switch calendar.session(on: time.day) {
        case .open(let session): session.contains(time)
        case .closed: false
        case .unknown: true
        }
    }

    private func close(_ bar: Bar?, at time: EventTime, book: inout IndexBook) -> Outcome {
        var outcome = Outcome()
        guard let bar else { return outcome }
        book.dropQuotes(before: time.day)
        if hold(bar, book: &book) { return outcome }
        for strategy in strategies where strategy.profile.indices.contains(book.index) {
            consult(strategy, on: bar, at: time, book: &book, outcome: &outcome)
        }
        return outcome
    }

    private func consult(
        _ strategy: any Strategy, on bar: Bar, at time: EventTime, book: inout IndexBook,
        outcome: inout Outcome
    ) {
        let profile = strategy.profile
        let opinion = strategy.take(bar, state: &book.states[profile.id, default: Fields()])
        if let note = opinion.note { outcome.notes.append("\(profile.id) \(book.index): \(note)") }
        guard let direction = opinion.direction else {
            book.emitted[profile.id] = nil
            return
        }
        if profile.onlyOnTurn, book.emitted[profile.id] == direction { return }
        guard time < bar.start + .minutes(1) + Self.latestClose else { return }
        switch calendar.session(on: time.day) {
        case .open(let session) where session.contains(time): break
        case .open, .closed: return
        case .unknown:
            outcome.notes.append("\(profile.id) \(book.index): no calendar for \(time.day.text)")
            return
        }
        let choice = ContractChoice(
            list: list, quotes: book.quotes, index: book.index, side: direction.side,
            spot: bar.close, offset: profile.strikeOffset, day: time.day)
        switch choice.result {
        case .failure(let reason):
            outcome.notes.append("\(profile.id) \(book.index): \(reason)")
        case .success(let chosen):
            book.emitted[profile.id] = direction
            outcome.signals.append(
                Signal(
                    id: SignalID("\(profile.id)-\(book.index)-\(bar.start.text)"),
                    strategy: profile.id, index: book.index, direction: direction,
                    instrument: chosen.instrument, quote: chosen.quote, at: time,
                    expiresAt: time + profile.signalValidity,
                    evidence: opinion.evidence + " spot=\(bar.close.text)"))
        }
    }
}
