package import Trading

// Values as literals, for tests only: a malformed one stops the test run where it stands.

extension Price: ExpressibleByStringLiteral {
    package init(stringLiteral text: String) { self = parsed(text) }
}

extension Money: ExpressibleByStringLiteral {
    package init(stringLiteral text: String) { self = parsed(text) }
}

extension Percent: ExpressibleByStringLiteral {
    package init(stringLiteral text: String) { self = parsed(text) }
}

extension InstrumentID: ExpressibleByStringLiteral {
    package init(stringLiteral text: String) { self = parsed(text) }
}

private func parsed<Value: FieldValue>(_ text: String) -> Value {
    guard let value = Value(text: text) else {
        preconditionFailure("'\(text)' is not a \(Value.self)")
    }
    return value
}

extension EventTime {
    /// A time of India's wall clock, by default on the fixtures' day.
    package static func at(
        _ hour: Int, _ minute: Int, _ second: Int = 0, ms: Int = 0, on day: Day = Fixtures.day
    ) -> EventTime {
        EventTime(day, TimeOfDay(hour, minute, second)) + .milliseconds(ms)
    }
}
