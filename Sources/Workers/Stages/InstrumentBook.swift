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
    package static func writes(_ instruments: [Instrument]) -> [Write] {
        [
            .delete(Keys.instruments),
            .set(
                Keys.instruments,
                Fields(instruments.map { Fields.Pair(name: $0.id.text, value: $0.text) })),
        ]
    }
}
