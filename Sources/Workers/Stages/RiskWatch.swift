import Stages
package import Trading

/// The risk manager in memory: open positions, and what looking at them has come to.
package final class RiskWatch {
    /// What one batch comes to: marks are written once for each position, however many ticks.
    struct Outcome {
        var marked: [WatchedPosition] = []
        var requests: [(PositionID, [Effect])] = []
        var alarms: [Alarm] = []
    }

    var book: RiskBook
    var halts = Halts() {
        didSet { book.setHalts(halts) }
    }
    private let rules = RiskManager()
    private var outcome = Outcome()

    package init(_ desk: Desk) { book = RiskBook(desk) }

    /// - Parameter position: nil when it is gone.
    package func replace(_ id: PositionID, with position: PositionTracker?) {
        book.replace(id, with: position)
    }

    package func take(_ tick: Tick) {
        for position in book.positions(of: tick.instrument) {
            if let marked = position.quietly(tick.quote) {
                note(position, marked)
            } else {
                look(at: position, on: .tick(tick.quote), now: tick.quote.at)
            }
        }
    }

    func mark(_ now: EventTime, previous: EventTime?) {
        for position in book.all { look(at: position, on: .clock(previous: previous), now: now) }
    }

    func changed(_ id: PositionID, now: EventTime) {
        if let position = book[id] { look(at: position, on: .changed, now: now) }
    }

    func takeOutcome() -> Outcome {
        defer { outcome = Outcome() }
        for position in outcome.marked { position.isMarked = false }
        return outcome
    }

    /// How many positions have a mark that is still to be written; they are forgotten.
    package func forgetOutcome() -> Int { takeOutcome().marked.count }

    private func look(
        at position: WatchedPosition, on occasion: RiskManager.Occasion, now: EventTime
    ) {
        guard let subject = position.subject,
            let finding = rules.look(
                at: subject, marked: position.watch, on: occasion, account: position.account.risk,
                now: now)
        else { return }
        let peak = position.watch.peak
        note(position, finding.watch)
        guard finding.hit != nil || finding.becameStale != nil else {
            if case .tick = occasion, finding.watch.peak == peak {
                position.expectQuiet(
                    rules.quiet(
                        at: subject, marked: finding.watch, account: position.account.risk,
                        now: now))
            }
            return
        }
        let effects = rules.effects(of: finding, on: position.tracker, now: now)
        outcome.alarms += Ledger.alarms(effects)
        for case .requestExit(_, let exit, _) in effects { position.request(exit) }
        outcome.requests.append((position.tracker.id, effects))
    }

    private func note(_ position: WatchedPosition, _ watch: PositionTracker.Watch) {
        if watch == position.watch { return }
        position.mark(watch)
        if !position.isMarked { outcome.marked.append(position) }
        position.isMarked = true
    }
}
