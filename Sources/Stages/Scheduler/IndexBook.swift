package import Trading

/// What the scheduler keeps of one index: the minute that grows, each strategy's state, the last
/// quotes of its contracts. It stands in `bars:<index>` as flat fields and comes back exactly.
package struct IndexBook: Sendable {
    package let index: IndexName
    /// The index itself, as ticks name it.
    package let instrument: InstrumentID
    var minute = BarBuilder(minutes: 1)
    var states: [StrategyID: Fields] = [:]
    /// The direction of each strategy's last signal, until it was broken.
    var emitted: [StrategyID: Direction] = [:]
    /// When the feed last began to tick.
    var resumedAt: EventTime?
    /// The minutes that it lacks; until they come, strategies are not asked.
    package var awaited: AwaitedBars?
    /// Minutes that were closed in the meantime, for afterwards.
    var held: [Bar] = []
    package private(set) var quotes: [InstrumentID: Quote] = [:]

    /// Quotes that are newer than the hash, and quotes that it still has.
    private var changed: Set<InstrumentID> = []
    private var dropped: Set<InstrumentID> = []
    /// Everything but the quotes, as the hash has it.
    private var stored = Fields()

    /// - Throws: ``IndexBookError/unknownIndex(_:)``, for which no setting makes up.
    package init(_ index: IndexName) throws(IndexBookError) {
        guard let known = MarketIndex.named(index) else { throw .unknownIndex(index) }
        self.index = index
        instrument = known.id
    }

    mutating func take(_ quote: Quote, of instrument: InstrumentID) {
        quotes[instrument] = quote
        changed.insert(instrument)
        dropped.remove(instrument)
    }

    /// Forgets contracts that have not been quoted on this day: they may have expired.
    mutating func dropQuotes(before day: Day) {
        let old = quotes.filter { $0.value.at.day < day }.map(\.key)
        for instrument in old {
            quotes[instrument] = nil
            changed.remove(instrument)
            dropped.insert(instrument)
        }
    }
}

/// Why an index has no book. Neither is mended by trying again.
package enum IndexBookError: Error, Sendable, Hashable, CustomStringConvertible {
    case unknownIndex(IndexName)
    case malformed(field: String, value: String)

    package var description: String {
        switch self {
        case .unknownIndex(let index): "no index is called '\(index)'"
        case .malformed(let field, let value): "field '\(field)': '\(value.prefix(80))'"
        }
    }
}

extension IndexBook {
    private static let minuteName = "bars_1m"
    package static let resumedName = "resumed_at"
    package static let awaitedName = "awaits"
    private static let heldName = "held"
    private static let emittedPrefix = "emitted:"
    private static let statePrefix = "state:"
    private static let quotePrefix = "quote:"

    /// Fields that are none of its own, as the cursor, are left to whoever wrote them.
    package init(_ index: IndexName, _ fields: Fields) throws(IndexBookError) {
        try self.init(index)
        for pair in fields.pairs where !read(pair) {
            throw .malformed(field: pair.name, value: pair.value)
        }
        stored = ownFields
    }

    /// The whole hash.
    package var fields: Fields {
        Fields(ownFields.pairs + quotes.keys.sorted().compactMap(quotePair))
    }

    /// What the hash lacks since the last call, for one write a batch. The caller writes it or
    /// loads the book anew.
    package mutating func takeChanges() -> (set: Fields, removed: [String]) {
        let own = ownFields
        var changes = own.changes(from: stored)
        changes.set.pairs += changed.sorted().compactMap(quotePair)
        changes.removed += dropped.sorted().map { Self.quotePrefix + $0.text }
        stored = own
        changed = []
        dropped = []
        return changes
    }

    private var ownFields: Fields {
        var fields: Fields = [Self.minuteName: minute.text]
        fields[Self.resumedName] = resumedAt?.text
        fields[Self.awaitedName] = awaited?.text
        if !held.isEmpty { fields[Self.heldName] = BarsText(held).text }
        for (strategy, state) in states.sorted(by: { $0.key < $1.key }) {
            let prefix = "\(Self.statePrefix)\(strategy):"
            fields.pairs += state.pairs.sorted { $0.name < $1.name }
                .map { Fields.Pair(name: prefix + $0.name, value: $0.value) }
        }
        for (strategy, direction) in emitted.sorted(by: { $0.key < $1.key }) {
            fields[Self.emittedPrefix + strategy.text] = direction.text
        }
        return fields
    }

    private func quotePair(_ instrument: InstrumentID) -> Fields.Pair? {
        quotes[instrument].map {
            Fields.Pair(name: Self.quotePrefix + instrument.text, value: QuoteText(quote: $0).text)
        }
    }

    /// False for a field of the book that can't be read.
    private mutating func read(_ pair: Fields.Pair) -> Bool {
        if pair.name == Self.minuteName {
            guard let builder = BarBuilder(text: pair.value), builder.minutes == 1 else {
                return false
            }
            minute = builder
        } else if pair.name == Self.resumedName {
            guard let time = EventTime(text: pair.value) else { return false }
            resumedAt = time
        } else if pair.name == Self.awaitedName {
            guard let bars = AwaitedBars(text: pair.value) else { return false }
            awaited = bars
        } else if pair.name == Self.heldName {
            guard let text = BarsText(text: pair.value) else { return false }
            held = text.bars
        } else if let name = pair.name.after(Self.emittedPrefix) {
            guard let direction = Direction(text: pair.value) else { return false }
            emitted[StrategyID(name)] = direction
        } else if let name = pair.name.after(Self.quotePrefix) {
            guard let instrument = InstrumentID(text: name),
                let quote = QuoteText(text: pair.value)
            else { return false }
            quotes[instrument] = quote.quote
        } else if let name = pair.name.after(Self.statePrefix) {
            guard let colon = name.lastIndex(of: ":") else { return false }
            let strategy = StrategyID(String(name[..<colon]))
            states[strategy, default: Fields()][String(name[name.index(after: colon)...])] =
                pair.value
        }
        return true
    }
}

extension String {
    fileprivate func after(_ prefix: String) -> String? {
        hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil
    }
}
