import Trading

/// The market-wide breaker: a fall or rise of an index by 10, 15 or 20 hundredths stops everything.
struct CircuitBreaker: Sendable {
    private var day: Day?
    /// The highest level of the day so far.
    private var level = 0

    private static let indices: Set<InstrumentID> = [
        InstrumentID(.index, "13"), InstrumentID(.index, "51"),
    ]
    private static let levels = [10, 15, 20]

    /// How long everything stops; nil for no stop.
    mutating func stop(
        _ instrument: InstrumentID, _ ltp: Price, from close: Price, at time: EventTime
    ) -> Span? {
        guard Self.indices.contains(instrument), close.paise > 0 else { return nil }
        if day != time.day { (day, level) = (time.day, 0) }
        let move = abs(ltp.paise - close.paise) * 100 / close.paise
        guard let reached = Self.levels.last(where: { move >= $0 }), reached > level else {
            return nil
        }
        level = reached
        return Self.pause(reached, at: time.timeOfDay)
    }

    private static func pause(_ level: Int, at time: TimeOfDay) -> Span? {
        let restOfDay = Span.minutes(12 * 60)
        switch level {
        case 10:
            return time < TimeOfDay(13, 0)
                ? .minutes(45) : time < TimeOfDay(14, 30) ? .minutes(15) : nil
        case 15:
            return time < TimeOfDay(13, 0)
                ? .minutes(105) : time < TimeOfDay(14, 0) ? .minutes(45) : restOfDay
        default: return restOfDay
        }
    }
}
