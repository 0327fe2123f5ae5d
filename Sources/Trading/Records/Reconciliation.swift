/// What the reconciler remembers of an account from one read of the broker's books to the next:
/// `reconciled:<account>`.
package struct Reconciliation: Record {
    /// What was said of something once, so that it is not said at each read.
    package struct Told: Sendable, Hashable {
        package var what: String
        package var at: EventTime

        package init(_ what: String, at: EventTime) {
            self.what = what
            self.at = at
        }
    }

    package var rev = 0
    /// Numbers and contracts are of their day.
    package private(set) var day: Day
    /// When the books were last read, by the wall's clock.
    package var readAt: EventTime?
    /// Reads since then that failed.
    package var failures = 0
    /// What the last read showed of a contract that does not come out even, and since when reads
    /// have shown it; a later one must show the same before anything is concluded.
    package var seen: [InstrumentID: Told] = [:]
    package var told: [String: Told] = [:]
    /// Contracts of which less is held than is left of the positions, and no exit has left it out.
    package var missing: Set<InstrumentID> = []

    package init(on day: Day) { self.day = day }

    /// The same on this day: a new one begins with nothing.
    package func on(_ day: Day) -> Reconciliation {
        guard day != self.day else { return self }
        var fresh = Reconciliation(on: day)
        fresh.rev = rev
        fresh.readAt = readAt
        fresh.failures = failures
        return fresh
    }
}

extension Reconciliation {
    private static let seenPrefix = "seen:"
    private static let toldPrefix = "told:"

    package init(_ fields: Fields) throws(FieldError) {
        self.init(on: try fields.get(.day))
        rev = try fields.get(.rev)
        readAt = try fields.find(.readAt)
        failures = try fields.get(.failures)
        missing = Self.missing(try fields.find(.missing))
        for pair in fields.pairs {
            if pair.name.hasPrefix(Self.seenPrefix) {
                let name = String(pair.name.dropFirst(Self.seenPrefix.count))
                if let instrument = InstrumentID(text: name) {
                    seen[instrument] = Told(text: pair.value)
                }
            } else if pair.name.hasPrefix(Self.toldPrefix) {
                told[String(pair.name.dropFirst(Self.toldPrefix.count))] = Told(text: pair.value)
            }
        }
    }

    /// `NSE_FNO:51460 NSE_FNO:51461`
    package static func missing(_ text: String?) -> Set<InstrumentID> {
        Set((text ?? "").split(separator: " ").compactMap { InstrumentID(text: String($0)) })
    }

    package var fields: Fields {
        var fields = Fields()
        fields.put(.day, day)
        fields.put(.readAt, readAt)
        fields.put(.failures, failures)
        if !missing.isEmpty {
            fields.put(.missing, missing.sorted().map(\.text).joined(separator: " "))
        }
        for (instrument, sight) in seen.sorted(by: { $0.key < $1.key }) {
            fields[Self.seenPrefix + instrument.text] = sight.text
        }
        for (thing, told) in told.sorted(by: { $0.key < $1.key }) {
            fields[Self.toldPrefix + thing] = told.text
        }
        fields.put(.rev, rev)
        return fields
    }
}

extension Reconciliation.Told {
    /// `35 1765773000000`
    fileprivate init?(text: String) {
        guard let space = text.lastIndex(of: " "),
            let at = EventTime(text: String(text[text.index(after: space)...]))
        else { return nil }
        self.init(String(text[..<space]), at: at)
    }

    fileprivate var text: String { "\(what) \(at.text)" }
}
