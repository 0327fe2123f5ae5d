package import MessageBus
package import Trading

/// The day's instruments, from Redis. Read when first needed and when an unknown one turns up, so
/// that what is known never depends on when a worker was started; whoever decides on an
/// instrument's sizes sees with ``renew(_:_:)`` to it that they are the day's.
package struct InstrumentBook {
    private(set) var list = InstrumentList([])
    /// Of the list; nil where there is none, or nobody says.
    private var listDay: Day?

    /// Of which day the list in Redis is, for ``renew(_:_:)``.
    static let dayQuery = Query.fields(Keys.instruments, [Field.day.rawValue])

    subscript(id: InstrumentID) -> Instrument? { list[id] }

    /// Reads the list anew unless it holds this instrument.
    mutating func ensure(
        _ id: InstrumentID, _ session: any BusSession
    ) throws(BusError) {
        guard list[id] == nil else { return }
        try reload(session)
    }

    mutating func reload(_ session: any BusSession) throws(BusError) {
        guard
            case .fields(let fields)? = try session.load([
                .hash(Keys.instruments)
            ]).answers.first
        else { return }
        list = InstrumentList(fields.pairs.compactMap { Instrument(text: $0.value) })
        listDay = Self.day(fields)
    }

    /// Reads the list anew where that of another day has taken its place: an instrument that is
    /// known may have other sizes by now, and its id may be another contract's.
    ///
    /// - Parameter answer: to ``dayQuery``. What cannot be read says nothing of the list in hand.
    mutating func renew(
        _ answer: Result<Answer, Unreadable>?, _ session: any BusSession
    ) throws(BusError) {
        guard case .success(.fields(let fields)) = answer, Self.day(fields) != listDay
        else { return }
        try reload(session)
    }

    /// The list as a whole: what has expired is on it no more.
    ///
    /// - Parameter day: of the list; nil where it goes with a recording.
    package static func writes(_ instruments: [Instrument], of day: Day? = nil) -> [Write] {
        var fields = Fields(instruments.map { Fields.Pair(name: $0.id.text, value: $0.text) })
        fields.put(.day, day)
        return [.delete(Keys.instruments), .set(Keys.instruments, fields)]
    }

    /// Of which day the list is; nil where there is none, or nobody says.
    static func day(_ session: any BusSession) throws(BusError) -> Day? {
        guard case .fields(let fields)? = try session.load([dayQuery]).answers.first
        else { return nil }
        return day(fields)
    }

    private static func day(_ fields: Fields) -> Day? {
        fields[Field.day.rawValue].flatMap(Day.init(text:))
    }

    /// The indices and their options.
    package static func chosen(
        _ instruments: [Instrument], _ indices: [IndexName]
    ) -> [Instrument] {
        instruments.filter { instrument in
            switch instrument.kind {
            case .index, .option: indices.contains(instrument.index)
            case .other: false
            }
        }
    }
}
