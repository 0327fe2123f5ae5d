package import MessageBus
package import Trading

/// The day's instruments, from Redis. Read when first needed and when an unknown one turns up, so
/// that what is known never depends on when a worker was started.
package struct InstrumentBook {
    private(set) var list = InstrumentList([])
    private var isLoaded = false

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
        isLoaded = true
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
        let name = Field.day.rawValue
        let found = try session.load([.fields(Keys.instruments, [name])]).answers.first
        guard case .fields(let fields)? = found else { return nil }
        return fields[name].flatMap(Day.init(text:))
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
