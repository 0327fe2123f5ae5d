import Trading
import Workers

/// Event time runs beside the wall's clock, in the morning of a day on which the exchange is open.
struct ChaosClock {
    let shift: Span
    let begin: EventTime

    init() {
        begin = EventTime(GeneratedSession.day, TimeOfDay(9, 30))
        shift = begin - EventTime(milliseconds: ExchangeServer.now())
    }

    var now: EventTime { EventTime(milliseconds: ExchangeServer.now()) + shift }
}
