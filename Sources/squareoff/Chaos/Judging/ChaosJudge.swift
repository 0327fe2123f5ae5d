import Trading

/// A promise that was broken.
struct Violation: Sendable, Hashable, Encodable {
    enum Kind: String, CaseIterable, Encodable {
        /// One correlation id, more than one order at the broker.
        case doubled
        /// More sold than bought: of a position, or of an account's contract.
        case oversold
        /// Two attempts of an exit that worked at the same time.
        case overlapping
        /// Held at the end.
        case naked
        /// Asked to close, and for longer than is bearable no order for it came to the broker.
        case stranded
        /// The broker has an order that the pipeline has no position for.
        case orphaned
        /// The position says other quantities than the broker.
        case miscounted
        /// A position that is not closed.
        case unfinished
        /// Left over: messages that nobody has taken or acknowledged, locks, due times.
        case pending, locked, due
        case deadLetter = "dead_letter"
        case unreadable
    }

    var kind: Kind
    var text: String

    init(_ kind: Kind, _ text: String) {
        self.kind = kind
        self.text = text
    }

    init(_ kind: Kind, _ position: PositionID, _ text: String) {
        self.init(kind, "\(position): \(text)")
    }
}

/// What a run of chaos has come to, told from the broker's ledger and from what is left in Redis.
/// No worker is asked.
struct ChaosJudge {
    let ledger: [LedgerLine]
    let left: Remains
    /// From the ledger's clock to event time.
    let shift: Span
    /// The server has lost the tail of its log, on purpose. It cannot know of entries that it has
    /// forgotten; all that it does know must hold.
    var canForget = false

    /// The longest honest way to the next try: an order that is unknown for the sender's life and
    /// the rule of absence, thirteen seconds, and as long again before the next may go, where the
    /// server was restarted meanwhile; twice in a row, with frozen workers between them.
    static let bearable = Span.seconds(60)

    var violations: [Violation] {
        let stories = stories.values.sorted { $0.id < $1.id }
        return doubled + oversoldContracts + stories.flatMap(against) + left.violations
    }

    /// Positions at the broker that the server has forgotten: what it did not know of, nobody asked
    /// it to close.
    var forgotten: [Story] { stories.values.filter { isForgotten($0.id) } }

    private func isForgotten(_ id: PositionID) -> Bool {
        left.positions[id] == nil && left.unreadable[id] == nil
    }

    /// Position → what the broker says of it.
    var stories: [PositionID: Story] {
        var stories: [PositionID: Story] = [:]
        for line in ledger {
            guard let id = CorrelationID(text: line.order) else { continue }
            var story = stories[id.position] ?? Story(id.position, asked: asked(id.position))
            story.add(line, id)
            stories[id.position] = story
        }
        return stories
    }

    /// From the first request to the last unit sold, in milliseconds.
    var timesToFlat: [Int] {
        stories.values.compactMap { story in
            guard let asked = story.asked, let flat = story.flatAt else { return nil }
            return max(0, flat - asked)
        }.sorted()
    }

    /// By the ledger's clock.
    private func asked(_ id: PositionID) -> Int? {
        left.positions[id]?.exitOrder.map { $0.at.milliseconds - shift.milliseconds }
    }

    private var doubled: [Violation] {
        let accepted = ledger.filter { $0.event == .accepted }
        return Dictionary(grouping: accepted, by: \.order).filter { $0.value.count > 1 }
            .map { order, lines in
                Violation(.doubled, "\(order): \(lines.map(\.number).joined(separator: ", "))")
            }.sorted { $0.text < $1.text }
    }

    /// At no moment has an account sold more of a contract than it had bought.
    private var oversoldContracts: [Violation] {
        var net: [String: Int] = [:]
        var filled: [String: Int] = [:]
        var found: [Violation] = []
        for line in ledger where line.event == .filled {
            let units = line.filled - filled[line.number, default: 0]
            filled[line.number] = line.filled
            let book = "\(line.account) \(line.instrument)"
            let sign = line.side == OrderSide.buy.text ? 1 : -1
            let after = net[book, default: 0] + sign * units
            net[book] = after
            if sign < 0, after < 0 {
                found.append(Violation(.oversold, "\(book): \(after) after order \(line.order)"))
            }
        }
        return found
    }

    private func against(_ story: Story) -> [Violation] {
        if isForgotten(story.id) {
            let text = "the broker holds \(story.held), and nobody knows"
            return story.found + (canForget ? [] : [Violation(.orphaned, story.id, text)])
        }
        var found = story.found + story.end
        guard let position = left.positions[story.id] else { return found }
        let entry = position.entry.quantity.units
        var exit = position.exit.quantity.units
        // The words of an order that was forgotten are those of a stranger.
        if canForget { exit += position.byHand.quantity.units }
        if (entry, exit) != (story.bought, story.sold) {
            let text =
                "\(entry) bought and \(exit) sold, at the broker \(story.bought) "
                + "and \(story.sold)"
            found.append(Violation(.miscounted, story.id, text))
        }
        return found
    }
}
