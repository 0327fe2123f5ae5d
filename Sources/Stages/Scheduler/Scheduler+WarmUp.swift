import Trading

/// What happens where the ticks have a hole: a start in the middle of the day, a time without a
/// feed. The book waits for the broker's minutes and is then what the ticks would have made it.
/// Until they come no strategy is asked: one that has missed something sees trends that are none.
///
/// A replay has neither marks nor charts: the minutes of its recording are all there are.
extension Scheduler {
    /// Ticks come from here on. Looks whether a whole minute of a session went by unheard; the
    /// rest of one that was begun is a gap as any recording has them.
    func resume(at time: EventTime, book: inout IndexBook) -> Outcome {
        var outcome = Outcome()
        book.resumedAt = time
        let strategies = strategies.filter { $0.profile.indices.contains(book.index) }
        let known = book.minute.knownUntil
        let isLacking = known.map { hasSession(from: $0, to: time.minute) } ?? true
        if let awaited = book.awaited {
            guard isLacking else { return outcome }
            // What was held has a hole behind it.
            book.held = []
            book.awaited = AwaitedBars(from: awaited.from, until: firstWhole(from: time))
            return outcome
        }
        let isWarm = strategies.allSatisfy { $0.isWarm(book.states[$0.profile.id] ?? Fields()) }
        guard !strategies.isEmpty, isLacking || !isWarm else { return outcome }
        let lookback = lookback(of: strategies, before: time)
        // Of a minute that is still open only a part was heard.
        var from = book.minute.current?.start ?? known ?? lookback
        if !isWarm || from < lookback {
            from = lookback
            book.states = [:]
            book.emitted = [:]
        }
        book.awaited = AwaitedBars(from: from, until: firstWhole(from: time))
        outcome.notes.append("\(book.index): waits for the minutes since \(from.moment)")
        return outcome
    }

    /// Takes the minutes that a book waits for, and then the held ones. A history that the book
    /// does not wait for, or that ends before its ticks begin, changes nothing.
    func learn(_ history: BarHistory, book: inout IndexBook) -> Outcome {
        var outcome = Outcome()
        guard history.index == book.index, let awaited = book.awaited,
            history.until >= awaited.until
        else { return outcome }
        let told = history.bars.filter {
            $0.start >= awaited.from && $0.start < history.until && belongsToBars($0.start)
        }
        let end = told.last.map { $0.start + .minutes(1) } ?? awaited.from
        for bar in told + book.held.filter({ $0.start >= end }) {
            for strategy in strategies where strategy.profile.indices.contains(book.index) {
                outcome.notes += remember(bar, with: strategy, book: &book)
            }
        }
        book.minute.skip(to: end)
        (book.awaited, book.held) = (nil, [])
        outcome.notes.append("\(book.index): has \(told.count) minutes from charts")
        return outcome
    }

    /// - Returns: false where no minutes are waited for.
    func hold(_ bar: Bar, book: inout IndexBook) -> Bool {
        guard let awaited = book.awaited else { return false }
        guard bar.start >= awaited.until else { return true }
        book.held.append(bar)
        if book.held.count > Self.mostHeld {
            book.held.removeFirst()
            book.awaited = AwaitedBars(from: awaited.from, until: book.held[0].start)
        }
        return true
    }

    /// Charts lag by a minute or two.
    private static let mostHeld = 30

    /// A direction that the strategy has had all the time is no turn afterwards: whoever had heard
    /// the ticks would have had its signal then.
    private func remember(
        _ bar: Bar, with strategy: any Strategy, book: inout IndexBook
    ) -> [String] {
        let id = strategy.profile.id
        let opinion = strategy.take(bar, state: &book.states[id, default: Fields()])
        book.emitted[id] = opinion.direction
        return opinion.note.map { ["\(id) \(book.index): \($0)"] } ?? []
    }

    /// The minute that `time` lies in was not heard whole, but for its first instant. Before a
    /// session everything was.
    private func firstWhole(from time: EventTime) -> EventTime {
        let minute = time.minute
        return belongsToBars(time) && minute < time ? minute + .minutes(1) : minute
    }

    /// Whether a whole minute of a session lies between two instants.
    private func hasSession(from start: EventTime, to end: EventTime) -> Bool {
        var day = max(start.day, end.day + -Self.longestBreak)
        while day <= end.day {
            if case .open(let session) = calendar.session(on: day),
                max(start, session.opensAt) + .minutes(1) <= min(end, session.closesAt)
            {
                return true
            }
            day = day + 1
        }
        return false
    }

    /// Days. What is older is not continued anyway.
    private static let longestBreak = 30

    /// The opening of the day from which on there are minutes enough; at least of the trading day
    /// before, so that it does not depend on the hour.
    private func lookback(
        of strategies: [any Strategy], before time: EventTime
    ) -> EventTime {
        var missing = strategies.map(\.minutesToWarm).max() ?? 0
        var day = time.day
        repeat {
            guard let previous = calendar.previousTradingDay(before: day),
                case .open(let session) = calendar.session(on: previous)
            else { break }
            day = previous
            missing -= (session.closesAt - session.opensAt).milliseconds / 60_000
        } while missing > 0
        guard case .open(let session) = calendar.session(on: day) else {
            return EventTime(day, TimeOfDay(0, 0))
        }
        return session.opensAt
    }
}

extension EventTime {
    /// `2025-12-15 10:00`
    fileprivate var moment: String { "\(day.text) \(timeOfDay.text)" }
}
